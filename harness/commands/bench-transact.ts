/**
 * `pmirror bench-transact`: the microbenchmark over a grid of epochs per transaction and line writes
 * per epoch, under every backend.
 */

import { join } from 'node:path';
import { transact } from '../../workloads/transact.ts';
import { planCells } from '../cell.ts';
import {
  CELL_COLUMNS,
  type CellRow,
  type Column,
  cellRows,
  execTimeNsPerTx,
  speedupOverRemoteCommit,
} from '../columns.ts';
import { writeCsv } from '../csv.ts';
import { executionOf } from '../suite.ts';
import { plainTable } from '../tables.ts';
import { RESULTS_DIRECTORY } from './bench-whisper.ts';
import { fraction, single, userPath, wholeNumber, wholeNumbers } from './choices.ts';
import { type Command, EXECUTION_OPTIONS, JOBS_OPTION, RANGES, TARGET_OPTIONS } from './command.ts';
import { chosenTargets } from './far-side.ts';
import { runShowingProgress } from './run-groups.ts';

const DEFAULT_EPOCHS = [1, 4, 16, 64, 256];
const DEFAULT_LINES = [1, 2, 4, 8];

/** The two axes of the sweep as columns of their own, before those of every cell. */
export const TRANSACT_COLUMNS: readonly Column<CellRow>[] = [
  {
    name: 'epochsPerTx',
    unit: 'count',
    meaning: 'epochs per writing transaction',
    value: (row) => parameterOf(row, 'epochs'),
  },
  {
    name: 'linesPerEpoch',
    unit: 'lines',
    meaning: 'different lines written per epoch',
    value: (row) => parameterOf(row, 'linesPerEpoch'),
  },
  ...CELL_COLUMNS,
];

function parameterOf({ result }: CellRow, name: string): string | number {
  const { execution } = result;
  return execution.kind === 'workload' ? execution.parameters[name] : '';
}

export const benchTransactCommand: Command = {
  usage: 'bench-transact',
  summary: 'sweep the microbenchmark: epochs per transaction x line writes per epoch',
  positionals: {},
  options: {
    epochs: { type: 'string', describe: `epochs per transaction (default: ${DEFAULT_EPOCHS})` },
    lines: { type: 'string', describe: `line writes per epoch (default: ${DEFAULT_LINES})` },
    transactions: { type: 'string', describe: 'measured transactions of each point' },
    'bytes-per-write': { type: 'string', describe: 'bytes stored per line, 1 to 64 (default: 64)' },
    'instructions-per-epoch': {
      type: 'string',
      describe: 'volatile work before each epoch (default: 500)',
    },
    'read-share': { type: 'string', describe: 'share of transactions that only read (default: 0)' },
    pattern: { type: 'string', describe: 'lines written: random or sequential (default: random)' },
    threads: { type: 'string', describe: 'clients (default: 1)' },
    seed: EXECUTION_OPTIONS.seed,
    ...TARGET_OPTIONS,
    ...JOBS_OPTION,
    output: { type: 'string', describe: 'CSV file to write (default: results/transact.csv)' },
  },
  examples: [['$0 bench-transact --epochs 1,8,64 --lines 1 --threads 4', 'one column of the grid']],
  async run(given) {
    const { epochs, linesPerEpoch } = transact.parameters;
    const points = wholeNumbers('epochs', given.epochs, {
      ...boundsOf(epochs),
      fallback: DEFAULT_EPOCHS,
    }).flatMap((e) =>
      wholeNumbers('lines', given.lines, {
        ...boundsOf(linesPerEpoch),
        fallback: DEFAULT_LINES,
      }).map((l) => ({ epochs: e, linesPerEpoch: l })),
    );
    const common = commonParameters(given);
    const choice = {
      threads: wholeNumber('threads', given.threads, RANGES.threads),
      transactions: wholeNumber('transactions', given.transactions, RANGES.transactions),
      seed: wholeNumber('seed', given.seed, RANGES.seed),
    };
    const executions = points.map((point) =>
      executionOf(transact, { ...choice, parameters: { ...common, ...point } }),
    );
    const groups = planCells(executions, chosenTargets(given));
    const output = single('output', given.output);
    const path = output === undefined ? join(RESULTS_DIRECTORY, 'transact.csv') : userPath(output);
    const results = await runShowingProgress(groups, wholeNumber('jobs', given.jobs, RANGES.jobs));
    const rows = results.flatMap(cellRows);
    process.stdout.write(`${sweepTable(rows)}\n`);
    writeCsv(path, TRANSACT_COLUMNS, rows);
    process.stdout.write(`\nwritten: ${path}\n`);
  },
};

function boundsOf(parameter: (typeof transact.parameters)[string]): { min: number; max: number } {
  if (parameter.kind === 'choice') throw new RangeError('not a number');
  return parameter;
}

/** Options of the command that are parameters of the workload; those not given keep its defaults. */
function commonParameters(given: Parameters<Command['run']>[0]): Record<string, string | number> {
  const { bytesPerWrite, instructionsPerEpoch } = transact.parameters;
  const pattern = single('pattern', given.pattern);
  const numbers = {
    bytesPerWrite: wholeNumber(
      'bytes-per-write',
      given['bytes-per-write'],
      boundsOf(bytesPerWrite),
    ),
    instructionsPerEpoch: wholeNumber(
      'instructions-per-epoch',
      given['instructions-per-epoch'],
      boundsOf(instructionsPerEpoch),
    ),
    readShare: fraction('read-share', given['read-share']),
  };
  const parameters: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(numbers)) {
    if (value !== undefined) parameters[name] = value;
  }
  if (pattern !== undefined) parameters.pattern = pattern;
  return parameters;
}

/** One line per point and conditions: time and speedup under each backend. */
function sweepTable(rows: readonly CellRow[]): string {
  const backends = [...new Set(rows.map(({ result }) => result.target.backend))];
  const compared = backends.filter((backend) => backend !== 'no-sm' && backend !== 'sm-rc');
  const points = new Map<string, CellRow[]>();
  for (const row of rows) {
    const { profile, replicas } = row.result.target;
    const axes = [parameterOf(row, 'epochs'), parameterOf(row, 'linesPerEpoch')];
    const key = [...axes, profile.name, replicas].join(' ');
    points.set(key, [...(points.get(key) ?? []), row]);
  }
  const head = ['epochs', 'lines', 'profile', 'replicas', ...backends.map((b) => `${b} ns/tx`)];
  head.push(...compared.map((b) => `${b} speedup`));
  const lines = [...points].map(([key, cells]) => {
    const times = backends.map((backend) => {
      const cell = cells.find(({ result }) => result.target.backend === backend);
      return cell === undefined ? '-' : execTimeNsPerTx(cell.result).toFixed(0);
    });
    const speedups = compared.map((backend) => {
      const cell = cells.find(({ result }) => result.target.backend === backend);
      return (cell && speedupOverRemoteCommit(cell)?.toFixed(2)) ?? '-';
    });
    return [...key.split(' '), ...times, ...speedups];
  });
  return plainTable(head, lines);
}
