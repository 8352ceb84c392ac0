/**
 * Imports the trace of a real program into a store that mirrors replay.
 *
 * What comes before a thread's first transaction (set-up, a transaction of which the trace holds only the
 * end) runs unmeasured, as a warm-up does. Where the measured part ends, `measured-part.ts` says.
 */

import { OperationBuffer, sendOperations } from '../../pm/columns.ts';
import { ComputeSpread } from '../../pm/compute-spread.ts';
import { Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import { TraceRecorder } from '../../pm/trace.ts';
import {
  importTrace,
  requirePmStores,
  type TraceReading,
  type TraceSummary,
} from '../../workloads/traces/import.ts';
import { FailureError } from '../host/index.ts';
import type { TraceExecution } from './cells.ts';
import { notesOn } from './trace-notes.ts';
import type { SpillingTrace } from './trace-store.ts';

/** The way of one thread's operations into the store. */
interface Lane {
  readonly spread: ComputeSpread;
  readonly span: MeasuredSpan;
  readonly recorder: TraceRecorder;
}

/**
 * Reads `execution.file` into `store`, charging volatile work, and returns what the user should know
 * of how it was read. Throws TraceInputError, or FailureError if there is nothing to measure.
 */
export async function storeTrace(
  execution: TraceExecution,
  store: SpillingTrace,
): Promise<readonly string[]> {
  const { file } = execution;
  const budgets = budgetsOf(execution);
  const lanes: Lane[] = [];
  const summary = await importTrace(file, {
    ...readingOf(execution),
    sinkOf(thread) {
      const recorder = new TraceRecorder((chunk) => store.append(thread, chunk));
      const span = new MeasuredSpan(recorder);
      const spread = new ComputeSpread(span, budgets);
      lanes.push({ recorder, span, spread });
      return spread;
    },
  });
  requirePmStores(file, summary, execution);
  store.heapBytes = summary.heapBytes;
  requireTransactions(summary, execution);
  for (const { spread, span, recorder } of lanes) {
    spread.flush();
    span.finish();
    recorder.flush();
  }
  return notesOn(summary, execution);
}

/** How a trace is read, of all that is said of its execution. */
export function readingOf({ txMarkers, pid, pmRanges, shownAs }: TraceReading): TraceReading {
  return { txMarkers, pid, pmRanges, shownAs };
}

/** Throws FailureError if there is no transaction to measure, or none of them stores anything. */
function requireTransactions(
  { transactions, storesInTransactions, pmStores }: TraceSummary,
  { file, shownAs = file }: TraceExecution,
): void {
  if (transactions === 0) {
    throw new FailureError(`${shownAs}: holds no complete transaction: nothing to measure`);
  }
  if (storesInTransactions === 0) {
    throw new FailureError(
      `${shownAs}: none of its ${transactions} transactions stores to persistent memory; all ` +
        `${pmStores} stores to it are outside of them, so there is nothing to measure`,
    );
  }
}

/** A budget per transaction type; the last one given serves all types beyond. */
function budgetsOf({ instructionsPerTx, txMarkers }: TraceExecution): number[] {
  const types = Math.max(1, txMarkers.length);
  const last = instructionsPerTx.at(-1) ?? 0;
  return Array.from({ length: types }, (_, type) => instructionsPerTx[type] ?? last);
}

/** About 150 MB of memory. */
const HELD_MAX = 2 ** 24;

/**
 * Puts MEASURE before the first transaction of a thread and holds back what is outside of
 * transactions until another one begins.
 */
export class MeasuredSpan implements PersistSink {
  readonly #next: PersistSink;
  #depth = 0;
  #started = false;
  readonly #held = new OperationBuffer();

  constructor(next: PersistSink) {
    this.#next = next;
  }

  op(op: OpCode, a: number, b: number): void {
    if (op === Op.TX_BEGIN && this.#depth++ === 0) this.#begin();
    if (this.#started && this.#depth === 0) {
      if (this.#held.length === HELD_MAX) {
        throw new FailureError(
          `more than ${HELD_MAX} operations of a thread between two transactions, or behind the last; ` +
            'they are kept in memory until the next begins. Cut the trace there',
        );
      }
      this.#held.add(op, a, b);
      return;
    }
    this.#next.op(op, a, b);
    if (op === Op.TX_END) this.#depth--;
  }

  /** The trace is over: what is held is dropped; a thread without transactions measures nothing. */
  finish(): void {
    this.#held.clear();
    if (!this.#started) this.#next.op(Op.MEASURE, 0, 0);
  }

  #begin(): void {
    if (!this.#started) this.#next.op(Op.MEASURE, 0, 0);
    this.#started = true;
    sendOperations(this.#held, this.#next);
    this.#held.clear();
  }
}
