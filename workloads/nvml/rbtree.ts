/**
 * A red-black tree in PM, after rbtree_map of NVML's examples, 2016. Undo-log transactions as in
 * libpmemobj of NVML 1.1: see pm/nvml/transaction.ts. Colours and links are logged one by one as the
 * tree is repaired (two epochs each), rotated nodes whole: 14 epochs for an insert that repairs
 * nothing, six more for each recolouring.
 *
 * Unlike the first version of the original, the slot that receives a new node is logged too, as in
 * later versions: without that its data would not survive a crash. A remove finds its successor below
 * the node's right child (the first version looked from the root) and detaches it before it repairs.
 *
 * Layout. The map: object ids of the sentinel and of a root node whose left child is the tree. A node:
 * key u64, value (object id), colour u32 (and 4 B padding), parent, left and right (object ids).
 */

import type { PmHeap } from '../../pm/heap.ts';
import { loadObjectId, OBJECT_ID_BYTES, storeObjectId } from '../../pm/nvml/object-id.ts';
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

const NODE_VALUE = 8;
const NODE_COLOUR = 24;
const NODE_PARENT = 32;
const NODE_SLOTS = 48;
const NODE_BYTES = 80;
const MAP_ROOT = 16;
const MAP_BYTES = 32;
const MAP_TYPE = 1016;
const NODE_TYPE = 1017;
const BLACK = 0;
const RED = 1;
const LEFT = 0;
const RIGHT = 1;

class RbtreeMap implements PersistentMap {
  readonly #heap: PmHeap;
  readonly #rootObject: number;
  readonly #map: number;
  readonly #sentinel: number;
  /** Not part of the tree: its left child is the tree's first node. */
  readonly #root: number;

  constructor(pool: Pool) {
    this.#heap = pool.heap;
    this.#rootObject = pool.root;
    this.#map = loadObjectId(pool.heap, pool.root);
    this.#sentinel = loadObjectId(pool.heap, this.#map);
    this.#root = loadObjectId(pool.heap, this.#map + MAP_ROOT);
  }

