/**
 * Block allocator: which blocks are free is known in ordinary memory only and found anew at every
 * mount by a walk over all inodes, as in PMFS; so allocating and freeing persist nothing, and no
 * crash can leak a block. First fit from the lowest block, as PMFS's list of used ranges gives.
 *
 * The lock is PMFS's superblock lock. Nothing is persisted under it; it is taken because it is what
 * orders one thread's reuse of a block after the commit with which another thread freed it.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { BLOCK_BYTES, LOCK_BLOCKS } from './layout.ts';

/** Which blocks are free. Offsets are of blocks, in bytes. */
export class BlockMap {
  readonly #heap: PmHeap;
  readonly #used: Uint8Array;
  #lowestFree: number;
  #free: number;

  /** All blocks from `firstBlock` on are free. */
  constructor(heap: PmHeap, firstBlock: number) {
    this.#heap = heap;
    this.#used = new Uint8Array(Math.floor(heap.sizeBytes / BLOCK_BYTES));
    this.#used.fill(1, 0, firstBlock);
    this.#lowestFree = firstBlock;
    this.#free = this.#used.length - firstBlock;
  }

  get freeBlocks(): number {
    return this.#free;
  }

  /** True if the block at `offset` is in use. */
  isUsed(offset: number): boolean {
    return this.#used[offset / BLOCK_BYTES] === 1;
  }

  /** Offset of a block that was free. Throws RangeError when none is left. */
  allocate(): number {
    this.#heap.lock(LOCK_BLOCKS);
    const used = this.#used;
    let block = this.#lowestFree;
    while (block < used.length && used[block] === 1) block++;
    if (block === used.length) {
      throw new RangeError(`file system of ${used.length} blocks is full: give it a larger heap`);
    }
    used[block] = 1;
    this.#heap.dram(`block ${block}`, true);
    this.#lowestFree = block + 1;
    this.#free--;
    this.#heap.unlock(LOCK_BLOCKS);
    return block * BLOCK_BYTES;
  }

  /** Frees the blocks at `offsets`, which must be in use. */
  free(offsets: readonly number[]): void {
    this.#heap.lock(LOCK_BLOCKS);
    for (const offset of offsets) {
      const block = offset / BLOCK_BYTES;
      if (this.#used[block] !== 1) throw new Error(`block ${block} freed twice`);
      this.#used[block] = 0;
      this.#heap.dram(`block ${block}`, true);
      this.#free++;
      if (block < this.#lowestFree) this.#lowestFree = block;
    }
    this.#heap.unlock(LOCK_BLOCKS);
  }

  /** At mount: the block at `offset` is in use. False if that was known, or it is out of range. */
  claim(offset: number): boolean {
    const block = offset / BLOCK_BYTES;
    if (!Number.isInteger(block) || block >= this.#used.length || this.#used[block] === 1) {
      return false;
    }
    this.#used[block] = 1;
    this.#free--;
    return true;
  }
}
