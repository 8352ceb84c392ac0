/**
 * Undo-log transactions as in libpmemobj of NVML 1.1 (tx.c), store by store. Before a range is
 * changed its old bytes are logged: up to 32 B in a slot of the lane's undo cache, more in an object
 * of its own. Allocated and freed objects are named in two more vectors. A commit is
 *
 *   flush all changes | state COMMITTED | clear the cache | free each logged range's object |
 *   clear each allocation's entry | free each freed object | state NONE
 *
 * (| is a fence; each free is an allocator operation). The last fence is the durability point.
 * After a crash in state NONE everything is rolled back, in COMMITTED the clearing is finished.
 *
 * Layout of the transaction section of a lane: state word, then the four vectors of UndoType.
 */

import assert from 'node:assert/strict';
import type { PmHeap } from '../heap.ts';
import type { BlockConstructor, HeapAllocator } from './heap-alloc.ts';
import {
  CACHED_RANGE_BYTES_MAX,
  CACHED_RANGE_SLOT_BYTES,
  CACHED_RANGES_MAX,
  LANE_BYTES,
  LANES_OFFSET,
  OOB_BYTES,
  OOB_INTERNAL,
  OOB_TYPE,
  OOB_UNDO_ENTRY,
  PoolError,
  RANGE_CACHE_BYTES,
  RANGE_HEADER_BYTES,
  REDO_OFFSET,
  TX_OFFSET,
  TxState,
  UNDO_TYPES,
  UndoType,
  VECTOR_BYTES,
} from './layout.ts';
import { RangeSet } from './range-set.ts';
import { RedoLog } from './redo-log.ts';
import { UndoStep } from './steps.ts';
import { UndoVector } from './undo-vector.ts';

/** In the allocation vector: an object that the same transaction freed again. */
const SKIP_ENTRY = 1;
/** Marks the library's own objects in their out-of-band header. */
const INTERNAL_OBJECT = 1n << 63n;

/** The transactions of one lane, one at a time. Nested ones belong to the outermost. */
export class Transaction {
  readonly #heap: PmHeap;
  readonly #alloc: HeapAllocator;
  readonly #redo: RedoLog;
  readonly #lane: number;
  readonly #state: number;
  readonly #vectors: readonly UndoVector[];
  readonly #ranges = new RangeSet();
  #cacheSlot = 0;
  #depth = 0;
  #aborted = false;

