/**
 * Turns the events of one traced thread into persist operations: decides which fence is a durability
 * point, delimits transactions, and adds the write-backs that some traces leave out.
 *
 * Fences. In a transaction the last fence is the durability point (the program then tells its user
 * "committed"), the others order. Which one is the last is known only at the next fence or the
 * transaction's end, so the operations from a fence on are held back until then: one epoch's worth.
 * Fences outside of transactions order. Nested transactions are flattened into the outermost.
 *
 * A trace that delimits no transactions: every fence that follows a store or write-back is a
 * durability point, and the operations up to it, from the one before on, are one transaction of type
 * 0 ("fence to fence"). A fence with nothing before it promises nothing new: it orders.
 *
 * Implied write-backs. Where a program's flush instructions were not traced, each line stored to
 * through the cache since the last fence is written back just before the next, in order of first
 * store. So every fence makes durable what came before it, as the program meant.
 */

import { OperationBuffer } from '../../../pm/columns.ts';
import { LINE_BYTES, LINE_SHIFT, lastLineOf } from '../../../pm/line.ts';
import { isStore, Op, type OpCode, type PersistSink } from '../../../pm/op.ts';
import { TraceInputError } from './error.ts';

/** About 150 MB of memory. */
const TRANSACTION_OPERATIONS_MAX = 2 ** 24;

/** How a thread's events are to be read. */
export interface EmitterOptions {
  /** For messages. */
  readonly file: string;
  /** Add the write-backs that the trace leaves out. */
  readonly impliedFlushes: boolean;
  /** The trace delimits no transactions: fence to fence is one. */
  readonly fenceToFence: boolean;
  /** False: every fence orders, and nothing is held back. */
  readonly classifyFences: boolean;
  /** Where values of stores go just before the sink learns of the store; null: nowhere. */
  readonly image: Uint8Array | null;
}

/** Counts over all threads; each emitter adds to the same object. */
export interface EmitterCounts {
  operations: number;
  /** Complete transactions, outermost ones only. */
  transactions: number;
  nestedTransactions: number;
  /** Stores to PM in transactions. */
  storesInTransactions: number;
  /** Ends without a beginning: the trace starts inside them. */
  partialAtStart: number;
  /** Beginnings without an end: the trace ends inside them. */
  partialAtEnd: number;
}

export class ThreadEmitter {
  /** Whether the thread has flushed anything: a thread that never does has untraced flushes. */
  sawFlush = false;
  readonly #sink: PersistSink;
  readonly #options: EmitterOptions;
  readonly #counts: EmitterCounts;
  /** What is held back, from the fence on whose kind is not known yet, and values of stores where wanted. */
  readonly #held = new OperationBuffer();
  readonly #heldValues: number[] = [];
  readonly #dirtyLines = new Set<number>();
  #holding = false;
  #depth = 0;
  /** Fence to fence: whether a transaction is open, and whether it has anything to make durable. */
  #groupOpen = false;
  #groupWrites = false;
  /** Operations of the open transaction; those that were held back count twice. */
  #inTransaction = 0;

  constructor(sink: PersistSink, options: EmitterOptions, counts: EmitterCounts) {
    this.#sink = sink;
    this.#options = options;
    this.#counts = counts;
  }

