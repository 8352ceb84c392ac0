/** What a results database has, for people and other programs: runs, and the rows of cells that fit a choice. */

import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { FailureError, UsageError } from '../host/index.ts';
import {
  databaseReason,
  isStarted,
  PATIENCE_MS,
  prepareTables,
  quoted,
  refuseOthers,
  versionOf,
} from './results-schema.ts';

/** Which cells. Where there are several values of one, any of them. */
export interface CellChoice {
  /** Columns of the table `cells` and their values; a profile's also with values set by hand. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
  /** Beginnings of commits. */
  readonly commits: readonly string[];
  /** Beginnings of versions of the model. */
  readonly models: readonly string[];
  /** Numbers of runs that computed or used it. */
  readonly runs: readonly number[];
}

/** A cell as it stands in the database. Empty values are null. */
export interface StoredCell {
  readonly key: string;
  /** Empty of rows that version 1 had. */
  readonly model: string;
  readonly commitId: string;
  readonly values: Readonly<Record<string, string | number | null>>;
}

/** A run, and how much of what it has is chosen. */
export interface StoredRun {
  readonly run: number;
  readonly command: string;
  readonly commitId: string;
  readonly models: readonly string[];
  readonly cells: number;
  /** Units of work that are no rows of cells, such as bounds and parts of crash checks. */
  readonly others: number;
}

/** Columns of the table `cells` that are no columns of files. */
const OWN = ['key', 'commitId', 'run'];

/** A results database that is only read. */
export class StoredResults {
  readonly path: string;
  readonly #database: Database.Database;

  /** Throws FailureError: for no file, no database, another program's, or of a newer version of this one. */
  constructor(path: string) {
    this.path = path;
    this.#database = openToRead(path);
  }

  close(): void {
    this.#database.close();
  }

  /** Names of the columns of cells, in the order in which they came to be. */
  get columns(): readonly string[] {
    const all = this.#database.pragma('table_info(cells)') as { name: string }[];
    return all.map(({ name }) => name).filter((name) => !OWN.includes(name));
  }

  /** The cells that fit, sorted: by commit and model, then by all columns that say what a cell is. */
  cells(choice: CellChoice, identity: readonly string[]): StoredCell[] {
    return told(this.path, () => {
      const { where, values } = this.#condition(choice);
      const order = [
        'commitId',
        'model',
        ...identity.filter((name) => this.columns.includes(name)).map(quoted),
        'cells.key',
      ];
      const rows = this.#database
        .prepare(
          `SELECT cells.*, coalesce(work.model, '') AS " model" FROM cells LEFT JOIN work ` +
            `USING (key) WHERE ${where} ORDER BY ${order}`,
        )
        .all(values) as Record<string, string | number | null>[];
      return rows.map(({ key, commitId, run: _, ' model': model, ...rest }) => ({
        key: String(key),
        commitId: String(commitId ?? ''),
        model: String(model),
        values: rest,
      }));
    });
  }

