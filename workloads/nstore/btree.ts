/**
 * N-store's index: a B+ tree in PM from 8-byte keys to row pointers, without duplicates, after the
 * stx::btree that N-store uses. Slots are shifted and written in place with plain stores and no
 * fence of their own (only allocating a node fences), so a tree is torn by a crash inside a
 * transaction; recovery rebuilds it from the rows (`recovery.ts`).
 *
 * Node (512 bytes of slots, as the original): level u16 (+0; 0 is a leaf), slots in use u16 (+2).
 *   leaf:  previous leaf (+8), next leaf (+16), 32 keys (+24), 32 row pointers (+280)
 *   inner: 32 keys (+8), 33 children (+264)
 * Keys are non-negative integers below 2^53 and stored as words. An inner node's key is the
 * largest key of the child left of it.
 *
 * Difference: erase takes a node away when it is empty and does not merge or borrow before; only
 * NEW_ORDER rows are ever erased.
 */

import { VerifyError } from '../workload.ts';
import { Kind, type NstorePool } from './pool.ts';

const SLOTS = 32;
const LEAF_BYTES = 24 + SLOTS * 16;
const INNER_BYTES = 8 + SLOTS * 8 + (SLOTS + 1) * 8;
const LEAF_KEYS = 24;
const LEAF_ROWS = LEAF_KEYS + SLOTS * 8;
const INNER_KEYS = 8;
const INNER_CHILDREN = INNER_KEYS + SLOTS * 8;

/** Addresses of a tree's own words. */
export interface TreeWords {
  readonly root: number;
  readonly firstLeaf: number;
  readonly lastLeaf: number;
  readonly items: number;
  readonly leaves: number;
  readonly inners: number;
}

export class BTree {
  readonly #pool: NstorePool;
  readonly #view: DataView;
  readonly words: TreeWords;
  /** Inner nodes passed by the last descent, root first, and the slot taken in each. */
  readonly #path: number[] = [];
  readonly #pathSlots: number[] = [];

