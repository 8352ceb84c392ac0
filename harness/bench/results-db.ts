/**
 * A results database: SQLite, in which every unit of work that is done is a row, by the key of all that
 * determines it. What is there is not computed again: a run that was killed goes on where it stopped.
 * The cells are in a table of their own, in the columns of the CSV files. For example:
 *
 *   SELECT commitId, workload, backend, speedupOverSmRc FROM cells ORDER BY workload, backend;
 *
 * What produced the rows is in a table `runs`, a manifest as JSON each, whose `run` the rows have:
 *
 *   SELECT workload, backend, manifest ->> 'command' FROM cells JOIN runs USING (run);
 *
 * Any number of processes may read and add at once. All that one adds at a time is one transaction, in which
 * also the tables are made and get the columns that they lack: see `results-schema.ts`.
 */

import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { HardwareProfile } from '../../rdma/index.ts';
import { FailureError, makeDirectories, requireWritable } from '../host/index.ts';
import { type Column, columnsOf } from '../report/index.ts';
import type { CellRow } from './columns.ts';
import { exactJson, firstDifference, parseExact } from './exact-json.ts';
import {
  addColumns,
  databaseReason,
  isStarted,
  PATIENCE_MS,
  prepareTables,
  quoted,
  refuseOthers,
  useLog,
  versionOf,
} from './results-schema.ts';
import { profileJson, profileKey, type WorkUnit } from './work-key.ts';

const SYNC_EVERY_MS = 1_000;

/** Where rows come from. */
export interface RunOrigin {
  readonly commitId: string;
  /** The command and what it ran on, as JSON. */
  readonly manifest: string;
}

/** A unit of work that is done. */
export interface DoneWork {
  readonly unit: WorkUnit;
  /** Plain data. */
  readonly result: unknown;
  /** Processor time that it took, for estimates. */
  readonly seconds: number;
  /** Whether it was computed now; else it was known, and is only used again. */
  readonly isNew: boolean;
}

/** Units that are added together. */
export interface Batch {
  readonly work: readonly DoneWork[];
  /** Units that are cells with a row in CSV files, by key, and the columns of these. */
  readonly cells?: ReadonlyMap<string, CellRow>;
  readonly columns?: readonly Column<CellRow>[];
  /** Whether all of it is there: then rows of cells that the run has had already stay as they are. */
  readonly isAllKnown?: boolean;
  /** Whether what is new replaces what is there; else it must be the same. */
  readonly replaces?: boolean;
}

/** A unit gave another result than the one that is kept, which no unit may. */
export class ContradictionError extends FailureError {}

/** What is known of a unit of work. */
export interface KnownWork {
  readonly result: unknown;
  readonly seconds: number;
}

/** A results database to take from and add to. */
export class ResultsDatabase {
  readonly path: string;
  #database: Database.Database | undefined;
  #syncedAtMs = 0;

  /**
   * Makes sure that rows can be added to the database at `path`, or that it can be made, and changes nothing.
   * Throws FailureError: for what is no database, another program's, or of a newer version of this one.
   */
  constructor(path: string) {
    this.path = path;
    this.#told('write', () => {
      requireWritable(path);
      if (!isStarted(path)) return;
      refuseOthers(path);
      // Locks it as if to write: what is read-only or damaged shows now.
      const database = this.#open();
      database.transaction(() => versionOf(database)).immediate();
      this.close();
    });
  }

  /** What is known of the units with these keys, by key. Throws FailureError. */
  known(keys: readonly string[]): ReadonlyMap<string, KnownWork> {
    return this.#told('read', () => {
      const found = new Map<string, KnownWork>();
      if (!isStarted(this.path)) return found;
      const database = this.#open();
      if (versionOf(database) < 2) return found;
      const select = database.prepare('SELECT result, seconds FROM work WHERE key = ?');
      for (const key of keys) {
        const row = select.get(key) as { result: string; seconds: number } | undefined;
        if (row !== undefined) found.set(key, { ...row, result: parseExact(row.result) });
      }
      return found;
    });
  }

  /**
   * Adds all of a batch or, throwing FailureError, none: also where a unit is there with another result, unless
   * that is to be replaced. The database and directories on the way are made.
   */
  add(origin: RunOrigin, batch: Batch): void {
    this.#told('write', () => {
      const database = this.#open();
      database
        .transaction(() => {
          prepareTables(database);
          new Addition(database, origin, batch).addAll();
        })
        .immediate();
      useLog(database);
      this.#syncNowAndThen(database);
    });
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): Database.Database {
    if (this.#database !== undefined) return this.#database;
    makeDirectories(dirname(this.path));
    this.#database = new Database(this.path, { timeout: PATIENCE_MS });
    // A process that is killed loses nothing that was added; for power failures see `#syncNowAndThen`.
    this.#database.pragma('synchronous = NORMAL');
    return this.#database;
  }

  /** A power failure takes the rows of the last second at most: to sync each would take longer than small cells. */
  #syncNowAndThen(database: Database.Database): void {
    if (performance.now() - this.#syncedAtMs < SYNC_EVERY_MS) return;
    try {
      database.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      // Just after the log was begun, and where others are at it, it has to wait.
      if (!['SQLITE_LOCKED', 'SQLITE_BUSY'].includes(codeOf(error))) throw error;
    }
    this.#syncedAtMs = performance.now();
  }

  /** Does `work`; what goes wrong is told with the path. */
  #told<T>(doing: 'read' | 'write', work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.close();
      const told = `cannot ${doing} the results database ${this.path}: ${databaseReason(error, this.path)}`;
      throw error instanceof ContradictionError
        ? new ContradictionError(told)
        : new FailureError(told);
    }
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** A batch on its way into the tables, in a transaction. */
class Addition {
  readonly #database: Database.Database;
  readonly #origin: RunOrigin;
  readonly #batch: Batch;
  readonly #run: number;
  readonly #find: Database.Statement;
  readonly #insert: Database.Statement;
  readonly #findProfile: Database.Statement;

