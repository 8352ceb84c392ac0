/**
 * Directories: blocks of variable-length records that fill each block, as in ext2 and PMFS. A new
 * name goes into the slack of an existing record, whose length is logged first: until the commit,
 * undoing that one length makes the new record invisible. Removing a name adds its record to the one
 * before it, or clears the inode of a block's first record. Searches are linear, as in PMFS.
 *
 * Callers hold the directory's lock and have a transaction open.
 */

import type { PmHeap } from '../../pm/heap.ts';
import type { Journal, JournalTransaction } from './journal.ts';
import { BLOCK_BYTES, Entry, INODE_HEAD_BYTES, Inode, recordBytes } from './layout.ts';
import type { BlockTrees } from './tree.ts';

/** Where a name was found: its record, and the record before it in the block (0: it is the first). */
interface Found {
  record: number;
  previous: number;
}

/** The entries of directories, each given by the offset of its inode. */
export class Directories {
  readonly #heap: PmHeap;
  readonly #journal: Journal;
  readonly #trees: BlockTrees;
  readonly #encoder = new TextEncoder();
  readonly #found: Found = { record: 0, previous: 0 };

  constructor(heap: PmHeap, journal: Journal, trees: BlockTrees) {
    this.#heap = heap;
    this.#journal = journal;
    this.#trees = trees;
  }

  /** Number of the inode that `name` stands for in the directory at `dir`, or 0. */
  lookup(dir: number, name: string): number {
    return this.#search(dir, this.#encoder.encode(name))
      ? this.#heap.loadWord(this.#found.record + Entry.INODE)
      : 0;
  }

  /** Writes `.` and `..` into the first block of a directory that nothing refers to yet. */
  initialise(dir: number, self: number, parent: number): void {
    const heap = this.#heap;
    this.#trees.allocate(null, dir, 0, 1);
    const block = this.#trees.find(dir, 0);
    const first = recordBytes(1);
    this.#storeRecord(block, self, first, this.#encoder.encode('.'));
    this.#storeRecord(block + first, parent, BLOCK_BYTES - first, this.#encoder.encode('..'));
    heap.writeBack(block, first + recordBytes(2));
    heap.orderingFence();
  }

  /** Enters `name` for inode `number` into the directory at `dir`, which must not have it. */
  add(tx: JournalTransaction, dir: number, name: string, number: number, now: number): void {
    const heap = this.#heap;
    const encoded = this.#encoder.encode(name);
    const needed = recordBytes(encoded.length);
    this.#journal.log(tx, dir, INODE_HEAD_BYTES);
    const blocks = heap.loadWord(dir + Inode.SIZE) / BLOCK_BYTES;
    let record = 0;
    for (let i = 0; i < blocks && record === 0; i++) {
      record = this.#makeRoom(tx, this.#trees.find(dir, i), needed);
    }
    if (record === 0) {
      this.#trees.allocate(tx, dir, blocks, 1);
      heap.storeWord(dir + Inode.SIZE, (blocks + 1) * BLOCK_BYTES);
      // The block is new: undoing the directory's tree takes it away again.
      record = this.#trees.find(dir, blocks);
      heap.storeU16(record + Entry.RECORD_BYTES, BLOCK_BYTES);
    }
    heap.storeWord(record + Entry.INODE, number);
    heap.storeU8(record + Entry.NAME_BYTES, encoded.length);
    heap.storeBytes(record + Entry.NAME, encoded);
    heap.writeBack(record, needed);
    this.#touchTimes(dir, now);
  }

  /** Removes `name`, which must be there. */
  remove(tx: JournalTransaction, dir: number, name: string, now: number): void {
    const heap = this.#heap;
    if (!this.#search(dir, this.#encoder.encode(name))) throw new Error(`no entry '${name}'`);
    const { record, previous } = this.#found;
    if (previous !== 0) {
      const length = previous + Entry.RECORD_BYTES;
      this.#journal.log(tx, length, 2);
      heap.storeU16(length, heap.loadU16(length) + heap.loadU16(record + Entry.RECORD_BYTES));
    } else {
      this.#journal.log(tx, record + Entry.INODE, 8);
      heap.storeWord(record + Entry.INODE, 0);
    }
    this.#journal.log(tx, dir, INODE_HEAD_BYTES);
    this.#touchTimes(dir, now);
  }

  #touchTimes(dir: number, now: number): void {
    this.#heap.storeU32(dir + Inode.MTIME, now);
    this.#heap.storeU32(dir + Inode.CTIME, now);
  }

  /** A record of at least `needed` bytes in this block, its length stored and logged; 0 if none. */
  #makeRoom(tx: JournalTransaction, block: number, needed: number): number {
    const heap = this.#heap;
    for (let record = block; record <= block + BLOCK_BYTES - needed; ) {
      const length = heap.loadU16(record + Entry.RECORD_BYTES);
      if (heap.loadWord(record + Entry.INODE) !== 0) {
        const used = recordBytes(heap.loadU8(record + Entry.NAME_BYTES));
        if (length - used >= needed) {
          this.#journal.log(tx, record + Entry.RECORD_BYTES, 2);
          heap.storeU16(record + used + Entry.RECORD_BYTES, length - used);
          heap.storeU16(record + Entry.RECORD_BYTES, used);
          return record + used;
        }
      } else if (length >= needed) {
        this.#journal.log(tx, record + Entry.INODE, 8);
        return record;
      }
      record += length;
    }
    return 0;
  }

  /** Finds a name; the result is in #found. */
  #search(dir: number, name: Uint8Array): boolean {
    const heap = this.#heap;
    const blocks = heap.loadWord(dir + Inode.SIZE) / BLOCK_BYTES;
    for (let i = 0; i < blocks; i++) {
      const block = this.#trees.find(dir, i);
      let previous = 0;
      for (let record = block; record < block + BLOCK_BYTES; ) {
        if (heap.loadWord(record + Entry.INODE) !== 0 && this.#hasName(record, name)) {
          this.#found.record = record;
          this.#found.previous = previous;
          return true;
        }
        previous = record;
        record += heap.loadU16(record + Entry.RECORD_BYTES);
      }
    }
    return false;
  }

  #hasName(record: number, name: Uint8Array): boolean {
    const heap = this.#heap;
    if (heap.loadU8(record + Entry.NAME_BYTES) !== name.length) return false;
    const from = record + Entry.NAME;
    heap.touch(from, name.length);
    for (let i = 0; i < name.length; i++) if (heap.bytes[from + i] !== name[i]) return false;
    return true;
  }

  #storeRecord(record: number, number: number, length: number, name: Uint8Array): void {
    const heap = this.#heap;
    heap.storeWord(record + Entry.INODE, number);
    heap.storeU16(record + Entry.RECORD_BYTES, length);
    heap.storeU8(record + Entry.NAME_BYTES, name.length);
    heap.storeBytes(record + Entry.NAME, name);
  }
}
