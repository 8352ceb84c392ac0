/** How a CSV file that was made anew differs from the committed one, in words: row, column, values. */

import { parse } from 'csv-parse/sync';
import { csvOf } from '../harness/report/index.ts';

/** The fields of one row, by column. */
export type Fields = Readonly<Record<string, string>>;

/** A file of results, or the part of one that is made anew. */
export interface CheckedFile {
  readonly name: string;
  /** Columns that together tell its rows apart. */
  readonly key: readonly string[];
  /** Which of the committed rows are made anew; all of them unless it is given. */
  readonly isPart?: (row: Fields) => boolean;
}

/** A CSV text, row by row. */
interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly fields: Fields; readonly raw: string }[];
}

/** What csv-parse makes of a row when it is asked for its bytes too. */
interface RawRecord {
  readonly raw: string;
  readonly record: readonly string[];
}

function tableOf(text: string): Table {
  const options = { raw: true, relax_column_count: true } as const;
  const [head, ...rest] = parse(text, options) as unknown as RawRecord[];
  const columns = head?.record ?? [];
  const rows = rest.map(({ raw, record }) => ({
    fields: Object.fromEntries(columns.map((name, i) => [name, record[i] ?? ''])),
    raw,
  }));
  return { columns, rows };
}

/** Every difference of `regenerated` from (the part of) `committed`; empty if the bytes are the same. */
export function csvDifferences(
  file: CheckedFile,
  committed: string,
  regenerated: string,
): readonly string[] {
  const { key, isPart = () => true } = file;
  const whole = tableOf(committed);
  const before = partOf(whole, isPart);
  const bytes = file.isPart ? bytesOf(before, whole, committed) : committed;
  if (bytes === regenerated) return [];
  const after = tableOf(regenerated);
  const found = [...columnDifferences(before, after), ...rowDifferences(key, before, after)];
  return found.length > 0 ? found : ['the rows are the same, but not their order or their bytes'];
}

/** The rows of a part, without the columns of parameters that none of them has. */
function partOf({ columns, rows }: Table, isPart: (row: Fields) => boolean): Table {
  const part = rows.filter(({ fields }) => isPart(fields));
  const isThere = (name: string): boolean =>
    !name.startsWith('param.') || part.some(({ fields }) => fields[name] !== '');
  return { columns: columns.filter(isThere), rows: part };
}

/** The bytes of the rows of `part`, as `committed` has them where it has the same columns. */
function bytesOf({ columns, rows }: Table, whole: Table, committed: string): string {
  if (columns.length < whole.columns.length) {
    return csvOf([columns, ...rows.map(({ fields }) => columns.map((name) => fields[name]))]);
  }
  const head = committed.slice(0, committed.indexOf('\n') + 1);
  return head + rows.map(({ raw }) => raw).join('');
}

function columnDifferences(before: Table, after: Table): string[] {
  const [old, now] = [before.columns, after.columns];
  if (old.join() === now.join()) return [];
  const lost = old.filter((name) => !now.includes(name)).map((name) => `column ${name} is gone`);
  const added = now.filter((name) => !old.includes(name)).map((name) => `column ${name} is new`);
  const found = [...lost, ...added];
  return found.length > 0 ? found : [`columns in another order: ${old.join()} -> ${now.join()}`];
}

function rowDifferences(key: readonly string[], before: Table, after: Table): string[] {
  const nameOf = ({ fields }: Table['rows'][number]): string =>
    key.map((name) => `${name}=${fields[name] ?? ''}`).join(', ');
  const old = Map.groupBy(before.rows, nameOf);
  const now = Map.groupBy(after.rows, nameOf);
  const shared = before.columns.filter((name) => after.columns.includes(name));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((row) => {
    const [ours, theirs] = [old.get(row) ?? [], now.get(row) ?? []];
    if (ours.length > theirs.length) return [`${row}: the row is gone`];
    if (ours.length < theirs.length) return [`${row}: the row is new`];
    return ours.flatMap(({ fields }, i) =>
      shared
        .filter((name) => fields[name] !== theirs[i].fields[name])
        .map((name) => `${row}: ${name} ${fields[name]} -> ${theirs[i].fields[name]}`),
    );
  });
}
