/**
 * Emulated persistent memory: real bytes, addressed by 32-bit offsets (up to 4 GiB), whose every
 * access is reported to the sink of the thread that runs. Programs see PM only through this class.
 *
 * Layout: none imposed but that offset 0 is never handed out (0 is the null pointer), which
 * allocators keep to. Numbers are little-endian, as on the machines that have PM.
 *
 * What is not modelled here: time and durability. Those are the sinks' business (`Mirror`,
 * `CrashState`), so the same program runs unchanged under every backend and every crash check.
 */

import { NULL_SINK, Op, type PersistSink } from './op.ts';
import type { Step } from './step.ts';

/** The largest heap: offsets are 32 bits. */
export const HEAP_BYTES_MAX = 2 ** 32;

/** What an atomic access orders: as release and acquire of C11, or nothing but itself. */
export type AtomicOrder = 'acquireRelease' | 'relaxed';

/** Is told what orders clients beside locks: see the methods of the heap of the same names. */
export interface OrderObserver {
  atomic(order: AtomicOrder): void;
  enter(thread: number, means: string): void;
  leave(thread: number, means: string): void;
  inAnyOrder(): void;
  fresh(offset: number, bytes: number): void;
  dram(thread: number, what: string, stores: boolean): void;
}

export class PmHeap {
  /** The live bytes. Read them freely; write through the methods, or the sink will not know. */
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #sinks: readonly PersistSink[] = [NULL_SINK];
  #sink: PersistSink = NULL_SINK;
  /** The same, if loads mean something to it: most of what is recovered and verified are loads. */
  #loadSink: PersistSink | null = null;
  #thread = 0;
  #stores = 0;
  #step: Step | undefined;
  #outerStep: Step | undefined;
  #orderObservers: readonly OrderObserver[] = [];
  readonly #lockTickets = new Map<number, number>();

