/**
 * Where commands write results: the directory of those that are committed, and the files that
 * several write beside their rows, latencies and intervals over seeds.
 */

import { join } from 'node:path';
import {
  type CellRow,
  groupBySeed,
  INTERVAL_COLUMNS,
  LATENCY_COLUMNS,
  latencyRows,
} from '../bench/index.ts';
import { UsageError } from '../host/index.ts';
import { writeCsv } from '../report/index.ts';
import { outputPath, single, userPath } from './choices.ts';
import type { Arguments, Command } from './command.ts';

/** Where committed results are. */
export const RESULTS_DIRECTORY = join(import.meta.dirname, '..', '..', 'results');

/** Said where results are not written: see {@link outputDirectory}. */
export const NOT_WRITTEN =
  'not written, as this is not the run whose results are committed: give --output';

/** Options that change no result. */
const CHANGE_NOTHING = ['jobs', 'output', 'latencies', 'intervals'];

/**
 * The directory of `--output`; without it that of the committed results, if none of the other
 * `options` was given that make a run another than the one they are of; else none.
 */
export function outputDirectory(given: Arguments, options: Command['options']): string | undefined {
  const output = single('output', given.output);
  if (output !== undefined) return userPath(output);
  const another = Object.keys(options).some(
    (name) => !CHANGE_NOTHING.includes(name) && given[name] !== undefined,
  );
  return another ? undefined : RESULTS_DIRECTORY;
}

/** Options for the files beside the rows. */
export const RESULT_FILE_OPTIONS = {
  latencies: {
    type: 'string',
    describe: 'CSV file to write, one row a cell and transaction type',
  },
  intervals: {
    type: 'string',
    describe: 'CSV file to write with several seeds, one row a cell: means and their intervals',
  },
} as const;

/** Paths of the files that are wanted. */
export interface ResultFiles {
  readonly latencies: string | undefined;
  readonly intervals: string | undefined;
}

/** What {@link RESULT_FILE_OPTIONS} ask for; refused before anything runs where it cannot be had. */
export function chosenResultFiles(given: Arguments, seeds: readonly number[]): ResultFiles {
  const latencies = outputPath('latencies', given.latencies);
  const intervals = outputPath('intervals', given.intervals);
  if (intervals !== undefined && seeds.length < 2) {
    throw new UsageError('--intervals needs several seeds: --seeds N, or --seed A,B,..');
  }
  return { latencies, intervals };
}

/** Writes them. */
export function writeResultFiles(files: ResultFiles, rows: readonly CellRow[]): void {
  const { latencies, intervals } = files;
  if (latencies !== undefined) writeCsv(latencies, LATENCY_COLUMNS, latencyRows(rows));
  if (intervals !== undefined) writeCsv(intervals, INTERVAL_COLUMNS, groupBySeed(rows));
}
