/**
 * Where finished work is kept while a command runs: a results database, of which a run may not depend. How work
 * is taken from there is in `resumption.ts`.
 */

import { FailureError, type OnProgress } from '../host/index.ts';
import {
  type Batch,
  ContradictionError,
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
