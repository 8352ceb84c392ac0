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
 */

import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { FailureError, makeDirectories } from '../host/index.ts';
import { type Column, columnsOf } from '../report/index.ts';
import { cellKey } from './cells.ts';
import { CELL_COLUMNS, type CellRow } from './columns.ts';

/**
 * Adds `rows` to the database at `path`, which is created if need be: all of them or none. `manifest`: what
 * produced them.
 */
export function appendToDatabase(
  path: string,
  commitId: string,
  manifest: string,
  rows: readonly CellRow[],
): void {
  try {
    makeDirectories(dirname(path));
    const database = new Database(path);
    try {
      const columns = columnsOf(CELL_COLUMNS, rows);
      prepareTable(database, columns);
      const names = ['commitId', 'cell', 'run', ...columns.map(({ name }) => name)].map(quoted);
      const insert = database.prepare(
        `INSERT OR REPLACE INTO cells (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
      );
      database.transaction(() => {
        database.prepare('INSERT OR IGNORE INTO runs (manifest) VALUES (?)').run(manifest);
        const found = database.prepare('SELECT run FROM runs WHERE manifest = ?').get(manifest);
        const { run } = found as { run: number };
        for (const row of rows) {
          const values = columns.map((column) => column.value(row));
          insert.run(
            commitId,
            cellKey(row.result),
            run,
            ...values.map((v) => (v === '' ? null : v)),
          );
        }
      })();
    } finally {
      database.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FailureError(`cannot write the results database ${path}: ${reason}`);
  }
}

/** Creates the table, or adds the columns that an older version of it lacks. */
function prepareTable(database: Database.Database, columns: readonly Column<CellRow>[]): void {
  database.exec(
    'CREATE TABLE IF NOT EXISTS cells (commitId TEXT, cell TEXT, PRIMARY KEY (commitId, cell))',
  );
  database.exec(
    'CREATE TABLE IF NOT EXISTS runs (run INTEGER PRIMARY KEY, manifest TEXT UNIQUE NOT NULL)',
  );
  const present = new Set(
    (database.pragma('table_info(cells)') as { name: string }[]).map(({ name }) => name),
  );
  for (const { name, unit } of [{ name: 'run', unit: '-' }, ...columns]) {
    if (present.has(name)) continue;
    database.exec(`ALTER TABLE cells ADD COLUMN ${quoted(name)} ${unit === '-' ? '' : 'REAL'}`);
  }
}

/** A name in SQL, whatever it holds. */
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * The commit that runs, with `-modified` if its files differ from it; `unknown` unless `directory` is the
 * top of a checkout. Files that git does not know, such as results, make no difference.
 */
export function currentCommit(directory: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  try {
    // In a directory of another project the commit would be of that.
    if (git('rev-parse', '--show-prefix').trim() !== '') return 'unknown';
    const commit = git('rev-parse', 'HEAD').trim();
    const changes = git('status', '--porcelain', '--untracked-files=no').trim();
    return changes === '' ? commit : `${commit}-modified`;
  } catch {
    return 'unknown';
  }
}
