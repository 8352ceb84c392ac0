/**
 * A chained hash table in PM, after hashmap_tx of NVML 1.1's examples (WHISPER's `hashmap`). Undo-log
 * transactions as in that version's libpmemobj: see pm/nvml/transaction.ts. An insert logs the bucket
 * and the count and allocates one entry: 14 epochs. Now and then the table doubles in a second
 * transaction that logs every entry's link, two epochs each.
 *
 * Layout. The map: seed u32, hash coefficients a u32, b u32 (and padding) and p u64, count u64,
 * object id of the buckets. Buckets: how many u64, then an object id each. An entry: key u64, value
 * (object id), next entry (object id).
 */

import type { PmHeap } from '../../pm/heap.ts';
import { CHUNK_BYTES, RUN_DATA_BYTES } from '../../pm/nvml/layout.ts';
import { loadObjectId, OBJECT_ID_BYTES, storeObjectId } from '../../pm/nvml/object-id.ts';
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

const MAP_A = 4;
const MAP_B = 8;
const MAP_P = 16;
const MAP_COUNT = 24;
const MAP_BUCKETS = 32;
const MAP_BYTES = 48;
const BUCKET_0 = 8;
const ENTRY_VALUE = 8;
const ENTRY_NEXT = 24;
const ENTRY_BYTES = 40;
const MAP_TYPE = 1004;
const BUCKETS_TYPE = 1005;
const ENTRY_TYPE = 1006;

const INITIAL_BUCKETS = 10;
const CHAIN_MIN = 5;
const CHAIN_MAX = 10;
const HASH_P = 32_212_254_719;

