/** A recording as a trace that a mirror replays, with what a mirror does not need: the bytes. */

import { ComputeSpread } from '../../../pm/compute-spread.ts';
import { Op, type OpCode } from '../../../pm/op.ts';
import { MemoryTrace, recordersInto, type Trace } from '../../../pm/trace.ts';
import { type Granule, isolate } from './isolation.ts';
import type { RecordedOp, RecordedTransaction, Recording } from './recording.ts';

/** A recording, and the trace of it that a mirror replays. */
export interface CrashTrace {
  readonly recording: Recording;
  readonly trace: Trace;
  /** Per client, the bytes of its stores in program order. */
  readonly payloads: readonly (readonly Uint8Array[])[];
  /** Per client, of each of its transactions, how many outermost TX_BEGINs it has. */
  readonly spans: readonly (readonly number[])[];
}

/** Volatile work is charged as in every run; transactions are isolated where the trace does not. */
export function crashTrace(recording: Recording, granule: Granule = 'lines'): CrashTrace {
  const { subject, heapBytes, transactions } = recording;
  const trace = new MemoryTrace(subject.threads, heapBytes);
  const recorders = recordersInto(trace);
  const budgets = subject.configured.instructionsPerTx('o2');
  const spreads = recorders.map((recorder) => new ComputeSpread(recorder, budgets));
  const perClient = <T>(): T[][] => Array.from({ length: subject.threads }, () => []);
  const payloads = perClient<Uint8Array>();
  const spans = perClient<number>();
  const isolation = isolate(transactions, granule);
  for (const [i, transaction] of transactions.entries()) {
    const { client, ops } = transaction;
    const sink = spreads[client];
    const { waits, holds } = isolation[i];
    if (holds >= 0) sink.op(Op.LOCK, holds, 0);
    for (const [lock, ticket] of waits) {
      sink.op(Op.LOCK, lock, ticket);
      sink.op(Op.UNLOCK, lock, 0);
    }
    for (const { op, a, b, bytes } of ops) {
      sink.op(op, a, b);
      if (bytes !== null) payloads[client].push(bytes);
    }
    if (holds >= 0) sink.op(Op.UNLOCK, holds, 0);
    spans[client].push(outermost(transaction));
  }
  for (const spread of spreads) spread.flush();
  for (const recorder of recorders) recorder.flush();
  return { recording, trace, payloads, spans };
}

function outermost({ ops }: RecordedTransaction): number {
  let depth = 0;
  let count = 0;
  for (const { op } of ops) {
    if (op === Op.TX_BEGIN && depth++ === 0) count++;
    if (op === Op.TX_END) depth--;
  }
  return count;
}

/** Reads one thread of a trace, an operation at a time. */
export class TraceCursor {
  readonly #trace: Trace;
  readonly #thread: number;
  #chunk = 0;
  #index = 0;

  constructor(trace: Trace, thread: number) {
    this.#trace = trace;
    this.#thread = thread;
  }

  /** The operation that comes next. There must be one. */
  peek(): Pick<RecordedOp, 'op' | 'a' | 'b'> {
    const chunk = this.#trace.chunk(this.#thread, this.#chunk);
    const i = this.#index;
    return { op: chunk.op[i] as OpCode, a: chunk.a[i], b: chunk.b[i] };
  }

  /** Steps over it. */
  step(): void {
    const { length } = this.#trace.chunk(this.#thread, this.#chunk);
    if (++this.#index < length) return;
    this.#index = 0;
    this.#chunk++;
  }
}
