/**
 * How much memory a crash check of a program takes: estimated before it starts, from a run of the program
 * that counts what would be kept. Kept are each operation with the bytes of its stores, and on each machine
 * each content that each line ever had, since any of them may be what a crash leaves.
 */

import { PmHeap } from '../../../pm/heap.ts';
import { LINE_SHIFT, lastLineOf } from '../../../pm/line.ts';
import { isStore, type OpCode, type PersistSink } from '../../../pm/op.ts';
import { runInTurn } from '../../../workloads/workload.ts';
import { roomBytes } from '../../host/index.ts';
import { type ConfiguredSubject, subjectHeapBytes } from './recording.ts';

/** Beside what grows with the program: outcomes of images that were looked at, and garbage. */
const LOOKING_BYTES = 50e6;

/** Of an operation, bytes: an object of five fields and its place in a list, and 9 in the trace's columns. */
const OPERATION_BYTES = 100;

/** Of a store beside its bytes: a typed array, and its place in two lists. */
const PAYLOAD_BYTES = 240;

/** Of a content of a line on one machine: the columns of `LineHistory`, their growth, their order by time. */
const CONTENT_BYTES = 200;

/** Copies of the heap: at the start, live, at the end, of what is certain, to recover on, and the oracle's. */
const HEAP_COPIES = 6;

/** Transactions that are counted of a program whose heap alone has no room. */
const COUNTED = 100;

/**
 * Bytes that crashes of `subject` take with so many replicas. What has no room is not counted to its
 * end, so that a hopeless one is refused at once: what it takes is then extrapolated.
 */
export function crashBytes(subject: ConfiguredSubject, replicas: number): number {
  const { transactions } = subject;
  const setUpBytes = (some: number): number =>
    LOOKING_BYTES + HEAP_COPIES * subjectHeapBytes({ ...subject, transactions: some });
  const counted = setUpBytes(transactions) > roomBytes() ? COUNTED : transactions;
  const some = Math.min(counted, transactions);
  const room = roomBytes() - setUpBytes(some);
  const kept = room > 0 ? keptBytes({ ...subject, transactions: some }, replicas, room) : 0;
  return setUpBytes(transactions) + (kept * transactions) / some;
}

/** What is kept of a run of `subject`, in bytes; from where that exceeds `room` on, extrapolated. */
function keptBytes(subject: ConfiguredSubject, replicas: number, room: number): number {
  const { configured, threads, seed, transactions } = subject;
  const heap = new PmHeap(subjectHeapBytes(subject));
  const program = configured.create(heap, threads, seed);
  try {
    // A replica is looked at twice: power fails there, and it takes over.
    const counter = new Counter(CONTENT_BYTES * (1 + 2 * replicas));
    heap.attach(Array.from({ length: threads }, () => counter));
    let done = 0;
    while (done < transactions && counter.bytes <= room) {
      const some = Math.min(threads, transactions - done);
      runInTurn(heap, program, { threads, transactions: some });
      done += some;
    }
    return (counter.bytes * transactions) / done;
  } finally {
    heap.detach();
    program.close?.();
  }
}

/** Counts what is kept of a run. */
class Counter implements PersistSink {
  bytes = 0;
  readonly #contentBytes: number;

  constructor(contentBytes: number) {
    this.#contentBytes = contentBytes;
  }

  op(op: OpCode, a: number, b: number): void {
    this.bytes += OPERATION_BYTES;
    if (!isStore(op) || b === 0) return;
    const lines = lastLineOf(a, b) - (a >>> LINE_SHIFT) + 1;
    this.bytes += PAYLOAD_BYTES + b + lines * this.#contentBytes;
  }
}
