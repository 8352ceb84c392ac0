/**
 * The crash-safe allocator of a pool, after palloc of NVML 1.1 (pmalloc.c, heap.c). An allocation
 * writes the block's header and lets a constructor fill it while the block is still free for
 * recovery. Then one redo operation sets the bitmap bits and the word that receives the offset, so
 * an object is never allocated without someone knowing it. A free is one such operation.
 *
 * Epochs of an allocation: header | constructed data, redo entries | FINISH | bitmap, destination |
 * clear |. A new run costs three more (block size | bitmap | chunk type) and two if the chunk is cut
 * from a larger one.
 *
 * As in WHISPER's copy of the library, an empty run stays a run: the test that would turn it back
 * into a chunk is never true there. Unlike the original, chunk footers are not stored (it stores them
 * without ever flushing them, to find neighbours; here neighbours are found in ordinary memory).
 */

import assert from 'node:assert/strict';
import type { PmHeap } from '../heap.ts';
import { ChunkMap } from './chunk-map.ts';
import { FreeBlocks } from './free-blocks.ts';
import {
  ALLOC_HEADER_BYTES,
  CHUNK_BYTES,
  ChunkType,
  OBJECT_HEADER_BYTES,
  PoolError,
  type PoolLayout,
  RUN_BITMAP,
  RUN_BITMAP_BYTES,
  RUN_DATA,
  RUN_DATA_BYTES,
  RUN_OWNER,
} from './layout.ts';
import type { RedoLog } from './redo-log.ts';
import { SIZE_CLASSES, sizeClassOf, UNITS_MAX } from './size-classes.ts';
import { UndoStep } from './steps.ts';

/** The pool has no room for an allocation: the heap was made too small for the run. */
export class PoolFullError extends Error {
  override readonly name = 'PoolFullError';
}

/**
 * Fills a new block before it is allocated; may store and persist. `object`: offset of the user's
 * data, of which there are `usableBytes`.
 */
export type BlockConstructor = (object: number, usableBytes: number) => void;

const UNOWNED = -1;

export class HeapAllocator {
  readonly #heap: PmHeap;
  readonly #layout: PoolLayout;
  readonly #chunkMap: ChunkMap;
  readonly #runClass: Int16Array;
  readonly #runOwner: Int16Array;
  /** Runs of a class that nobody allocates from yet; taken from the end. */
  readonly #activeRuns: number[][] = SIZE_CLASSES.blockBytes.map(() => []);
  /** Per class and owner; made when first needed. */
  readonly #freeBlocks: FreeBlocks[][] = SIZE_CLASSES.blockBytes.map(() => []);
  readonly #bitmapOf = (chunk: number): number => this.#chunk(chunk) + RUN_BITMAP;

