/** CSV files: tidy rows by csv-stringify, one header line, LF line ends; read by csv-parse. */

import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { systemReason, UsageError, writeWhole } from '../host/index.ts';
import { type Column, columnsOf } from './column.ts';

/** The text of a CSV file of `rows` with these columns. */
export function csvText<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const all = columnsOf(columns, rows);
  const records = rows.map((row) => all.map((column) => column.value(row)));
  return csvOf([all.map(({ name }) => name), ...records]);
}

/** Records as CSV (RFC 4180, with LF): what holds a comma, a quote or the end of a line is quoted. */
export function csvOf(records: readonly (readonly (string | number)[])[]): string {
  return stringify([...records], { record_delimiter: '\n', quoted_match: /\r/ });
}

/** A CSV file, read. */
export interface CsvRecords {
  readonly columns: readonly string[];
  readonly records: readonly Readonly<Record<string, string>>[];
}

/** The rows in `bytes` by column. Throws UsageError, of a file that is called `path`. */
export function parseCsv(bytes: Uint8Array, path: string): CsvRecords {
  let lines: string[][];
  try {
    lines = parse(bytes, { bom: true });
  } catch (error) {
    throw new UsageError(`${path}: cannot be read as CSV: ${systemReason(error)}`);
  }
  const [columns = [], ...cells] = lines;
  refuseTwice(columns, path);
  const records = cells.map((row) => Object.fromEntries(row.map((cell, i) => [columns[i], cell])));
  return { columns, records };
}

/** Throws UsageError for a column that is there twice: one of them would be lost. */
export function refuseTwice(columns: readonly string[], path: string): void {
  const twice = columns.find((name, i) => columns.indexOf(name) < i);
  if (twice === undefined) return;
  throw new UsageError(`${path}: the column '${twice}' is there twice; give it once`);
}

/** Writes {@link csvText} to `path`. Throws FailureError; then `path` is as it was. */
export function writeCsv<Row>(
  path: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): void {
  writeWhole(path, csvText(columns, rows));
}
