/**
 * A results database: SQLite, one table `cells` with the columns of the CSV files plus `commitId` and
 * `cell` in front. A row is one cell of one commit; running it again replaces the row, which is the
 * same then, as a run is a function of (commit, cell). For example:
 *
 *   SELECT commitId, workload, backend, speedupOverSmRc FROM cells ORDER BY workload, backend;
 *
 * What produced the rows is in a table `runs`, a manifest as JSON each, whose `run` the rows have:
 *
 *   SELECT workload, backend, manifest ->> 'command' FROM cells JOIN runs USING (run);
 *
 * Any number of processes may add rows at once. All that one adds at a time is one transaction, in which also
 * the tables are made and get the columns that they lack. SQLite's `application_id` and `user_version`
 * say that a database is one of these, and which version of its tables it has.
 */

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { FailureError, makeDirectories, requireWritable, systemReason } from '../host/index.ts';
import { type Column, columnsOf } from '../report/index.ts';
import { cellKey } from './cells.ts';
import { CELL_COLUMNS, type CellRow } from './columns.ts';

/** "pmir" in ASCII. */
const APPLICATION = 0x706d6972;
/** Of the tables, as this program makes them. It knows those of lower versions, too. */
const VERSION = 1;
/** So long others may write. */
const PATIENCE_MS = 60_000;

/** Rows that are added together, and where they come from. */
export interface Batch {
  readonly commitId: string;
  /** What produced them, as JSON. */
  readonly manifest: string;
  readonly rows: readonly CellRow[];
}

/** A results database to add to. */
export class ResultsDatabase {
  readonly #path: string;
  #database: Database.Database | undefined;

  /**
   * Makes sure that rows can be added to the database at `path`, or that it can be made, and changes nothing.
   * Throws FailureError: for what is no database, another program's, or of a newer version of this one.
   */
  constructor(path: string) {
    this.#path = path;
    this.#told(() => {
      requireWritable(path);
      if (!isStarted(path)) return;
      refuseOthers(path);
      // Locks it as if to write: what is read-only or damaged shows now.
      const database = this.#open();
      database.transaction(() => requireOurs(database)).immediate();
      this.close();
    });
  }

  /** Adds all of `rows` or, throwing FailureError, none. The database and directories on the way are made. */
  add({ commitId, manifest, rows }: Batch): void {
    this.#told(() => {
      const database = this.#open();
      const insertAll = database.transaction(() => {
        requireOurs(database);
        const columns = columnsOf(CELL_COLUMNS, rows);
        prepareTables(database, columns);
        database.prepare('INSERT OR IGNORE INTO runs (manifest) VALUES (?)').run(manifest);
        const found = database.prepare('SELECT run FROM runs WHERE manifest = ?').get(manifest);
        const { run } = found as { run: number };
        const names = ['commitId', 'cell', 'run', ...columns.map(({ name }) => name)].map(quoted);
        const insert = database.prepare(
          `INSERT OR REPLACE INTO cells (${names}) VALUES (${names.map(() => '?')})`,
        );
        for (const row of rows) {
          const values = columns.map((column) => column.value(row));
          insert.run(commitId, cellKey(row.result), run, ...values.map(nullIfEmpty));
        }
      });
      insertAll.immediate();
      useLog(database);
    });
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): Database.Database {
    if (this.#database !== undefined) return this.#database;
    makeDirectories(dirname(this.#path));
    this.#database = new Database(this.#path, { timeout: PATIENCE_MS });
    return this.#database;
  }

  /** Does `work`; what goes wrong is told with the path. */
  #told(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.close();
      throw new FailureError(`cannot write the results database ${this.#path}: ${reason(error)}`);
    }
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'SQLITE_BUSY') return `another program has locked it for ${PATIENCE_MS / 1000} s`;
  return systemReason(error);
}

/** Whether there is something at `path`: SQLite takes an empty file for a new database. */
function isStarted(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Throws if the header of the file at `path` says that it is not ours. SQLite would already change it. */
function refuseOthers(path: string): void {
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw new FailureError('it is no SQLite database');
  }
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
    return hasOurTables(database);
  } finally {
    database.close();
  }
}

/** Whether `database` has nothing but the tables that this program made before it had versions. */
function hasOurTables(database: Database.Database): boolean {
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

/** Throws unless `database` is ours or empty. Another process may have made it since it was looked at. */
function requireOurs(database: Database.Database): void {
  if (database.pragma('application_id', { simple: true }) === APPLICATION) {
    refuseNewer(Number(database.pragma('user_version', { simple: true })));
    return;
  }
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (!isEmpty && !hasOurTables(database)) throw new FailureError(FOREIGN);
}

/** Makes the tables, or adds the columns that they lack. In a transaction, so that nobody else does it. */
function prepareTables(database: Database.Database, columns: readonly Column<CellRow>[]): void {
  database.pragma(`application_id = ${APPLICATION}`);
  database.pragma(`user_version = ${VERSION}`);
  database.exec(`
    CREATE TABLE IF NOT EXISTS cells (commitId TEXT, cell TEXT, PRIMARY KEY (commitId, cell));
    CREATE TABLE IF NOT EXISTS runs (run INTEGER PRIMARY KEY, manifest TEXT UNIQUE NOT NULL);
  `);
  const present = new Set(
    (database.pragma('table_info(cells)') as { name: string }[]).map(({ name }) => name),
  );
  for (const { name, unit } of [{ name: 'run', unit: '-' }, ...columns]) {
    if (present.has(name)) continue;
    database.exec(`ALTER TABLE cells ADD COLUMN ${quoted(name)} ${unit === '-' ? '' : 'REAL'}`);
  }
}

/** From now on transactions go to a log: fewer syncs, and readers do not wait. Stays so in the file. */
function useLog(database: Database.Database): void {
  try {
    database.pragma('journal_mode = WAL');
  } catch {
    // Others are writing: one of them will do it. Some file systems have no logs at all.
  }
}

const nullIfEmpty = <T>(value: T): T | null => (value === '' ? null : value);

/** A name in SQL, whatever it holds. */
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
