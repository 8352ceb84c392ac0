/**
 * Reads a whole item store: its contents, and everything that must hold between transactions. Also
 * puts a store right after a crash, when no client holds an item any more.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { ItemField as F, hashOf, type ItemStore, itemBytes, KEY_BYTES, LINKED } from './items.ts';
import { textOf } from './requests.ts';
import { CLASS_CHUNK_BYTES, classFor } from './slabs.ts';

/** Bytes of a value and a hash of them. */
export interface StoredValue {
  readonly bytes: number;
  readonly hash: number;
}

/** What a store holds. */
export interface StoreContents {
  /** By key. */
  readonly values: ReadonlyMap<string, StoredValue>;
  /** All linked items, in no particular order but always the same. */
  readonly linked: readonly number[];
  /** The largest compare-and-swap id. */
  readonly lastCas: number;
}

/** Reads every hash chain and LRU list; `fail` must throw. Says nothing about references. */
export function readStore(
  heap: PmHeap,
  store: ItemStore,
  fail: (why: string) => never,
): StoreContents {
  const values = new Map<string, StoredValue>();
  const linked: number[] = [];
  const begun = CLASS_CHUNK_BYTES.map(
    (_, slabClass) => new Set(store.slabs.begunChunks(slabClass)),
  );
  let lastCas = 0;
  for (let bucket = 0; bucket < store.bucketCount(); bucket++) {
    const pointer = store.bucketAt(bucket);
    for (let item = heap.loadWord(pointer); item !== 0; item = heap.loadWord(item + F.HASH_NEXT)) {
      const { key, value, slabClass } = readItem(heap, store, item, fail);
      if (!begun[slabClass].has(item)) fail(`item ${item} is no chunk of its class`);
      if (store.bucketOf(key) !== pointer) fail(`item ${item} is in bucket ${bucket}`);
      const name = textOf(key);
      if (values.has(name)) fail(`two items have the key ${name}`);
      values.set(name, value);
      linked.push(item);
      lastCas = Math.max(lastCas, heap.loadWord(item + F.CAS));
    }
  }
  checkLists(heap, store, linked, fail);
  return { values, linked, lastCas };
}

function readItem(
  heap: PmHeap,
  store: ItemStore,
  item: number,
  fail: (why: string) => never,
): { key: Uint8Array; value: StoredValue; slabClass: number } {
  if (item % 8 !== 0 || item + F.KEY > heap.sizeBytes) fail(`no item can be at ${item}`);
  const bytes = heap.loadU32(item + F.DATA_BYTES) - 2;
  const largest = CLASS_CHUNK_BYTES[CLASS_CHUNK_BYTES.length - 1];
  if (bytes < 0 || itemBytes(bytes) > largest) fail(`item ${item} has ${bytes} B of data`);
  const slabClass = heap.loadU8(item + F.CLASS) - 1;
  if (slabClass !== classFor(itemBytes(bytes))) fail(`item ${item} is in class ${slabClass}`);
  if (heap.loadU8(item + F.FLAGS) !== LINKED) fail(`item ${item} is in a chain and not linked`);
  if (heap.loadU8(item + F.KEY_BYTES) !== KEY_BYTES) fail(`item ${item} has another key size`);
  const start = store.dataOf(item);
  heap.touch(start, bytes + 2);
  const data = heap.bytes.subarray(start, start + bytes + 2);
  if (data[bytes] !== 13 || data[bytes + 1] !== 10) fail(`the data of item ${item} has no end`);
  const key = heap.loadBytes(item + F.KEY, KEY_BYTES);
  return { key, value: { bytes, hash: hashOf(data.subarray(0, bytes)) }, slabClass };
}

/** Each class's list must hold the linked items of that class, once, in both directions. */
function checkLists(
  heap: PmHeap,
  store: ItemStore,
  linked: readonly number[],
  fail: (why: string) => never,
): void {
  const left = new Set(linked);
  for (let slabClass = 0; slabClass < CLASS_CHUNK_BYTES.length; slabClass++) {
    const list = store.listOf(slabClass);
    const where = `list of class ${slabClass}`;
    let previous = 0;
    let length = 0;
    for (let item = heap.loadWord(list); item !== 0; item = heap.loadWord(item + F.NEXT)) {
      if (!left.delete(item)) fail(`${where}: item ${item} is not linked, or there twice`);
      if (heap.loadU8(item + F.CLASS) - 1 !== slabClass) fail(`${where}: item ${item} is not`);
      if (heap.loadWord(item + F.PREVIOUS) !== previous) fail(`${where}: before item ${item}`);
      previous = item;
      length++;
    }
    if (heap.loadWord(list + 8) !== previous) fail(`${where}: the tail is not ${previous}`);
    if (heap.loadWord(list + 16) !== length) fail(`${where}: ${length} items`);
  }
  if (left.size > 0) fail(`${left.size} linked items are in no list`);
}

/**
 * Checks that every chunk is linked, free or held by a client, and that each item has as many
 * references as there are clients in `held` (one entry a client that holds an item).
 */
export function checkSlabChunks(
  heap: PmHeap,
  store: ItemStore,
  linked: readonly number[],
  held: readonly number[],
  fail: (why: string) => never,
): void {
  const used = new Set([...linked, ...held]);
  for (const item of used) {
    const holders = held.filter((other) => other === item).length;
    const references = heap.loadU16(item + F.REFERENCES);
    if (references !== holders) fail(`item ${item}: ${references} references, ${holders} holders`);
  }
  for (let slabClass = 0; slabClass < CLASS_CHUNK_BYTES.length; slabClass++) {
    const free = new Set(store.slabs.freeChunks(slabClass));
    for (const chunk of store.slabs.begunChunks(slabClass)) {
      if (free.has(chunk) === used.has(chunk)) {
        fail(`chunk ${chunk} is ${free.has(chunk) ? 'free and in use' : 'lost'}`);
      }
      if (free.delete(chunk) && heap.loadU8(chunk + F.CLASS) !== 0) {
        fail(`free chunk ${chunk} has a class`);
      }
    }
    if (free.size > 0) fail(`class ${slabClass}: ${free.size} free chunks do not exist`);
  }
}

/**
 * After a crash: nobody holds an item, so references become 0 and every chunk that is not linked is
 * free. Depends on hash chains and page tables only, so it may be run again at any time. Durable
 * when it returns.
 */
export function dropReferences(heap: PmHeap, store: ItemStore, linked: readonly number[]): void {
  for (const item of linked) {
    if (heap.loadU16(item + F.REFERENCES) === 0) continue;
    heap.storeU16(item + F.REFERENCES, 0);
    heap.writeBack(item + F.REFERENCES, 2);
  }
  const inUse = new Set(linked);
  for (let slabClass = 0; slabClass < CLASS_CHUNK_BYTES.length; slabClass++) {
    const free = store.slabs.begunChunks(slabClass).filter((chunk) => !inUse.has(chunk));
    for (const chunk of free) {
      heap.storeU8(chunk + F.CLASS, 0);
      heap.writeBack(chunk + F.CLASS, 1);
    }
    store.slabs.reclaim(slabClass, free);
  }
  heap.orderingFence();
}

/** The contents, one line a key, sorted. */
export function valuesText(values: ReadonlyMap<string, StoredValue>): string {
  return [...values]
    .map(([key, value]) => `${key}: ${value.bytes} B, ${value.hash.toString(16)}`)
    .sort()
    .join('\n');
}
