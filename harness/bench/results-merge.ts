/**
 * Joins results databases: what any of them has, the joined one has. Rows of one key are one row, as a result is
 * a function of its key. Where two say something else of it, one is wrong, and nothing is joined. Rows of other
 * versions of the model have other keys, and stand side by side.
 */

import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import {
  besideDatabase,
  FailureError,
  makeDirectories,
  requireWritable,
  systemReason,
} from '../host/index.ts';
import { firstDifference, parseExact } from './exact-json.ts';
import { openToRead, told } from './results-reading.ts';
import {
  addColumns,
  databaseReason,
  isStarted,
  PATIENCE_MS,
  prepareTables,
  quoted,
  refuseOthers,
  useLog,
} from './results-schema.ts';

/** What was joined. */
export interface Merged {
  /** Units of work, by source: those that it has, and those of them that were new. */
  readonly sources: readonly {
    readonly path: string;
    readonly units: number;
    readonly added: number;
  }[];
  /** Units that are there now. */
  readonly units: number;
}

type Row = Readonly<Record<string, string | number | null>>;

/**
 * Adds all that the databases at `sources` have to that at `target`, which is made if need be. Throws FailureError,
 * and then it is as it was: for what is no results database, and rows that contradict each other.
 */
export function mergeResults(sources: readonly string[], target: string): Merged {
  const isNew = !existsSync(target);
  try {
    return mergeInto(sources, target);
  } catch (error) {
    if (isNew)
      for (const path of [target, ...besideDatabase(target)]) rmSync(path, { force: true });
    throw error;
  }
}

function mergeInto(sources: readonly string[], target: string): Merged {
  let database: Database.Database | undefined;
  try {
    requireWritable(target);
    if (isStarted(target)) refuseOthers(target);
    makeDirectories(dirname(target));
    database = new Database(target, { timeout: PATIENCE_MS });
    const merged = joined(database, sources, target);
    useLog(database);
    return merged;
  } catch (error) {
    if (error instanceof NotJoined) throw error;
    const why = databaseReason(error, target);
    throw new FailureError(`cannot write the results database ${target}: ${why}`);
  } finally {
    database?.close();
  }
}

/** A source that cannot be joined; the message says which and why. */
class NotJoined extends FailureError {}

/** Does `work` on a source: what goes wrong is no fault of the target. */
function ofSource<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new NotJoined(systemReason(error));
  }
}

/** Joins all of `sources` or, throwing, none. */
function joined(into: Database.Database, sources: readonly string[], target: string): Merged {
  const join = into.transaction(() => {
    prepareTables(into);
    const all = sources.map((path) => {
      const source = ofSource(() => openToRead(path));
      try {
        return new Joining(into, source, { target, path }).all();
      } finally {
        source.close();
      }
    });
    const units = Number(into.prepare('SELECT count(*) FROM work').pluck().get());
    return { sources: all, units };
  });
  return join.immediate();
}

/** One database on its way into another. */
class Joining {
  readonly #into: Database.Database;
  readonly #from: Database.Database;
  readonly #paths: { readonly target: string; readonly path: string };
  /** Numbers there of runs and units, by their numbers here. */
  readonly #runs = new Map<number, number>();
  readonly #units = new Map<number, number>();

  constructor(
    into: Database.Database,
    from: Database.Database,
    paths: { readonly target: string; readonly path: string },
  ) {
    this.#into = into;
    this.#from = from;
    this.#paths = paths;
  }