  /**
   * A heap of `sizeBytes` zero bytes, or one over `image` (not copied: what the program stores goes
   * there). Throws RangeError unless 64 <= size <= 4 GiB and the size is a multiple of 64.
   */
  constructor(sizeOrImage: number | Uint8Array) {
    const size = typeof sizeOrImage === 'number' ? sizeOrImage : sizeOrImage.byteLength;
    if (!Number.isInteger(size) || size < 64 || size > HEAP_BYTES_MAX || size % 64 !== 0) {
      throw new RangeError(
        `heap size ${size} B: must be a multiple of 64 from 64 to ${HEAP_BYTES_MAX}`,
      );
    }
    this.bytes = typeof sizeOrImage === 'number' ? new Uint8Array(size) : sizeOrImage;
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  get sizeBytes(): number {
    return this.bytes.byteLength;
  }

  /** How often was stored: while that stays, a program need not read again what it has read. */
  get stores(): number {
    return this.#stores;
  }

  /** The thread whose operations are being performed (index into the attached sinks). */
  get thread(): number {
    return this.#thread;
  }

  /**
   * From now on thread t's operations go to `sinks[t]`, lock tickets count from 0, and the running
   * thread is 0. With a single sink every thread's operations go there.
   */
  attach(sinks: readonly PersistSink[]): void {
    if (sinks.length === 0) throw new RangeError('attach: needs at least one sink');
    this.#sinks = sinks;
    this.#lockTickets.clear();
    this.#step = undefined;
    this.switchTo(0);
  }

  /** Nobody observes from now on. */
  detach(): void {
    this.#sinks = [NULL_SINK];
    this.#sink = NULL_SINK;
    this.#loadSink = null;
  }

  /** What follows is done by `thread`. Without attached sinks any thread number is allowed. */
  switchTo(thread: number): void {
    this.#thread = thread;
    this.#sink = this.#sinks.length === 1 ? this.#sinks[0] : this.#sinks[thread];
    if (this.#sink === undefined) throw new RangeError(`no sink attached for thread ${thread}`);
    this.#loadSink = this.#sink.ignoresLoads === true ? null : this.#sink;
  }

  // ---- names of operations ----

  /**
   * The store, write-back or fence that comes next is this step of the program's protocol. Returns
   * the heap: `heap.at(UndoStep.commitMark).storeWord(...)`. A sink may ask for it by `takeStep`.
   */
  at(step: Step | undefined): this {
    this.#step = step;
    return this;
  }

  /** All that `run` does is this step, whatever its parts are called. */
  during(step: Step, run: () => void): void {
    const before = this.#outerStep;
    this.#outerStep = step;
    try {
      run();
    } finally {
      this.#outerStep = before;
    }
  }

  /**
   * For a sink: the step that the store, write-back or fence at hand is, if it is said to be one. Call
   * it once for each of them.
   */
  takeStep(): Step | undefined {
    const step = this.#step;
    this.#step = undefined;
    return this.#outerStep ?? step;
  }

  // ---- loads: reported, so that the timing model can charge a cache miss ----

  loadU8(offset: number): number {
    this.#loadSink?.op(Op.LOAD, offset, 1);
    return this.#view.getUint8(offset);
  }

  loadU16(offset: number): number {
    this.#loadSink?.op(Op.LOAD, offset, 2);
    return this.#view.getUint16(offset, true);
  }

  loadU32(offset: number): number {
    this.#loadSink?.op(Op.LOAD, offset, 4);
    return this.#view.getUint32(offset, true);
  }

  loadI32(offset: number): number {
    this.#loadSink?.op(Op.LOAD, offset, 4);
    return this.#view.getInt32(offset, true);
  }

  loadU64(offset: number): bigint {
    this.#loadSink?.op(Op.LOAD, offset, 8);
    return this.#view.getBigUint64(offset, true);
  }

  /** An 8-byte word as a double-precision integer. Throws if it exceeds 2^53 - 1. */
  loadWord(offset: number): number {
    this.#loadSink?.op(Op.LOAD, offset, 8);
    const high = this.#view.getUint32(offset + 4, true);
    if (high > 0x1fffff) throw new RangeError(`word at ${offset} exceeds 2^53 - 1`);
    return high * 2 ** 32 + this.#view.getUint32(offset, true);
  }

  loadF64(offset: number): number {
    this.#loadSink?.op(Op.LOAD, offset, 8);
    return this.#view.getFloat64(offset, true);
  }

  /** A copy of [offset, offset + bytes). */
  loadBytes(offset: number, bytes: number): Uint8Array {
    this.#loadSink?.op(Op.LOAD, offset, bytes);
    return this.bytes.slice(offset, offset + bytes);
  }

  /** Reports a load of the range without returning it: for code that reads `bytes` in place. */
  touch(offset: number, bytes: number): void {
    this.#loadSink?.op(Op.LOAD, offset, bytes);
  }

  // ---- cached stores: not durable until written back and fenced ----

  storeU8(offset: number, value: number): void {
    this.#view.setUint8(offset, value);
    this.#stores++;
    this.#sink.op(Op.STORE, offset, 1);
  }

  storeU16(offset: number, value: number): void {
    this.#view.setUint16(offset, value, true);
    this.#stores++;
    this.#sink.op(Op.STORE, offset, 2);
  }

  storeU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
    this.#stores++;
    this.#sink.op(Op.STORE, offset, 4);
  }

  storeU64(offset: number, value: bigint): void {
    this.#view.setBigUint64(offset, value, true);
    this.#stores++;
    this.#sink.op(Op.STORE, offset, 8);
  }

  /** An 8-byte store of an integer from 0 to 2^53 - 1. */
  storeWord(offset: number, value: number): void {
    this.#setWord(offset, value);
    this.#stores++;
    this.#sink.op(Op.STORE, offset, 8);
  }

  storeF64(offset: number, value: number): void {
    this.#view.setFloat64(offset, value, true);
    this.#stores++;
    this.#sink.op(Op.STORE, offset, 8);
  }

  storeBytes(offset: number, source: Uint8Array): void {
    this.bytes.set(source, offset);
    this.#stores++;
    this.#sink.op(Op.STORE, offset, source.byteLength);
  }

  /** memset. */
  fill(offset: number, value: number, bytes: number): void {
    if (offset + bytes > this.bytes.byteLength) throw new RangeError(`fill past the heap's end`);
    this.bytes.fill(value, offset, offset + bytes);
    this.#stores++;
    this.#sink.op(Op.STORE, offset, bytes);
  }

  // ---- non-temporal stores: they bypass the caches, durable after the next fence ----

  ntStoreWord(offset: number, value: number): void {
    this.#setWord(offset, value);
    this.#stores++;
    this.#sink.op(Op.NT_STORE, offset, 8);
  }

  ntStoreBytes(offset: number, source: Uint8Array): void {
    this.bytes.set(source, offset);
    this.#stores++;
    this.#sink.op(Op.NT_STORE, offset, source.byteLength);
  }

  // ---- persistence ----

  /** clwb: writes back every dirty line that the range touches. An empty range does nothing. */
  writeBack(offset: number, bytes: number): void {
    if (bytes > 0) this.#sink.op(Op.WRITE_BACK, offset, bytes);
    else this.#step = undefined;
  }

  /** Later persists may not become durable before earlier ones. */
  orderingFence(): void {
    this.#sink.op(Op.ORDERING_FENCE, 0, 0);
  }

  /** After this fence the program may tell its user "committed". */
  durabilityFence(): void {
    this.#sink.op(Op.DURABILITY_FENCE, 0, 0);
  }

  /** writeBack, then an ordering fence: the `pmem_persist` of the libraries. */
  persist(offset: number, bytes: number): void {
    this.writeBack(offset, bytes);
    this.orderingFence();
  }

  // ---- what is not memory ----

  /** Volatile work, in instructions (a non-negative integer). */
  compute(instructions: number): void {
    this.#sink.op(Op.COMPUTE, instructions, 0);
  }

  /**
   * Takes the lock. Transactions run one after another here, so it is always free. What is recorded is
   * the order in which the lock was taken: crash checks grant it so again, timing to who asks first.
   */
  lock(id: number): void {
    const ticket = this.#lockTickets.get(id) ?? 0;
    this.#lockTickets.set(id, ticket + 1);
    this.#sink.op(Op.LOCK, id, ticket);
  }

  unlock(id: number): void {
    this.#sink.op(Op.UNLOCK, id, 0);
  }

  // ---- what orders clients beside locks: for the check of races (`races.ts`), and no trace ----

  /** Tells `observers` from now on. */
  observeOrder(observers: readonly OrderObserver[]): void {
    this.#orderObservers = observers;
  }

  /**
   * The access that comes next is atomic: release where it stores, acquire where it loads. Returns the
   * heap: `heap.atomic().storeWord(...)`.
   */
  atomic(): this {
    for (const observer of this.#orderObservers) observer.atomic('acquireRelease');
    return this;
  }

  /** The access that comes next is atomic, and orders nothing else: a count, a state. */
  relaxed(): this {
    for (const observer of this.#orderObservers) observer.atomic('relaxed');
    return this;
  }

  /**
   * Until `leave`, what the running thread does is kept apart from what others do under the same
   * `means`, as by a lock. These are means of the original that no trace shows: transactional memory.
   */
  enter(means: string): void {
    for (const observer of this.#orderObservers) observer.enter(this.#thread, means);
  }

  leave(means: string): void {
    for (const observer of this.#orderObservers) observer.leave(this.#thread, means);
  }

  /**
   * Takes a lock whose sections may come in any order, such as an allocator's: they exclude each other,
   * and nobody builds on what was done under it.
   */
  lockInAnyOrder(id: number): void {
    for (const observer of this.#orderObservers) observer.inAnyOrder();
    this.lock(id);
  }

  /** These bytes are the running thread's own from now on, whoever used them before. */
  fresh(offset: number, bytes: number): void {
    for (const observer of this.#orderObservers) observer.fresh(offset, bytes);
  }

  /** The running thread loads, or stores to, something that clients share in ordinary memory. */
  dram(what: string, stores: boolean): void {
    for (const observer of this.#orderObservers) observer.dram(this.#thread, what, stores);
  }

  /** A transaction of the type with this index in the workload's `txTypes` begins. */
  txBegin(type: number): void {
    this.#sink.op(Op.TX_BEGIN, type, 0);
  }

  txEnd(): void {
    this.#sink.op(Op.TX_END, 0, 0);
  }

  #setWord(offset: number, value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`not a word from 0 to 2^53 - 1: ${value}`);
    }
    this.#view.setUint32(offset, value >>> 0, true);
    this.#view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
  }
}