  constructor(database: Database.Database, origin: RunOrigin, batch: Batch) {
    this.#database = database;
    this.#find = database.prepare('SELECT unit, result FROM work WHERE key = ?');
    this.#insert = database.prepare(
      'INSERT INTO work (key, kind, model, label, seconds, description, result, run) ' +
        'VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#findProfile = database.prepare('SELECT 1 FROM profiles WHERE profile = ?');
    this.#origin = origin;
    this.#batch = batch;
    database.prepare('INSERT OR IGNORE INTO runs (manifest) VALUES (?)').run(origin.manifest);
    const found = database.prepare('SELECT run FROM runs WHERE manifest = ?').get(origin.manifest);
    this.#run = (found as { run: number }).run;
  }

  addAll(): void {
    const { work, cells = new Map<string, CellRow>(), isAllKnown = false } = this.#batch;
    const use = this.#database.prepare('INSERT OR IGNORE INTO uses (run, unit) VALUES (?, ?)');
    const isAgain = new Set<string>();
    for (const done of work) {
      const { changes } = use.run(this.#run, this.#addWork(done));
      if (changes === 0) isAgain.add(done.unit.key);
    }
    const rows = [...cells].flatMap(([key, row]) =>
      isAllKnown && isAgain.has(key) ? [] : [{ key, row }],
    );
    if (rows.length > 0) this.#addCells(rows);
  }

  /** The number of the unit, which is there then. */
  #addWork({ unit, result, seconds, isNew }: DoneWork): number {
    const { key, kind, model, label, description } = unit;
    const found = this.#find.get(key) as { unit: number; result: string } | undefined;
    if (found !== undefined && !isNew) return found.unit;
    const json = exactJson(result);
    if (found !== undefined) {
      if (!this.#batch.replaces) refuseOther(label, found.result, json);
      else {
        this.#database
          .prepare('UPDATE work SET seconds = ?, result = ?, run = ? WHERE unit = ?')
          .run(seconds, json, this.#run, found.unit);
      }
      return found.unit;
    }
    for (const profile of unit.profiles) this.#addProfile(profile);
    const described = [key, kind, model, label, seconds, description, json];
    return Number(this.#insert.run(...described, this.#run).lastInsertRowid);
  }

  #addProfile(profile: HardwareProfile): void {
    const sha256 = profileKey(profile);
    if (this.#findProfile.get(sha256) !== undefined) return;
    const add = this.#database.prepare('INSERT INTO profiles VALUES (?, ?)');
    add.run(sha256, profileJson(profile));
  }

  /** A column that depends on what was run beside a cell stays as it was where this run does not say it. */
  #addCells(rows: readonly { readonly key: string; readonly row: CellRow }[]): void {
    const { columns: all = [] } = this.#batch;
    const columns = columnsOf(
      all,
      rows.map(({ row }) => row),
    );
    addColumns(this.#database, columns);
    const names = columns.map(({ name }) => quoted(name));
    const into = ['key', 'commitId', 'run', ...names];
    const kept = names.map((name) => `${name} = coalesce(excluded.${name}, ${name})`);
    if (this.#batch.replaces) kept.push('commitId = excluded.commitId', 'run = excluded.run');
    const insert = this.#database.prepare(
      `INSERT INTO cells (${into}) VALUES (${into.map(() => '?')}) ON CONFLICT (key) DO UPDATE SET ${kept}`,
    );
    for (const { key, row } of rows) {
      const values = columns.map((column) => column.value(row));
      insert.run(key, this.#origin.commitId, this.#run, ...values.map(nullIfEmpty));
    }
  }
}

/** Throws FailureError unless the same unit gave the same result. */
function refuseOther(label: string, there: string, now: string): void {
  if (there === now) return;
  const difference = firstDifference(parseExact(there), parseExact(now));
  if (difference === undefined) return;
  throw new ContradictionError(
    `${label} is in it with another result (${difference}); --fresh replaces what is there`,
  );
}

const nullIfEmpty = <T>(value: T): T | null => (value === '' ? null : value);
