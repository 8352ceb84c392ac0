/**
 * The persistent allocator of WHISPER's Echo (its clibpm, a C version of N-store's libpm, itself
 * after Intel's early pmemalloc): one pool of blocks, each behind a 64-byte header, found by
 * rotating first fit. Reserving splits a free block; activating makes the reservation permanent.
 *
 * Byte layout: headers ("clumps") tile the pool from `start` to a terminator with size 0 in the
 * last line of the heap. Word 0 of a header: size of header and data together, a multiple of 64,
 * plus the state in the low bits; word 1: size of the block before, which only coalescing on free
 * needs.
 *
 * Protocol of an allocation (4 epochs, 7 fences): new header of the rest | previous-size of the one
 * after | own size, RESERVED | the caller's flush of the data, two fences | activation's write-back
 * of the data | own size, ACTIVE |. Three epochs when the block is taken whole.
 *
 * Recovery differs: the original frees what is RESERVED and leaks what was activated and never
 * linked. Here the caller says what is reachable, and everything else becomes free.
 *
 * Not modelled: freeing while running (Echo's master store frees nothing), and the zeroing that the
 * name of the original's calloc promises (it does not zero).
 */

import type { PmHeap } from '../../pm/heap.ts';
import { VerifyError } from '../workload.ts';
import { flushRange, repairWord } from './layout.ts';

const HEADER_BYTES = 64;
const STATE_MASK = 63;

/** States of a block; values of the low bits of its first word. */
export const BlockState = { FREE: 0, RESERVED: 1, ACTIVE: 2 } as const;

/** Bytes of pool that an allocation of `bytes` takes, header included. */
export function blockBytes(bytes: number): number {
  return HEADER_BYTES + Math.max(HEADER_BYTES, Math.ceil(bytes / HEADER_BYTES) * HEADER_BYTES);
}

/** A block as found by a walk: offsets are those of the data, bytes without the header. */
export interface Block {
  readonly data: number;
  readonly bytes: number;
  readonly state: number;
}

/** The pool of blocks on a heap. */
export class ClumpPool {
  readonly #heap: PmHeap;
  readonly #start: number;
  readonly #lock: number;
  readonly #end: number;
  /** Where the next search begins. Volatile, as in the original. */
  #rover: number;

  /** A pool from `start` to the end of the heap. `lock` guards reserving among clients. */
  constructor(heap: PmHeap, start: number, lock: number) {
    this.#heap = heap;
    this.#start = start;
    this.#lock = lock;
    this.#end = heap.sizeBytes - HEADER_BYTES;
    this.#rover = start;
  }

  /** Makes one free block of an all-zero heap. */
  format(): void {
    this.#heap.storeWord(this.#start, this.#end - this.#start);
    this.#heap.storeWord(this.#end + 8, this.#end - this.#start);
    this.#heap.persist(this.#start, 8);
    this.#heap.persist(this.#end, 16);
  }

  /** Reserves and activates `bytes` bytes; the offset of the data, a multiple of 64. */
  allocate(bytes: number): number {
    const heap = this.#heap;
    heap.lockInAnyOrder(this.#lock);
    const header = this.#reserve(blockBytes(bytes));
    heap.unlock(this.#lock);
    const data = header + HEADER_BYTES;
    flushRange(heap, data, bytes);
    const size = heap.loadWord(header) - BlockState.RESERVED;
    heap.writeBack(data, size - HEADER_BYTES);
    heap.orderingFence();
    // Others read it in passing: as reserved or as active, it is not free.
    heap.relaxed().storeWord(header, size + BlockState.ACTIVE);
    heap.persist(header, HEADER_BYTES);
    return data;
  }

  #reserve(wanted: number): number {
    const first = this.#rover;
    for (let pass = 0; pass < 2; pass++) {
      let header = pass === 0 ? first : this.#start;
      while (header < this.#end) {
        const word = this.#heap.relaxed().loadWord(header);
        const size = word - (word & STATE_MASK);
        if (size >= wanted && (word & STATE_MASK) === BlockState.FREE) {
          this.#take(header, size, wanted);
          this.#rover = header;
          return header;
        }
        header += size;
      }
    }
    throw new Error(`echo's pool of ${this.#heap.sizeBytes} B has no block of ${wanted} B left`);
  }

  #take(header: number, size: number, wanted: number): void {
    const heap = this.#heap;
    const rest = size - wanted;
    if (rest >= 2 * HEADER_BYTES) {
      const restHeader = header + wanted;
      heap.storeWord(restHeader, rest + BlockState.FREE);
      heap.storeWord(restHeader + 8, wanted);
      heap.persist(restHeader, HEADER_BYTES);
      heap.storeWord(restHeader + rest + 8, rest);
      heap.persist(restHeader + rest, HEADER_BYTES);
      heap.storeWord(header, wanted + BlockState.RESERVED);
      heap.persist(header, HEADER_BYTES);
    } else {
      heap.storeWord(header, size + BlockState.RESERVED);
      heap.persist(header, HEADER_BYTES);
      heap.storeWord(header + size + 8, size);
      heap.persist(header + size, HEADER_BYTES);
    }
  }

