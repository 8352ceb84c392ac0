/**
 * Persistent allocation as in Mnemosyne's heap, which is Hoard (Berger et al., ASPLOS 2000) with
 * its block bitmaps in PM. A superblock of 16 KiB is cut into blocks of one size and owned by one
 * thread's heap. There is one bit for every 8 bytes, so that a block of 24 B is three bits and
 * three stores to one bitmap word. Free lists are in ordinary memory; blocks are handed out from
 * the top down.
 *
 * On media, a header of 288 B for each superblock, apart from the blocks (words of 8 B):
 *   block size | 32 words of bitmap | 2 words unused here | owner (thread + 1; 0: nobody)
 *
 * Crash safety. As in the original, bits are set by plain cached stores when a block is handed out,
 * and cleared after the transaction that freed it has committed. The caller writes those lines back
 * before the fence that makes the transaction's log durable, so a block that a committed
 * transaction refers to has its bits set in every crash image. The other way round a crash may
 * leave bits of blocks that nobody refers to; `reclaim` clears them at recovery, given the blocks
 * in use. (The original leaks them.)
 *
 * Not modelled: that an empty superblock changes hands or block size; blocks beyond 8 KiB, for
 * which Mnemosyne has a second allocator; the time that locks on superblocks take.
 */

import { strict as assert } from 'node:assert';
import type { PmHeap } from '../heap.ts';
import { LINE_SHIFT } from '../line.ts';
import { RedoFormatError } from './raw-log.ts';
import type { StampedIndex } from './stamped-index.ts';

export const SUPERBLOCK_BYTES = 16384;
export const SUPERBLOCK_HEADER_BYTES = 288;
const BLOCK_BYTES_MAX = 8192;

/** What keeps threads apart that allocate and free: Hoard's locks, which a trace does not have. */
const LOCKS = 'locks of superblocks';

const GRAIN_BYTES = 8;
const BITMAP = 8;
const BITMAP_HALVES = SUPERBLOCK_BYTES / GRAIN_BYTES / 32;
const OWNER = 280;

/**
 * Block sizes: every multiple of 8 up to 64 (the trace of a real program shows 16 and 24), then
 * four to a doubling. Assumption: the original's larger classes are spaced in a similar way.
 */
const BLOCK_CLASSES: readonly number[] = Object.freeze(blockClasses());

function blockClasses(): number[] {
  const sizes: number[] = [];
  for (let size = 8; size <= 64; size += 8) sizes.push(size);
  for (let base = 64; base < BLOCK_BYTES_MAX; base *= 2) {
    for (let quarter = 5; quarter <= 8; quarter++) sizes.push((base / 4) * quarter);
  }
  return sizes;
}

/** Throws RangeError beyond BLOCK_BYTES_MAX. */
function classFor(bytes: number): number {
  if (!(bytes >= 1 && bytes <= BLOCK_BYTES_MAX)) {
    throw new RangeError(`allocation of ${bytes} B: must be from 1 to ${BLOCK_BYTES_MAX}`);
  }
  if (bytes <= 64) return Math.ceil(bytes / 8) - 1;
  let index = 8;
  while (BLOCK_CLASSES[index] < bytes) index++;
  return index;
}

/** Where the superblocks of a heap lie. */
export interface SuperblockPlace {
  readonly headers: number;
  readonly blocks: number;
  readonly count: number;
}

export class Superblocks {
  readonly #heap: PmHeap;
  readonly #place: SuperblockPlace;
  readonly #blockBytes: Uint16Array;
  readonly #owners: Uint8Array;
  /** Copies of the bitmaps, 64 halves of words a superblock. */
  readonly #bits: Uint32Array;
  /** Per superblock, the indices of its free blocks (a stack), once asked for; how many there are. */
  readonly #free: (Uint16Array | undefined)[] = [];
  readonly #freeCount: Uint16Array;
  /** Per thread and class, the owned superblocks with free blocks; the last one serves. */
  readonly #partial: number[][];
  readonly #word = new Uint32Array(2);
  readonly #wordBytes = new Uint8Array(this.#word.buffer);
  #nextUnused = 0;
  #liveBlocks = 0;

  /** Over a heap where no superblock is in use, until `open` says otherwise. */
  constructor(heap: PmHeap, place: SuperblockPlace, threads: number) {
    this.#heap = heap;
    this.#place = place;
    this.#blockBytes = new Uint16Array(place.count);
    this.#owners = new Uint8Array(place.count);
    this.#bits = new Uint32Array(place.count * BITMAP_HALVES);
    this.#freeCount = new Uint16Array(place.count);
    this.#partial = Array.from({ length: threads * BLOCK_CLASSES.length }, () => []);
  }

