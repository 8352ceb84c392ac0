/**
 * Characterises a stream of persist operations as WHISPER does (Nalli et al., ASPLOS 2017): epochs
 * per transaction, lines per epoch, bytes, fences, and how often an epoch writes a line that an
 * earlier one wrote.
 *
 * Definitions. An epoch is the PM stores of one thread between two fences; a fence with no store
 * before it closes no epoch and is counted as empty. An epoch belongs to the transaction in which
 * its closing fence lies (nested transactions belong to the outermost). Per-transaction figures are
 * over transactions that write, that is, close at least one epoch. Lines are counted once an epoch.
 * An epoch is self-dependent within w if a line of it was written by one of the w epochs of its own
 * thread before it. It is cross-dependent if another thread's did, among the w epochs before it of
 * all threads, in the order in which they were recorded.
 */

import { LINE_SHIFT, lastLineOf } from './line.ts';
import { Op, type OpCode, type PersistSink } from './op.ts';

/** Window sizes, in epochs, for which dependencies are counted. */
export const DEPENDENCY_WINDOWS = [1, 5, 10, 50] as const;

/** How many times each whole number occurred. */
export class Tally {
  readonly #counts = new Map<number, number>();
  #n = 0;
  #sum = 0;

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    this.#n++;
    this.#sum += value;
  }

  get count(): number {
    return this.#n;
  }

  get sum(): number {
    return this.#sum;
  }

  /** NaN when empty. */
  get mean(): number {
    return this.#sum / this.#n;
  }

  /** How many times `value` occurred. */
  of(value: number): number {
    return this.#counts.get(value) ?? 0;
  }

  /** [value, times], ascending by value. */
  entries(): [number, number][] {
    return [...this.#counts].sort((x, y) => x[0] - y[0]);
  }

  /** The smallest value that at least q of all values do not exceed; NaN when empty. 0 <= q <= 1. */
  quantile(q: number): number {
    let seen = 0;
    for (const [value, times] of this.entries()) {
      seen += times;
      if (seen >= q * this.#n) return value;
    }
    return Number.NaN;
  }
}

/** What was found, over all threads. */
export interface EpochSummary {
  /** All transactions, and those that close at least one epoch. */
  readonly transactions: number;
  readonly writingTransactions: number;
  /** Per transaction that writes. */
  readonly epochsPerTx: Tally;
  readonly bytesPerTx: Tally;
  readonly fencesPerTx: Tally;
  readonly distinctLinesPerTx: Tally;
  /** Per epoch, inside and outside of transactions. */
  readonly linesPerEpoch: Tally;
  readonly fences: number;
  readonly emptyFences: number;
  readonly storeBytes: number;
  readonly ntStoreBytes: number;
  /** Epochs that depend on one at most that many epochs before (as DEPENDENCY_WINDOWS). */
  readonly selfDependent: readonly number[];
  readonly crossDependent: readonly number[];
}

/** Collects; `sink(t)` is thread t's sink. Start it anew (`reset`) to leave a warm-up out. */
export class EpochStats {
  readonly #threads: ThreadStats[];
  #shared = new Shared();

  constructor(threads: number) {
    this.#threads = Array.from(
      { length: threads },
      (_, t) => new ThreadStats(t, () => this.#shared),
    );
  }

  sink(thread: number): PersistSink {
    return this.#threads[thread];
  }

  sinks(): readonly PersistSink[] {
    return this.#threads;
  }

  /** Forgets all counts; which lines were written when is kept, as dependencies reach back. */
  reset(): void {
    const fresh = new Shared();
    fresh.epochs = this.#shared.epochs;
    fresh.lastWriters = this.#shared.lastWriters;
    this.#shared = fresh;
  }

  summary(): EpochSummary {
    return this.#shared;
  }
}

class Shared implements EpochSummary {
  transactions = 0;
  writingTransactions = 0;
  epochsPerTx = new Tally();
  bytesPerTx = new Tally();
  fencesPerTx = new Tally();
  distinctLinesPerTx = new Tally();
  linesPerEpoch = new Tally();
  fences = 0;
  emptyFences = 0;
  storeBytes = 0;
  ntStoreBytes = 0;
  selfDependent: number[] = DEPENDENCY_WINDOWS.map(() => 0);
  crossDependent: number[] = DEPENDENCY_WINDOWS.map(() => 0);
  /** Epochs closed so far by all threads: their global numbers. */
  epochs = 0;
  lastWriters = new Map<number, LastWriters>();
}

/** Who wrote a line last. Epochs by their global numbers. */
interface LastWriters {
  thread: number;
  epoch: number;
  /** The last epoch of any other thread than `thread` that wrote the line; -Infinity: none did. */
  othersEpoch: number;
}

class ThreadStats implements PersistSink {
  readonly #thread: number;
  readonly #shared: () => Shared;
  readonly #epochLines = new Set<number>();
  readonly #txLines = new Set<number>();
  readonly #lastWrote = new Map<number, number>();
  #epochs = 0;
  #depth = 0;
  #txEpochs = 0;
  #txBytes = 0;
  #txFences = 0;

  constructor(thread: number, shared: () => Shared) {
    this.#thread = thread;
    this.#shared = shared;
  }

  op(op: OpCode, a: number, b: number): void {
    switch (op) {
      case Op.STORE:
        this.#shared().storeBytes += b;
        this.#store(a, b);
        break;
      case Op.NT_STORE:
        this.#shared().ntStoreBytes += b;
        this.#store(a, b);
        break;
      case Op.ORDERING_FENCE:
      case Op.DURABILITY_FENCE:
        this.#fence();
        break;
      case Op.TX_BEGIN:
        if (this.#depth++ === 0) this.#startTx();
        break;
      case Op.TX_END:
        if (--this.#depth === 0) this.#endTx();
        break;
    }
  }

  #store(offset: number, bytes: number): void {
    if (bytes === 0) return;
    const last = lastLineOf(offset, bytes);
    for (let line = offset >>> LINE_SHIFT; line <= last; line++) {
      this.#epochLines.add(line);
      this.#txLines.add(line);
    }
    this.#txBytes += bytes;
  }

  #fence(): void {
    const shared = this.#shared();
    shared.fences++;
    this.#txFences++;
    if (this.#epochLines.size === 0) {
      shared.emptyFences++;
      return;
    }
    this.#txEpochs++;
    shared.linesPerEpoch.add(this.#epochLines.size);
    this.#countDependencies(shared);
    this.#epochLines.clear();
  }

  #countDependencies(shared: Shared): void {
    const own = this.#epochs++;
    const global = shared.epochs++;
    let selfDistance = Number.POSITIVE_INFINITY;
    let crossDistance = Number.POSITIVE_INFINITY;
    for (const line of this.#epochLines) {
      const before = this.#lastWrote.get(line);
      if (before !== undefined) selfDistance = Math.min(selfDistance, own - before);
      const thread = this.#thread;
      const last = shared.lastWriters.get(line);
      if (last === undefined) {
        const othersEpoch = Number.NEGATIVE_INFINITY;
        shared.lastWriters.set(line, { thread, epoch: global, othersEpoch });
      } else {
        if (last.thread !== thread) last.othersEpoch = last.epoch;
        crossDistance = Math.min(crossDistance, global - last.othersEpoch);
        last.thread = thread;
        last.epoch = global;
      }
      this.#lastWrote.set(line, own);
    }
    for (let i = 0; i < DEPENDENCY_WINDOWS.length; i++) {
      if (selfDistance <= DEPENDENCY_WINDOWS[i]) shared.selfDependent[i]++;
      if (crossDistance <= DEPENDENCY_WINDOWS[i]) shared.crossDependent[i]++;
    }
  }

  #startTx(): void {
    this.#txEpochs = 0;
    this.#txBytes = 0;
    this.#txFences = 0;
    this.#txLines.clear();
  }

  #endTx(): void {
    const shared = this.#shared();
    shared.transactions++;
    if (this.#txEpochs === 0) return;
    shared.writingTransactions++;
    shared.epochsPerTx.add(this.#txEpochs);
    shared.bytesPerTx.add(this.#txBytes);
    shared.fencesPerTx.add(this.#txFences);
    shared.distinctLinesPerTx.add(this.#txLines.size);
  }
}