  /** An access to, or write-back of, heap bytes. `high` and `low` are the halves of a store's value. */
  access(op: OpCode, offset: number, bytes: number, high: number, low: number): void {
    if (this.#options.fenceToFence) this.#openGroup(op);
    if (isStore(op) && (this.#depth > 0 || this.#groupOpen)) this.#counts.storesInTransactions++;
    if (op === Op.STORE && this.#options.impliedFlushes) {
      const last = lastLineOf(offset, bytes);
      for (let line = offset >>> LINE_SHIFT; line <= last; line++) this.#dirtyLines.add(line);
    }
    this.#send(op, offset, bytes, high, low);
  }

  /** A fence instruction. */
  fence(): void {
    if (this.#dirtyLines.size > 0) this.#writeBackDirty();
    if (this.#options.fenceToFence) {
      this.#endGroup();
    } else if (this.#depth === 0 || !this.#options.classifyFences) {
      this.#send(Op.ORDERING_FENCE, 0, 0, 0, 0);
    } else {
      if (this.#holding) this.#release(Op.ORDERING_FENCE);
      this.#holding = true;
      this.#hold(Op.ORDERING_FENCE, 0, 0, 0, 0);
    }
  }

  /** A transaction of `type` begins. */
  begin(type: number): void {
    if (this.#depth++ === 0) this.#pass(Op.TX_BEGIN, type, 0, 0, 0);
    else this.#counts.nestedTransactions++;
  }

  /** A transaction ends; one that has not begun in this trace is counted and otherwise ignored. */
  end(): void {
    if (this.#depth === 0) {
      this.#counts.partialAtStart++;
      return;
    }
    if (--this.#depth > 0) return;
    if (this.#holding) this.#release(Op.DURABILITY_FENCE);
    this.#pass(Op.TX_END, 0, 0, 0, 0);
    this.#counts.transactions++;
  }

  /** The end of a transaction that has not begun in this trace, of another type than what is open. */
  endOfNone(): void {
    this.#counts.partialAtStart++;
  }

  /**
   * The trace is over. What was held back is passed on. A transaction that has begun and not ended
   * stays open: TX_BEGIN without TX_END, and no durability point in it that the program did not reach.
   */
  finish(): void {
    if (this.#holding) this.#release(Op.ORDERING_FENCE);
    if (this.#depth > 0 || this.#groupOpen) this.#counts.partialAtEnd++;
  }

  #openGroup(op: OpCode): void {
    if (!this.#groupOpen) {
      this.#groupOpen = true;
      this.#pass(Op.TX_BEGIN, 0, 0, 0, 0);
    }
    if (op !== Op.LOAD) this.#groupWrites = true;
  }

  #endGroup(): void {
    if (!this.#groupWrites) {
      this.#pass(Op.ORDERING_FENCE, 0, 0, 0, 0);
      return;
    }
    this.#pass(Op.DURABILITY_FENCE, 0, 0, 0, 0);
    this.#pass(Op.TX_END, 0, 0, 0, 0);
    this.#counts.transactions++;
    this.#groupOpen = false;
    this.#groupWrites = false;
  }

  #writeBackDirty(): void {
    for (const line of this.#dirtyLines) {
      this.#send(Op.WRITE_BACK, line * LINE_BYTES, LINE_BYTES, 0, 0);
    }
    this.#dirtyLines.clear();
  }

  /** Counts an operation of a transaction, all of which is kept until its end. */
  #countHeld(): void {
    if (this.#depth === 0 && !this.#groupOpen) this.#inTransaction = 0;
    else if (++this.#inTransaction > TRANSACTION_OPERATIONS_MAX) {
      throw new TraceInputError(
        `${this.#options.file}: a transaction of more than ${TRANSACTION_OPERATIONS_MAX} operations; ` +
          'it is kept in memory until its end. Mark shorter ones, or cut the trace',
      );
    }
  }

  #send(op: OpCode, a: number, b: number, high: number, low: number): void {
    if (this.#holding) this.#hold(op, a, b, high, low);
    else this.#pass(op, a, b, high, low);
  }

  #hold(op: OpCode, a: number, b: number, high: number, low: number): void {
    this.#countHeld();
    this.#held.add(op, a, b);
    if (this.#options.image !== null) this.#heldValues.push(high, low);
  }

  /** Passes on what is held, its fence as `fence`. */
  #release(fence: OpCode): void {
    const { op, a, b, length } = this.#held;
    const values = this.#heldValues;
    this.#holding = false;
    this.#pass(fence, 0, 0, 0, 0);
    for (let i = 1; i < length; i++) {
      this.#pass(op[i] as OpCode, a[i], b[i], values[2 * i], values[2 * i + 1]);
    }
    this.#held.clear();
    values.length = 0;
  }

  #pass(op: OpCode, a: number, b: number, high: number, low: number): void {
    this.#countHeld();
    const image = this.#options.image;
    if (op === Op.STORE && image !== null) writeValue(image, a, b, high, low);
    this.#counts.operations++;
    this.#sink.op(op, a, b);
  }
}

/** Stores the low `bytes` bytes of the number with these halves at `offset`, little-endian. */
function writeValue(
  image: Uint8Array,
  offset: number,
  bytes: number,
  high: number,
  low: number,
): void {
  if (offset + bytes > image.length) {
    throw new RangeError(`the image of ${image.length} B ends before byte ${offset + bytes}`);
  }
  for (let i = 0; i < bytes; i++) {
    image[offset + i] = i < 4 ? low >>> (8 * i) : high >>> (8 * (i - 4));
  }
}
