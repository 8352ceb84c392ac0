/**
 * File data: non-temporal stores, a fence after each page as the kernel's copy has, metadata after
 * data. A write into one block that exists needs no transaction; any other logs the inode, allocates,
 * copies, and commits. Overwritten data is not protected: after a crash a page in flight may be new
 * in part, at 8-byte granularity, as in PMFS. What an append wrote is invisible until the size is.
 *
 * Not modelled: the cached stores that the kernel's copy uses for the unaligned first and last bytes.
 */

import type { PmHeap } from '../../pm/heap.ts';
import type { Journal, JournalTransaction } from './journal.ts';
import {
  BLOCK_BYTES,
  INODE_HEAD_BYTES,
  INODE_LOG_ENTRIES,
  Inode,
  TREE_LOG_ENTRIES_MAX,
} from './layout.ts';
import type { BlockTrees } from './tree.ts';

const ZEROES = new Uint8Array(BLOCK_BYTES);
/** Pointers that one log entry holds. */
const POINTERS_PER_ENTRY = 6;

/** The data of files, each given by the offset of its inode. */
export class FileData {
  readonly #heap: PmHeap;
  readonly #journal: Journal;
  readonly #trees: BlockTrees;

  constructor(heap: PmHeap, journal: Journal, trees: BlockTrees) {
    this.#heap = heap;
    this.#journal = journal;
    this.#trees = trees;
  }

  /** Writes at `position`, at most the file's size. With `durable` it ends with that fence. */
  write(inode: number, position: number, source: Uint8Array, now: number, durable: boolean): void {
    const size = this.#heap.loadWord(inode + Inode.SIZE);
    if (position > size) throw new RangeError(`write at ${position} in a file of ${size} B`);
    const end = position + source.length;
    const first = Math.floor(position / BLOCK_BYTES);
    const last = Math.floor((end - 1) / BLOCK_BYTES);
    const block = this.#trees.find(inode, first);
    if (block !== 0 && first === last) {
      const target = block + (position % BLOCK_BYTES);
      this.#writeInPlace(inode, target, source, end > size ? end : 0, now);
      if (durable) this.#heap.durabilityFence();
      return;
    }
    const blocks = last - first + 1;
    const treeEntries = Math.min(Math.floor(blocks / POINTERS_PER_ENTRY) + 2, TREE_LOG_ENTRIES_MAX);
    const tx = this.#journal.begin(INODE_LOG_ENTRIES + treeEntries);
    this.#writeLogged(tx, inode, position, source, size, now);
    this.#journal.commit(tx);
  }

  /** `newSize` 0: the file keeps its size. Leaves the inode's line unfenced. */
  #writeInPlace(
    inode: number,
    target: number,
    source: Uint8Array,
    newSize: number,
    now: number,
  ): void {
    const heap = this.#heap;
    heap.ntStoreBytes(target, source);
    heap.orderingFence();
    if (newSize > 0) {
      // PMFS's own barrier, behind that of the copy: the data before the size.
      heap.orderingFence();
      heap.storeWord(inode + Inode.SIZE, newSize);
    }
    this.#storeTimes(inode, now);
    heap.writeBack(inode, 1);
  }

  #writeLogged(
    tx: JournalTransaction,
    inode: number,
    position: number,
    source: Uint8Array,
    size: number,
    now: number,
  ): void {
    const heap = this.#heap;
    this.#journal.log(tx, inode, INODE_HEAD_BYTES);
    this.#storeTimes(inode, now);
    const end = position + source.length;
    const first = Math.floor(position / BLOCK_BYTES);
    const last = Math.floor((end - 1) / BLOCK_BYTES);
    const lastIsNew = end % BLOCK_BYTES !== 0 && this.#trees.find(inode, last) === 0;
    this.#trees.allocate(tx, inode, first, last - first + 1);
    if (lastIsNew) {
      // The rest of a new last block is cleared, from the 8-byte word in which the data ends.
      const from = (end % BLOCK_BYTES) & ~7;
      const target = this.#trees.find(inode, last) + from;
      heap.ntStoreBytes(target, ZEROES.subarray(from));
    }
    for (let done = 0; done < source.length; ) {
      const at = position + done;
      const offset = at % BLOCK_BYTES;
      const bytes = Math.min(BLOCK_BYTES - offset, source.length - done);
      const block = this.#trees.find(inode, Math.floor(at / BLOCK_BYTES));
      heap.ntStoreBytes(block + offset, source.subarray(done, done + bytes));
      heap.orderingFence();
      done += bytes;
    }
    if (end > size) heap.storeWord(inode + Inode.SIZE, end);
  }

  #storeTimes(inode: number, now: number): void {
    this.#heap.storeU32(inode + Inode.CTIME, now);
    this.#heap.storeU32(inode + Inode.MTIME, now);
  }

  /** Loads [position, position + bytes), which must lie in the file, into `target` if given. */
  read(inode: number, position: number, bytes: number, target: Uint8Array | null): void {
    const heap = this.#heap;
    const size = heap.loadWord(inode + Inode.SIZE);
    if (position + bytes > size) throw new RangeError(`read past the end of a file of ${size} B`);
    for (let done = 0; done < bytes; ) {
      const at = position + done;
      const offset = at % BLOCK_BYTES;
      const count = Math.min(BLOCK_BYTES - offset, bytes - done);
      const from = this.#trees.find(inode, Math.floor(at / BLOCK_BYTES)) + offset;
      heap.touch(from, count);
      if (target !== null) target.set(heap.bytes.subarray(from, from + count), done);
      done += count;
    }
  }

  /**
   * Linux's `relatime`: the access time changes only when it is not newer than the last change. Left
   * unfenced unless `durable`.
   */
  touchAccessTime(inode: number, now: number, durable: boolean): void {
    const heap = this.#heap;
    const accessed = heap.loadU32(inode + Inode.ATIME);
    const changed = Math.max(heap.loadU32(inode + Inode.MTIME), heap.loadU32(inode + Inode.CTIME));
    if (accessed > changed) return;
    heap.storeU32(inode + Inode.ATIME, now);
    heap.writeBack(inode + Inode.ATIME, 4);
    if (durable) heap.durabilityFence();
  }
}
