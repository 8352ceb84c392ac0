/**
 * A B-tree of order 8 in PM, after btree_map of NVML's examples, 2016. Undo-log transactions as in
 * libpmemobj of NVML 1.1: see pm/nvml/transaction.ts. An insert logs the whole leaf (304 B: an object
 * of its own, allocated and freed again) and shifts items in place: 13 epochs.
 *
 * Three faults of the original are not followed, since its data would not survive a crash, or at
 * all. It splits a node without logging it first (here: logged, ten epochs more for those inserts).
 * It takes the first item of an inner node for its successor when it removes from a tree of three
 * levels. And it leaks an empty root. A search ends at the node's count, as in later versions.
 *
 * Layout. The map: object id of the root node. A node: count i32 (and 4 B padding), seven items (key
 * u64, value object id), eight children (object ids).
 */

import type { PmHeap } from '../../pm/heap.ts';
import {
  copyBytes,
  loadObjectId,
  OBJECT_ID_BYTES,
  storeObjectId,
} from '../../pm/nvml/object-id.ts';
import type { Pool } from '../../pm/nvml/pool.ts';
import type { Transaction } from '../../pm/nvml/transaction.ts';
import { NVML_DEBUG_INSTRUCTIONS } from '../compute-model.ts';
import { VerifyError } from '../workload.ts';
import {
  defineMap,
  type MapContents,
  type MapKind,
  mapHeapBytes,
  type PersistentMap,
} from './map.ts';

const ORDER = 8;
const KEYS_MIN = ORDER / 2 - 1;
const ITEM_BYTES = 24;
const ITEM_VALUE = 8;
const ITEMS = 8;
const SLOTS = ITEMS + (ORDER - 1) * ITEM_BYTES;
const NODE_BYTES = SLOTS + ORDER * OBJECT_ID_BYTES;
const MAP_TYPE = 1012;
const NODE_TYPE = 1013;

class BtreeMap implements PersistentMap {
  readonly #heap: PmHeap;
  readonly #rootObject: number;
  readonly #map: number;
  /** Position in the node that `#findLeaf` returned; negative where the key itself was found. */
  #position = 0;
  /** The item that a split took out of the middle. */
  #medianKey = 0;
  #medianValue = 0;

  constructor(pool: Pool) {
    this.#heap = pool.heap;
    this.#rootObject = pool.root;
    this.#map = loadObjectId(pool.heap, pool.root);
  }

