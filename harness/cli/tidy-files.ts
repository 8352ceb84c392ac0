/** Result files as the long form reads them: found, read, and recognised by name or by their columns. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FailureError, systemReason, UsageError } from '../host/index.ts';
import { type Fields, parseCsv, type Role } from '../report/index.ts';
import { type Input, sha256Of } from './manifest.ts';
import { RESULT_TABLES, type ResultTable } from './result-tables.ts';

/** A file of results, read. */
export interface ResultFile extends Input {
  readonly columns: readonly string[];
  readonly rows: readonly Fields[];
}

/** The paths of the CSV files at `path`, a file or a directory. Throws FailureError. */
export function resultPathsAt(path: string): string[] {
  const names = reading(path, () =>
    statSync(path).isDirectory()
      ? readdirSync(path).filter((name) => name.endsWith('.csv'))
      : undefined,
  );
  if (names?.length === 0) throw new UsageError(`${path}: no CSV file is in it`);
  return names?.sort().map((name) => join(path, name)) ?? [path];
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new FailureError(`cannot read ${path}: ${systemReason(error)}`);
  }
}

/** The file of results at `path`. Throws FailureError, UsageError where it is no CSV file. */
export function readResults(path: string): ResultFile {
  const bytes = reading(path, () => readFileSync(path));
  const { columns, records } = parseCsv(bytes, path);
  return { file: basename(path), sha256: sha256Of(bytes), columns, rows: records };
}

/** The columns that a file of this kind always has. */
const fixedColumns = ({ columns }: ResultTable): string[] =>
  columns.flatMap(({ name, values }) => (values === undefined ? [name] : []));

/** Columns of `table` that `file` lacks. */
const lacking = ({ columns }: ResultFile, table: ResultTable): string[] =>
  fixedColumns(table).filter((name) => !columns.includes(name));

/** The kind of `file`: that of its name if it has the columns, else the largest whose columns it has. */
export function kindOf(file: ResultFile): ResultTable | undefined {
  const named = Object.hasOwn(RESULT_TABLES, file.file) ? [RESULT_TABLES[file.file]] : [];
  const bySize = Object.values(RESULT_TABLES).toSorted(
    (a, b) => b.columns.length - a.columns.length,
  );
  return [...named, ...bySize].find((table) => lacking(file, table).length === 0);
}

/** Why a file is of no kind: what it lacks of the one of its name, or of the nearest. */
export function whyUnknown(file: ResultFile): string {
  const [[name, missing]] = Object.entries(RESULT_TABLES)
    .map(([name, table]) => [name, lacking(file, table)] as const)
    .sort(([a, x], [b, y]) => (a === file.file ? -1 : b === file.file ? 1 : x.length - y.length));
  const shown = missing.length > 4 ? [...missing.slice(0, 3), 'and others'] : missing;
  return `${file.file} is no file of results: of ${name} it lacks ${shown.join(', ')}`;
}

/** Words about a row, which are neither a key of it nor a figure. */
const PROSE: readonly string[] = ['reason', 'source', 'note', 'next', 'fittedValues'];

/** What each column of `file` is; one that its kind does not know is a key, such as what a sweep varies. */
export function rolesOf(file: ResultFile, table: ResultTable): ReadonlyMap<string, Role> {
  const { keys, verdicts, renamed = {} } = table;
  const known = new Map(table.columns.map((column) => [column.name, column]));
  const unitColumns = new Set(
    table.columns.flatMap(({ name, unit }) =>
      keys.includes(name) ? [] : (/^as in (\w+)$/.exec(unit)?.[1] ?? []),
    ),
  );
  const roleOf = (name: string): Role => {
    const { unit = '-' } = known.get(name) ?? {};
    if (PROSE.includes(name) || unitColumns.has(name)) return { kind: 'left out' };
    if (verdicts.includes(name)) return { kind: 'verdict' };
    if (unit === '-' || keys.includes(name) || name.includes('.')) {
      return { kind: 'key', name: Object.hasOwn(renamed, name) ? renamed[name] : name };
    }
    const [, of] = /^as in (\w+)$/.exec(unit) ?? [];
    return { kind: 'figure', unit: of === undefined ? unit : { of } };
  };
  return new Map(file.columns.map((name) => [name, roleOf(name)]));
}
