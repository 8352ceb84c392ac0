/**
 * Where commands write results: the directory of those that are committed, and the files that
 * several write beside their rows, latencies and intervals over seeds.
 */

import { basename, join } from 'node:path';
import { printable } from '../../pm/printable.ts';
import {
  type CellRow,
  groupBySeed,
  hasSeveralSeeds,
  INTERVAL_COLUMNS,
  latencyColumnsWith,
  latencyRows,
} from '../bench/index.ts';
import { type NamedFile, refuseSameFile, UsageError } from '../host/index.ts';
import type { Answer } from './answer.ts';
import { output, STANDARD_OUTPUT, writableCsv } from './file-options.ts';
import { manifestPath, runningCommit } from './manifest.ts';
import type { Given, OptionTable, Values } from './options.ts';

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
  if (another) return undefined;
  // Of what they are made is asked before.
  runningCommit();
  return RESULTS_DIRECTORY;
}

/**
 * The paths of files in `directory`, made sure of; on standard output the first of them alone. None where
 * there is no directory.
 */
export function pathsIn(
  directory: string | undefined,
  names: readonly string[],
): readonly (string | undefined)[] {
  if (directory === undefined) return [];
  if (directory === STANDARD_OUTPUT) return [STANDARD_OUTPUT];
  return names.map((name) => writableCsv(join(directory, name)));
}

/** What became of the files of {@link pathsIn}. */
export function writtenText(directory: string | undefined, names: readonly string[]): string {
  if (directory === undefined) return `${NOT_WRITTEN} DIRECTORY`;
  if (directory !== STANDARD_OUTPUT)
    return `written: ${names.join(', ')} in ${printable(directory)}`;
  const [first, ...others] = names;
  const left = others.length === 0 ? '' : `; not written: ${others.join(', ')} (see --json)`;
  return `written: ${first} to standard output${left}`;
}

/** The file of the rows. */
export const OUTPUT_OPTION = {
  output: output({ help: 'CSV file to write, one row a cell; - for standard output' }),
};

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

/** Refuses CSV files that are one, where those count that are written without being asked for. */
export function refuseSameOutputs(paths: Readonly<Record<string, string | undefined>>): void {
  refuseSameFile(Object.entries(paths).flatMap(([name, path]) => namedCsv(`--${name}`, path)));
}

/** The CSV file at `path`, that `option` names or that is written without it, and its manifest. */
export function namedCsv(option: string, path: string | undefined): NamedFile[] {
  if (path === undefined || path === STANDARD_OUTPUT) return [];
  const called = `${option} ${path}`;
  const manifest = manifestPath(path);
  return [
    { path, use: 'write', called },
    { path: manifest, use: 'write', called: `${called} (${basename(manifest)})` },
  ];
}

/** Gives what stands beside `rows`: latencies by type and, with several seeds, intervals. */
export function giveResultFiles(
  answer: Answer,
  { latencies, intervals }: ResultFiles,
  rows: readonly CellRow[],
  percentiles: readonly number[],
): void {
  const byType = latencyRows(rows);
  const columns = latencyColumnsWith(percentiles);
  answer.give({ name: 'latencies', columns, rows: byType, to: latencies });
  if (!hasSeveralSeeds(rows)) return;
  const seeded = groupBySeed(rows);
  answer.give({ name: 'intervals', columns: INTERVAL_COLUMNS, rows: seeded, to: intervals });
}