class HashMapTx implements PersistentMap {
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
    const map = this.#map;
    const buckets = loadObjectId(heap, map + MAP_BUCKETS);
    const bucket = this.#bucketOf(buckets, key);
    let chain = 0;
    for (let e = loadObjectId(heap, bucket); e !== 0; e = loadObjectId(heap, e + ENTRY_NEXT)) {
      if (heap.loadWord(e) === key) return false;
      chain++;
    }
    tx.begin();
    tx.addRange(bucket, OBJECT_ID_BYTES);
    tx.addRange(map + MAP_COUNT, 8);
    const entry = tx.allocate(ENTRY_BYTES, ENTRY_TYPE);
    heap.storeWord(entry, key);
    storeObjectId(heap, entry + ENTRY_VALUE, value);
    storeObjectId(heap, entry + ENTRY_NEXT, loadObjectId(heap, bucket));
    storeObjectId(heap, bucket, entry);
    const count = heap.loadWord(map + MAP_COUNT) + 1;
    heap.storeWord(map + MAP_COUNT, count);
    tx.commit();
    chain++;
    const length = heap.loadWord(buckets);
    if (chain > CHAIN_MAX || (chain > CHAIN_MIN && count > 2 * length)) {
      this.#rebuild(tx, length * 2);
    }
    return true;
  }

  remove(tx: Transaction, key: number): number {
    const heap = this.#heap;
    const buckets = loadObjectId(heap, this.#map + MAP_BUCKETS);
    let link = this.#bucketOf(buckets, key);
    let entry = loadObjectId(heap, link);
    while (entry !== 0 && heap.loadWord(entry) !== key) {
      link = entry + ENTRY_NEXT;
      entry = loadObjectId(heap, link);
    }
    if (entry === 0) return 0;
    const value = loadObjectId(heap, entry + ENTRY_VALUE);
    tx.begin();
    tx.addRange(link, OBJECT_ID_BYTES);
    tx.addRange(this.#map + MAP_COUNT, 8);
    storeObjectId(heap, link, loadObjectId(heap, entry + ENTRY_NEXT));
    const count = heap.loadWord(this.#map + MAP_COUNT) - 1;
    heap.storeWord(this.#map + MAP_COUNT, count);
    tx.free(entry);
    tx.commit();
    const length = heap.loadWord(buckets);
    if (count < length) this.#rebuild(tx, Math.floor(length / 2));
    return value;
  }

  lookup(key: number): number {
    const heap = this.#heap;
    const buckets = loadObjectId(heap, this.#map + MAP_BUCKETS);
    let entry = loadObjectId(heap, this.#bucketOf(buckets, key));
    while (entry !== 0 && heap.loadWord(entry) !== key) {
      entry = loadObjectId(heap, entry + ENTRY_NEXT);
    }
    return entry === 0 ? 0 : loadObjectId(heap, entry + ENTRY_VALUE);
  }

  contents(): MapContents {
    const heap = this.#heap;
    const map = this.#map;
    const found: MapContents = { entries: new Map(), objects: new Map([[map, MAP_TYPE]]) };
    const buckets = loadObjectId(heap, map + MAP_BUCKETS);
    if (loadObjectId(heap, this.#root) !== map || heap.loadWord(map + MAP_P) !== HASH_P) {
      throw new VerifyError('hashmap: the map or the root object is damaged');
    }
    found.objects.set(buckets, BUCKETS_TYPE);
    const length = heap.loadWord(buckets);
    if (length < 1 || length > heap.sizeBytes / OBJECT_ID_BYTES) {
      throw new VerifyError(`hashmap: ${length} buckets`);
    }
    for (let i = 0; i < length; i++) this.#collectChain(buckets, i, found);
    const count = heap.loadWord(map + MAP_COUNT);
    if (count !== found.entries.size) {
      throw new VerifyError(`hashmap: count ${count}, but ${found.entries.size} entries`);
    }
    return found;
  }

  #collectChain(buckets: number, index: number, found: MapContents): void {
    const heap = this.#heap;
    const bucket = buckets + BUCKET_0 + index * OBJECT_ID_BYTES;
    for (let e = loadObjectId(heap, bucket); e !== 0; e = loadObjectId(heap, e + ENTRY_NEXT)) {
      if (found.objects.has(e)) throw new VerifyError(`hashmap: entry at ${e} is linked twice`);
      found.objects.set(e, ENTRY_TYPE);
      const key = heap.loadWord(e);
      if (this.#bucketOf(buckets, key) !== bucket || found.entries.has(key)) {
        throw new VerifyError(`hashmap: key ${key} is in a wrong bucket, or twice`);
      }
      found.entries.set(key, loadObjectId(heap, e + ENTRY_VALUE));
    }
  }

  /** Moves all entries to a new array of `newLength` buckets (0: as many as there are). */
  #rebuild(tx: Transaction, newLength: number): void {
    const heap = this.#heap;
    const old = loadObjectId(heap, this.#map + MAP_BUCKETS);
    const oldLength = heap.loadWord(old);
    const length = newLength === 0 ? oldLength : newLength;
    tx.begin();
    tx.addRange(this.#map + MAP_BUCKETS, OBJECT_ID_BYTES);
    const buckets = tx.allocateZeroed(BUCKET_0 + length * OBJECT_ID_BYTES, BUCKETS_TYPE);
    heap.storeWord(buckets, length);
    tx.addRange(old, BUCKET_0 + oldLength * OBJECT_ID_BYTES);
    for (let i = 0; i < oldLength; i++) {
      const from = old + BUCKET_0 + i * OBJECT_ID_BYTES;
      for (let entry = loadObjectId(heap, from); entry !== 0; entry = loadObjectId(heap, from)) {
        const to = this.#bucketOf(buckets, heap.loadWord(entry));
        storeObjectId(heap, from, loadObjectId(heap, entry + ENTRY_NEXT));
        tx.addRange(entry + ENTRY_NEXT, OBJECT_ID_BYTES);
        storeObjectId(heap, entry + ENTRY_NEXT, loadObjectId(heap, to));
        storeObjectId(heap, to, entry);
      }
    }
    storeObjectId(heap, this.#map + MAP_BUCKETS, buckets);
    tx.free(old);
    tx.commit();
  }

  /** Offset of the bucket of `key`: ((a key + b) mod p) mod length. */
  #bucketOf(buckets: number, key: number): number {
    const heap = this.#heap;
    const a = heap.loadU32(this.#map + MAP_A);
    const b = heap.loadU32(this.#map + MAP_B);
    const p = heap.loadWord(this.#map + MAP_P);
    const hash = (a * (key % p) + b) % p;
    return buckets + BUCKET_0 + (hash % heap.loadWord(buckets)) * OBJECT_ID_BYTES;
  }
}

/** Chunks for bucket arrays (old, its logged copy, new) and the caches that a doubling fills. */
function rebuildChunks(entries: number): number {
  // A long chain doubles the table early: allow for twice as many buckets as entries.
  const arrayBytes = 2 * entries * OBJECT_ID_BYTES;
  return Math.ceil((4 * arrayBytes) / CHUNK_BYTES) + Math.ceil((64 * entries) / RUN_DATA_BYTES) + 6;
}

/** Instructions of an insert, measured on the original: optimised, and with the library's debug build. */
const INSERT = { o2: 8142, whisper: 85_915 };

/** This kind of map. */
export const hashMap: MapKind = {
  name: 'hashmap',
  summary: 'chained hash table in PM: inserts of key and object id under one lock',
  protocol: 'undo log of libpmemobj, NVML 1.1 (hashmap_tx of WHISPER)',
  group: 'whisper',
  transactionsShort: 200,
  pmStoreShare: { o2: 0.136, whisper: 0.053 },
  instructionsMeasured: { insert: INSERT },
  insertInstructions: INSERT,
  nativeInstructionsPerNs: INSERT.o2 / 1983,
  heapBytes: (entries, threads) =>
    mapHeapBytes(threads, entries, ENTRY_BYTES, rebuildChunks(entries) + 4 * threads),
  object: { bytes: MAP_BYTES, type: MAP_TYPE },
  initialise({ heap, lanes }, map, random) {
    heap.storeU32(map + MAP_A, random.between(1, 1000));
    heap.storeU32(map + MAP_B, random.below(100_000));
    heap.storeWord(map + MAP_P, HASH_P);
    const bytes = BUCKET_0 + INITIAL_BUCKETS * OBJECT_ID_BYTES;
    const buckets = lanes[0].allocateZeroed(bytes, BUCKETS_TYPE);
    storeObjectId(heap, map + MAP_BUCKETS, buckets);
    heap.storeWord(buckets, INITIAL_BUCKETS);
  },
  open: (pool) => new HashMapTx(pool),
};

export const hashmap = defineMap(hashMap);