  /** The transactions of `lane`. What a crash left there stays until `recover`. */
  constructor(heap: PmHeap, alloc: HeapAllocator, lane: number) {
    const base = LANES_OFFSET + lane * LANE_BYTES;
    const redo = new RedoLog(heap, base + REDO_OFFSET);
    this.#heap = heap;
    this.#alloc = alloc;
    this.#redo = redo;
    this.#lane = lane;
    this.#state = base + TX_OFFSET;
    this.#vectors = Array.from(
      { length: UNDO_TYPES },
      (_, type) =>
        new UndoVector(heap, alloc, redo, lane, base + TX_OFFSET + 8 + type * VECTOR_BYTES),
    );
  }

  /** How deep transactions are nested; 0 outside. */
  get depth(): number {
    return this.#depth;
  }

  /** Begins a transaction, or one nested in the one that runs. */
  begin(): void {
    assert(!this.#aborted, 'begin in an aborted transaction');
    if (this.#depth++ === 0) {
      this.#ranges.clear();
      this.#cacheSlot = 0;
    }
  }

  /** Ends the innermost transaction; the outermost one becomes durable, with all in it. */
  commit(): void {
    assert(this.#depth > 0, 'commit outside of a transaction');
    assert(!this.#aborted, 'commit of a transaction in which a nested one was aborted');
    if (--this.#depth > 0) return;
    this.#preCommit();
    this.#heap.at(UndoStep.changes).orderingFence();
    this.#heap.at(UndoStep.commitMark).storeWord(this.#state, TxState.COMMITTED);
    this.#heap.persist(this.#state, 8);
    this.#postCommit(false);
    this.#heap.storeWord(this.#state, TxState.NONE);
    this.#heap.writeBack(this.#state, 8);
    this.#heap.durabilityFence();
  }

  /**
   * Ends the innermost transaction without effect. If it is nested, the enclosing ones must be
   * aborted too; the outermost one rolls everything back.
   */
  abort(): void {
    assert(this.#depth > 0, 'abort outside of a transaction');
    this.#aborted = --this.#depth > 0;
    if (!this.#aborted) this.#heap.during(UndoStep.rollBack, () => this.#rollBack());
  }

  /**
   * Allocates an object of `bytes` with type number `type`; its contents are undefined. It is freed
   * again if the transaction does not commit. Returns its offset. Throws PoolFullError.
   */
  allocate(bytes: number, type: number): number {
    return this.#allocate(bytes, type, false);
  }

  /** As `allocate`, the contents zero. */
  allocateZeroed(bytes: number, type: number): number {
    return this.#allocate(bytes, type, true);
  }

  /** Frees `object` when the transaction commits, or now if the transaction itself allocated it. */
  free(object: number): void {
    assert(this.#depth > 0, 'free outside of a transaction');
    const undoEntry = this.#heap.loadWord(object + OOB_UNDO_ENTRY);
    if (undoEntry === 0) {
      const entry = this.#vectors[UndoType.FREE].push();
      this.#heap.storeWord(entry, object);
      this.#heap.persist(entry, 8);
      return;
    }
    assert(this.#ranges.remove(object), `object ${object} is not of this transaction`);
    this.#redo.set(undoEntry, SKIP_ENTRY);
    this.#alloc.free(this.#redo, this.#lane, object, undoEntry);
  }

  /** Logs what of [offset, offset + bytes) is not logged or new yet. Then it may be changed. */
  addRange(offset: number, bytes: number): void {
    assert(this.#depth > 0, 'addRange outside of a transaction');
    this.#ranges.addGaps(offset, bytes, (begin, gapBytes) => {
      if (gapBytes > CACHED_RANGE_BYTES_MAX) this.#logLarge(begin, gapBytes);
      else this.#logSmall(begin, gapBytes);
    });
  }

  /** Finishes an interrupted redo operation. Before anything else of a pool that is opened. */
  static recoverRedo(heap: PmHeap, lane: number): void {
    new RedoLog(heap, LANES_OFFSET + lane * LANE_BYTES + REDO_OFFSET).recover();
  }

  /**
   * Finishes or rolls back what a crash interrupted. Idempotent, and may itself be interrupted.
   * Throws PoolError if the state word is neither of the two.
   */
  recover(): void {
    const state = this.#heap.loadWord(this.#state);
    if (state === TxState.COMMITTED) {
      this.#postCommit(true);
      this.#heap.storeWord(this.#state, TxState.NONE);
      this.#heap.persist(this.#state, 8);
    } else if (state === TxState.NONE) {
      this.#heap.during(UndoStep.rollBack, () => this.#rollBack());
    } else {
      throw new PoolError(`lane ${this.#lane}: transaction state ${state}`);
    }
  }

  /**
   * Between transactions: adds the library's own objects (undo cache, vector arrays) to `objects`.
   * Throws PoolError if an undo vector is not empty or the state is not NONE.
   */
  collectInternal(objects: Set<number>): void {
    const vectors = this.#vectors;
    const empty = vectors[0].count + vectors[1].count + vectors[2].count === 0;
    const caches = vectors[UndoType.SET_CACHE];
    if (this.#heap.loadWord(this.#state) !== TxState.NONE || !empty || caches.count > 1) {
      throw new PoolError(`lane ${this.#lane}: a transaction was left unfinished`);
    }
    for (const vector of vectors) vector.collectArrays(objects);
    const cache = caches.value(0);
    if (cache === 0) return;
    objects.add(cache);
    for (let i = 0; i < RANGE_CACHE_BYTES; i++) {
      if (this.#heap.bytes[cache + i] !== 0) {
        throw new PoolError(`lane ${this.#lane}: the undo cache is not clear`);
      }
    }
  }

  /** What the constructor stores is not written back by it: pre-commit does that. */
  #allocate(bytes: number, type: number, zero: boolean): number {
    assert(this.#depth > 0, 'allocate outside of a transaction');
    const heap = this.#heap;
    const vector = this.#vectors[UndoType.ALLOC];
    const entry = vector.push();
    const allocated = this.#allocateInto(vector, entry, bytes, (object, usableBytes) => {
      heap.storeWord(object + OOB_TYPE, type);
      heap.storeWord(object + OOB_INTERNAL, 0);
      heap.storeWord(object + OOB_UNDO_ENTRY, entry);
      heap.fill(object - OOB_BYTES, 0, OOB_BYTES + OOB_UNDO_ENTRY);
      if (zero) heap.fill(object, 0, usableBytes);
    });
    this.#ranges.insert(allocated, this.#alloc.usableBytes(allocated) - OOB_BYTES);
    return allocated;
  }

  #allocateInto(
    vector: UndoVector,
    entry: number,
    bytes: number,
    construct: BlockConstructor,
  ): number {
    try {
      return this.#alloc.allocate(this.#redo, this.#lane, bytes, entry, construct);
    } catch (error) {
      vector.unpush();
      throw error;
    }
  }

  #markInternal(object: number): void {
    this.#heap.storeU64(object + OOB_INTERNAL, INTERNAL_OBJECT);
    this.#heap.writeBack(object + OOB_INTERNAL, 8);
  }

  #logLarge(begin: number, bytes: number): void {
    const heap = this.#heap;
    const vector = this.#vectors[UndoType.SET];
    this.#allocateInto(vector, vector.push(), RANGE_HEADER_BYTES + bytes, (object) => {
      this.#markInternal(object);
      heap.storeWord(object, begin);
      heap.storeWord(object + 8, bytes);
      heap.writeBack(object, RANGE_HEADER_BYTES);
      heap.touch(begin, bytes);
      const data = object + RANGE_HEADER_BYTES;
      heap.storeBytes(data, heap.bytes.subarray(begin, begin + bytes));
      heap.persist(data, bytes);
    });
  }

  #logSmall(begin: number, bytes: number): void {
    const heap = this.#heap;
    const slot = this.#freeCacheSlot();
    heap.touch(begin, bytes);
    heap.storeBytes(slot + RANGE_HEADER_BYTES, heap.bytes.subarray(begin, begin + bytes));
    heap.persist(slot + RANGE_HEADER_BYTES, bytes);
    // The slot counts once both words are not zero; they share a line, so size goes first.
    heap.storeWord(slot + 8, bytes);
    heap.storeWord(slot, begin);
    heap.persist(slot, RANGE_HEADER_BYTES);
  }

  #freeCacheSlot(): number {
    const vector = this.#vectors[UndoType.SET_CACHE];
    let cache = vector.last();
    if (cache === 0 || this.#cacheSlot === CACHED_RANGES_MAX) {
      cache = this.#allocateInto(vector, vector.push(), RANGE_CACHE_BYTES, (object) => {
        this.#markInternal(object);
        this.#heap.fill(object, 0, RANGE_CACHE_BYTES);
        this.#heap.persist(object, RANGE_CACHE_BYTES);
      });
      this.#cacheSlot = 0;
    }
    return cache + this.#cacheSlot++ * CACHED_RANGE_SLOT_BYTES;
  }

  /** Writes back every changed range and new object. */
  #preCommit(): void {
    const heap = this.#heap;
    const step = UndoStep.changes;
    this.#forEachRange((at) => heap.at(step).writeBack(heap.loadWord(at), heap.loadWord(at + 8)));
    const allocated = this.#vectors[UndoType.ALLOC];
    for (let i = 0; i < allocated.count; i++) {
      const object = allocated.value(i);
      if (object === SKIP_ENTRY) continue;
      heap.storeWord(object + OOB_UNDO_ENTRY, 0);
      heap.at(step).writeBack(object - OOB_BYTES, this.#alloc.usableBytes(object));
    }
  }

  #postCommit(recovering: boolean): void {
    this.#clearCache(recovering);
    this.#empty(UndoType.SET, true);
    this.#empty(UndoType.ALLOC, false);
    this.#empty(UndoType.FREE, true);
  }

  /** Keeps the first cache, zeroed as far as it was used; frees those after it. */
  #clearCache(recovering: boolean): void {
    const vector = this.#vectors[UndoType.SET_CACHE];
    const cache = vector.value(0);
    if (cache === 0) return;
    const whole = recovering || vector.count > 1;
    while (vector.count > 1) vector.popFreed();
    const bytes = whole ? RANGE_CACHE_BYTES : this.#cacheSlot * CACHED_RANGE_SLOT_BYTES;
    if (bytes > 0) this.#heap.at(UndoStep.clearCache).fill(cache, 0, bytes);
    this.#heap.persist(cache, bytes);
  }

  #rollBack(): void {
    const heap = this.#heap;
    this.#forEachRange((range) => {
      const begin = heap.loadWord(range);
      const bytes = heap.loadWord(range + 8);
      const data = range + RANGE_HEADER_BYTES;
      heap.storeBytes(begin, heap.bytes.subarray(data, data + bytes));
      heap.persist(begin, bytes);
    });
    this.#empty(UndoType.SET_CACHE, true);
    this.#empty(UndoType.SET, true);
    this.#empty(UndoType.ALLOC, true);
    this.#empty(UndoType.FREE, false);
    this.#cacheSlot = 0;
  }

  #empty(type: number, freeing: boolean): void {
    const vector = this.#vectors[type];
    while (vector.count > 0) {
      if (freeing && vector.last() !== SKIP_ENTRY) vector.popFreed();
      else vector.popCleared();
    }
  }

  /** Large ranges in the order of logging, then those in caches. */
  #forEachRange(visit: (range: number) => void): void {
    const large = this.#vectors[UndoType.SET];
    for (let i = 0; i < large.count; i++) visit(large.value(i));
    const caches = this.#vectors[UndoType.SET_CACHE];
    for (let i = 0; i < caches.count; i++) {
      const cache = caches.value(i);
      for (let slot = 0; slot < CACHED_RANGES_MAX; slot++) {
        const range = cache + slot * CACHED_RANGE_SLOT_BYTES;
        if (this.#heap.loadWord(range) === 0 || this.#heap.loadWord(range + 8) === 0) break;
        visit(range);
      }
    }
  }
}