  /** Bytes of data that the block at `data` holds (its allocation, rounded up). */
  capacityOf(data: number): number {
    const word = this.#heap.loadWord(data - HEADER_BYTES);
    return word - (word & STATE_MASK) - HEADER_BYTES;
  }

  /** All blocks in address order. Throws VerifyError where the chain of headers is broken. */
  walk(): Block[] {
    const blocks: Block[] = [];
    let header = this.#start;
    while (header < this.#end) {
      const word = this.#heap.loadWord(header);
      const state = word % (STATE_MASK + 1);
      const size = word - state;
      if (size < 2 * HEADER_BYTES || size > this.#end - header || state > BlockState.ACTIVE) {
        throw new VerifyError(`pool: header at ${header} says size ${size}, state ${state}`);
      }
      blocks.push({ data: header + HEADER_BYTES, bytes: size - HEADER_BYTES, state });
      header += size;
    }
    const last = this.#heap.loadWord(this.#end);
    if (last !== 0) throw new VerifyError(`pool: terminator at ${this.#end} holds ${last}`);
    return blocks;
  }

  /**
   * Checks that every header knows the size of the block before it. (Not so in a crash image: a
   * reservation may stop between its steps. `sweep` repairs it.)
   */
  checkBackLinks(): void {
    let before = 0;
    for (const { data, bytes } of this.walk()) {
      this.#checkBackLink(data - HEADER_BYTES, before);
      before = bytes + HEADER_BYTES;
    }
    this.#checkBackLink(this.#end, before);
  }

  #checkBackLink(header: number, expected: number): void {
    const found = this.#heap.loadWord(header + 8);
    if (found !== expected) {
      throw new VerifyError(
        `pool: header at ${header} says ${found} B before it, there are ${expected}`,
      );
    }
  }

  /**
   * Makes free, and coalesces, every block whose data offset is not in `reachable`. A run of such
   * blocks becomes one by a single atomic store to its first header, so this may stop anywhere and
   * be run again. Persistent. Returns how many blocks that were not free it freed.
   * Throws VerifyError if a block in `reachable` is not active.
   */
  sweep(reachable: ReadonlySet<number>): number {
    let freed = 0;
    let runStart = -1;
    const blocks = this.walk();
    for (const { data, state } of blocks) {
      const header = data - HEADER_BYTES;
      if (reachable.has(data)) {
        if (runStart >= 0) this.#makeFree(runStart, header);
        runStart = -1;
        // It was activated, durably, before anything led to it.
        if (state !== BlockState.ACTIVE) {
          throw new VerifyError(`pool: block at ${data} is in use and in state ${state}`);
        }
      } else {
        if (state !== BlockState.FREE) freed++;
        if (runStart < 0) runStart = header;
      }
    }
    if (runStart >= 0) this.#makeFree(runStart, this.#end);
    this.#repairBackLinks();
    this.#rover = this.#start;
    return freed;
  }

  #makeFree(from: number, to: number): void {
    repairWord(this.#heap, from, to - from + BlockState.FREE);
  }

  #repairBackLinks(): void {
    let before = 0;
    for (const { data, bytes } of this.walk()) {
      repairWord(this.#heap, data - HEADER_BYTES + 8, before);
      before = bytes + HEADER_BYTES;
    }
    repairWord(this.#heap, this.#end + 8, before);
  }
}