  /** How many cells fit. */
  count(choice: CellChoice): number {
    return told(this.path, () => {
      const { where, values } = this.#condition(choice);
      const sql = `SELECT count(*) FROM cells LEFT JOIN work USING (key) WHERE ${where}`;
      return Number(this.#database.prepare(sql).pluck().get(values));
    });
  }

  /** The runs that have cells which fit; all runs where everything does. */
  runs(choice: CellChoice): StoredRun[] {
    return told(this.path, () => {
      const { where, values } = this.#condition(choice);
      const isAll = where === 'TRUE';
      const select = this.#database.prepare(`
        SELECT runs.run AS run, manifest, count(chosen.key) AS cells,
          ${isAll ? 'count(work.key) - count(chosen.key)' : '0'} AS others,
          json_group_array(DISTINCT work.model) FILTER (WHERE work.model IS NOT NULL) AS models
        FROM runs LEFT JOIN uses USING (run) LEFT JOIN work USING (unit)
          LEFT JOIN (SELECT cells.key AS key FROM cells LEFT JOIN work USING (key) WHERE ${where}) AS chosen
            ON chosen.key = work.key
        GROUP BY runs.run ${isAll ? '' : 'HAVING count(chosen.key) > 0'} ORDER BY runs.run`);
      return (select.all(values) as RunRow[]).map(storedRun);
    });
  }

  /** The manifest of the run that computed a cell; empty where that is not known. */
  manifestOf(key: string): string {
    const found = this.#database
      .prepare('SELECT manifest FROM cells JOIN runs USING (run) WHERE cells.key = ?')
      .pluck()
      .get(key);
    return String(found ?? '');
  }

  /** A condition in SQL for cells that fit `choice`. */
  #condition(choice: CellChoice): { where: string; values: (string | number)[] } {
    const values: (string | number)[] = [];
    const parts: string[] = [];
    const anyOf = (each: readonly string[], of: readonly (string | number)[]) => {
      if (each.length === 0) return;
      parts.push(`(${each.join(' OR ')})`);
      values.push(...of);
    };
    for (const [name, texts] of choice.columns) {
      if (!this.columns.includes(name)) throw new UsageError(this.#noColumn(name));
      const column = `cells.${quoted(name)}`;
      const isProfile = name === 'profile';
      anyOf(
        texts.map((text) =>
          text === ''
            ? `${column} IS NULL`
            : `CAST(${column} AS TEXT) = ?${isProfile ? ` OR ${column} GLOB ? || '+*'` : ''}${isNumeric(text) ? ` OR ${column} = CAST(? AS REAL)` : ''}`,
        ),
        texts.flatMap((text) =>
          text === ''
            ? []
            : [text, ...(isProfile ? [escapedGlob(text)] : []), ...(isNumeric(text) ? [text] : [])],
        ),
      );
    }
    const begins = (column: string, texts: readonly string[]) =>
      anyOf(
        texts.map(() => `substr(${column}, 1, length(?)) = ?`),
        texts.flatMap((one) => [one, one]),
      );
    begins('cells.commitId', choice.commits);
    begins('work.model', choice.models);
    anyOf(
      choice.runs.map(
        () => '(cells.run = ? OR work.unit IN (SELECT unit FROM uses WHERE run = ?))',
      ),
      choice.runs.flatMap((run) => [run, run]),
    );
    return { where: parts.length === 0 ? 'TRUE' : parts.join(' AND '), values };
  }

  #noColumn(name: string): string {
    const { columns } = this;
    const what = columns.length === 0 ? 'it has no cells' : `accepted: ${columns.join(', ')}`;
    return `${this.path} has no column '${name}'; ${what}`;
  }
}

const isNumeric = (text: string): boolean => text.trim() === text && Number.isFinite(Number(text));

/** `text` as a pattern that is only it. */
const escapedGlob = (text: string): string => text.replace(/[*?[]/g, '[$&]');

interface RunRow {
  readonly run: number;
  readonly manifest: string;
  readonly cells: number;
  readonly others: number;
  readonly models: string;
}

/** What is shown of a manifest, which other versions of this program may have written. */
const MANIFEST = z.object({
  command: z.string().catch(''),
  commit: z.string().nullable().catch(null),
  modified: z.boolean().nullable().catch(null),
});

function storedRun({ run, manifest, cells, others, models }: RunRow): StoredRun {
  const { command, commit, modified } = manifestOf(manifest);
  const commitId = commit === null ? 'unknown' : `${commit}${modified ? ' (modified)' : ''}`;
  return { run, command, commitId, cells, others, models: JSON.parse(models) as string[] };
}

function manifestOf(text: string): z.infer<typeof MANIFEST> {
  try {
    return MANIFEST.parse(JSON.parse(text));
  } catch {
    return { command: '', commit: null, modified: null };
  }
}

/** The database at `path`; one of an older version as it would be now, in memory. Throws FailureError. */
export function openToRead(path: string): Database.Database {
  return told(path, () => {
    if (!existsSync(path)) throw new FailureError('no such file');
    if (!isStarted(path)) throw new FailureError('it is empty');
    refuseOthers(path);
    // Opened as if to write, where that is allowed: else SQLite would leave the files of its log behind.
    const database = new Database(path, { fileMustExist: true, timeout: PATIENCE_MS });
    try {
      database.pragma('query_only = ON');
      if (versionOf(database) >= 2) return database;
      const updated = updatedCopy(database);
      database.close();
      return updated;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Where the header of a database says that it has a log, which one in memory cannot have. */
const LOG_BYTES = [18, 19];

function updatedCopy(database: Database.Database): Database.Database {
  const bytes = database.serialize();
  for (const at of LOG_BYTES) bytes[at] = 1;
  const copy = new Database(bytes);
  copy.transaction(() => prepareTables(copy)).immediate();
  return copy;
}

/** Does `work`; what goes wrong is told with the path. */
export function told<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new FailureError(
      `cannot read the results database ${path}: ${databaseReason(error, path)}`,
    );
  }
}
