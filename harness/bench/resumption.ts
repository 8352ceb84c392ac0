/**
 * Work that goes on where it was stopped: what is known of items that are to be worked on is taken from a results
 * database, and what becomes of the others is added to it at once. Nothing is computed twice.
 */

import { FailureError, type Kind, type RunItems, withWorkers, workersFor } from '../host/index.ts';
import type { Column } from '../report/index.ts';
import type { CellRow } from './columns.ts';
import type { DoneWork } from './results-db.ts';
import type { WorkUnit } from './work-key.ts';
import type { WorkOptions, WorkStore } from './work-store.ts';

/** Some units of an item, for one worker. */
export interface Part<Item> {
  /** Which of the items it is of, and which of that item's units it has. */
  readonly of: number;
  readonly indices: readonly number[];
  readonly item: Item;
}

/** How items of one kind consist of units of work. Each result is plain data. */
export interface Units<Item, Result> {
  /** What people count, in the plural, and how many of it a unit of `item` is. */
  readonly noun: string;
  readonly countOf: (item: Item) => number;
  /** Throws FailureError where what determines it cannot be read: then working on it says why. */
  unitsOf(item: Item): Promise<readonly WorkUnit[]>;
  /** `item` with these of its units only; it is worked on as a whole where that is undefined. */
  only(item: Item, indices: readonly number[]): Item | undefined;
  /** `items` in parts for so many workers, in the order in which they are best begun; else each is one. */
  cut?(items: readonly Item[], workers: number): readonly Part<Item>[];
  /** What is kept of each unit, of what a worker gave. */
  kept(result: Result): readonly unknown[];
  /** The result of `item`, of what is kept of each of its units. */
  joined(item: Item, kept: readonly unknown[]): Result;
  /** Those of the units that make rows of CSV files, by index. */
  rowsOf?(item: Item, result: Result): ReadonlyMap<number, CellRow>;
  columnsOf?(items: readonly Item[]): readonly Column<CellRow>[];
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
  options: WorkOptions,
): Promise<Worked<Result>> {
  return withWorkers<Item, Result, Worked<Result>>(how.kind, options.jobs, (run) =>
    resumed(items, how.units, options, run),
  );
}

/** Works on `items` by `run`, as far as they are not known. */
export async function resumed<Item, Result>(
  items: readonly Item[],
  units: Units<Item, Result>,
  { jobs, store, show = (_, work) => work() }: WorkOptions,
  run: RunItems<Item, Result>,
): Promise<Worked<Result>> {
  const countOf = (all: readonly Item[]) => all.reduce((sum, one) => sum + units.countOf(one), 0);
  const resumption = new Resumption(items, units, store);
  const rest = await resumption.begin(workersFor(jobs));
  const count = countOf(rest);
  const all = countOf(items);
  store?.count(units.noun, all - count, all);
  if (rest.length > 0) {
    const todo = { noun: units.noun, items: rest.length, count, known: all - count };
    const onDone = resumption.keep.bind(resumption);
    await show(todo, (onProgress) => run(rest, { onProgress, onDone }));
  }
  return resumption;
}

/** An item that is not known as a whole. */
interface Open<Item> {
  /** Among all items. */
  readonly at: number;
  /** Undefined where nothing is kept of it. */
  readonly units: readonly WorkUnit[] | undefined;
  /** What is kept of each unit that is known by now. */
  readonly kept: unknown[];
  /** Of its units, those that `rest` has; undefined if it has all. */
  readonly missing: readonly number[] | undefined;
  readonly rest: Item;
  /** Parts of it that are not done. */
  left: number;
}

/** Items of which some are known, and what becomes of the others. */
class Resumption<Item, Result> implements Worked<Result> {
  readonly results: Result[];
  cpuSeconds = 0;
  readonly #items: readonly Item[];
  readonly #units: Units<Item, Result>;
  readonly #store: WorkStore | undefined;
  readonly #open: Open<Item>[] = [];
  #parts: readonly Omit<Part<Item>, 'item'>[] = [];

