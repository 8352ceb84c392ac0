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
  value(row: Row): string | number;
}

/** A derived figure for a file: rounded, and empty where it does not exist. */
export function figure(value: number | undefined): number | '' {
  return value === undefined || !Number.isFinite(value) ? '' : rounded(value);
}

/** The columns of a table as a Markdown table, for the documentation. */
export function columnsMarkdown<Row>(columns: readonly Column<Row>[]): string {
  const lines = columns.map(({ name, unit, meaning }) => `| \`${name}\` | ${unit} | ${meaning} |`);
  return ['| column | unit | meaning |', '|---|---|---|', ...lines].join('\n');
}
