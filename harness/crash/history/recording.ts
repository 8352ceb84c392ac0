/**
 * A program run once, recorded so that crashes of it can be explored: every client's operations with
 * the bytes of its stores, transaction by transaction, and what memory held at the start.
 */

import { createHash } from 'node:crypto';
import { PmHeap } from '../../../pm/heap.ts';
import { isStore, Op, type OpCode, type PersistSink, persists } from '../../../pm/op.ts';
import type { Step } from '../../../pm/step.ts';
import { type ConfiguredWorkload, type Program, runInTurn } from '../../../workloads/workload.ts';

/** The program to crash. */
export interface ConfiguredSubject {
  readonly configured: ConfiguredWorkload;
  readonly threads: number;
  readonly seed: number;
  /** Transactions over all clients; transaction i is client i mod threads. */
  readonly transactions: number;
}

/** One operation. `bytes` are those of a store, else null. */
export interface RecordedOp {
  readonly op: OpCode;
  readonly a: number;
  readonly b: number;
  readonly bytes: Uint8Array | null;
  /** What the program says it is, if it persists. */
  readonly step?: Step | undefined;
}

/** One call of `transaction`: all operations of the client until it returned. */
export interface RecordedTransaction {
  readonly client: number;
  readonly type: number;
  readonly ops: readonly RecordedOp[];
}

/** One run of a program: every client's operations with their bytes, and the memory it began with. */
export interface Recording {
  readonly subject: ConfiguredSubject;
  readonly heapBytes: number;
  /** Memory before the first transaction: every machine holds this, durable, */
  readonly initial: Uint8Array;
  /** but for the primary, of which no more than this is certain, if it is given. */
  readonly certain?: Uint8Array | undefined;
  /** In the order in which they ran. */
  readonly transactions: readonly RecordedTransaction[];
  /** Digests of the contents after 0, 1, 2... transactions. */
  readonly digests: readonly string[];
}

/** Transactions for which there is room in the heap beyond those run: recovered programs resume. */
const SPARE_TRANSACTIONS = 16;

/** Digests longer than this are hashed. */
const DIGEST_CHARACTERS_MAX = 80;

/** Bytes of the heap that `subject` runs, and is recovered, on. */
export function subjectHeapBytes({ configured, threads, transactions }: ConfiguredSubject): number {
  return configured.heapBytes(threads, transactions + SPARE_TRANSACTIONS);
}

/** A short text that tells contents apart; programs' own digests may be as long as their contents. */
export function digestOf(program: Program): string {
  const text = program.digest();
  return text.length <= DIGEST_CHARACTERS_MAX
    ? text
    : createHash('sha256').update(text).digest('hex');
}

/** Runs the program and records it. Throws VerifyError if it does not verify at the end. */
export function record(subject: ConfiguredSubject): Recording {
  const heap = new PmHeap(subjectHeapBytes(subject));
  const program = subject.configured.create(heap, subject.threads, subject.seed);
  try {
    return recordFrom(subject, heap, program, {});
  } finally {
    program.close?.();
  }
}

/**
 * As `record`, for a program that is there already, on `heap`, of whose bytes `certain` are durable
 * (all if it is not given). It is left open.
 */
export function recordFrom(
  subject: ConfiguredSubject,
  heap: PmHeap,
  program: Program,
  { certain }: Pick<Recording, 'certain'>,
): Recording {
  const { threads } = subject;
  const initial = heap.bytes.slice();
  const transactions: RecordedTransaction[] = [];
  const digests = [digestOf(program)];
  let ops: RecordedOp[] | null = [];
  const sink: PersistSink = {
    op(op, a, b) {
      // Between transactions the program is looked at, which loads.
      if (ops === null) return;
      const bytes = isStore(op) ? heap.bytes.slice(a, a + b) : null;
      if (!persists(op)) ops.push({ op, a, b, bytes });
      else ops.push({ op, a, b, bytes, step: heap.takeStep() });
    },
  };
  // Attached once: tickets of locks count over the whole run.
  heap.attach(Array.from({ length: threads }, () => sink));
  runInTurn(heap, program, subject, (_, client) => {
    const done = ops ?? [];
    ops = null;
    digests.push(digestOf(program));
    const type = done.find(({ op }) => op === Op.TX_BEGIN)?.a ?? 0;
    transactions.push({ client, type, ops: done });
    ops = [];
  });
  heap.detach();
  program.verify();
  return { subject, heapBytes: heap.sizeBytes, initial, certain, transactions, digests };
}