  constructor(items: readonly Item[], units: Units<Item, Result>, store: WorkStore | undefined) {
    this.#items = items;
    this.#units = units;
    this.#store = store;
    this.results = new Array(items.length);
  }

  /** What is still to be worked on, by so many workers: parts of items. */
  async begin(workers: number): Promise<readonly Item[]> {
    const own = await Promise.all(this.#items.map((item) => this.#unitsOf(item)));
    const known = this.#store?.known(own.flatMap((all) => all ?? []));
    const done: DoneWork[] = [];
    for (const [at, item] of this.#items.entries()) {
      const units = own[at];
      const there = units?.map(({ key }) => known?.get(key));
      for (const one of there ?? []) this.cpuSeconds += one?.seconds ?? 0;
      const kept = there?.map((one) => one?.result) ?? [];
      const missing = there?.flatMap((one, i) => (one === undefined ? [i] : []));
      if (units !== undefined && missing?.length === 0) {
        this.results[at] = this.#units.joined(item, kept);
        done.push(...units.map((unit, i) => ({ unit, result: kept[i], seconds: 0, isNew: false })));
      } else {
        const part = missing === undefined ? undefined : this.#units.only(item, missing);
        const rest = part ?? item;
        this.#open.push({ at, units, kept, rest, left: 0, missing: part && missing });
      }
    }
    this.#addKnown(done, own);
    const rests = this.#open.map(({ rest }) => rest);
    const parts =
      this.#units.cut?.(rests, workers) ?? rests.map((item, of) => ({ of, indices: [], item }));
    this.#parts = parts;
    for (const { of } of parts) this.#open[of].left++;
    return parts.map(({ item }) => item);
  }

  /** Undefined where nothing is kept, or nobody can tell what determines the item. */
  async #unitsOf(item: Item): Promise<readonly WorkUnit[] | undefined> {
    if (this.#store === undefined) return undefined;
    try {
      return await this.#units.unitsOf(item);
    } catch (error) {
      if (error instanceof FailureError) return undefined;
      throw error;
    }
  }

  /** Has the database note that the run uses what is known. */
  #addKnown(work: readonly DoneWork[], units: readonly (readonly WorkUnit[] | undefined)[]): void {
    if (work.length === 0) return;
    const cells = this.#items.flatMap((item, at) => {
      const result = this.results[at];
      return result === undefined ? [] : this.#rowsOf(item, result, units[at] ?? []);
    });
    const columns = this.#units.columnsOf?.(this.#items) ?? [];
    this.#store?.add({ work, cells: new Map(cells), columns, isAllKnown: true });
  }

  /** Keeps the result of a part, by its index. */
  keep(index: number, result: Result, cpuSeconds: number): void {
    const { of, indices } = this.#parts[index];
    const open = this.#open[of];
    const { at, units, kept, missing } = open;
    const now = this.#units.kept(result);
    const places = now.map((_, i) => indices[i] ?? i).map((i) => missing?.[i] ?? i);
    for (const [i, place] of places.entries()) kept[place] = now[i];
    this.cpuSeconds += cpuSeconds;
    open.left--;
    const item = this.#items[at];
    if (open.left === 0) this.results[at] = this.#units.joined(item, kept);
    if (units === undefined) return;
    const seconds = cpuSeconds / places.length;
    const old = units.flatMap((unit, i) =>
      open.left > 0 || places.includes(i) ? [] : [{ unit, result: kept[i], seconds, isNew: false }],
    );
    const work = places.map((i) => ({ unit: units[i], result: kept[i], seconds, isNew: true }));
    // What a row says depends on its peers: it is written when all of them are there.
    const cells = open.left > 0 ? [] : this.#rowsOf(item, this.results[at], units);
    const columns = this.#units.columnsOf?.([item]) ?? [];
    this.#store?.add({ work: [...work, ...old], cells: new Map(cells), columns });
  }

  #rowsOf(item: Item, result: Result, units: readonly WorkUnit[]): [string, CellRow][] {
    const rows = this.#units.rowsOf?.(item, result) ?? [];
    return [...rows].map(([i, row]) => [units[i].key, row]);
  }
}
