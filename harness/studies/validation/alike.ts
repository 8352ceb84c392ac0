/**
 * Makes a port's run and the trace of its original alike, so that what is left to compare is how both
 * persist. Both have the same volatile work, spread over the same kinds of accesses, and neither loads nor
 * locks, which traces do not hold. Both have the same mix of long transactions and short ones, which have
 * one epoch at most since they only read or clear a log.
 */

import { OperationBuffer, sendOperations } from '../../../pm/columns.ts';
import { ComputeSpread } from '../../../pm/compute-spread.ts';
import { isStore, Op, type OpCode, type PersistSink } from '../../../pm/op.ts';
import { type MemoryTrace, recordTrace, replayThread, type Trace } from '../../../pm/trace.ts';

/** A figure of short transactions, and of long ones. */
export interface ByLength {
  readonly short: number;
  readonly long: number;
}

/** What of a recorded run is kept, and what is charged. */
export interface Likeness {
  /** Loads and locks, which a trace does not hold. */
  readonly loadsAndLocks: boolean;
  /** False: without what is before MEASURE, so that caches are cold, as in a slice of a run. */
  readonly fromStart: boolean;
  /** False: a non-temporal store is a store and its write-back, as a pmemcheck log has it. */
  readonly ntStores: boolean;
  /** The share of the measured transactions that is kept. */
  readonly keep: ByLength;
  /** Instructions of volatile work in a transaction. */
  readonly instructionsPerTx: ByLength;
}

const LEFT_OUT: ReadonlySet<OpCode> = new Set([Op.LOAD, Op.LOCK, Op.UNLOCK]);

/** `trace` as `likeness` has it. The volatile work that it was charged is left out. */
export function madeAlike(trace: Trace, likeness: Likeness): MemoryTrace {
  const { loadsAndLocks, fromStart, ntStores, keep, instructionsPerTx } = likeness;
  const budgets = [instructionsPerTx.short, instructionsPerTx.long].map(Math.round);
  return recordTrace(trace.threads, trace.heapBytes, (recorder, thread) => {
    const spread = new ComputeSpread(recorder, budgets);
    const due = { short: 0, long: 0 };
    const transactions = new WholeTransactions(spread, ({ held, long, measured }) => {
      const kind = long ? 'long' : 'short';
      const before = Math.round(due[kind]);
      due[kind] += keep[kind];
      if (measured && Math.round(due[kind]) === before) return;
      // Its type says what it is charged.
      held.a[0] = Number(long);
      sendOperations(held, spread);
    });
    let started = fromStart;
    replayThread(trace, thread, {
      op(op, a, b) {
        if (op === Op.MEASURE) started = true;
        if (!started || op === Op.COMPUTE || (!loadsAndLocks && LEFT_OUT.has(op))) return;
        if (op === Op.NT_STORE && !ntStores) {
          transactions.op(Op.STORE, a, b);
          transactions.op(Op.WRITE_BACK, a, b);
        } else {
          transactions.op(op, a, b);
        }
      },
    });
  });
}

/** What the measured transactions of a trace are like. */
export interface Mix {
  readonly short: number;
  readonly long: number;
  /** What `budgets` charge one on average; 0 where there is none. */
  readonly instructionsPerTx: ByLength;
}

/** Counts the measured transactions of `traces`, which `budgets` charge by their types. */
export function mixOf(traces: readonly Trace[], budgets: readonly number[]): Mix {
  const counts = { short: 0, long: 0 };
  const charged = { short: 0, long: 0 };
  const nowhere: PersistSink = { op() {} };
  const take = ({ held, long, measured }: Whole): void => {
    if (!measured) return;
    const kind = long ? 'long' : 'short';
    counts[kind]++;
    charged[kind] += budgets[held.a[0]] ?? 0;
  };
  for (const trace of traces) {
    for (let thread = 0; thread < trace.threads; thread++) {
      replayThread(trace, thread, new WholeTransactions(nowhere, take));
    }
  }
  const mean = (kind: 'short' | 'long'): number => charged[kind] / Math.max(1, counts[kind]);
  return { ...counts, instructionsPerTx: { short: mean('short'), long: mean('long') } };
}

/** What `ours` keeps of its transactions to have the mix of `theirs`, where it can. */
export function keptFor(ours: Mix, theirs: Mix): ByLength {
  const all = { short: 1, long: 1 };
  if (ours.short === 0 || ours.long === 0) return all;
  const wanted = theirs.long / ours.long / (theirs.short / ours.short);
  return wanted < 1 ? { short: 1, long: wanted } : { short: 1 / wanted, long: 1 };
}

/** A whole transaction. */
interface Whole {
  /** Its operations, TX_BEGIN and TX_END among them; valid for the call. */
  readonly held: OperationBuffer;
  /** Whether it has more than one epoch. */
  readonly long: boolean;
  /** Whether it is behind MEASURE. */
  readonly measured: boolean;
}

/** Gathers each transaction and hands it over; what is outside of them goes on to `next`. */
class WholeTransactions implements PersistSink {
  readonly #next: PersistSink;
  readonly #take: (transaction: Whole) => void;
  readonly #held = new OperationBuffer();
  #depth = 0;
  #epochs = 0;
  #stored = false;
  #measured = false;

  constructor(next: PersistSink, take: (transaction: Whole) => void) {
    this.#next = next;
    this.#take = take;
  }

  op(op: OpCode, a: number, b: number): void {
    if (op === Op.MEASURE) this.#measured = true;
    if (op === Op.TX_BEGIN) this.#depth++;
    if (this.#depth === 0) {
      this.#next.op(op, a, b);
      return;
    }
    this.#held.add(op, a, b);
    if (isStore(op)) this.#stored = true;
    else if (op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE) this.#endEpoch();
    if (op !== Op.TX_END || --this.#depth > 0) return;
    this.#endEpoch();
    this.#take({ held: this.#held, long: this.#epochs > 1, measured: this.#measured });
    this.#held.clear();
    this.#epochs = 0;
  }

  #endEpoch(): void {
    if (this.#stored) this.#epochs++;
    this.#stored = false;
  }
}
