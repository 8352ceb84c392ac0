/** Rows of result files as a reader finds them, for tests: by the names of columns. */

import assert from 'node:assert/strict';

/** What a reader sees of a column. */
interface ReadColumn<Row> {
  readonly name: string;
  readonly unit: string;
  value(row: Row): string | number;
}

/** Value and unit of every column of `row`, by name. */
export function readRow<Row>(
  columns: readonly ReadColumn<Row>[],
  row: Row,
): Record<string, readonly [value: string | number, unit: string]> {
  const names = columns.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, 'two columns of one name');
  return Object.fromEntries(columns.map((one) => [one.name, [one.value(row), one.unit]]));
}
