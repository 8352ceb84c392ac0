/** Rows of result files as a reader finds them, for tests: by the names of columns. */

import assert from 'node:assert/strict';
import { type Column, columnsOf } from '../column.ts';

/** Value and unit of every column of `row`, by name. */
export function readRow<Row>(
  columns: readonly Column<Row>[],
  row: Row,
): Record<string, readonly [value: string | number, unit: string]> {
  const all = columnsOf(columns, [row]);
  const names = all.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, 'two columns of one name');
  return Object.fromEntries(all.map((one) => [one.name, [one.value(row), one.unit]]));
}
