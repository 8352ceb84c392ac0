/**
 * A crit-bit tree in PM, after ctree_map of NVML 1.1's examples (WHISPER's `ctree`). Undo-log
 * transactions as in that version's libpmemobj: see pm/nvml/transaction.ts. An insert allocates one
 * node, logs one slot and changes it: twelve epochs, the same as in a store log of the original,
 * store by store.
 *
 * Layout. The map: one entry. An entry: key u64, object id (16 B). A node: the index of the bit that
 * tells its halves apart i32 (and 4 B padding), two entries. An entry whose key is 0 names a node,
 * any other holds a value. (The original looks at the type of the object that the id names; values
 * here name none.)
 */

import type { PmHeap } from '../../pm/heap.ts';
import { copyBytes, loadObjectId, storeObjectId } from '../../pm/nvml/object-id.ts';
import type { Pool } from '../../pm/nvml/pool.ts';
import type { Transaction } from '../../pm/nvml/transaction.ts';
import { VerifyError } from '../workload.ts';
import {
  defineMap,
  type MapContents,
  type MapKind,
  mapHeapBytes,
  type PersistentMap,
} from './map.ts';

const ENTRY_BYTES = 24;
const ENTRY_SLOT = 8;
const NODE_ENTRIES = 8;
const NODE_BYTES = NODE_ENTRIES + 2 * ENTRY_BYTES;
const MAP_TYPE = 1008;
const NODE_TYPE = 1009;

class CtreeMap implements PersistentMap {
  readonly #heap: PmHeap;
  readonly #root: number;
  readonly #map: number;

  constructor(pool: Pool) {
    this.#heap = pool.heap;
    this.#root = pool.root;
    this.#map = loadObjectId(pool.heap, pool.root);
  }

  insert(tx: Transaction, key: number, value: number): boolean {
    const heap = this.#heap;
    let entry = this.#map;
    for (let node = this.#child(entry); node !== 0; node = this.#child(entry)) {
      entry = entryFor(node, key, heap.loadI32(node));
    }
    tx.begin();
    const found = heap.loadWord(entry);
    if (found === 0 || found === key) {
      tx.addRange(entry, ENTRY_BYTES);
      this.#storeEntry(entry, key, value);
    } else {
      this.#insertLeaf(tx, key, value, critBit(found, key));
    }
    tx.commit();
    return true;
  }

  remove(tx: Transaction, key: number): number {
    const heap = this.#heap;
    let parent = 0;
    let leaf = this.#map;
    for (let node = this.#child(leaf); node !== 0; node = this.#child(leaf)) {
      parent = leaf;
      leaf = entryFor(node, key, heap.loadI32(node));
    }
    if (heap.loadWord(leaf) !== key) return 0;
    const value = loadObjectId(heap, leaf + ENTRY_SLOT);
    tx.begin();
    if (parent === 0) {
      tx.addRange(leaf, ENTRY_BYTES);
      heap.storeWord(leaf, 0);
      storeObjectId(heap, leaf + ENTRY_SLOT, 0);
    } else {
      // The node goes; what its parent names becomes the other half.
      const node = loadObjectId(heap, parent + ENTRY_SLOT);
      tx.addRange(parent, ENTRY_BYTES);
      const first = heap.loadWord(node + NODE_ENTRIES) === key;
      copyBytes(heap, parent, node + NODE_ENTRIES + (first ? ENTRY_BYTES : 0), ENTRY_BYTES);
      tx.free(node);
    }
    tx.commit();
    return value;
  }

