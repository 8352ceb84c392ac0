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
import { type Given, type OptionTable, output, type Values } from './options.ts';

/** Where committed results are. */
export const RESULTS_DIRECTORY = join(import.meta.dirname, '..', '..', 'results');

/** Said where results are not written: see {@link committedDirectory}. */
export const NOT_WRITTEN =
  'not written, as this is not the run whose results are committed: give --output';

/**
 * The directory of the committed results, if none of `options` was given that make a run another than
 * the one they are of.
 */
export function committedDirectory(given: Given, options: OptionTable): string | undefined {
  const another = Object.entries(options).some(
    ([name, { changesNothing }]) => !changesNothing && given.has(name),
  );
  return another ? undefined : RESULTS_DIRECTORY;
}

/** The file of the rows. */
export const OUTPUT_OPTION = { output: output({ help: 'CSV file to write, one row a cell' }) };

/** Files beside the rows. */
export const RESULT_FILE_OPTIONS = {
  latencies: output({ help: 'CSV file to write, one row a cell and transaction type' }),
  intervals: output({
    help: 'CSV file to write with several seeds, one row a cell: means and their intervals',
  }),
};

type ResultFiles = Values<typeof RESULT_FILE_OPTIONS>;

/** Refuses files that cannot be had, before anything runs. */
export function refuseIntervals({ intervals }: ResultFiles, seeds: readonly number[]): void {
  if (intervals === undefined || seeds.length > 1) return;
  throw new UsageError('--intervals needs several seeds: --seeds N, or --seed A,B,..');
}

/** Writes the files that are wanted. */
export function writeResultFiles(files: ResultFiles, rows: readonly CellRow[]): void {
  const { latencies, intervals } = files;
  if (latencies !== undefined) writeCsv(latencies, LATENCY_COLUMNS, latencyRows(rows));
  if (intervals !== undefined) writeCsv(intervals, INTERVAL_COLUMNS, groupBySeed(rows));
}
