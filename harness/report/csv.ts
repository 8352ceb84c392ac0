/** CSV files: tidy rows by csv-stringify, one header line, LF line ends. */

import { stringify } from 'csv-stringify/sync';
import { writeWhole } from '../host/index.ts';
import type { Column } from './column.ts';

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