  all(): Merged['sources'][number] {
    this.#addRuns();
    this.#each('profiles', this.#insert('INSERT OR IGNORE INTO profiles VALUES (@profile, @json)'));
    const added = this.#addWork();
    const use = this.#into.prepare('INSERT OR IGNORE INTO uses (run, unit) VALUES (?, ?)');
    this.#each('uses', ({ run, unit }) =>
      use.run(this.#runs.get(Number(run)), this.#units.get(Number(unit))),
    );
    this.#addCells();
    return { path: this.#paths.path, units: this.#units.size, added };
  }

  #addRuns(): void {
    const add = this.#into.prepare('INSERT OR IGNORE INTO runs (manifest) VALUES (?)');
    const find = this.#into.prepare('SELECT run FROM runs WHERE manifest = ?').pluck();
    this.#each('runs', ({ run, manifest }) => {
      add.run(manifest);
      this.#runs.set(Number(run), Number(find.get(manifest)));
    });
  }

  /** Adds units of work, and says how many were new. */
  #addWork(): number {
    const find = this.#into.prepare('SELECT unit, result FROM work WHERE key = ?');
    const add = this.#into.prepare(
      'INSERT INTO work (key, kind, model, label, seconds, description, result, run) ' +
        'VALUES (@key, @kind, @model, @label, @seconds, @description, @result, @run)',
    );
    let added = 0;
    this.#each('work', (row) => {
      const found = find.get(row.key) as { unit: number; result: string } | undefined;
      if (found !== undefined) {
        this.#refuseOther(row, found.result);
        this.#units.set(Number(row.unit), found.unit);
        return;
      }
      const run = this.#runs.get(Number(row.run)) ?? null;
      this.#units.set(Number(row.unit), Number(add.run({ ...row, run }).lastInsertRowid));
      added++;
    });
    return added;
  }

  #refuseOther({ label, result, model }: Row, there: string): void {
    if (result === there) return;
    const now = this.#read(() => parseExact(String(result)));
    const difference = firstDifference(parseExact(there), now);
    if (difference !== undefined) this.#refuse(`${label}, of the model ${model}`, difference);
  }

  /** Rows of cells. A column that depends on what was run beside a cell may be empty in one of two. */
  #addCells(): void {
    const all = this.#from.pragma('table_info(cells)') as { name: string; type: string }[];
    const columns = all.filter(({ name }) => !['key', 'commitId', 'run'].includes(name));
    addColumns(
      this.#into,
      columns.map(({ name, type }) => ({ name, unit: type === 'REAL' ? 'number' : '-' })),
    );
    const names = columns.map(({ name }) => name);
    const kept = names.map(
      (name) => `${quoted(name)} = coalesce(${quoted(name)}, excluded.${quoted(name)})`,
    );
    const into = ['key', 'commitId', 'run', ...names.map(quoted)];
    const update = kept.length === 0 ? 'NOTHING' : `UPDATE SET ${kept}`;
    const insert = this.#into.prepare(
      `INSERT INTO cells (${into}) VALUES (${into.map(() => '?')}) ON CONFLICT (key) DO ${update}`,
    );
    const find = this.#into.prepare('SELECT * FROM cells WHERE key = ?');
    this.#each('cells', (row) => {
      const found = find.get(row.key) as Row | undefined;
      const other = names.find(
        (name) =>
          (found?.[name] ?? null) !== null && row[name] !== null && found?.[name] !== row[name],
      );
      if (other !== undefined && other !== UNSETTLED) {
        const what = [row.workload, row.backend, row.profile].join(' ');
        this.#refuse(what, `${other}: ${found?.[other]} and ${row[other]}`);
      }
      const run = this.#runs.get(Number(row.run)) ?? null;
      insert.run(row.key, row.commitId, run, ...names.map((name) => row[name]));
    });
  }

  #refuse(cell: string, difference: string): never {
    const { target, path } = this.#paths;
    throw new NotJoined(
      `${path} contradicts what is there of ${cell} (${difference}): a result is a function of its key, ` +
        `so one of them is wrong. Nothing was merged into ${target}`,
    );
  }

  #insert(sql: string): (row: Row) => void {
    const statement = this.#into.prepare(sql);
    return (row) => void statement.run(row);
  }

  #each(table: string, use: (row: Row) => void): void {
    // Keys of version 1 are of no unit, and its tables have no more than the two.
    const rows = this.#read(() => this.#from.prepare(`SELECT * FROM ${table}`).iterate());
    try {
      for (;;) {
        const { done, value } = this.#read(() => rows.next());
        if (done) return;
        use(value as Row);
      }
    } finally {
      rows.return?.();
    }
  }

  /** Reads from the source; what goes wrong is told with its path. */
  #read<T>(work: () => T): T {
    return ofSource(() => told(this.#paths.path, work));
  }
}

/** Whether plug-ins passed their checks when a run was made: it may be another at each. */
const UNSETTLED = 'conformed';