  /**
   * The allocator of a formatted pool, its volatile state rebuilt from chunk headers. Every redo log
   * of the pool must have been recovered. Throws PoolError if the chunk headers are damaged.
   */
  constructor(heap: PmHeap, layout: PoolLayout) {
    this.#heap = heap;
    this.#layout = layout;
    this.#runClass = new Int16Array(layout.chunkCount).fill(-1);
    this.#runOwner = new Int16Array(layout.chunkCount).fill(UNOWNED);
    this.#chunkMap = new ChunkMap(heap, layout);
    for (const run of this.#chunkMap.load()) this.#registerRun(run);
  }

  /**
   * Allocates `bytes` of user data for `owner` (a lane) and stores the object's offset in the word at
   * `destination`, all or nothing. Returns the offset. Throws PoolFullError.
   */
  allocate(
    redo: RedoLog,
    owner: number,
    bytes: number,
    destination: number,
    construct: BlockConstructor,
  ): number {
    const total = bytes + OBJECT_HEADER_BYTES;
    const index = sizeClassOf(total);
    if (index < 0) return this.#allocateChunks(redo, total, destination, construct);
    const unitBytes = SIZE_CLASSES.blockBytes[index];
    const units = Math.ceil(total / unitBytes);
    const found = this.#findBlock(index, owner, units);
    const chunk = Math.floor(found / 4096);
    const unit = found % 4096;
    const run = this.#chunk(chunk);
    this.#heap.touch(run, 8);
    const block = run + RUN_DATA + unit * unitBytes;
    const object = this.#prepare(block, chunk, units * unitBytes, construct);
    redo.or(run + RUN_BITMAP + (unit >>> 6) * 8, unit & 63, units);
    redo.set(destination, object);
    redo.process(UndoStep.allocate);
    this.#noteGroup(chunk, unit);
    return object;
  }

  /**
   * Frees `object` and clears the word at `destination` (or gives it the value already set in
   * `redo`), all or nothing. `owner` is the lane that frees.
   */
  free(redo: RedoLog, owner: number, object: number, destination: number): void {
    const block = object - OBJECT_HEADER_BYTES;
    const chunk = this.#heap.loadU32(block + 4);
    const bytes = this.#heap.loadWord(block + 8);
    if (this.#chunkMap.typeOf(chunk) !== ChunkType.RUN) {
      this.#chunkMap.free(chunk, bytes / CHUNK_BYTES, redo);
      redo.set(destination, 0);
      redo.process(UndoStep.free);
      return;
    }
    if (this.#runOwner[chunk] === UNOWNED) this.#claimRun(chunk, owner);
    const run = this.#chunk(chunk);
    const unitBytes = this.#heap.loadWord(run);
    const unit = (block - run - RUN_DATA) / unitBytes;
    const units = bytes / unitBytes;
    assert(this.#isAllocated(run, unit), `double free of the object at ${object}`);
    redo.clear(run + RUN_BITMAP + (unit >>> 6) * 8, unit & 63, units);
    redo.set(destination, 0);
    redo.process(UndoStep.free);
    this.#noteGroup(chunk, unit);
  }

  /** Bytes of user data and out-of-band header that `object` has. */
  usableBytes(object: number): number {
    return this.#heap.loadWord(object - OBJECT_HEADER_BYTES + 8) - ALLOC_HEADER_BYTES;
  }

  /**
   * Offsets of all allocated objects, ascending. Throws PoolError where bitmaps, chunk headers and
   * allocation headers contradict each other. For checks: reads without reporting loads.
   */
  objects(): number[] {
    const objects: number[] = [];
    for (const extent of this.#chunkMap.extents()) {
      if (extent.type === ChunkType.RUN) this.#collectRun(extent.chunk, objects);
      if (extent.type === ChunkType.USED) {
        const block = this.#chunk(extent.chunk);
        this.#checkHeader(block, extent.chunk, extent.chunks * CHUNK_BYTES);
        objects.push(block + OBJECT_HEADER_BYTES);
      }
    }
    return objects;
  }

  #chunk(chunk: number): number {
    return this.#layout.chunks + chunk * CHUNK_BYTES;
  }

  #blocksOf(index: number, owner: number): FreeBlocks {
    const existing = this.#freeBlocks[index][owner];
    if (existing !== undefined) return existing;
    const made = new FreeBlocks(this.#heap.bytes, this.#bitmapOf);
    this.#freeBlocks[index][owner] = made;
    return made;
  }

  #allocateChunks(
    redo: RedoLog,
    total: number,
    destination: number,
    construct: BlockConstructor,
  ): number {
    const chunks = Math.ceil(total / CHUNK_BYTES);
    const chunk = this.#chunkMap.take(chunks);
    if (chunk < 0) throw this.#full(total);
    const block = this.#chunk(chunk);
    const object = this.#prepare(block, chunk, chunks * CHUNK_BYTES, construct);
    this.#chunkMap.markUsed(chunk, chunks, redo);
    redo.set(destination, object);
    redo.process(UndoStep.allocate);
    return object;
  }

  /** Writes the allocation header, persists it, and constructs. */
  #prepare(block: number, chunk: number, bytes: number, construct: BlockConstructor): number {
    const heap = this.#heap;
    heap.storeU32(block + 4, chunk);
    heap.storeWord(block + 8, bytes);
    heap.storeU32(block, 0);
    heap.persist(block, ALLOC_HEADER_BYTES);
    const object = block + OBJECT_HEADER_BYTES;
    construct(object, bytes - OBJECT_HEADER_BYTES);
    return object;
  }

  #findBlock(index: number, owner: number, units: number): number {
    const own = this.#blocksOf(index, owner);
    for (;;) {
      const found = own.find(units);
      if (found >= 0) return found;
      if (this.#claimActiveRun(index, owner)) continue;
      const chunk = this.#chunkMap.take(1);
      if (chunk < 0) break;
      this.#initRun(chunk, index, owner);
    }
    // Out of chunks: take from what other threads hold.
    for (let other = 0; other < this.#layout.lanes; other++) {
      const found = this.#blocksOf(index, other).find(units);
      if (found >= 0) return found;
    }
    throw this.#full(units * SIZE_CLASSES.blockBytes[index]);
  }

