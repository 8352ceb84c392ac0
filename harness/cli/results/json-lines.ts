/** Tables as JSON Lines (https://jsonlines.org): an object a row; a cell that is empty in CSV is null. */

import { type Column, columnsOf } from '../../report/index.ts';

/** The text of `rows` with these columns, in this order. */
export function jsonLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const all = columnsOf(columns, rows);
  const cellOf = (value: string | number) => (value === '' ? null : value);
  return rows
    .map((row) => all.map((one) => [one.name, cellOf(one.value(row))]))
    .map((cells) => `${JSON.stringify(Object.fromEntries(cells))}\n`)
    .join('');
}
