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
  scanTrace,
  type TraceScan,
  type TraceSummary,
} from '../../workloads/traces/import.ts';
import { FailureError } from '../host/index.ts';
import type { TraceExecution } from './cells.ts';
import type { SpillingTrace } from './trace-store.ts';
import { uncharged } from './volatile-work.ts';

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
  const { file, txMarkers } = execution;
  const scan = await scanTrace(file, txMarkers);
  store.heapBytes = scan.heapBytes;
  const budgets = budgetsOf(execution);
  const lanes = Array.from({ length: scan.threads }, (_, thread): Lane => {
    const recorder = new TraceRecorder((chunk) => store.append(thread, chunk));
    const span = new MeasuredSpan(recorder);
    return { recorder, span, spread: new ComputeSpread(span, budgets) };
  });
  const summary = await importTrace(file, {
    txMarkers,
    scan,
    sinkOf: (thread) => lanes[thread].spread,
  });
  if (summary.transactions === 0) {
    throw new FailureError(`${file}: holds no complete transaction: nothing to measure`);
  }
  for (const { spread, span, recorder } of lanes) {
    spread.flush();
    span.finish();
    recorder.flush();
  }
  return notesOn(summary, scan, execution);
}

/** A budget per transaction type; the last one given serves all types beyond. */
function budgetsOf({ instructionsPerTx, txMarkers }: TraceExecution): number[] {
  const types = Math.max(1, txMarkers.length);
  const last = instructionsPerTx.at(-1) ?? 0;
  return Array.from({ length: types }, (_, type) => instructionsPerTx[type] ?? last);
}

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
      this.#held.add(op, a, b);
      return;
    }
    this.#next.op(op, a, b);
    if (op === Op.TX_END) this.#depth--;
  }

  /** The trace is over: what is held is dropped; a thread without transactions measures nothing. */
  finish(): void {
    this.#held.length = 0;
    if (!this.#started) this.#next.op(Op.MEASURE, 0, 0);
  }

  #begin(): void {
    if (!this.#started) this.#next.op(Op.MEASURE, 0, 0);
    this.#started = true;
    sendOperations(this.#held, this.#next);
    this.#held.length = 0;
  }
}

/** Names of markers shown; some programs number theirs. */
const MARKERS_SHOWN = 12;

/** The markers of the log that could delimit transactions and were not given; empty if there are none. */
function unusedMarkers({ markers }: TraceScan, { txMarkers }: TraceExecution): string {
  const unused = markers.filter(({ name, begins }) => begins > 0 && !txMarkers.includes(name));
  const shown = unused.slice(0, MARKERS_SHOWN).map(({ name }) => name);
  const more = unused.length > shown.length ? ` and ${unused.length - shown.length} more` : '';
  return `${shown.join(', ')}${more}`;
}

function notesOn(summary: TraceSummary, scan: TraceScan, execution: TraceExecution): string[] {
  const notes = [
    `format: ${summary.format}; threads: ${summary.threads}; operations: ${summary.operations}; ` +
      `transactions: ${summary.transactions}`,
  ];
  const markers = unusedMarkers(scan, execution);
  if (summary.durabilityPoints === 'every-fence') {
    const hint = markers === '' ? '' : `; --tx-marker takes: ${markers}`;
    notes.push(
      `no transactions are marked: each fence is a durability point and ends a transaction${hint}`,
    );
  } else if (markers !== '') {
    notes.push(`markers that delimit nothing here, though --tx-marker takes them: ${markers}`);
  }
  if (summary.flushes.includes('implied')) {
    notes.push('no flushes are logged: every line written is written back by the next fence');
  }
  const { atStart, atEnd } = summary.partialTransactions;
  if (atStart + atEnd > 0) notes.push(`${atStart + atEnd} transactions cut off are not counted`);
  const free = execution.instructionsPerTx.every((count) => count === 0);
  if (free) notes.push(uncharged(execution.name));
  return notes;
}