  /** Blocks handed out and not freed. */
  get liveBlocks(): number {
    return this.#liveBlocks;
  }

  /**
   * A block of at least `bytes` from `thread`'s heap; its contents are whatever they were. Adds the
   * lines it stored to, not yet written back, to `dirty`. Throws RangeError when PM is used up.
   */
  alloc(thread: number, bytes: number, dirty: StampedIndex): number {
    this.#heap.enter(LOCKS);
    const sizeClass = classFor(bytes);
    const partial = this.#partial[thread * BLOCK_CLASSES.length + sizeClass];
    if (partial.length === 0) partial.push(this.#acquire(thread, sizeClass, dirty));
    const superblock = partial[partial.length - 1];
    const free = this.#freeOf(superblock);
    const left = --this.#freeCount[superblock];
    const block = free[left];
    if (left === 0) partial.pop();
    this.#markBlock(superblock, block, true, dirty);
    this.#liveBlocks++;
    this.#heap.leave(LOCKS);
    return this.#offsetOf(superblock, block);
  }

  /** Gives a block back to the heap of its owner. `dirty` as in `alloc`. */
  free(offset: number, dirty: StampedIndex): void {
    this.#heap.enter(LOCKS);
    const superblock = this.#superblockOf(offset);
    const block = (offset - this.#offsetOf(superblock, 0)) / this.#blockBytes[superblock];
    assert(Number.isInteger(block) && this.#isMarked(superblock, block), `free(${offset})`);
    const free = this.#freeOf(superblock);
    this.#markBlock(superblock, block, false, dirty);
    this.#liveBlocks--;
    const left = this.#freeCount[superblock]++;
    free[left] = block;
    if (left === 0) this.#partialOf(superblock).push(superblock);
    this.#heap.leave(LOCKS);
  }

  /**
   * After a crash: takes over what the headers say, given the blocks in use (`live`, each once),
   * and clears every other bit. What it stores is durable when it returns; running it again on any
   * image that a crash in between leaves has the same result. Throws RedoFormatError if a block in
   * use is not an allocated one.
   */
  reclaim(live: readonly number[]): void {
    this.#readHeaders();
    this.#free.length = 0;
    for (let superblock = 0; superblock < this.#place.count; superblock++) {
      this.#freeCount[superblock] = this.#blocksOf(superblock);
    }
    const used = new Uint32Array(this.#bits.length);
    for (const offset of live) this.#claim(offset, used);
    for (let superblock = 0; superblock < this.#place.count; superblock++) {
      this.#rewriteBitmap(superblock, used);
      if (this.#freeCount[superblock] > 0) this.#partialOf(superblock).push(superblock);
    }
    this.#liveBlocks = live.length;
    this.#heap.orderingFence();
  }

  #acquire(thread: number, sizeClass: number, dirty: StampedIndex): number {
    while (this.#blockBytes[this.#nextUnused] !== 0) {
      if (++this.#nextUnused >= this.#place.count) {
        throw new RangeError(
          `persistent heap used up: all ${this.#place.count} superblocks are taken`,
        );
      }
    }
    const superblock = this.#nextUnused;
    const header = this.#headerOf(superblock);
    this.#blockBytes[superblock] = BLOCK_CLASSES[sizeClass];
    this.#owners[superblock] = thread + 1;
    this.#heap.storeWord(header, BLOCK_CLASSES[sizeClass]);
    this.#heap.storeWord(header + OWNER, thread + 1);
    dirty.add(header >>> LINE_SHIFT);
    dirty.add((header + OWNER) >>> LINE_SHIFT);
    this.#freeCount[superblock] = this.#blocksOf(superblock);
    return superblock;
  }

  /** One load and one store of the bitmap word for every 8 B of the block, as in the original. */
  #markBlock(superblock: number, block: number, inUse: boolean, dirty: StampedIndex): void {
    const grains = this.#blockBytes[superblock] / GRAIN_BYTES;
    const last = (block + 1) * grains;
    for (let grain = block * grains; grain < last; grain++) {
      const half = superblock * BITMAP_HALVES + (grain >>> 5);
      const bit = 1 << (grain & 31);
      this.#bits[half] = inUse ? this.#bits[half] | bit : this.#bits[half] & ~bit;
      const offset = this.#headerOf(superblock) + BITMAP + (grain >>> 6) * 8;
      this.#heap.touch(offset, 8);
      this.#storeBits(offset, half & ~1);
      dirty.add(offset >>> LINE_SHIFT);
    }
  }

  #storeBits(offset: number, evenHalf: number): void {
    this.#word[0] = this.#bits[evenHalf];
    this.#word[1] = this.#bits[evenHalf + 1];
    this.#heap.storeBytes(offset, this.#wordBytes);
  }

  #isMarked(superblock: number, block: number): boolean {
    const grain = (block * this.#blockBytes[superblock]) / GRAIN_BYTES;
    return bitAt(this.#bits, superblock * BITMAP_HALVES, grain);
  }

  #headerOf(superblock: number): number {
    return this.#place.headers + superblock * SUPERBLOCK_HEADER_BYTES;
  }

  #offsetOf(superblock: number, block: number): number {
    return (
      this.#place.blocks + superblock * SUPERBLOCK_BYTES + block * this.#blockBytes[superblock]
    );
  }

  #superblockOf(offset: number): number {
    const superblock = Math.floor((offset - this.#place.blocks) / SUPERBLOCK_BYTES);
    assert(superblock >= 0 && superblock < this.#place.count, `no superblock holds ${offset}`);
    return superblock;
  }

  #partialOf(superblock: number): number[] {
    const owner = this.#owners[superblock] - 1;
    return this.#partial[owner * BLOCK_CLASSES.length + classFor(this.#blockBytes[superblock])];
  }

  /** How many blocks the superblock is cut into; none if it is unused. */
  #blocksOf(superblock: number): number {
    const blockBytes = this.#blockBytes[superblock];
    return blockBytes === 0 ? 0 : Math.floor(SUPERBLOCK_BYTES / blockBytes);
  }

  /**
   * The free blocks as a stack, the highest on top. It is made when it is needed: most of what is recovered
   * in a crash check never allocates.
   */
  #freeOf(superblock: number): Uint16Array {
    const known = this.#free[superblock];
    if (known !== undefined) return known;
    const blocks = this.#blocksOf(superblock);
    const free = new Uint16Array(blocks);
    let count = 0;
    for (let block = 0; block < blocks; block++) {
      if (!this.#isMarked(superblock, block)) free[count++] = block;
    }
    this.#free[superblock] = free;
    return free;
  }

  /** A header whose owner or size did not become durable has no block in use: it counts as unused. */
  #readHeaders(): void {
    const threads = this.#partial.length / BLOCK_CLASSES.length;
    for (let superblock = 0; superblock < this.#place.count; superblock++) {
      const header = this.#headerOf(superblock);
      const blockBytes = this.#heap.loadWord(header);
      const owner = this.#heap.loadWord(header + OWNER);
      const known = blockBytes === 0 || BLOCK_CLASSES.includes(blockBytes);
      if (!known || owner > threads) {
        throw new RedoFormatError(`superblock ${superblock}: ${blockBytes} B, owner ${owner}`);
      }
      const taken = blockBytes !== 0 && owner !== 0;
      this.#blockBytes[superblock] = taken ? blockBytes : 0;
      this.#owners[superblock] = taken ? owner : 0;
      for (let half = 0; half < BITMAP_HALVES; half++) {
        this.#bits[superblock * BITMAP_HALVES + half] = this.#heap.loadU32(
          header + BITMAP + half * 4,
        );
      }
    }
  }

  #claim(offset: number, used: Uint32Array): void {
    const superblock = Math.floor((offset - this.#place.blocks) / SUPERBLOCK_BYTES);
    const blockBytes = this.#blockBytes[superblock] ?? 0;
    const block = (offset - this.#offsetOf(superblock, 0)) / blockBytes;
    if (blockBytes === 0 || !Number.isInteger(block) || !this.#isMarked(superblock, block)) {
      throw new RedoFormatError(`the block at ${offset} is in use and not allocated`);
    }
    const grains = blockBytes / GRAIN_BYTES;
    const first = superblock * BITMAP_HALVES;
    for (let grain = block * grains; grain < (block + 1) * grains; grain++) {
      if (bitAt(used, first, grain)) throw new RedoFormatError(`two owners of block ${offset}`);
      used[first + (grain >>> 5)] |= 1 << (grain & 31);
    }
    this.#freeCount[superblock]--;
  }

  #rewriteBitmap(superblock: number, used: Uint32Array): void {
    const first = superblock * BITMAP_HALVES;
    for (let half = 0; half < BITMAP_HALVES; half += 2) {
      const at = first + half;
      if (this.#bits[at] === used[at] && this.#bits[at + 1] === used[at + 1]) continue;
      this.#bits[at] = used[at];
      this.#bits[at + 1] = used[at + 1];
      const offset = this.#headerOf(superblock) + BITMAP + half * 4;
      this.#storeBits(offset, at);
      this.#heap.writeBack(offset, 8);
    }
  }
}

function bitAt(bits: Uint32Array, first: number, grain: number): boolean {
  return ((bits[first + (grain >>> 5)] >>> (grain & 31)) & 1) === 1;
}
