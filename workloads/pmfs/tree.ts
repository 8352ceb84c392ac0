/**
 * The block tree of an inode: a radix tree of 4 KiB nodes of 512 pointers, as high as the file's
 * size needs (height 0: the root is the one data block). As in PMFS, new nodes are cleared with
 * non-temporal stores and need no logging; pointers put into an existing node are logged first.
 */

import type { PmHeap } from '../../pm/heap.ts';
import type { BlockMap } from './blocks.ts';
import type { Journal, JournalTransaction } from './journal.ts';
import { BLOCK_BYTES, HEIGHT_MAX, Inode, NODE_SHIFT } from './layout.ts';

const ZEROES = new Uint8Array(BLOCK_BYTES);

/** The block trees of inodes, each given by its offset. */
export class BlockTrees {
  readonly #heap: PmHeap;
  readonly #blocks: BlockMap;
  readonly #journal: Journal;

  constructor(heap: PmHeap, blocks: BlockMap, journal: Journal) {
    this.#heap = heap;
    this.#blocks = blocks;
    this.#journal = journal;
  }

  /** Offset of data block `index` of the inode at `inode`, or 0 where there is none. */
  find(inode: number, index: number): number {
    const heap = this.#heap;
    let height = heap.loadU8(inode + Inode.HEIGHT);
    if (index >= 2 ** (NODE_SHIFT * height)) return 0;
    let block = heap.loadWord(inode + Inode.ROOT);
    while (height > 0 && block !== 0) {
      height--;
      const slot = (index >>> (NODE_SHIFT * height)) & ((1 << NODE_SHIFT) - 1);
      block = heap.loadWord(block + slot * 8);
    }
    return block;
  }

  /**
   * Gives the inode at `inode`, whose head has been logged, data blocks `first` to
   * `first + count - 1` where it has none. Contents of new data blocks are undefined, or zero when
   * `zero`. `tx` is null only for an inode that nothing refers to yet.
   */
  allocate(
    tx: JournalTransaction | null,
    inode: number,
    first: number,
    count: number,
    zero = false,
  ): void {
    const heap = this.#heap;
    const last = first + count - 1;
    const height = heap.loadU8(inode + Inode.HEIGHT);
    let needed = height;
    while (last >= 2 ** (NODE_SHIFT * needed)) needed++;
    if (needed > HEIGHT_MAX) throw new RangeError(`file of ${last + 1} blocks is too large`);
    const isNew = heap.loadWord(inode + Inode.ROOT) === 0;
    if (needed === 0) {
      if (!isNew) return;
      heap.storeWord(inode + Inode.ROOT, this.#newDataBlock(inode, zero));
      heap.storeU8(inode + Inode.HEIGHT, 0);
      return;
    }
    if (needed > height) this.#raise(inode, height, needed);
    const root = heap.loadWord(inode + Inode.ROOT);
    this.#fill(tx, inode, root, needed, first, last, isNew, zero);
  }

  /** All blocks that the tree uses, nodes included. `dataBlocks` bounds the search. */
  collect(root: number, height: number, dataBlocks: number): number[] {
    const found: number[] = [];
    if (root !== 0) this.#collect(root, height, dataBlocks, found);
    return found;
  }

  #collect(block: number, height: number, dataBlocks: number, found: number[]): void {
    found.push(block);
    if (height === 0) return;
    const below = 2 ** (NODE_SHIFT * (height - 1));
    const slots = Math.min(1 << NODE_SHIFT, Math.ceil(dataBlocks / below));
    for (let slot = 0; slot < slots; slot++) {
      const child = this.#heap.loadWord(block + slot * 8);
      if (child !== 0) this.#collect(child, height - 1, dataBlocks - slot * below, found);
    }
  }

  #newDataBlock(inode: number, zero: boolean): number {
    const heap = this.#heap;
    const block = this.#blocks.allocate();
    if (zero) heap.ntStoreBytes(block, ZEROES);
    heap.storeWord(inode + Inode.BLOCKS, heap.loadWord(inode + Inode.BLOCKS) + 1);
    return block;
  }

  #newNode(): number {
    const block = this.#blocks.allocate();
    this.#heap.ntStoreBytes(block, ZEROES);
    return block;
  }

  /** Puts new nodes above the root. */
  #raise(inode: number, height: number, needed: number): void {
    const heap = this.#heap;
    let root = heap.loadWord(inode + Inode.ROOT);
    for (let h = height; h < needed; h++) {
      const node = this.#newNode();
      heap.storeWord(node, root);
      heap.writeBack(node, 8);
      root = node;
    }
    heap.storeWord(inode + Inode.ROOT, root);
    heap.storeU8(inode + Inode.HEIGHT, needed);
  }

  #fill(
    tx: JournalTransaction | null,
    inode: number,
    node: number,
    height: number,
    first: number,
    last: number,
    isNew: boolean,
    zero: boolean,
  ): void {
    const heap = this.#heap;
    const shift = NODE_SHIFT * (height - 1);
    const firstSlot = first >>> shift;
    const lastSlot = last >>> shift;
    let saved = isNew || tx === null;
    for (let slot = firstSlot; slot <= lastSlot; slot++) {
      const address = node + slot * 8;
      let child = heap.loadWord(address);
      const childIsNew = child === 0;
      if (childIsNew) {
        child = height === 1 ? this.#newDataBlock(inode, zero) : this.#newNode();
        if (!saved && tx !== null) this.#journal.log(tx, address, (lastSlot - slot + 1) * 8);
        saved = true;
        heap.storeWord(address, child);
      }
      if (height > 1) {
        const base = slot << shift;
        const from = slot === firstSlot ? first - base : 0;
        const to = slot === lastSlot ? last - base : (1 << shift) - 1;
        this.#fill(tx, inode, child, height - 1, from, to, isNew || childIsNew, zero);
      }
    }
    if (isNew || tx === null) {
      heap.writeBack(node + firstSlot * 8, (lastSlot - firstSlot + 1) * 8);
    }
  }
}
