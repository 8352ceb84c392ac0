/**
 * The inode table (a file without a name, in 32 inodes a block), and the list of orphans. These are
 * inodes without a name that still have blocks, linked through the inodes themselves, so that a
 * mount after a crash can free what an unlink left. PMFS calls it the truncate list.
 */

import type { PmHeap } from '../../pm/heap.ts';
import type { BlockMap } from './blocks.ts';
import type { Journal, JournalTransaction } from './journal.ts';
import {
  BLOCK_BYTES,
  FIRST_FREE_INODE,
  INODE_BYTES,
  INODE_HEAD_BYTES,
  INODE_LOG_ENTRIES,
  INODE_LOGGED_BYTES,
  INODE_TABLE_INODE,
  INODES_PER_BLOCK,
  Inode,
  LOCK_INODE_TABLE,
  LOCK_ORPHANS,
} from './layout.ts';
import type { BlockTrees } from './tree.ts';

const LIST_HEAD = INODE_TABLE_INODE + Inode.TRUNCATE_NEXT;

/** The inode table of a mounted file system, and its orphans. */
export class InodeTable {
  readonly #heap: PmHeap;
  readonly #journal: Journal;
  readonly #trees: BlockTrees;
  readonly #blocks: BlockMap;
  /** Where the table's blocks are: kept in ordinary memory, as they are always in the cache. */
  readonly #tableBlocks: number[] = [];
  /** The orphan list, newest first, as PMFS keeps it in ordinary memory beside the one in PM. */
  readonly #orphans: number[] = [];
  #hint = FIRST_FREE_INODE;

  constructor(heap: PmHeap, journal: Journal, trees: BlockTrees, blocks: BlockMap) {
    this.#heap = heap;
    this.#journal = journal;
    this.#trees = trees;
    this.#blocks = blocks;
    const tableBlocks = heap.loadWord(INODE_TABLE_INODE + Inode.SIZE) / BLOCK_BYTES;
    for (let i = 0; i < tableBlocks; i++) {
      this.#tableBlocks.push(trees.find(INODE_TABLE_INODE, i));
    }
  }

  /** Inodes in the table, free ones included. */
  get count(): number {
    return this.#tableBlocks.length * INODES_PER_BLOCK;
  }

  /** Offset of inode `number`. */
  address(number: number): number {
    const block = this.#tableBlocks[Math.floor(number / INODES_PER_BLOCK)];
    if (block === undefined) throw new RangeError(`no inode ${number}`);
    return block + (number % INODES_PER_BLOCK) * INODE_BYTES;
  }

  /** True if the inode at `address` belongs to nobody. */
  isFree(address: number): boolean {
    const heap = this.#heap;
    // Who creates an inode passes over those of others, which these change under their own mutex.
    // An inode that has lost its last link is not free before its time of deletion is stored.
    if (heap.relaxed().loadU16(address + Inode.LINKS) !== 0) return false;
    if (heap.relaxed().loadU16(address + Inode.MODE) === 0) return true;
    return heap.relaxed().loadU32(address + Inode.DTIME) !== 0;
  }

  /** Takes a free inode, logs it and initialises it (one link, no blocks). Returns its number. */
  create(tx: JournalTransaction, mode: number, now: number): number {
    const heap = this.#heap;
    heap.lock(LOCK_INODE_TABLE);
    let number = this.#hint;
    while (number < this.count && !this.isFree(this.address(number))) number++;
    if (number === this.count) this.#grow();
    const inode = this.address(number);
    this.#journal.log(tx, inode, INODE_LOGGED_BYTES);
    heap.storeU8(inode + Inode.HEIGHT, 0);
    heap.storeU32(inode + Inode.FLAGS, 0);
    heap.storeU32(inode + Inode.DTIME, 0);
    this.#hint = number + 1 < this.count ? number + 1 : FIRST_FREE_INODE;
    heap.unlock(LOCK_INODE_TABLE);
    heap.storeWord(inode + Inode.ROOT, 0);
    heap.relaxed().storeU16(inode + Inode.MODE, mode);
    heap.storeU32(inode + Inode.UID, 0);
    heap.storeU32(inode + Inode.GID, 0);
    heap.relaxed().storeU16(inode + Inode.LINKS, 1);
    heap.storeWord(inode + Inode.SIZE, 0);
    heap.storeWord(inode + Inode.BLOCKS, 0);
    heap.storeU32(inode + Inode.ATIME, now);
    heap.storeU32(inode + Inode.CTIME, now);
    heap.storeU32(inode + Inode.MTIME, now);
    heap.storeU32(inode + Inode.GENERATION, heap.loadU32(inode + Inode.GENERATION) + 1);
    return number;
  }

