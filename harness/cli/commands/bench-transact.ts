/**
 * `pmirror bench-transact`: the microbenchmark over a grid of epochs per transaction and line writes
 * per epoch, under every backend.
 */

import { join } from 'node:path';
import { transact } from '../../../workloads/micro/transact.ts';
import { planCells } from '../../bench/cells.ts';
import {
  CELL_COLUMNS,
  type CellRow,
  cellRows,
  execTimeNsPerTx,
  ratioToBound,
  speedupOverRemoteCommit,
} from '../../bench/columns.ts';
import {
  estimateText,
  groupBySeed,
  hasSeveralSeeds,
  intervalNotes,
  type SeededRows,
} from '../../bench/seeds.ts';
import { executionOf } from '../../bench/suite.ts';
import { conditionsText } from '../../bench/tables.ts';
import type { Column } from '../../report/column.ts';
import { writeCsv } from '../../report/csv.ts';
import { plainTable } from '../../report/table.ts';
import {
  chosenSeeds,
  fraction,
  outputPath,
  single,
  wholeNumber,
  wholeNumbers,
  writablePath,
} from '../choices.ts';
import {
  type Arguments,
  type Command,
  JOBS_OPTION,
  RANGES,
  SEED_OPTIONS,
  SYSTEM_OPTIONS,
} from '../command.ts';
import {
  chosenResultFiles,
  NOT_WRITTEN,
  outputDirectory,
  RESULT_FILE_OPTIONS,
  writeResultFiles,
} from '../result-files.ts';
import { runShowingProgress } from '../run-groups.ts';
import { chosenSystems } from '../systems.ts';

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
    ...SEED_OPTIONS,
    ...SYSTEM_OPTIONS,
    ...JOBS_OPTION,
    output: {
      type: 'string',
      describe: 'CSV file to write (default: results/transact.csv, for the run without options)',
    },
    ...RESULT_FILE_OPTIONS,
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
    };
    const seeds = chosenSeeds(given.seed, given.seeds);
    const executions = points.flatMap((point) =>
      seeds.map((seed) =>
        executionOf(transact, { ...choice, seed, parameters: { ...common, ...point } }),
      ),
    );
    const groups = planCells(executions, chosenSystems(given));
    const path = outputPath('output', given.output) ?? committedPath(given);
    const files = chosenResultFiles(given, seeds);
    const results = await runShowingProgress(groups, wholeNumber('jobs', given.jobs, RANGES.jobs));
    const rows = results.flatMap(cellRows);
    process.stdout.write(`${sweepTables(rows)}\n`);
    if (path !== undefined) writeCsv(path, TRANSACT_COLUMNS, rows);
    writeResultFiles(files, rows);
    process.stdout.write(path === undefined ? `\n${NOT_WRITTEN} FILE\n` : `\nwritten: ${path}\n`);
  },
};

/** Where the results of the run with no options are committed; none for another. */
function committedPath(given: Arguments): string | undefined {
  const directory = outputDirectory(given, benchTransactCommand.options);
  return directory && writablePath(join(directory, 'transact.csv'));
}

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

/**
 * A table per conditions with one line per point: time and speedup under each backend, then the bound
 * and how far above it each is; with several seeds the means and their intervals.
 */
export function sweepTables(rows: readonly CellRow[]): string {
  const sections = new Map<string, CellRow[]>();
  for (const row of rows) {
    const title = conditionsText(row.result.system);
    sections.set(title, [...(sections.get(title) ?? []), row]);
  }
  const means = hasSeveralSeeds(rows) ? '; means over seeds [95 % bootstrap interval]' : '';
  const tables = [...sections].map(
    ([title, members]) => `${title}${means}\n\n${sweepTable(members)}`,
  );
  return [...tables, ...intervalNotes(rows)].join('\n\n');
}

function sweepTable(rows: readonly CellRow[]): string {
  const backends = [...new Set(rows.map(({ result }) => result.system.backend))];
  const mirrored = backends.filter((backend) => backend !== 'no-sm');
  const compared = mirrored.filter((backend) => backend !== 'sm-rc');
  const points = new Map<string, SeededRows[]>();
  for (const cell of groupBySeed(rows)) {
    const key = JSON.stringify(
      ['epochs', 'linesPerEpoch'].map((axis) => parameterOf(cell[0], axis)),
    );
    points.set(key, [...(points.get(key) ?? []), cell]);
  }
  const head = ['epochs', 'lines', ...backends.map((b) => `${b} ns/tx`)];
  head.push(...compared.map((b) => `${b} speedup`));
  head.push('bound ns/tx', ...mirrored.map((b) => `${b} / bound`));
  const boundNs = ({ bound }: CellRow) => bound && execTimeNsPerTx(bound);
  const lines = [...points].map(([key, cells]) => {
    const under = (backend: string, of: (row: CellRow) => number | undefined, digits: number) => {
      const cell = cells.find(([{ result }]) => result.system.backend === backend);
      return cell === undefined ? '-' : estimateText(cell, of, digits);
    };
    return [
      ...(JSON.parse(key) as (string | number)[]).map(String),
      ...backends.map((b) => under(b, (row) => execTimeNsPerTx(row.result), 0)),
      ...compared.map((b) => under(b, speedupOverRemoteCommit, 2)),
      estimateText(cells[0], boundNs, 0),
      ...mirrored.map((b) => under(b, ratioToBound, 2)),
    ];
  });
  return plainTable(head, lines);
}
