/**
 * The tables of a results database, and what tells one from any other file. SQLite's `application_id` and
 * `user_version` say that a database is one of these, and which version of its tables it has.
 *
 *   runs      what produced rows: a manifest as JSON each
 *   profiles  machines by the SHA-256 of their values
 *   work      a row for each unit of work that is done, with its result (see `results-db.ts`)
 *   uses      which run computed or took which unit
 *   cells     the units that are cells, in the columns of the CSV files
 *
 * Version 1 had `runs` and `cells`, by commit and cell and without results. Its rows stay readable; their
 * cells are computed again where they are wanted.
 */

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { FailureError, systemReason } from '../host/index.ts';
import type { Column } from '../report/index.ts';
import type { CellRow } from './columns.ts';

/** "pmir" in ASCII. */
const APPLICATION = 0x706d6972;
/** Of the tables, as this program makes them. It knows those of lower versions, too. */
const VERSION = 2;
/** So long others may write. */
export const PATIENCE_MS = 60_000;

const TABLES = `
  CREATE TABLE IF NOT EXISTS runs (run INTEGER PRIMARY KEY, manifest TEXT UNIQUE NOT NULL);
  CREATE TABLE IF NOT EXISTS profiles (profile TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS work (
    unit INTEGER PRIMARY KEY,
    key TEXT UNIQUE NOT NULL,
    kind TEXT NOT NULL,
    model TEXT NOT NULL,
    label TEXT NOT NULL,
    seconds REAL NOT NULL,
    description TEXT NOT NULL,
    result TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs
  );
  CREATE TABLE IF NOT EXISTS uses (
    run INTEGER NOT NULL REFERENCES runs,
    unit INTEGER NOT NULL REFERENCES work,
    PRIMARY KEY (run, unit)
  ) WITHOUT ROWID;
`;

const CELLS =
  'CREATE TABLE IF NOT EXISTS cells (key TEXT PRIMARY KEY, commitId TEXT, run INTEGER);';

/** Why work on the database at `path` failed, for people. */
export function databaseReason(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'SQLITE_BUSY') return `another program has locked it for ${PATIENCE_MS / 1000} s`;
  const reason = systemReason(error);
  if (error instanceof SyntaxError) return `a result in it is damaged (${reason}); ${REMEDY}`;
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return `it is damaged (${reason}); ${REMEDY}`;
  const named = `cannot write ${path}: `;
  return reason.startsWith(named) ? reason.slice(named.length) : reason;
}

const REMEDY = 'without this file, what it had is computed again';

/** Whether there is something at `path`: SQLite takes an empty file for a new database. */
export function isStarted(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Throws if the header of the file at `path` says that it is not ours. SQLite would already change it. */
export function refuseOthers(path: string): void {
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  let length: number;
  try {
    length = readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw new FailureError('it is no SQLite database');
  }
  if (length < header.length) throw new FailureError(`it is damaged (cut short); ${REMEDY}`);
  // See https://www.sqlite.org/fileformat.html, section 1.3. Ours had no id and no log at first.
  const [application, version, isLogged] = [
    header.readUInt32BE(68),
    header.readUInt32BE(60),
    header[18] > 1,
  ];
  if (application === APPLICATION) refuseNewer(version);
  else if (application !== 0 || isLogged || !isOurs(path)) throw new FailureError(FOREIGN);
}

const FOREIGN = 'it is a database of another program';

function refuseNewer(version: number): void {
  if (version <= VERSION) return;
  throw new FailureError(
    `it has version ${version} of the tables, and this program knows them up to ${VERSION}: ` +
      'it was written by a newer one',
  );
}

/** Whether the database at `path` is ours by its tables; it is only read. */
function isOurs(path: string): boolean {
  const database = new Database(path, { readonly: true, timeout: PATIENCE_MS });
  try {
    return hasFirstTables(database);
  } finally {
    database.close();
  }
}

/** Whether `database` has nothing but the tables that this program made before it had versions. */
function hasFirstTables(database: Database.Database): boolean {
  const names = database.prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'");
  if (!(names.pluck().all() as string[]).every((name) => ['cells', 'runs'].includes(name)))
    return false;
  const columns = (table: string) =>
    database.pragma(`table_info(${table})`) as { name: string; pk: number }[];
  const keys = columns('cells')
    .filter(({ pk }) => pk > 0)
    .map(({ name }) => name);
  return (
    keys.join() === 'commitId,cell' &&
    columns('runs')
      .map(({ name }) => name)
      .join() === 'run,manifest'
  );
}

/** The version of the tables of `database`; 0 of an empty one. Throws unless it is ours or empty. */
export function versionOf(database: Database.Database): number {
  if (database.pragma('application_id', { simple: true }) === APPLICATION) {
    const version = Number(database.pragma('user_version', { simple: true }));
    refuseNewer(version);
    return version;
  }
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (isEmpty) return 0;
  if (!hasFirstTables(database)) throw new FailureError(FOREIGN);
  return 1;
}

/** Makes the tables, or brings those of an older version up to date. In a transaction, so that nobody else does it. */
export function prepareTables(database: Database.Database): void {
  const version = versionOf(database);
  if (version === VERSION) return;
  database.exec(TABLES);
  if (version === 1) keepFirstCells(database);
  else database.exec(CELLS);
  database.pragma(`application_id = ${APPLICATION}`);
  database.pragma(`user_version = ${VERSION}`);
}

/** Rows by commit and cell get a key of their own, which no unit of work has. */
function keepFirstCells(database: Database.Database): void {
  const present = database.pragma('table_info(cells)') as { name: string; type: string }[];
  const others = present.filter(({ name }) => !['commitId', 'cell', 'run'].includes(name));
  const names = others.map(({ name }) => quoted(name));
  const run = present.some(({ name }) => name === 'run') ? 'run' : 'NULL';
  database.exec(`ALTER TABLE cells RENAME TO first;${CELLS}`);
  for (const { name, type } of others) {
    database.exec(`ALTER TABLE cells ADD COLUMN ${quoted(name)} ${type}`);
  }
  const list = (first: readonly string[]) => [...first, ...names].join();
  database.exec(`
    INSERT INTO cells (${list(['key', 'commitId', 'run'])})
      SELECT ${list(["'1 ' || commitId || ' ' || cell", 'commitId', run])} FROM first;
    DROP TABLE first;
  `);
}

/** Adds to `cells` what of `columns` it lacks. In a transaction. */
export function addColumns(
  database: Database.Database,
  columns: readonly Pick<Column<CellRow>, 'name' | 'unit'>[],
): void {
  const present = new Set(
    (database.pragma('table_info(cells)') as { name: string }[]).map(({ name }) => name),
  );
  for (const { name, unit } of columns) {
    if (present.has(name)) continue;
    database.exec(`ALTER TABLE cells ADD COLUMN ${quoted(name)} ${unit === '-' ? '' : 'REAL'}`);
  }
}

/**
 * From now on transactions go to a log: readers do not wait, and what a killed process left is taken from there.
 * Stays so in the file.
 */
export function useLog(database: Database.Database): void {
  try {
    if (database.pragma('journal_mode', { simple: true }) !== 'wal') {
      database.pragma('journal_mode = WAL');
    }
  } catch {
    // Others are writing: one of them will do it. Some file systems have no logs at all.
  }
}

/** A name in SQL, whatever it holds. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