  /** One more block for the table, in a transaction of its own. */
  #grow(): void {
    const heap = this.#heap;
    const tx = this.#journal.begin(INODE_LOG_ENTRIES);
    this.#journal.log(tx, INODE_TABLE_INODE, INODE_HEAD_BYTES);
    const index = this.#tableBlocks.length;
    this.#trees.allocate(tx, INODE_TABLE_INODE, index, 1, true);
    heap.storeWord(INODE_TABLE_INODE + Inode.SIZE, (index + 1) * BLOCK_BYTES);
    this.#journal.commit(tx);
    this.#tableBlocks.push(this.#trees.find(INODE_TABLE_INODE, index));
  }

  /**
   * Puts inode `number`, which is about to lose its last name, on the orphan list. Part of a
   * transaction, whose commit makes the list's head durable.
   */
  addOrphan(number: number): void {
    const heap = this.#heap;
    const inode = this.address(number);
    heap.lock(LOCK_ORPHANS);
    heap.storeWord(inode + Inode.TRUNCATE_NEXT, heap.loadWord(LIST_HEAD));
    heap.storeWord(inode + Inode.TRUNCATE_SIZE, heap.loadWord(inode + Inode.SIZE));
    heap.writeBack(inode + Inode.TRUNCATE_SIZE, 16);
    heap.orderingFence();
    heap.storeWord(LIST_HEAD, number);
    heap.writeBack(LIST_HEAD, 8);
    this.#orphans.unshift(number);
    heap.unlock(LOCK_ORPHANS);
  }

  /** Frees inode `number`, an orphan, and its blocks, and takes it off the list. */
  evict(number: number, now: number, durable: boolean): void {
    this.free(number, now);
    const heap = this.#heap;
    heap.lock(LOCK_ORPHANS);
    heap.orderingFence();
    const at = this.#orphans.indexOf(number);
    if (at < 0) throw new Error(`inode ${number} is not an orphan`);
    const next = heap.loadWord(this.address(number) + Inode.TRUNCATE_NEXT);
    const link = at === 0 ? LIST_HEAD : this.address(this.#orphans[at - 1]) + Inode.TRUNCATE_NEXT;
    heap.storeWord(link, next);
    heap.writeBack(link, 8);
    if (durable) heap.durabilityFence();
    else heap.orderingFence();
    this.#orphans.splice(at, 1);
    heap.unlock(LOCK_ORPHANS);
  }

  /** First the inode, in a transaction; its blocks may be reused only after that is durable. */
  free(number: number, now: number): void {
    const heap = this.#heap;
    const inode = this.address(number);
    heap.lock(LOCK_INODE_TABLE);
    const root = heap.loadWord(inode + Inode.ROOT);
    const height = heap.loadU8(inode + Inode.HEIGHT);
    const size = heap.loadWord(inode + Inode.SIZE);
    const tx = this.#journal.begin(INODE_LOG_ENTRIES);
    this.#journal.log(tx, inode, INODE_HEAD_BYTES);
    heap.storeWord(inode + Inode.ROOT, 0);
    heap.storeWord(inode + Inode.SIZE, 0);
    heap.storeU32(inode + Inode.DTIME, now);
    this.#journal.commit(tx);
    if (number < this.#hint) this.#hint = number;
    heap.unlock(LOCK_INODE_TABLE);
    const blocks = this.#trees.collect(root, height, Math.ceil(size / BLOCK_BYTES));
    if (blocks.length > 0) this.#blocks.free(blocks);
  }

  /**
   * At mount: frees inodes in use without a name, then empties the list. PMFS frees what is on the
   * list. Here the walk that finds the blocks in use has to visit every inode anyway, and on a replica
   * the head of the list, a line that all cores write, may be older than the rest.
   */
  recoverOrphans(now: number): void {
    const heap = this.#heap;
    for (let number = FIRST_FREE_INODE; number < this.count; number++) {
      const inode = this.address(number);
      const links = heap.loadU16(inode + Inode.LINKS);
      if (links === 0 && !this.isFree(inode)) this.free(number, now);
    }
    heap.orderingFence();
    heap.storeWord(LIST_HEAD, 0);
    heap.writeBack(LIST_HEAD, 8);
    heap.durabilityFence();
  }
}