  #full(bytes: number): PoolFullError {
    return new PoolFullError(
      `no room for ${bytes} B in a pool of ${this.#heap.sizeBytes} B: give the heap more bytes`,
    );
  }

  #initRun(chunk: number, index: number, owner: number): void {
    const heap = this.#heap;
    const run = this.#chunk(chunk);
    const units = Math.floor(RUN_DATA_BYTES / SIZE_CLASSES.blockBytes[index]);
    const words = Math.ceil(units / 64);
    heap.storeWord(run + RUN_OWNER, owner + 1);
    heap.storeWord(run, SIZE_CLASSES.blockBytes[index]);
    heap.persist(run, 8);
    heap.fill(run + RUN_BITMAP, 0xff, RUN_BITMAP_BYTES);
    heap.fill(run + RUN_BITMAP, 0, (words - 1) * 8);
    const unusedFrom = BigInt(units - (words - 1) * 64);
    heap.storeU64(run + RUN_BITMAP + (words - 1) * 8, BigInt.asUintN(64, -1n << unusedFrom));
    heap.persist(run + RUN_BITMAP, RUN_BITMAP_BYTES);
    this.#chunkMap.markRun(chunk);
    this.#runClass[chunk] = index;
    this.#claimRun(chunk, owner);
  }

  #registerRun(chunk: number): void {
    const blockBytes = this.#heap.loadWord(this.#chunk(chunk));
    const index = SIZE_CLASSES.blockBytes.indexOf(blockBytes);
    if (index < 0)
      throw new PoolError(`run in chunk ${chunk}: no class has ${blockBytes} B blocks`);
    this.#runClass[chunk] = index;
    this.#activeRuns[index].push(chunk);
  }

  #claimActiveRun(index: number, owner: number): boolean {
    for (;;) {
      const chunk = this.#activeRuns[index].pop();
      if (chunk === undefined) return false;
      // A free may have claimed it already.
      if (this.#runOwner[chunk] !== UNOWNED) continue;
      this.#heap.storeWord(this.#chunk(chunk) + RUN_OWNER, owner + 1);
      this.#claimRun(chunk, owner);
      return true;
    }
  }

  #claimRun(chunk: number, owner: number): void {
    this.#runOwner[chunk] = owner;
    this.#heap.touch(this.#chunk(chunk) + RUN_BITMAP, RUN_BITMAP_BYTES);
    const free = this.#blocksOf(this.#runClass[chunk], owner);
    for (let group = 0; group < RUN_BITMAP_BYTES; group++) free.note(chunk, group);
  }

  #noteGroup(chunk: number, unit: number): void {
    const free = this.#blocksOf(this.#runClass[chunk], this.#runOwner[chunk]);
    free.note(chunk, Math.floor(unit / UNITS_MAX));
  }

  #isAllocated(run: number, unit: number): boolean {
    return ((this.#heap.bytes[run + RUN_BITMAP + (unit >>> 3)] >> (unit & 7)) & 1) === 1;
  }

  #collectRun(chunk: number, objects: number[]): void {
    const run = this.#chunk(chunk);
    const unitBytes = SIZE_CLASSES.blockBytes[this.#runClass[chunk]];
    if (word(this.#heap, run) !== unitBytes) {
      throw new PoolError(`run in chunk ${chunk}: block size is not ${unitBytes}`);
    }
    const count = Math.floor(RUN_DATA_BYTES / unitBytes);
    const bitmap = this.#heap.bytes.subarray(run + RUN_BITMAP, run + RUN_BITMAP + RUN_BITMAP_BYTES);
    for (let unit = count; unit < RUN_BITMAP_BYTES * 8; unit++) {
      if (unit % 8 === 0 && bitmap[unit >>> 3] === 0xff) unit += 7;
      else if (!this.#isAllocated(run, unit)) {
        throw new PoolError(`run in chunk ${chunk}: unusable unit ${unit} is free`);
      }
    }
    for (let unit = 0; unit < count; ) {
      if (!this.#isAllocated(run, unit)) {
        // Most of a run is free: eight units at a time.
        unit += unit % 8 === 0 && bitmap[unit >>> 3] === 0 ? 8 : 1;
        continue;
      }
      const block = run + RUN_DATA + unit * unitBytes;
      const units = word(this.#heap, block + 8) / unitBytes;
      const inGroup = (unit % UNITS_MAX) + units <= UNITS_MAX;
      if (!Number.isInteger(units) || units < 1 || !inGroup || unit + units > count) {
        throw new PoolError(`object at ${block + OBJECT_HEADER_BYTES}: its size is damaged`);
      }
      this.#checkHeader(block, chunk, units * unitBytes);
      for (let i = 1; i < units; i++) {
        if (!this.#isAllocated(run, unit + i)) {
          throw new PoolError(`object at ${block + OBJECT_HEADER_BYTES}: partly free`);
        }
      }
      objects.push(block + OBJECT_HEADER_BYTES);
      unit += units;
    }
  }

  #checkHeader(block: number, chunk: number, bytes: number): void {
    const matches = word(this.#heap, block) === chunk * 2 ** 32;
    if (!matches || word(this.#heap, block + 8) !== bytes) {
      throw new PoolError(`object at ${block + OBJECT_HEADER_BYTES}: allocation header is damaged`);
    }
  }
}

/** The word at `offset`, not reported; NaN if it exceeds 2^53 - 1, which equals nothing. */
function word(heap: PmHeap, offset: number): number {
  let value = 0;
  for (let i = 7; i >= 0; i--) value = value * 256 + heap.bytes[offset + i];
  return Number.isSafeInteger(value) ? value : Number.NaN;
}
