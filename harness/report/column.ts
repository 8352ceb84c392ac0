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
  value(row: Row): string | number;
}

/** A column; in a table with a declared type, `Row` follows from it. */
export function column<Row>(
  name: string,
  unit: string,
  meaning: string,
  value: (row: Row) => string | number,
): Column<Row> {
  return { name, unit, meaning, value };
}

/** `columns` of `file` as columns of another, each of whose rows holds one of `file`'s. */
export function columnsAsIn<Row, Inner>(
  file: string,
  columns: readonly Column<Inner>[],
  innerOf: (row: Row) => Inner,
): Column<Row>[] {
  return columns.map((one) => ({ ...one, asIn: file, value: (row) => one.value(innerOf(row)) }));
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
