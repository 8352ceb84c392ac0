/**
 * CSV files: tidy rows by csv-stringify, one header line, LF line ends. A file appears whole or not
 * at all: it is written under a temporary name in the same directory, then renamed.
 */

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import type { Column } from './columns.ts';
import { FailureError, systemReason } from './errors.ts';

/** The text of a CSV file with these columns. */
export function csvText<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const records = rows.map((row) => columns.map((column) => column.value(row)));
  return stringify([columns.map(({ name }) => name), ...records], { record_delimiter: '\n' });
}

/** Writes {@link csvText} to `path`. Throws FailureError; then `path` is as it was. */
export function writeCsv<Row>(
  path: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): void {
  writeWhole(path, csvText(columns, rows));
}

/**
 * Where to write so that `path` has the new contents: the file itself, or what a link points to.
 * Throws FailureError for a device, pipe or directory, which a rename would replace or miss.
 */
export function replaceableFile(path: string): string {
  let found: Stats | undefined;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new FailureError(`cannot write ${path}: ${systemReason(error)}`);
  }
  if (found === undefined) return path;
  if (found.isFile()) return realpathSync(path);
  const what = found.isDirectory() ? 'it is a directory' : 'it is not a regular file';
  throw new FailureError(`cannot write ${path}: ${what}`);
}

/** Replaces the file at `path` by `text`, or throws FailureError and leaves it as it was. */
export function writeWhole(given: string, text: string): void {
  const path = replaceableFile(given);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, 'w');
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw new FailureError(`cannot write ${path}: ${systemReason(error)}`);
  }
}

/** What is wrong with the file itself was found before; this must not hide it. */
function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made, or cannot be removed either.
  }
}
