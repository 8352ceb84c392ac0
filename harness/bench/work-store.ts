/**
 * Where finished work is kept, so that nothing is computed twice: what is known of items that are to be worked
 * on is taken from a results database, and what becomes of the others is added to it at once. So a run that was
 * killed goes on where it stopped.
 */

import {
  FailureError,
  type Kind,
  type OnProgress,
  type RunItems,
  withWorkers,
} from '../host/index.ts';
import type { Column } from '../report/index.ts';
import type { CellRow } from './columns.ts';
import {
  type Batch,
  ContradictionError,
  type DoneWork,
  type KnownWork,
  type ResultsDatabase,
  type RunOrigin,
} from './results-db.ts';
import type { WorkUnit } from './work-key.ts';

/** How items are worked on. */
export interface WorkOptions {
  /** Worker threads at most, at least 1: see `workersFor`. */
  readonly jobs?: number | undefined;
  /** Nothing is known, and nothing is kept, without one. */
  readonly store?: WorkStore | undefined;
  /** Shows how far the work is. */
  readonly show?: ShowWork | undefined;
}

/** Work that is about to be done, in items for workers and in what people count, and how many of these are known. */
export interface Todo {
  readonly noun: string;
  readonly items: number;
  readonly count: number;
  readonly known: number;
}

/** Does `work` and shows how far it is. */
export type ShowWork = <T>(todo: Todo, work: (onProgress?: OnProgress) => Promise<T>) => Promise<T>;

/** How items of one kind consist of units of work. Each result is plain data. */
export interface Units<Item, Result> {
  /** What people count, in the plural, and how many of it a unit of `item` is. */
  readonly noun: string;
  readonly countOf: (item: Item) => number;
  /** Throws FailureError where what determines it cannot be read: then working on it says why. */
  unitsOf(item: Item): Promise<readonly WorkUnit[]>;
  /** `item` with these of its units only; it is worked on as a whole where that is undefined. */
  only(item: Item, indices: readonly number[]): Item | undefined;
  /** What is kept of each unit, of what a worker gave. */
  kept(result: Result): readonly unknown[];
  /** The result of `item`, of what is kept of each of its units. */
  joined(item: Item, kept: readonly unknown[]): Result;
  /** Those of the units that make rows of CSV files, by index. */
  rowsOf?(item: Item, result: Result): ReadonlyMap<number, CellRow>;
  columnsOf?(items: readonly Item[]): readonly Column<CellRow>[];
}

/** A results database for one run. */
export class WorkStore {
  readonly #database: ResultsDatabase;
  readonly #origin: RunOrigin;
  readonly #isFresh: boolean;
  /** Told once that the database cannot be used; the work goes on without. */
  readonly #onFailure: ((message: string) => void) | undefined;
  /** Keys of what this run has added. */
  readonly #own = new Set<string>();
  #isUsable = true;
  #counts = { known: 0, all: 0 };
  #noun = '';

  constructor(
    database: ResultsDatabase,
    options: {
      readonly origin: RunOrigin;
      /** Whether what is there is computed again, and replaced. */
      readonly isFresh: boolean;
      readonly onFailure: ((message: string) => void) | undefined;
    },
  ) {
    this.#database = database;
    this.#origin = options.origin;
    this.#isFresh = options.isFresh;
    this.#onFailure = options.onFailure;
  }

  /** What is known of these units, by key. */
  known(units: readonly WorkUnit[]): ReadonlyMap<string, KnownWork> {
    const keys = units.map(({ key }) => key);
    const wanted = this.#isFresh ? keys.filter((key) => this.#own.has(key)) : keys;
    return this.#tried(() => this.#database.known(wanted)) ?? new Map();
  }

  add(batch: Batch): void {
    const replaces = this.#isFresh;
    this.#tried(() => this.#database.add(this.#origin, { ...batch, replaces }));
    for (const { unit } of batch.work) this.#own.add(unit.key);
  }

  /** Counts for {@link summary}. */
  count(noun: string, known: number, all: number): void {
    const { known: before, all: ofAll } = this.#counts;
    this.#noun ||= noun;
    this.#counts = { known: before + known, all: ofAll + all };
  }

  /** What of the work was known, for people; empty where nothing was. */
  summary(): string {
    const { known, all } = this.#counts;
    if (known === 0) return '';
    return `${known} of ${all} ${this.#noun} were known (${this.#database.path})\n`;
  }

  close(): void {
    this.#database.close();
  }

