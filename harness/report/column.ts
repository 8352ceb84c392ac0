/**
 * The columns of a result file, as data: name, unit, meaning and where the value comes from. CSV files,
 * the results database and the documentation of columns are all made from such tables.
 *
 * Names are camelCase with the unit last; "PerTx" is per measured transaction.
 */

import { rounded } from './statistics.ts';

/** One column of a table of `Row`s. */
export interface Column<Row> {
  readonly name: string;
  /** '-' where there is none. */
  readonly unit: string;
  readonly meaning: string;
  /** The file whose column this is too, and where it is described. */
  readonly asIn?: string;
  /** What a row has to say; '' where there is nothing, which is an empty cell. */
  value(row: Row): string | number;
  /** It stands for several columns, whose names depend on the rows: see {@link openColumn}. */
  readonly values?: (row: Row) => Values;
}

/** Values by the names of the columns that an open column becomes. */
export type Values = Readonly<Record<string, string | number>>;

/** A column; in a table with a declared type, `Row` follows from it. */
export function column<Row>(
  name: string,
  unit: string,
  meaning: string,
  value: (row: Row) => string | number,
): Column<Row> {
  return { name, unit, meaning, value };
}

/**
 * A column `PREFIX*` that becomes a column PREFIXname for every name that the `values` of any row have,
 * in the order of the names: see {@link columnsOf}. Rows without a name have an empty cell there.
 */
export function openColumn<Row>(
  name: `${string}*`,
  unit: string,
  meaning: string,
  values: (row: Row) => Values,
): Column<Row> {
  return { name, unit, meaning, value: () => '', values };
}

/** The columns that a file of `rows` has: `columns`, with those that an open one becomes in its place. */
export function columnsOf<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): readonly Column<Row>[] {
  return columns.flatMap(({ values, ...one }) => {
    if (values === undefined) return [one];
    const names = new Set(rows.flatMap((row) => Object.keys(values(row))));
    return [...names].sort(byCode).map((name) => ({
      ...one,
      name: one.name.replace('*', name),
      value: (row: Row) => values(row)[name] ?? '',
    }));
  });
}

/** The same order on every machine, whatever its language. */
const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `columns` of `file` as columns of another, each of whose rows holds one of `file`'s. */
export function columnsAsIn<Row, Inner>(
  file: string,
  columns: readonly Column<Inner>[],
  innerOf: (row: Row) => Inner,
): Column<Row>[] {
  return columns.map(({ values, ...one }) => ({
    ...one,
    asIn: file,
    value: (row) => one.value(innerOf(row)),
    ...(values && { values: (row: Row) => values(innerOf(row)) }),
  }));
}

/** A derived figure for a file: rounded, and empty where it does not exist. */
export function figure(value: number | undefined): number | '' {
  return value === undefined || !Number.isFinite(value) ? '' : rounded(value);
}

/** All columns of a table as a Markdown table; those that it has in common with a file in one line. */
export function columnsMarkdown<Row>(columns: readonly Column<Row>[]): string {
  const lines = [...Map.groupBy(columns, ({ name, asIn }) => asIn ?? name).values()].map(
    (group) => {
      const names = group.map(({ name }) => `\`${name}\``).join(', ');
      const [{ unit, meaning, asIn }] = group;
      return `| ${names} | ${asIn ? '' : unit} | ${asIn ? `as in ${asIn}` : meaning} |`;
    },
  );
  return ['| column | unit | meaning |', '|---|---|---|', ...lines].join('\n');
}