  insert(tx: Transaction, key: number, value: number): boolean {
    tx.begin();
    const root = loadObjectId(this.#heap, this.#map);
    if (root === 0 || this.#count(root) === 0) this.#insertFirst(tx, root, key, value);
    else {
      const node = this.#findLeaf(tx, root, key);
      if (this.#position >= 0) this.#insertItem(tx, node, this.#position, key, value);
      else {
        const at = itemAt(node, -1 - this.#position) + ITEM_VALUE;
        tx.addRange(at, OBJECT_ID_BYTES);
        storeObjectId(this.#heap, at, value);
      }
    }
    tx.commit();
    return true;
  }

  remove(tx: Transaction, key: number): number {
    const root = loadObjectId(this.#heap, this.#map);
    if (root === 0) return 0;
    tx.begin();
    const value = this.#removeFrom(tx, root, 0, 0, key);
    tx.commit();
    return value;
  }

  lookup(key: number): number {
    let node = loadObjectId(this.#heap, this.#map);
    while (node !== 0) {
      const i = this.#search(node, key);
      if (this.#keyIs(node, i, key)) return loadObjectId(this.#heap, itemAt(node, i) + ITEM_VALUE);
      node = loadObjectId(this.#heap, slotAt(node, i));
    }
    return 0;
  }

  contents(): MapContents {
    const found: MapContents = { entries: new Map(), objects: new Map([[this.#map, MAP_TYPE]]) };
    if (loadObjectId(this.#heap, this.#rootObject) !== this.#map) {
      throw new VerifyError('btree: the root object does not name the map');
    }
    const root = loadObjectId(this.#heap, this.#map);
    if (root !== 0) this.#collect(root, 0, Number.MAX_SAFE_INTEGER, true, found);
    return found;
  }

  /** Collects a subtree whose keys lie between `low` and `high`; returns its height. */
  #collect(node: number, low: number, high: number, isRoot: boolean, found: MapContents): number {
    const heap = this.#heap;
    if (found.objects.has(node)) throw new VerifyError(`btree: node at ${node} is linked twice`);
    found.objects.set(node, NODE_TYPE);
    const count = this.#count(node);
    if (count > ORDER - 1 || count < (isRoot ? 0 : KEYS_MIN)) {
      throw new VerifyError(`btree: node at ${node} has ${count} items`);
    }
    let [before, height] = [low, -1];
    for (let i = 0; i <= count; i++) {
      const key = i === count ? high : heap.loadWord(itemAt(node, i));
      if (key <= before) throw new VerifyError(`btree: node at ${node}: key ${key} out of order`);
      if (i < count) found.entries.set(key, loadObjectId(heap, itemAt(node, i) + ITEM_VALUE));
      const child = loadObjectId(heap, slotAt(node, i));
      const below = child === 0 ? 0 : this.#collect(child, before, key, false, found);
      if (height >= 0 && below !== height) throw new VerifyError(`btree: uneven at node ${node}`);
      height = below;
      before = key;
    }
    return height + 1;
  }

  #insertFirst(tx: Transaction, emptyRoot: number, key: number, value: number): void {
    tx.addRange(this.#map, OBJECT_ID_BYTES);
    const root = tx.allocateZeroed(NODE_BYTES, NODE_TYPE);
    storeObjectId(this.#heap, this.#map, root);
    if (emptyRoot !== 0) tx.free(emptyRoot);
    this.#storeItem(root, 0, key, value);
    this.#storeCount(root, 1);
  }

  /** Splits full nodes on the way down. Sets #position. */
  #findLeaf(tx: Transaction, root: number, key: number): number {
    let parent = 0;
    let at = 0;
    let node = root;
    for (;;) {
      if (this.#count(node) === ORDER - 1) {
        const right = this.#split(tx, node);
        if (parent === 0) {
          node = this.#growRoot(tx, node, right);
        } else {
          this.#insertNode(tx, parent, at, node, right);
          if (key === this.#medianKey) {
            this.#position = -1 - at;
            return parent;
          }
          if (key > this.#medianKey) node = right;
        }
      }
      at = this.#search(node, key);
      const child = loadObjectId(this.#heap, slotAt(node, at));
      this.#position = this.#keyIs(node, at, key) ? -1 - at : at;
      if (child === 0 || this.#position < 0) return node;
      parent = node;
      node = child;
    }
  }

  /** Moves the upper half of `node` to a new one, which it returns, and takes the median out. */
  #split(tx: Transaction, node: number): number {
    const heap = this.#heap;
    const right = tx.allocateZeroed(NODE_BYTES, NODE_TYPE);
    const middle = ORDER / 2;
    // The original does not log the node here.
    tx.addRange(node, NODE_BYTES);
    this.#medianKey = heap.loadWord(itemAt(node, middle - 1));
    this.#medianValue = loadObjectId(heap, itemAt(node, middle - 1) + ITEM_VALUE);
    this.#storeItem(node, middle - 1, 0, 0);
    for (let i = middle; i < ORDER; i++) {
      if (i !== ORDER - 1) {
        this.#storeCount(right, i - middle + 1);
        copyBytes(heap, itemAt(right, i - middle), itemAt(node, i), ITEM_BYTES);
        this.#storeItem(node, i, 0, 0);
      }
      copyBytes(heap, slotAt(right, i - middle), slotAt(node, i), OBJECT_ID_BYTES);
      storeObjectId(heap, slotAt(node, i), 0);
    }
    this.#storeCount(node, middle - 1);
    return right;
  }

  #growRoot(tx: Transaction, left: number, right: number): number {
    const heap = this.#heap;
    const up = tx.allocateZeroed(NODE_BYTES, NODE_TYPE);
    this.#storeCount(up, 1);
    this.#storeItem(up, 0, this.#medianKey, this.#medianValue);
    storeObjectId(heap, slotAt(up, 0), left);
    storeObjectId(heap, slotAt(up, 1), right);
    tx.addRange(this.#map, OBJECT_ID_BYTES);
    storeObjectId(heap, this.#map, up);
    return up;
  }

  /** Puts the median of a split into the parent, between the halves. */
  #insertNode(tx: Transaction, node: number, at: number, left: number, right: number): void {
    const heap = this.#heap;
    tx.addRange(node, NODE_BYTES);
    if (heap.loadWord(itemAt(node, at)) !== 0) {
      copyBytes(heap, slotAt(node, at + 1), slotAt(node, at), OBJECT_ID_BYTES * (ORDER - 1 - at));
    }
    storeObjectId(heap, slotAt(node, at), left);
    storeObjectId(heap, slotAt(node, at + 1), right);
    this.#insertItem(tx, node, at, this.#medianKey, this.#medianValue);
  }

  #insertItem(tx: Transaction, node: number, at: number, key: number, value: number): void {
    const heap = this.#heap;
    tx.addRange(node, NODE_BYTES);
    if (heap.loadWord(itemAt(node, at)) !== 0) {
      copyBytes(heap, itemAt(node, at + 1), itemAt(node, at), ITEM_BYTES * (ORDER - 2 - at));
    }
    this.#storeItem(node, at, key, value);
    this.#storeCount(node, this.#count(node) + 1);
  }

  /** Removes `key` below `node`, which is child `at` of `parent` (0: it is the root). */
  #removeFrom(tx: Transaction, node: number, parent: number, at: number, key: number): number {
    const heap = this.#heap;
    const i = this.#search(node, key);
    let value = 0;
    if (this.#keyIs(node, i, key)) {
      value = loadObjectId(heap, itemAt(node, i) + ITEM_VALUE);
      const child = loadObjectId(heap, slotAt(node, i + 1));
      if (child === 0) this.#removeItem(tx, node, i);
      else this.#replaceBySuccessor(tx, node, i, child, node, i + 1);
    } else {
      const child = loadObjectId(heap, slotAt(node, i));
      if (child !== 0) value = this.#removeFrom(tx, child, node, i, key);
    }
    this.#rebalance(tx, node, parent, at);
    return value;
  }

  /** Moves the least item below `child` (number `at` of `parent`) to position `i` of `node`. */
  #replaceBySuccessor(
    tx: Transaction,
    node: number,
    i: number,
    child: number,
    parent: number,
    at: number,
  ): void {
    const next = loadObjectId(this.#heap, slotAt(child, 0));
    if (next !== 0) this.#replaceBySuccessor(tx, node, i, next, child, 0);
    else {
      tx.addRange(itemAt(node, i), ITEM_BYTES);
      copyBytes(this.#heap, itemAt(node, i), itemAt(child, 0), ITEM_BYTES);
      this.#removeItem(tx, child, 0);
    }
    this.#rebalance(tx, child, parent, at);
  }

  #removeItem(tx: Transaction, leaf: number, at: number): void {
    const count = this.#count(leaf);
    tx.addRange(leaf, NODE_BYTES);
    if (at === ORDER - 2) this.#storeItem(leaf, at, 0, 0);
    else if (count !== 1) {
      // One more than there are: the empty item behind them comes along.
      const bytes = ITEM_BYTES * (count - at);
      copyBytes(this.#heap, itemAt(leaf, at), itemAt(leaf, at + 1), bytes);
    }
    this.#storeCount(leaf, count - 1);
  }

  #rebalance(tx: Transaction, node: number, parent: number, at: number): void {
    if (parent === 0 || this.#count(node) >= KEYS_MIN) return;
    const heap = this.#heap;
    const right = at < this.#count(parent) ? loadObjectId(heap, slotAt(parent, at + 1)) : 0;
    const left = at === 0 ? 0 : loadObjectId(heap, slotAt(parent, at - 1));
    if (right !== 0 && this.#count(right) > KEYS_MIN) this.#takeRight(tx, right, node, parent, at);
    else if (left !== 0 && this.#count(left) > KEYS_MIN) this.#takeLeft(tx, left, node, parent, at);
    else if (right === 0) this.#merge(tx, node, left, parent, at - 1);
    else this.#merge(tx, right, node, parent, at);
  }

  /** The right sibling's first item replaces the separator, which goes to `node`. */
  #takeRight(tx: Transaction, right: number, node: number, parent: number, at: number): void {
    const heap = this.#heap;
    const separator = itemAt(parent, at);
    const value = loadObjectId(heap, separator + ITEM_VALUE);
    this.#insertItem(tx, node, this.#count(node), heap.loadWord(separator), value);
    tx.addRange(separator, ITEM_BYTES);
    copyBytes(heap, separator, itemAt(right, 0), ITEM_BYTES);
    const slot = slotAt(node, this.#count(node));
    tx.addRange(slot, OBJECT_ID_BYTES);
    copyBytes(heap, slot, slotAt(right, 0), OBJECT_ID_BYTES);
    tx.addRange(right, NODE_BYTES);
    const count = this.#count(right) - 1;
    this.#storeCount(right, count);
    copyBytes(heap, itemAt(right, 0), itemAt(right, 1), ITEM_BYTES * count);
    copyBytes(heap, slotAt(right, 0), slotAt(right, 1), OBJECT_ID_BYTES * (count + 1));
  }

  /** The left sibling's last item replaces the separator, which goes to `node`. */
  #takeLeft(tx: Transaction, left: number, node: number, parent: number, at: number): void {
    const heap = this.#heap;
    const separator = itemAt(parent, at - 1);
    const separatorValue = loadObjectId(heap, separator + ITEM_VALUE);
    this.#insertItem(tx, node, 0, heap.loadWord(separator), separatorValue);
    const count = this.#count(left);
    tx.addRange(separator, ITEM_BYTES);
    copyBytes(heap, separator, itemAt(left, count - 1), ITEM_BYTES);
    tx.addRange(node, NODE_BYTES);
    copyBytes(heap, slotAt(node, 1), slotAt(node, 0), OBJECT_ID_BYTES * this.#count(node));
    copyBytes(heap, slotAt(node, 0), slotAt(left, count), OBJECT_ID_BYTES);
    tx.addRange(left, 4);
    this.#storeCount(left, count - 1);
  }

  /** Merges `node`, the separator at `at` and the right sibling; frees the right one. */
  #merge(tx: Transaction, right: number, node: number, parent: number, at: number): void {
    const heap = this.#heap;
    tx.addRange(node, NODE_BYTES);
    const count = this.#count(node) + 1;
    copyBytes(heap, itemAt(node, count - 1), itemAt(parent, at), ITEM_BYTES);
    this.#storeCount(node, count);
    const rightCount = this.#count(right);
    copyBytes(heap, itemAt(node, count), itemAt(right, 0), ITEM_BYTES * rightCount);
    copyBytes(heap, slotAt(node, count), slotAt(right, 0), OBJECT_ID_BYTES * (rightCount + 1));
    this.#storeCount(node, count + rightCount);
    tx.free(right);
    tx.addRange(parent, NODE_BYTES);
    const rest = this.#count(parent) - 1;
    this.#storeCount(parent, rest);
    copyBytes(heap, itemAt(parent, at), itemAt(parent, at + 1), ITEM_BYTES * (rest - at));
    copyBytes(heap, slotAt(parent, at + 1), slotAt(parent, at + 2), OBJECT_ID_BYTES * (rest - at));
    if (rest === 0 && loadObjectId(heap, this.#map) === parent) {
      tx.addRange(this.#map, OBJECT_ID_BYTES);
      tx.free(parent);
      storeObjectId(heap, this.#map, node);
    }
  }

  /** Position of the first item whose key is not less than `key`. */
  #search(node: number, key: number): number {
    const count = this.#count(node);
    let i = 0;
    while (i < count && this.#heap.loadWord(itemAt(node, i)) < key) i++;
    return i;
  }

  #keyIs(node: number, i: number, key: number): boolean {
    return i < this.#count(node) && this.#heap.loadWord(itemAt(node, i)) === key;
  }

  #count(node: number): number {
    return this.#heap.loadU32(node);
  }

  #storeCount(node: number, count: number): void {
    this.#heap.storeU32(node, count);
  }

  #storeItem(node: number, i: number, key: number, value: number): void {
    this.#heap.storeWord(itemAt(node, i), key);
    storeObjectId(this.#heap, itemAt(node, i) + ITEM_VALUE, value);
  }
}

const itemAt = (node: number, i: number): number => node + ITEMS + i * ITEM_BYTES;
const slotAt = (node: number, i: number): number => node + SLOTS + i * OBJECT_ID_BYTES;

/** This kind of map. */
export const btreeMap: MapKind = {
  name: 'btree',
  summary: 'B-tree of order 8 in PM: inserts of key and object id under one lock',
  protocol: 'undo log of libpmemobj, NVML 1.1 (btree_map of its examples)',
  group: 'extra',
  pmStoreShare: { o2: 0.047 },
  instructionsMeasured: { insert: { o2: 8397 } },
  // Measured on the original, optimised. The library's debug build was not measured for this map.
  insertInstructions: { o2: 8397, whisper: 8397 + NVML_DEBUG_INSTRUCTIONS },
  nativeInstructionsPerNs: 8397 / 1080,
  heapBytes: (entries, threads) =>
    mapHeapBytes(threads, Math.ceil(entries / KEYS_MIN) + 16, NODE_BYTES, 2 * threads),
  object: { bytes: OBJECT_ID_BYTES, type: MAP_TYPE },
  open: (pool) => new BtreeMap(pool),
};

export const btree = defineMap(btreeMap);
