/** Rows of a results database as the table of a CSV file, in the columns of a run and in a fixed order. */

import {
  type CellChoice,
  cellColumns,
  IDENTITY_COLUMNS,
  type StoredCell,
  type StoredResults,
} from '../../bench/index.ts';
import { type Column, column } from '../../report/index.ts';

/** Rows, and the columns that a file of them has. */
export interface StoredTable {
  readonly columns: readonly Column<StoredCell>[];
  readonly rows: readonly StoredCell[];
}

/** What the chosen rows of `results` would be in a CSV file. */
export function storedTable(results: StoredResults, choice: CellChoice): StoredTable {
  const identity = IDENTITY_COLUMNS.map(({ name }) => name);
  const rows = results.cells(choice, identity);
  const stored = results.columns.filter((name) => rows.some((row) => isThere(row, name)));
  const usual = cellColumns(percentilesOf(stored)).flatMap((one) =>
    one.values === undefined ? [one.name] : parametersOf(stored),
  );
  const meanings = new Map(cellColumns().map((one) => [one.name, one]));
  const others = stored.filter((name) => !usual.includes(name));
  const columns = [...usual, ...others].map((name) => {
    const { unit = '-', meaning = 'as in the run' } = meanings.get(name) ?? {};
    return column<StoredCell>(name, unit, meaning, ({ values }) => values[name] ?? '');
  });
  return { columns, rows };
}

const isThere = ({ values }: StoredCell, name: string): boolean => (values[name] ?? null) !== null;

const parametersOf = (names: readonly string[]): string[] =>
  names.filter((name) => name.startsWith('param.')).sort();

/** The percentiles that columns `latencyP…Ns` have: 99.9 of `latencyP999Ns`. */
function percentilesOf(names: readonly string[]): number[] {
  return names.flatMap((name) => {
    const [, digits] = /^latencyP(\d{2,})Ns$/.exec(name) ?? [];
    if (digits === undefined) return [];
    return digits === '100' ? [100] : [Number(`${digits.slice(0, 2)}.${digits.slice(2) || '0'}`)];
  });
}

/** Columns that say which version computed a row. */
export const VERSION_COLUMNS: readonly Column<StoredCell>[] = [
  column('commitId', '-', 'commit that computed the row', ({ commitId }) => commitId),
  column('model', '-', 'version of the package, and digest of the sources', ({ model }) => model),
];

/** Those of {@link VERSION_COLUMNS} in which `rows` differ. */
export const differingVersions = (rows: readonly StoredCell[]): readonly Column<StoredCell>[] =>
  VERSION_COLUMNS.filter(({ value }) => new Set(rows.map(value)).size > 1);
