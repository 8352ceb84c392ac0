/**
 * Whether the write-backs and fences of a traced program make durable what its transactions store,
 * judged without its recovery code. When a transaction is acknowledged, a line that it stored to is
 * wrong whatever the program does with its memory if
 *
 *   - no write-back follows the store up to the durability point (`unflushed`), or
 *   - no fence follows the store up to the end of the transaction (`unfenced`):
 *
 * it may or may not survive although the transaction has been acknowledged. That is the program's
 * own error, or data that it does not need.
 *
 * At an ordering point less can be said. A line may legally be stored to before one and written back
 * only after it, when a log holds what it was: that is how undo logging works. So such lines are
 * counted (`late`), and are no finding.
 *
 * Not judged: write-backs of another thread's stores (a line counts as covered only by its own
 * thread), stores outside of transactions, and transactions of which the trace holds only a part.
 */

import { lastLineOf, lineOf } from '../../../pm/line.ts';
import { isStore, Op } from '../../../pm/op.ts';
import type { Trace } from '../../../pm/trace.ts';

/** A line that is not durable when its transaction is acknowledged. */
export interface UncoveredLine {
  readonly thread: number;
  /** Transactions of the thread before this one, and the type of this one. */
  readonly transaction: number;
  readonly type: number;
  readonly line: number;
  /** The last store to the line that is not covered: how many stores of the thread come before it. */
  readonly store: number;
  /** The durability point: how many fences of the thread come before it. null: none follows. */
  readonly fence: number | null;
}

/** What a trace leaves undurable. A line counts once a transaction; `first` are the first so many. */
export interface TraceCoverage {
  readonly transactions: number;
  readonly unflushed: number;
  readonly unfenced: number;
  readonly late: number;
  readonly first: readonly UncoveredLine[];
}

/** How many uncovered lines are kept. */
const FIRST_MAX = 10;

/** Judges every whole transaction of `trace`. */
export function coverageOf(trace: Trace): TraceCoverage {
  const counts = { transactions: 0, unflushed: 0, unfenced: 0, late: 0 };
  const first: UncoveredLine[] = [];
  for (let thread = 0; thread < trace.threads; thread++) {
    const judge = new ThreadJudge(thread, first);
    for (let i = 0; i < trace.chunkCount(thread); i++) {
      const { op, a, b, length } = trace.chunk(thread, i);
      for (let at = 0; at < length; at++) judge.op(op[at], a[at], b[at]);
    }
    counts.transactions += judge.transaction;
    counts.unflushed += judge.unflushed;
    counts.unfenced += judge.unfenced;
    counts.late += judge.late;
  }
  return { ...counts, first };
}

/** Follows one thread's lines. */
class ThreadJudge {
  transaction = 0;
  unflushed = 0;
  unfenced = 0;
  late = 0;
  readonly #thread: number;
  readonly #first: UncoveredLine[];
  /** Lines stored to and not written back; written back, or stored non-temporally, and not fenced. */
  readonly #dirty = new Map<number, number>();
  readonly #sent = new Map<number, number>();
  /** Lines that became dirty since the last fence; those that stayed so over a fence. */
  readonly #fresh = new Set<number>();
  readonly #late = new Set<number>();
  #type = 0;
  #stores = 0;
  #fences = 0;

  constructor(thread: number, first: UncoveredLine[]) {
    this.#thread = thread;
    this.#first = first;
  }

  op(op: number, a: number, b: number): void {
    if (isStore(op)) this.#store(op, a, b);
    else if (op === Op.WRITE_BACK) this.#writeBack(a, b);
    else if (op === Op.ORDERING_FENCE) this.#orderingPoint();
    else if (op === Op.DURABILITY_FENCE) this.#durabilityPoint();
    else if (op === Op.TX_BEGIN) this.#begin(a);
    else if (op === Op.TX_END) this.#end();
  }

  #store(op: number, a: number, b: number): void {
    const store = this.#stores++;
    if (b === 0) return;
    const last = lastLineOf(a, b);
    for (let line = lineOf(a); line <= last; line++) {
      const [to, from] = op === Op.STORE ? [this.#dirty, this.#sent] : [this.#sent, this.#dirty];
      from.delete(line);
      to.set(line, store);
      if (op === Op.STORE) this.#fresh.add(line);
    }
  }

  #writeBack(a: number, b: number): void {
    if (b === 0) return;
    const last = lastLineOf(a, b);
    for (let line = lineOf(a); line <= last; line++) {
      const store = this.#dirty.get(line);
      if (store === undefined) continue;
      this.#dirty.delete(line);
      this.#sent.set(line, store);
    }
  }

  #orderingPoint(): void {
    this.#fences++;
    for (const line of this.#fresh) if (this.#dirty.has(line)) this.#late.add(line);
    this.#fresh.clear();
    this.#sent.clear();
  }

  #durabilityPoint(): void {
    this.unflushed += this.#dirty.size;
    this.#keep(this.#dirty, this.#fences++);
    for (const line of this.#dirty.keys()) this.#late.delete(line);
    this.#dirty.clear();
    this.#fresh.clear();
    this.#sent.clear();
  }

  #begin(type: number): void {
    this.#type = type;
    this.#forget();
  }

  #end(): void {
    for (const lines of [this.#dirty, this.#sent]) {
      this.unfenced += lines.size;
      this.#keep(lines, null);
    }
    this.late += this.#late.size;
    this.transaction++;
    this.#forget();
  }

  #forget(): void {
    for (const lines of [this.#dirty, this.#sent, this.#fresh, this.#late]) lines.clear();
  }

  #keep(lines: ReadonlyMap<number, number>, fence: number | null): void {
    const { transaction } = this;
    for (const [line, store] of lines) {
      if (this.#first.length === FIRST_MAX) return;
      this.#first.push({
        thread: this.#thread,
        transaction,
        type: this.#type,
        line,
        store,
        fence,
      });
    }
  }
}