  constructor(pool: NstorePool, words: TreeWords) {
    this.#pool = pool;
    this.words = words;
    const { bytes } = pool.writer.heap;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many keys the tree holds. */
  get size(): number {
    return this.#word(this.words.items);
  }

  /** The row under `key`, or 0. */
  find(key: number): number {
    const leaf = this.#descend(key);
    if (leaf === 0) return 0;
    const slot = this.#lowerBound(leaf, LEAF_KEYS, key);
    if (slot === this.#used(leaf) || this.#word(leaf + LEAF_KEYS + slot * 8) !== key) return 0;
    this.#pool.writer.heap.touch(leaf + LEAF_ROWS + slot * 8, 8);
    return this.#word(leaf + LEAF_ROWS + slot * 8);
  }

  /** Puts `row` under `key` unless the key is there; returns whether it was put. */
  insert(key: number, row: number): boolean {
    const { writer } = this.#pool;
    let leaf = this.#descend(key);
    if (leaf === 0) {
      leaf = this.#newNode(0, LEAF_BYTES);
      writer.word(this.words.lastLeaf, leaf);
      writer.word(this.words.firstLeaf, leaf);
      writer.word(this.words.root, leaf);
    }
    let slot = this.#lowerBound(leaf, LEAF_KEYS, key);
    if (slot < this.#used(leaf) && this.#word(leaf + LEAF_KEYS + slot * 8) === key) return false;
    let splitKey = 0;
    let splitNode = 0;
    let target = leaf;
    if (this.#used(leaf) === SLOTS) {
      splitNode = this.#splitLeaf(leaf);
      const kept = this.#used(leaf);
      splitKey = this.#word(leaf + LEAF_KEYS + (kept - 1) * 8);
      if (slot >= kept) {
        slot -= kept;
        target = splitNode;
      }
    }
    this.#putInLeaf(target, slot, key, row);
    if (splitNode !== 0 && target === leaf && slot === this.#used(leaf) - 1) splitKey = key;
    if (splitNode !== 0) this.#insertUpwards(splitKey, splitNode);
    writer.word(this.words.items, this.#word(this.words.items) + 1);
    return true;
  }

  /** Puts another row under a key that is there: one atomic store. */
  replace(key: number, row: number): void {
    const leaf = this.#descend(key);
    const slot = this.#lowerBound(leaf, LEAF_KEYS, key);
    this.#pool.writer.word(leaf + LEAF_ROWS + slot * 8, row);
  }

  /** Takes `key` out; nothing if it is not there. */
  erase(key: number): void {
    const { writer } = this.#pool;
    const leaf = this.#descend(key);
    if (leaf === 0) return;
    const used = this.#used(leaf);
    const slot = this.#lowerBound(leaf, LEAF_KEYS, key);
    if (slot === used || this.#word(leaf + LEAF_KEYS + slot * 8) !== key) return;
    const shifted = (used - slot - 1) * 8;
    const keyAt = leaf + LEAF_KEYS + slot * 8;
    writer.move(keyAt, keyAt + 8, shifted);
    const rowAt = leaf + LEAF_ROWS + slot * 8;
    writer.move(rowAt, rowAt + 8, shifted);
    writer.u16(leaf + 2, used - 1);
    if (used === 1) this.#dropLeaf(leaf);
    writer.word(this.words.items, this.#word(this.words.items) - 1);
  }

  /** Forgets all nodes (recovery frees them): an empty tree after the next fence. */
  reset(): void {
    const { writer } = this.#pool;
    for (const address of Object.values(this.words)) writer.word(address, 0);
  }

  /** Adds all nodes to `nodes`; throws VerifyError where the structure is not a search tree. */
  verify(nodes: { has(node: number): boolean; add(node: number): void }): void {
    const root = this.#word(this.words.root);
    let items = 0;
    let lastKey = -1;
    let previousLeaf = 0;
    const walk = (node: number, level: number, upper: number): void => {
      const used = this.#used(node);
      if (nodes.has(node) || this.#view.getUint16(node, true) !== level || used > SLOTS) {
        throw new VerifyError(`index node ${node}: level or slot count is wrong, or seen twice`);
      }
      nodes.add(node);
      if (level > 0) {
        for (let i = 0; i <= used; i++) {
          const bound = i < used ? this.#word(node + INNER_KEYS + i * 8) : upper;
          walk(this.#word(node + INNER_CHILDREN + i * 8), level - 1, bound);
        }
        return;
      }
      if (this.#word(node + 8) !== previousLeaf) {
        throw new VerifyError(`index leaf ${node}: wrong previous leaf`);
      }
      previousLeaf = node;
      for (let i = 0; i < used; i++) {
        const key = this.#word(node + LEAF_KEYS + i * 8);
        if (key <= lastKey || key > upper) {
          throw new VerifyError(`index leaf ${node}: key ${key} out of order`);
        }
        lastKey = key;
        items++;
      }
    };
    if (root !== 0) walk(root, this.#view.getUint16(root, true), Number.MAX_SAFE_INTEGER);
    if (items !== this.size) {
      throw new VerifyError(`index counts ${this.size} keys and holds ${items}`);
    }
  }

  /** Leaf where `key` belongs, 0 if the tree is empty; notes the path. */
  #descend(key: number): number {
    const { heap } = this.#pool.writer;
    this.#path.length = 0;
    this.#pathSlots.length = 0;
    let node = heap.loadWord(this.words.root);
    if (node === 0) return 0;
    while (this.#view.getUint16(node, true) !== 0) {
      const slot = this.#lowerBound(node, INNER_KEYS, key);
      this.#path.push(node);
      this.#pathSlots.push(slot);
      node = heap.loadWord(node + INNER_CHILDREN + slot * 8);
    }
    return node;
  }

  /** First slot whose key is not below `key`, by linear search as the original. */
  #lowerBound(node: number, keysAt: number, key: number): number {
    const used = this.#used(node);
    let slot = 0;
    while (slot < used && this.#word(node + keysAt + slot * 8) < key) slot++;
    const { heap } = this.#pool.writer;
    heap.touch(node, 8);
    if (used > 0) heap.touch(node + keysAt, Math.min(slot + 1, used) * 8);
    return slot;
  }

  #putInLeaf(leaf: number, slot: number, key: number, row: number): void {
    const { writer } = this.#pool;
    const used = this.#used(leaf);
    const keyAt = leaf + LEAF_KEYS + slot * 8;
    const rowAt = leaf + LEAF_ROWS + slot * 8;
    writer.move(keyAt + 8, keyAt, (used - slot) * 8);
    writer.move(rowAt + 8, rowAt, (used - slot) * 8);
    writer.word(keyAt, key);
    writer.word(rowAt, row);
    writer.u16(leaf + 2, used + 1);
  }

  /** Moves the upper half of a full leaf to a new one and returns that. */
  #splitLeaf(leaf: number): number {
    const { writer } = this.#pool;
    const middle = SLOTS >>> 1;
    const fresh = this.#newNode(0, LEAF_BYTES);
    writer.u16(fresh + 2, SLOTS - middle);
    const next = this.#word(leaf + 16);
    writer.word(fresh + 16, next);
    writer.word(next === 0 ? this.words.lastLeaf : next + 8, fresh);
    const bytes = (SLOTS - middle) * 8;
    writer.move(fresh + LEAF_KEYS, leaf + LEAF_KEYS + middle * 8, bytes);
    writer.move(fresh + LEAF_ROWS, leaf + LEAF_ROWS + middle * 8, bytes);
    writer.u16(leaf + 2, middle);
    writer.word(leaf + 16, fresh);
    writer.word(fresh + 8, leaf);
    return fresh;
  }

  /** Hangs `child` right of the path's last slot, splitting inner nodes up to the root. */
  #insertUpwards(firstKey: number, firstChild: number): void {
    const { writer } = this.#pool;
    let key = firstKey;
    let child = firstChild;
    for (let depth = this.#path.length - 1; depth >= 0; depth--) {
      const inner = this.#path[depth];
      const slot = this.#pathSlots[depth];
      if (this.#used(inner) < SLOTS) {
        this.#putInInner(inner, slot, key, child);
        return;
      }
      const middle = SLOTS >>> 1;
      const up = this.#word(inner + INNER_KEYS + middle * 8);
      const fresh = this.#splitInner(inner, middle);
      if (slot <= middle) this.#putInInner(inner, slot, key, child);
      else this.#putInInner(fresh, slot - middle - 1, key, child);
      key = up;
      child = fresh;
    }
    const root = this.#word(this.words.root);
    const top = this.#newNode(this.#view.getUint16(root, true) + 1, INNER_BYTES);
    writer.word(top + INNER_KEYS, key);
    writer.word(top + INNER_CHILDREN, root);
    writer.word(top + INNER_CHILDREN + 8, child);
    writer.u16(top + 2, 1);
    writer.word(this.words.root, top);
  }

  #putInInner(inner: number, slot: number, key: number, child: number): void {
    const { writer } = this.#pool;
    const used = this.#used(inner);
    const keyAt = inner + INNER_KEYS + slot * 8;
    const childAt = inner + INNER_CHILDREN + (slot + 1) * 8;
    writer.move(keyAt + 8, keyAt, (used - slot) * 8);
    writer.move(childAt + 8, childAt, (used - slot) * 8);
    writer.word(keyAt, key);
    writer.word(childAt, child);
    writer.u16(inner + 2, used + 1);
  }

  /** Keys above `middle` and their children go to a new node; key `middle` goes up. */
  #splitInner(inner: number, middle: number): number {
    const { writer } = this.#pool;
    const fresh = this.#newNode(this.#view.getUint16(inner, true), INNER_BYTES);
    const moved = SLOTS - middle - 1;
    writer.u16(fresh + 2, moved);
    writer.move(fresh + INNER_KEYS, inner + INNER_KEYS + (middle + 1) * 8, moved * 8);
    const children = inner + INNER_CHILDREN + (middle + 1) * 8;
    writer.move(fresh + INNER_CHILDREN, children, (moved + 1) * 8);
    writer.u16(inner + 2, middle);
    return fresh;
  }

  /** Unlinks an empty leaf, and inner nodes that lose their last child, and frees them. */
  #dropLeaf(leaf: number): void {
    const { writer } = this.#pool;
    const before = this.#word(leaf + 8);
    const after = this.#word(leaf + 16);
    writer.word(before === 0 ? this.words.firstLeaf : before + 16, after);
    writer.word(after === 0 ? this.words.lastLeaf : after + 8, before);
    let gone = leaf;
    let counter = this.words.leaves;
    for (let depth = this.#path.length - 1; depth >= -1; depth--) {
      this.#pool.free(gone);
      writer.word(counter, this.#word(counter) - 1);
      if (depth < 0) {
        writer.word(this.words.root, 0);
        return;
      }
      const inner = this.#path[depth];
      const used = this.#used(inner);
      if (used > 0) {
        this.#removeChild(inner, this.#pathSlots[depth], used);
        return;
      }
      gone = inner;
      counter = this.words.inners;
    }
  }

  #removeChild(inner: number, slot: number, used: number): void {
    const { writer } = this.#pool;
    // The last child has no key right of it: the key left of it goes, and so its bound rises.
    const keySlot = slot < used ? slot : slot - 1;
    const keyAt = inner + INNER_KEYS + keySlot * 8;
    writer.move(keyAt, keyAt + 8, (used - keySlot - 1) * 8);
    const childAt = inner + INNER_CHILDREN + slot * 8;
    writer.move(childAt, childAt + 8, (used - slot) * 8);
    writer.u16(inner + 2, used - 1);
  }

  /** A node of `level` with no slots in use: reserve, its fields, activate. */
  #newNode(level: number, bytes: number): number {
    const { writer } = this.#pool;
    const node = this.#pool.reserve(bytes, Kind.INDEX);
    writer.u16(node, level);
    writer.u16(node + 2, 0);
    if (level === 0) {
      writer.word(node + 8, 0);
      writer.word(node + 16, 0);
    }
    this.#pool.activate(node);
    const counter = level === 0 ? this.words.leaves : this.words.inners;
    writer.word(counter, this.#word(counter) + 1);
    return node;
  }

  #used(node: number): number {
    return this.#view.getUint16(node + 2, true);
  }

  /** A word that the descent has already reported as loaded, or that shares its line. */
  #word(address: number): number {
    return this.#view.getUint32(address + 4, true) * 2 ** 32 + this.#view.getUint32(address, true);
  }
}
