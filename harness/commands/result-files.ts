/** Files that several commands write beside their rows: latencies, and intervals over seeds. */

import type { CellRow } from '../columns.ts';
import { writeCsv } from '../csv.ts';
import { UsageError } from '../errors.ts';
import { LATENCY_COLUMNS, latencyRows } from '../latency-columns.ts';
import { groupBySeed, INTERVAL_COLUMNS } from '../study/seeds.ts';
import { outputPath } from './choices.ts';
import type { Arguments } from './command.ts';

/** Options for them. */
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