  #tried<T>(work: () => T): T | undefined {
    if (!this.#isUsable) return undefined;
    try {
      return work();
    } catch (error) {
      const isBearable = error instanceof FailureError && !(error instanceof ContradictionError);
      if (!isBearable || this.#onFailure === undefined) throw error;
      this.#isUsable = false;
      this.#onFailure(error.message);
      return undefined;
    }
  }
}

/** What items gave. */
export interface Worked<Result> {
  /** In the order of the items. */
  readonly results: readonly Result[];
  /** Processor time that they took when they were worked on, now or before. */
  readonly cpuSeconds: number;
}

/** Works on `items` by worker threads, as far as they are not known. Fails with the first error of any. */
export function runOnWorkers<Item, Result>(
  items: readonly Item[],
  how: { readonly kind: Kind<Item>; readonly units: Units<Item, Result> },
  { jobs, ...options }: WorkOptions,
): Promise<Worked<Result>> {
  return withWorkers<Item, Result, Worked<Result>>(how.kind, jobs, (run) =>
    resumed(items, how.units, options, run),
  );
}

/** Works on `items` by `run`, as far as they are not known. */
export async function resumed<Item, Result>(
  items: readonly Item[],
  units: Units<Item, Result>,
  { store, show = (_, work) => work() }: Omit<WorkOptions, 'jobs'>,
  run: RunItems<Item, Result>,
): Promise<Worked<Result>> {
  const countOf = (all: readonly Item[]) => all.reduce((sum, one) => sum + units.countOf(one), 0);
  const count = countOf(items);
  const { noun } = units;
  if (store === undefined) {
    let cpuSeconds = 0;
    const onDone = (_: number, __: Result, seconds: number): void => {
      cpuSeconds += seconds;
    };
    const todo = { noun, items: items.length, count, known: 0 };
    const results = await show(todo, (onProgress) => run(items, { onProgress, onDone }));
    return { results, cpuSeconds };
  }
  const resumption = new Resumption(items, units, store);
  const rest = await resumption.begin();
  const restCount = countOf(rest);
  const known = count - restCount;
  store.count(noun, known, count);
  if (rest.length > 0) {
    const todo = { noun, items: rest.length, count: restCount, known };
    const onDone = resumption.keep.bind(resumption);
    await show(todo, (onProgress) => run(rest, { onProgress, onDone }));
  }
  return resumption;
}

/** An item that is not known as a whole. */
interface Open<Item> {
  /** Among all items. */
  readonly at: number;
  /** Undefined where nobody can tell what determines it: then it is not kept. */
  readonly units: readonly WorkUnit[] | undefined;
  /** What is kept of each unit that is known. */
  readonly kept: readonly unknown[];
  /** Of its units, those that are worked on. */
  readonly missing: readonly number[];
  /** The item with those only. */
  readonly rest: Item;
}

/** Items of which some are known, and what becomes of the others. */
class Resumption<Item, Result> implements Worked<Result> {
  readonly results: Result[];
  cpuSeconds = 0;
  readonly #items: readonly Item[];
  readonly #units: Units<Item, Result>;
  readonly #store: WorkStore;
  readonly #open: Open<Item>[] = [];

  constructor(items: readonly Item[], units: Units<Item, Result>, store: WorkStore) {
    this.#items = items;
    this.#units = units;
    this.#store = store;
    this.results = new Array(items.length);
  }

  /** What is still to be worked on: items, or parts of them. */
  async begin(): Promise<readonly Item[]> {
    const own = await Promise.all(this.#items.map((item) => unitsIfReadable(item, this.#units)));
    const known = this.#store.known(own.flatMap((all) => all ?? []));
    const old: DoneWork[] = [];
    const cells = new Map<string, CellRow>();
    for (const [at, item] of this.#items.entries()) {
      const units = own[at];
      const kept = units?.map(({ key }) => known.get(key)?.result) ?? [];
      for (const { key } of units ?? []) this.cpuSeconds += known.get(key)?.seconds ?? 0;
      const missing = units?.flatMap(({ key }, i) => (known.has(key) ? [] : [i]));
      if (units !== undefined && missing?.length === 0) {
        const result = this.#units.joined(item, kept);
        this.results[at] = result;
        for (const [i, row] of this.#units.rowsOf?.(item, result) ?? [])
          cells.set(units[i].key, row);
        old.push(...units.map((unit, i) => ({ unit, result: kept[i], seconds: 0, isNew: false })));
        continue;
      }
      const part = missing === undefined ? undefined : this.#units.only(item, missing);
      const all = units?.map((_, i) => i);
      this.#open.push({
        ...{ at, units, kept, rest: part ?? item },
        missing: (part === undefined ? all : missing) ?? [],
      });
    }
    const columns = this.#units.columnsOf?.(this.#items) ?? [];
    if (old.length > 0) this.#store.add({ work: old, cells, columns });
    return this.#open.map(({ rest }) => rest);
  }

  /** Keeps the result of one of those, by its index. */
  keep(index: number, result: Result, cpuSeconds: number): void {
    const { at, units: all, kept: before, missing } = this.#open[index];
    this.cpuSeconds += cpuSeconds;
    this.results[at] = result;
    if (all === undefined) return;
    const item = this.#items[at];
    const kept = [...before];
    for (const [i, one] of this.#units.kept(result).entries()) kept[missing[i]] = one;
    const whole = this.#units.joined(item, kept);
    this.results[at] = whole;
    const rows = this.#units.rowsOf?.(item, whole) ?? [];
    const seconds = cpuSeconds / missing.length;
    this.#store.add({
      work: all.map((unit, i) => ({ unit, result: kept[i], seconds, isNew: missing.includes(i) })),
      cells: new Map([...rows].map(([i, row]) => [all[i].key, row])),
      columns: this.#units.columnsOf?.([item]) ?? [],
    });
  }
}

async function unitsIfReadable<Item, Result>(
  item: Item,
  units: Units<Item, Result>,
): Promise<readonly WorkUnit[] | undefined> {
  try {
    return await units.unitsOf(item);
  } catch (error) {
    if (error instanceof FailureError) return undefined;
    throw error;
  }
}
