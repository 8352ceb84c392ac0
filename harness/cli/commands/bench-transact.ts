/**
 * `pmirror bench-transact`: the microbenchmark over a grid of epochs per transaction and line writes
 * per epoch, under every backend.
 */

import { join } from 'node:path';
import { transact } from '../../../workloads/micro/transact.ts';
import { cellRows, planCells } from '../../bench/index.ts';
import { writeCsv } from '../../report/index.ts';
import {
  DEFAULT_EPOCHS,
  DEFAULT_LINES,
  TRANSACT_COLUMNS,
  transactExecutions,
  transactTables,
} from '../../studies/transact/index.ts';
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
    const seeds = chosenSeeds(given.seed, given.seeds);
    const executions = transactExecutions({
      epochs: wholeNumbers('epochs', given.epochs, {
        ...boundsOf(epochs),
        fallback: DEFAULT_EPOCHS,
      }),
      lines: wholeNumbers('lines', given.lines, {
        ...boundsOf(linesPerEpoch),
        fallback: DEFAULT_LINES,
      }),
      seeds,
      choice: {
        parameters: commonParameters(given),
        threads: wholeNumber('threads', given.threads, RANGES.threads),
        transactions: wholeNumber('transactions', given.transactions, RANGES.transactions),
      },
    });
    const groups = planCells(executions, chosenSystems(given));
    const path = outputPath('output', given.output) ?? committedPath(given);
    const files = chosenResultFiles(given, seeds);
    const results = await runShowingProgress(groups, wholeNumber('jobs', given.jobs, RANGES.jobs));
    const rows = results.flatMap(cellRows);
    process.stdout.write(`${transactTables(rows)}\n`);
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
