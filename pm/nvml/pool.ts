/**
 * A persistent pool with transactions: header, root object, a lane of transactions per thread, and
 * the allocator. Byte layout in layout.ts. `Pool.create` formats; `Pool.open` recovers what a crash
 * at any moment left: first the allocator's redo logs of all lanes, then the allocator's volatile
 * state, then every lane's transaction.
 */

import type { PmHeap } from '../heap.ts';
import { UnformattedError } from '../unformatted.ts';
import { ChunkMap } from './chunk-map.ts';
import { HeapAllocator } from './heap-alloc.ts';
import {
  LANE_BYTES,
  LANES_MAX,
  LANES_OFFSET,
  layoutOf,
  OOB_BYTES,
  OOB_TYPE,
  POOL_HEADER_WORDS,
  POOL_MAGIC,
  POOL_ROOT,
  POOL_UUID,
  PoolError,
  type PoolLayout,
  REDO_OFFSET,
} from './layout.ts';
import { RedoLog } from './redo-log.ts';
import { Transaction } from './transaction.ts';

/** Type number of the root object. */
const ROOT_TYPE = 0;

export class Pool {
  readonly heap: PmHeap;
  /** The transactions of each lane; a thread uses the one with its number. */
  readonly lanes: readonly Transaction[];
  readonly #alloc: HeapAllocator;
  readonly #layout: PoolLayout;

  private constructor(heap: PmHeap, layout: PoolLayout) {
    for (let lane = 0; lane < layout.lanes; lane++) Transaction.recoverRedo(heap, lane);
    const alloc = new HeapAllocator(heap, layout);
    this.heap = heap;
    this.#layout = layout;
    this.#alloc = alloc;
    this.lanes = Array.from(
      { length: layout.lanes },
      (_, lane) => new Transaction(heap, alloc, lane),
    );
    for (const lane of this.lanes) lane.recover();
  }

  /**
   * Formats `heap` (all zero) as a pool with so many lanes and a zeroed root object of `rootBytes`.
   * Throws RangeError if the heap is too small.
   */
  static create(heap: PmHeap, lanes: number, rootBytes: number): Pool {
    const layout = layoutOf(heap.sizeBytes, lanes);
    ChunkMap.format(heap, layout);
    const header = headerWords(layout, heap.sizeBytes);
    for (let i = 1; i < POOL_HEADER_WORDS; i++) heap.storeWord(i * 8, header[i]);
    heap.persist(0, POOL_HEADER_WORDS * 8);
    const pool = new Pool(heap, layout);
    pool.#createRoot(rootBytes);
    // The magic makes the pool one: a crash before this leaves nothing that `open` accepts.
    heap.storeWord(0, header[0]);
    heap.persist(0, 8);
    return pool;
  }

  /**
   * The pool in `heap`, recovered. Throws UnformattedError if `create` has not come to its end, and
   * PoolError if the pool is damaged.
   */
  static open(heap: PmHeap): Pool {
    if (heap.loadU64(0) === 0n) throw new UnformattedError('there is no pool: no magic number');
    const lanes = heap.loadWord(16);
    if (lanes < 1 || lanes > LANES_MAX) throw new PoolError(`pool header: ${lanes} lanes`);
    const layout = layoutOf(heap.sizeBytes, lanes);
    checkHeader(heap, layout);
    return new Pool(heap, layout);
  }

  /** Offset of the root object. */
  get root(): number {
    return this.heap.loadWord(POOL_ROOT);
  }

  /**
   * All objects of the program but the root, ascending, with their type numbers: what POBJ_FOREACH
   * gives. For programs that rebuild volatile state from what is allocated. Between transactions.
   */
  objects(): Map<number, number> {
    const internal = new Set<number>([this.root]);
    for (const lane of this.lanes) lane.collectInternal(internal);
    const objects = new Map<number, number>();
    for (const object of this.#alloc.objects()) {
      if (!internal.has(object)) objects.set(object, this.heap.loadWord(object + OOB_TYPE));
    }
    return objects;
  }

  /**
   * Between transactions: throws PoolError unless the header is intact, the undo logs are empty,
   * and the allocated objects are exactly `reachable`, each with the type number given there. These
   * are offsets that the program reaches from the root, which itself need not be among them.
   */
  check(reachable: ReadonlyMap<number, number>): void {
    checkHeader(this.heap, this.#layout);
    const internal = new Set<number>();
    for (const lane of this.lanes) lane.collectInternal(internal);
    const root = this.root;
    let expected = internal.size + 1;
    for (const object of reachable.keys()) if (object !== root && !internal.has(object)) expected++;
    const objects = this.#alloc.objects();
    for (const object of objects) {
      if (internal.has(object)) continue;
      const type = object === root ? ROOT_TYPE : reachable.get(object);
      if (type === undefined)
        throw new PoolError(`object at ${object} is allocated, not reachable`);
      this.#checkOutOfBand(object, type);
    }
    if (objects.length !== expected) {
      throw new PoolError(`${expected} objects are reachable, ${objects.length} allocated`);
    }
  }

  #checkOutOfBand(object: number, type: number): void {
    const heap = this.heap;
    let zero = true;
    for (let i = object - OOB_BYTES; i < object + OOB_TYPE; i++) zero &&= heap.bytes[i] === 0;
    if (!zero || heap.loadU64(object + OOB_TYPE) !== BigInt(type)) {
      throw new PoolError(`object at ${object}: its header is damaged or not of type ${type}`);
    }
  }

  #createRoot(rootBytes: number): void {
    const heap = this.heap;
    const redo = new RedoLog(heap, LANES_OFFSET + REDO_OFFSET);
    this.#alloc.allocate(redo, 0, rootBytes, POOL_ROOT, (object, usableBytes) => {
      heap.fill(object - OOB_BYTES, 0, OOB_BYTES + usableBytes);
      heap.persist(object - OOB_BYTES, OOB_BYTES + usableBytes);
    });
  }
}

/** The header: magic, format version, lanes, zone, chunks, size, id, and the sum of these. */
function headerWords(layout: PoolLayout, sizeBytes: number): number[] {
  const words = [POOL_MAGIC, 1, layout.lanes, layout.zone, layout.chunkCount, sizeBytes, POOL_UUID];
  let sum = LANE_BYTES;
  for (const word of words) sum = (sum * 31 + word) % 2 ** 40;
  return [...words, sum];
}

function checkHeader(heap: PmHeap, layout: PoolLayout): void {
  const header = headerWords(layout, heap.sizeBytes);
  for (let i = 0; i < POOL_HEADER_WORDS; i++) {
    if (heap.loadU64(i * 8) !== BigInt(header[i])) {
      throw new PoolError(`pool header: word ${i} is damaged, or this is no pool`);
    }
  }
}
