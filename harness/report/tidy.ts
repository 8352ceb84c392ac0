/**
 * The long form of a table, for tools that draw from it: a row a figure, with the keys that say what it is
 * of, its name, unit and value. Empty cells give no row.
 */

import { type Column, column } from './column.ts';

/** A row of a CSV file as it was read, by column. */
export type Fields = Readonly<Record<string, string>>;

/** One figure. */
export interface TidyRow {
  /** The file that it is from. */
  readonly file: string;
  readonly keys: Fields;
  readonly metric: string;
  /** Empty for a verdict, which is text. */
  readonly unit: string;
  readonly value: string;
}

/** What a column is to the long form. */
export type Role =
  | { readonly kind: 'key'; readonly name: string }
  /** `unit`: its own, or the column in which that stands. */
  | { readonly kind: 'figure'; readonly unit: { readonly of: string } | string }
  | { readonly kind: 'verdict' }
  | { readonly kind: 'left out' };

/** The figures of `rows`, a row a figure, in the order of the columns. */
export function tidyRows(
  file: string,
  rows: readonly Fields[],
  roles: ReadonlyMap<string, Role>,
): TidyRow[] {
  return rows.flatMap((row) => {
    const keys: Record<string, string> = {};
    for (const [name, role] of roles) if (role.kind === 'key') keys[role.name] = row[name];
    return [...roles].flatMap(([metric, role]): TidyRow[] => {
      const value = row[metric];
      if (value === '') return [];
      if (role.kind === 'verdict') return [{ file, keys, metric, unit: '', value }];
      if (role.kind !== 'figure' || Number.isNaN(Number(value))) return [];
      const unit = typeof role.unit === 'string' ? role.unit : row[role.unit.of];
      return [{ file, keys, metric, unit, value }];
    });
  });
}

/** The columns of a file of `rows`: every key that any has, then the figure. */
export function tidyColumns(rows: readonly TidyRow[]): readonly Column<TidyRow>[] {
  const names = new Set(rows.flatMap(({ keys }) => Object.keys(keys)));
  return [
    column('file', '-', 'the file that the figure is from', ({ file }) => file),
    ...[...names].map((name) =>
      column<TidyRow>(name, '-', 'as in the file', ({ keys }) => typed(keys[name] ?? '')),
    ),
    column('metric', '-', 'the column of the file that the figure is from', ({ metric }) => metric),
    column('unit', '-', 'unit of the value; empty for text', ({ unit }) => unit),
    column('value', 'as in unit', 'the figure, or the text of a verdict', (row) =>
      typed(row.value),
    ),
  ];
}

/** A number where the text is exactly that of one. */
function typed(text: string): string | number {
  const number = Number(text);
  return String(number) === text ? number : text;
}
