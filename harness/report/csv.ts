/** CSV files: tidy rows by csv-stringify, one header line, LF line ends. */

import { stringify } from 'csv-stringify/sync';
import { writeWhole } from '../host/index.ts';
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

/** Writes {@link csvText} to `path`. Throws FailureError; then `path` is as it was. */
export function writeCsv<Row>(
  path: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): void {
  writeWhole(path, csvText(columns, rows));
}