  lookup(key: number): number {
    let entry = this.#map;
    for (let node = this.#child(entry); node !== 0; node = this.#child(entry)) {
      entry = entryFor(node, key, this.#heap.loadI32(node));
    }
    return this.#heap.loadWord(entry) === key ? loadObjectId(this.#heap, entry + ENTRY_SLOT) : 0;
  }

  contents(): MapContents {
    const found: MapContents = { entries: new Map(), objects: new Map() };
    if (loadObjectId(this.#heap, this.#root) !== this.#map) {
      throw new VerifyError('ctree: the root object does not name the map');
    }
    found.objects.set(this.#map, MAP_TYPE);
    const key = this.#heap.loadWord(this.#map);
    if (key !== 0 || loadObjectId(this.#heap, this.#map + ENTRY_SLOT) !== 0) {
      this.#collect(this.#map, 64, found);
    }
    return found;
  }

  /** Collects below `entry` and returns one of the keys there. All bits in nodes are below `above`. */
  #collect(entry: number, above: number, found: MapContents): number {
    const heap = this.#heap;
    const key = heap.loadWord(entry);
    const slot = loadObjectId(heap, entry + ENTRY_SLOT);
    if (slot === 0) throw new VerifyError(`ctree: the entry at ${entry} is empty`);
    if (key !== 0) {
      if (found.entries.has(key)) throw new VerifyError(`ctree: key ${key} twice`);
      found.entries.set(key, slot);
      return key;
    }
    if (found.objects.has(slot)) throw new VerifyError(`ctree: node at ${slot} is named twice`);
    found.objects.set(slot, NODE_TYPE);
    const diff = heap.loadI32(slot);
    if (diff < 0 || diff >= above) throw new VerifyError(`ctree: node at ${slot} has bit ${diff}`);
    const left = this.#collect(slot + NODE_ENTRIES, diff, found);
    const right = this.#collect(slot + NODE_ENTRIES + ENTRY_BYTES, diff, found);
    if (critBit(left, right) !== diff || bit(left, diff) !== 0) {
      throw new VerifyError(`ctree: node at ${slot}: its halves do not differ in bit ${diff}`);
    }
    return left;
  }

  #insertLeaf(tx: Transaction, key: number, value: number, diff: number): void {
    const heap = this.#heap;
    const node = tx.allocate(NODE_BYTES, NODE_TYPE);
    heap.storeU32(node, diff);
    this.#storeEntry(entryFor(node, key, diff), key, value);
    let at = this.#map;
    for (let next = this.#child(at); next !== 0; next = this.#child(at)) {
      const nextDiff = heap.loadI32(next);
      // Bits fall from the root down.
      if (nextDiff < diff) break;
      at = entryFor(next, key, nextDiff);
    }
    const other = node + NODE_ENTRIES + (1 - bit(key, diff)) * ENTRY_BYTES;
    copyBytes(heap, other, at, ENTRY_BYTES);
    tx.addRange(at, ENTRY_BYTES);
    heap.storeWord(at, 0);
    storeObjectId(heap, at + ENTRY_SLOT, node);
  }

  #storeEntry(entry: number, key: number, value: number): void {
    this.#heap.storeWord(entry, key);
    storeObjectId(this.#heap, entry + ENTRY_SLOT, value);
  }

  /** The node that `entry` names; 0 if it is a leaf or empty. */
  #child(entry: number): number {
    if (this.#heap.loadWord(entry) !== 0) return 0;
    return loadObjectId(this.#heap, entry + ENTRY_SLOT);
  }
}

function entryFor(node: number, key: number, diff: number): number {
  return node + NODE_ENTRIES + bit(key, diff) * ENTRY_BYTES;
}

function bit(key: number, index: number): number {
  return index >= 32 ? (Math.floor(key / 2 ** 32) >>> (index - 32)) & 1 : (key >>> index) & 1;
}

/** Index of the most significant bit in which the keys differ; -1 if they are equal. */
function critBit(a: number, b: number): number {
  const high = Math.floor(a / 2 ** 32) ^ Math.floor(b / 2 ** 32);
  if (high !== 0) return 63 - Math.clz32(high);
  return 31 - Math.clz32((a >>> 0) ^ (b >>> 0));
}

/** Instructions of an insert, measured on the original: optimised, and with the library's debug build. */
const INSERT = { o2: 7243, whisper: 85_970 };

/** This kind of map. */
export const ctreeMap: MapKind = {
  name: 'ctree',
  summary: 'crit-bit tree in PM: inserts of key and object id under one lock',
  protocol: 'undo log of libpmemobj, NVML 1.1 (map_ctree of WHISPER)',
  group: 'whisper',
  transactionsShort: 250,
  pmStoreShare: { o2: 0.034, whisper: 0.0155 },
  instructionsMeasured: { insert: INSERT },
  insertInstructions: INSERT,
  nativeInstructionsPerNs: INSERT.o2 / 1143,
  heapBytes: (entries, threads) => mapHeapBytes(threads, entries, NODE_BYTES, 1),
  object: { bytes: ENTRY_BYTES, type: MAP_TYPE },
  open: (pool) => new CtreeMap(pool),
};

export const ctree = defineMap(ctreeMap);
