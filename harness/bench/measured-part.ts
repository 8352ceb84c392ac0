/**
 * The part of an imported trace that is measured. A trace is a slice out of a longer run, in which its
 * threads have more or less to do; a core that has run out would idle only because the slice ends there.
 * So the measured part ends when the first core runs out of transactions:
 *
 *   - a thread without a whole transaction is no core;
 *   - a run without mirroring shows when each transaction of each core ends;
 *   - T is the earliest time at which a core has ended its last one;
 *   - each core's part ends with the last transaction that it has ended by T. A core that has ended none
 *     by then is left out too.
 *
 * Every design on a profile replays these operations, so comparisons are paired. Designs other than
 * no-sm may still leave a core idle at the end, for about one transaction.
 */

import { Op } from '../../pm/op.ts';
import type { Trace, TraceChunk } from '../../pm/trace.ts';
import { CORES_MAX, type MirrorObserver } from '../../rdma/mirror.ts';
import { FailureError } from '../host/index.ts';

/** A thread of a trace, as far as it is measured. */
interface Lane {
  /** As the trace numbers it. */
  readonly thread: number;
  /** Complete transactions behind MEASURE, and the operations up to the end of the last. */
  readonly transactions: number;
  readonly operations: number;
}

/** Some threads of a trace, numbered anew, each up to the end of some transaction. */
export class MeasuredPart implements Trace {
  readonly heapBytes: number;
  readonly operations: number;
  /** Measured transactions of each thread. */
  readonly transactions: readonly number[];
  /** Per thread, its place in the trace. */
  readonly places: readonly number[];
  readonly #trace: Trace;
  readonly #lanes: readonly Lane[];
  readonly #chunkCounts: readonly number[];
  /** Operations of each thread in its last chunk. */
  readonly #lastLengths: readonly number[];

  constructor(trace: Trace, lanes: readonly Lane[]) {
    this.#trace = trace;
    this.#lanes = lanes;
    this.heapBytes = trace.heapBytes;
    this.transactions = lanes.map(({ transactions }) => transactions);
    this.places = lanes.map(({ thread }) => thread);
    this.operations = lanes.reduce((sum, { operations }) => sum + operations, 0);
    const ends = lanes.map((lane) => endOf(trace, lane));
    this.#chunkCounts = ends.map(({ chunks }) => chunks);
    this.#lastLengths = ends.map(({ lastLength }) => lastLength);
  }

  get threads(): number {
    return this.#lanes.length;
  }

  chunkCount(thread: number): number {
    return this.#chunkCounts[thread];
  }

  chunk(thread: number, index: number): TraceChunk {
    const chunk = this.#trace.chunk(this.#lanes[thread].thread, index);
    const isLast = index === this.#chunkCounts[thread] - 1;
    return isLast ? { ...chunk, length: this.#lastLengths[thread] } : chunk;
  }
}

/** In how many chunks the operations of `lane` are, and how many are in the last. */
function endOf(trace: Trace, lane: Lane): { chunks: number; lastLength: number } {
  let left = lane.operations;
  let chunks = 0;
  for (;;) {
    const { length } = trace.chunk(lane.thread, chunks++);
    if (left <= length) return { chunks, lastLength: left };
    left -= length;
  }
}

/** The threads of `trace`, called `name` in messages, that have whole transactions, each up to the end of its last. */
export function activeThreads(trace: Trace, name = 'the trace'): MeasuredPart {
  const lanes = Array.from({ length: trace.threads }, (_, thread) => laneOf(trace, thread));
  const active = lanes.filter(({ transactions }) => transactions > 0);
  refuseCores(active.length, name);
  return new MeasuredPart(trace, active);
}

/** Throws FailureError if so many threads of the trace `name` are more than a machine may have cores. */
export function refuseCores(count: number, name: string): void {
  if (count <= CORES_MAX) return;
  throw new FailureError(
    `${name} has ${count} threads with transactions, each of them a core; at most ${CORES_MAX} are modelled`,
  );
}

/**
 * The part of `trace` up to where its first core runs out of transactions. `run` replays a trace without
 * mirroring, its locks granted to who asks first, and tells the observer.
 */
export function untilFirstRunsOut(
  trace: MeasuredPart,
  run: (trace: Trace, observer: MirrorObserver) => void,
): MeasuredPart {
  // A single thread runs out where it ends.
  if (trace.threads === 1) return trace;
  const ends = new EndsObserver(trace.transactions);
  run(trace, ends);
  const lanes = trace.places.map((_, core) => laneOf(trace, core, ends.counts[core]));
  return new MeasuredPart(
    trace,
    lanes.filter(({ transactions }) => transactions > 0),
  );
}

/** Thread `thread` of `trace` up to the end of at most `most` measured transactions. */
function laneOf(trace: Trace, thread: number, most = Number.POSITIVE_INFINITY): Lane {
  let measured = false;
  let transactions = 0;
  let operations = 0;
  let passed = 0;
  let depth = 0;
  const chunks = trace.chunkCount(thread);
  for (let index = 0; index < chunks && transactions < most; index++) {
    const { op, length } = trace.chunk(thread, index);
    for (let i = 0; i < length && transactions < most; i++) {
      if (op[i] === Op.MEASURE) measured = true;
      else if (op[i] === Op.TX_BEGIN) depth++;
      else if (op[i] === Op.TX_END && --depth === 0 && measured) {
        transactions++;
        operations = passed + i + 1;
      }
    }
    passed += length;
  }
  return { thread, transactions, operations };
}

/** Counts the transactions that each core has ended when the first of them has ended its last. */
class EndsObserver implements MirrorObserver {
  readonly counts: number[];
  readonly #all: readonly number[];
  #endPs = Number.POSITIVE_INFINITY;
  #latestPs = 0;

  /** `all`: the measured transactions of each core. */
  constructor(all: readonly number[]) {
    this.#all = all;
    this.counts = all.map(() => 0);
  }

  onMeasure(): void {
    this.counts.fill(0);
    this.#endPs = Number.POSITIVE_INFINITY;
  }

  onTransaction(core: number, _type: number, _beginPs: number, endPs: number): void {
    // Without mirroring a core waits for nothing that could wake it in the past.
    if (endPs < this.#latestPs) throw new Error('transactions are not told in order of their ends');
    this.#latestPs = endPs;
    if (endPs > this.#endPs) return;
    if (++this.counts[core] === this.#all[core]) this.#endPs = Math.min(this.#endPs, endPs);
  }
}