  insert(tx: Transaction, key: number, value: number): boolean {
    const heap = this.#heap;
    tx.begin();
    let node = tx.allocateZeroed(NODE_BYTES, NODE_TYPE);
    heap.storeWord(node, key);
    storeObjectId(heap, node + NODE_VALUE, value);
    storeObjectId(heap, slotOf(node, LEFT), this.#sentinel);
    storeObjectId(heap, slotOf(node, RIGHT), this.#sentinel);
    if (!this.#hang(tx, node, key)) {
      tx.abort();
      return false;
    }
    heap.storeU32(node + NODE_COLOUR, RED);
    while (this.#colour(this.#parent(node)) === RED) {
      node = this.#recolour(tx, node, this.#location(this.#parent(node)));
    }
    this.#setColour(tx, this.#child(this.#root, LEFT), BLACK);
    tx.commit();
    return true;
  }

  remove(tx: Transaction, key: number): number {
    const heap = this.#heap;
    const node = this.#find(key);
    if (node === this.#sentinel) return 0;
    const value = loadObjectId(heap, node + NODE_VALUE);
    const hasBoth =
      this.#child(node, LEFT) !== this.#sentinel && this.#child(node, RIGHT) !== this.#sentinel;
    // What leaves its place: the node itself, or its successor, which then takes the node's place.
    const out = hasBoth ? this.#leftmost(this.#child(node, RIGHT)) : node;
    const left = this.#child(out, LEFT);
    const rest = left === this.#sentinel ? this.#child(out, RIGHT) : left;
    tx.begin();
    tx.addRange(rest, NODE_BYTES);
    storeObjectId(heap, rest + NODE_PARENT, this.#parent(out));
    this.#setSlot(tx, this.#parent(out), this.#location(out), rest);
    if (this.#colour(out) === BLACK) this.#repair(tx, rest);
    if (out !== node) this.#takePlace(tx, out, node);
    tx.free(node);
    tx.commit();
    return value;
  }

  lookup(key: number): number {
    const node = this.#find(key);
    return node === this.#sentinel ? 0 : loadObjectId(this.#heap, node + NODE_VALUE);
  }

  contents(): MapContents {
    const heap = this.#heap;
    const found: MapContents = { entries: new Map(), objects: new Map([[this.#map, MAP_TYPE]]) };
    found.objects.set(this.#sentinel, NODE_TYPE).set(this.#root, NODE_TYPE);
    const intact =
      loadObjectId(heap, this.#rootObject) === this.#map &&
      loadObjectId(heap, this.#map) === this.#sentinel &&
      loadObjectId(heap, this.#map + MAP_ROOT) === this.#root &&
      this.#colour(this.#sentinel) === BLACK &&
      this.#colour(this.#root) === BLACK;
    if (!intact) throw new VerifyError('rbtree: the map, the root or the sentinel is damaged');
    const first = this.#child(this.#root, LEFT);
    if (this.#colour(first) !== BLACK) throw new VerifyError('rbtree: the first node is red');
    this.#collect(first, this.#root, 0, Number.MAX_SAFE_INTEGER, found);
    return found;
  }

  /** Collects a subtree with keys between `low` and `high`; returns its black height. */
  #collect(node: number, parent: number, low: number, high: number, found: MapContents): number {
    if (node === this.#sentinel) return 1;
    const key = this.#heap.loadWord(node);
    const colour = this.#colour(node);
    if (found.objects.has(node) || this.#parent(node) !== parent || colour > RED) {
      throw new VerifyError(`rbtree: node at ${node} is damaged`);
    }
    if (key <= low || key >= high) throw new VerifyError(`rbtree: key ${key} is out of order`);
    if (colour === RED && this.#colour(parent) === RED) {
      throw new VerifyError(`rbtree: red node at ${node} below a red one`);
    }
    found.objects.set(node, NODE_TYPE);
    found.entries.set(key, loadObjectId(this.#heap, node + NODE_VALUE));
    const left = this.#collect(this.#child(node, LEFT), node, low, key, found);
    const right = this.#collect(this.#child(node, RIGHT), node, key, high, found);
    if (left !== right) throw new VerifyError(`rbtree: black heights differ below ${node}`);
    return left + (colour === BLACK ? 1 : 0);
  }

  #find(key: number): number {
    let node = this.#child(this.#root, LEFT);
    while (node !== this.#sentinel) {
      const at = this.#heap.loadWord(node);
      if (at === key) break;
      node = this.#child(node, key > at ? RIGHT : LEFT);
    }
    return node;
  }

  /** Hangs a new node where its key belongs; false if the key is there already. */
  #hang(tx: Transaction, node: number, key: number): boolean {
    let parent = this.#root;
    let slot = slotOf(parent, LEFT);
    for (let at = loadObjectId(this.#heap, slot); at !== this.#sentinel; ) {
      const atKey = this.#heap.loadWord(at);
      if (atKey === key) return false;
      parent = at;
      slot = slotOf(at, key > atKey ? RIGHT : LEFT);
      at = loadObjectId(this.#heap, slot);
    }
    tx.addRange(node + NODE_PARENT, OBJECT_ID_BYTES);
    storeObjectId(this.#heap, node + NODE_PARENT, parent);
    tx.addRange(slot, OBJECT_ID_BYTES);
    storeObjectId(this.#heap, slot, node);
    return true;
  }

  /** A red node below a red parent, which is child `side`: returns where to look next. */
  #recolour(tx: Transaction, node: number, side: number): number {
    const grandparent = this.#parent(this.#parent(node));
    const uncle = this.#child(grandparent, 1 - side);
    if (this.#colour(uncle) === RED) {
      this.#setColour(tx, uncle, BLACK);
      this.#setColour(tx, this.#parent(node), BLACK);
      this.#setColour(tx, grandparent, RED);
      return grandparent;
    }
    let at = node;
    if (this.#location(node) !== side) {
      at = this.#parent(node);
      this.#rotate(tx, at, side);
    }
    this.#setColour(tx, this.#parent(at), BLACK);
    this.#setColour(tx, grandparent, RED);
    this.#rotate(tx, grandparent, 1 - side);
    return at;
  }

  /** `node` goes down to `side`, its other child takes its place. */
  #rotate(tx: Transaction, node: number, side: number): void {
    const heap = this.#heap;
    const child = this.#child(node, 1 - side);
    tx.addRange(node, NODE_BYTES);
    tx.addRange(child, NODE_BYTES);
    const moved = this.#child(child, side);
    storeObjectId(heap, slotOf(node, 1 - side), moved);
    if (moved !== this.#sentinel) {
      tx.addRange(moved + NODE_PARENT, OBJECT_ID_BYTES);
      storeObjectId(heap, moved + NODE_PARENT, node);
    }
    storeObjectId(heap, child + NODE_PARENT, this.#parent(node));
    this.#setSlot(tx, this.#parent(node), this.#location(node), child);
    storeObjectId(heap, slotOf(child, side), node);
    storeObjectId(heap, node + NODE_PARENT, child);
  }

  /** The path through `start` lacks a black node. */
  #repair(tx: Transaction, start: number): void {
    let node = start;
    while (this.#colour(node) === BLACK && this.#parent(node) !== this.#root) {
      const side = this.#location(node);
      let sibling = this.#child(this.#parent(node), 1 - side);
      if (this.#colour(sibling) === RED) {
        this.#setColour(tx, sibling, BLACK);
        this.#setColour(tx, this.#parent(node), RED);
        this.#rotate(tx, this.#parent(node), side);
        sibling = this.#child(this.#parent(node), 1 - side);
      }
      const near = this.#child(sibling, side);
      const far = this.#child(sibling, 1 - side);
      if (this.#colour(near) === BLACK && this.#colour(far) === BLACK) {
        this.#setColour(tx, sibling, RED);
        node = this.#parent(node);
        continue;
      }
      if (this.#colour(far) === BLACK) {
        this.#setColour(tx, near, BLACK);
        this.#setColour(tx, sibling, RED);
        this.#rotate(tx, sibling, 1 - side);
        sibling = near;
      }
      this.#setColour(tx, sibling, this.#colour(this.#parent(node)));
      this.#setColour(tx, this.#parent(node), BLACK);
      this.#setColour(tx, this.#child(sibling, 1 - side), BLACK);
      this.#rotate(tx, this.#parent(node), side);
      return;
    }
    this.#setColour(tx, node, BLACK);
  }

  /** `out`, already detached, gets the links and the colour of `node`. */
  #takePlace(tx: Transaction, out: number, node: number): void {
    const heap = this.#heap;
    tx.addRange(out, NODE_BYTES);
    for (let side = LEFT; side <= RIGHT; side++) {
      const child = this.#child(node, side);
      storeObjectId(heap, slotOf(out, side), child);
      if (child === this.#sentinel) continue;
      tx.addRange(child + NODE_PARENT, OBJECT_ID_BYTES);
      storeObjectId(heap, child + NODE_PARENT, out);
    }
    heap.storeU32(out + NODE_COLOUR, this.#colour(node));
    storeObjectId(heap, out + NODE_PARENT, this.#parent(node));
    this.#setSlot(tx, this.#parent(node), this.#location(node), out);
  }

  #leftmost(start: number): number {
    let node = start;
    for (let left = start; left !== this.#sentinel; left = this.#child(left, LEFT)) node = left;
    return node;
  }

  #child(node: number, side: number): number {
    return loadObjectId(this.#heap, slotOf(node, side));
  }

  #parent(node: number): number {
    return loadObjectId(this.#heap, node + NODE_PARENT);
  }

  #colour(node: number): number {
    return this.#heap.loadU32(node + NODE_COLOUR);
  }

  /** Which child of its parent `node` is. */
  #location(node: number): number {
    return this.#child(this.#parent(node), RIGHT) === node ? RIGHT : LEFT;
  }

  #setColour(tx: Transaction, node: number, colour: number): void {
    tx.addRange(node + NODE_COLOUR, 4);
    this.#heap.storeU32(node + NODE_COLOUR, colour);
  }

  #setSlot(tx: Transaction, node: number, side: number, child: number): void {
    tx.addRange(slotOf(node, side), OBJECT_ID_BYTES);
    storeObjectId(this.#heap, slotOf(node, side), child);
  }
}

const slotOf = (node: number, side: number): number => node + NODE_SLOTS + side * OBJECT_ID_BYTES;

/** This kind of map. */
export const rbtreeMap: MapKind = {
  name: 'rbtree',
  summary: 'red-black tree in PM: inserts of key and object id under one lock',
  protocol: 'undo log of libpmemobj, NVML 1.1 (rbtree_map of its examples)',
  group: 'extra',
  // Assumption: not measured for this map. As many instructions an epoch as btree has, optimised
  // (538), times the 28.8 epochs of a mean insert. Nor was the library's debug build.
  insertInstructions: { o2: 15_500, whisper: 15_500 + NVML_DEBUG_INSTRUCTIONS },
  heapBytes: (entries, threads) => mapHeapBytes(threads, entries + 8, NODE_BYTES, 2 * threads),
  object: { bytes: MAP_BYTES, type: MAP_TYPE },
  initialise({ heap, lanes }, map) {
    const sentinel = lanes[0].allocateZeroed(NODE_BYTES, NODE_TYPE);
    const root = lanes[0].allocateZeroed(NODE_BYTES, NODE_TYPE);
    for (const node of [sentinel, root]) {
      storeObjectId(heap, node + NODE_PARENT, sentinel);
      storeObjectId(heap, slotOf(node, LEFT), sentinel);
      storeObjectId(heap, slotOf(node, RIGHT), sentinel);
    }
    storeObjectId(heap, map, sentinel);
    storeObjectId(heap, map + MAP_ROOT, root);
  },
  open: (pool) => new RbtreeMap(pool),
};

export const rbtree = defineMap(rbtreeMap);
