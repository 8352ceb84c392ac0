/**
 * Echo's master store: a hash table of version tables, and a log of commit records that own the
 * keys and values. A commit builds its record, appends it to the log and merges it into the table,
 * all in the committing client's thread (as WHISPER's build does; merging by another thread was
 * planned).
 *
 * Protocol, from the original's sources; every struct is filled and flushed, then its state set and
 * flushed. Base: 241 epochs for 8 pairs, which includes 8 for the keys' bytes: WHISPER's
 * instrumentation does not see those (a plain strncpy), so it counted about 233.
 *   record: struct, vector (2), fields | state |          16 epochs
 *   pair: struct, key, value blocks, key | value | fields | state | slot | count |      18 each
 *   log: slot | count | snapshot | record's end snapshot | link from the one before | CREATED_OK |
 *   merge: INPROGRESS_OK | ... COMMITTED |, and per pair: version block, fields | state | slot |
 *     count | table's counts |, 9 each; new key also: entry block, fields |, table block, its
 *     vector, fields | state |, link into the chain: 22 epochs, 27 when the bucket is in use
 *
 * What the original never flushes is not flushed here either, as the log can restore it: the global
 * snapshot, the link to the next record, an entry's pointer to its version table, counts of keys.
 * Pointers to blocks just allocated are stored with their struct's other fields. (The original's
 * allocator stores them as it returns, unseen by the instrumentation and flushed with the fields.)
 */

import assert from 'node:assert/strict';
import type { PmHeap } from '../../pm/heap.ts';
import { hashKey, holdsKey, writeKey, writeValue } from './contents.ts';
import {
  CHAIN,
  CommitState,
  ENTRY,
  flushRange,
  flushRangeDurably,
  type Geometry,
  NO_SNAPSHOT,
  PAIR,
  RECORD,
  STORE,
  StructState,
  TABLE,
  VERSION,
  VERSIONS,
} from './layout.ts';
import { ClumpPool } from './pool.ts';
import { CommitStep } from './steps.ts';
import { appendToVector, createVector, vectorCount, vectorItem } from './vector.ts';

/** Heap offset of the word that points to the master store; the pool follows on the next line. */
const ROOT = 64;
const POOL_START = 128;
/** Lock ids: the allocator's, the log's, and stripes of locks for buckets and version tables. */
const ALLOCATOR_LOCK = 0;
const LOG_LOCK = 1;
const FIRST_BUCKET_LOCK = 2;
/** Assumption: the original has a lock per bucket and per version table; stripes stand for them. */
const BUCKET_LOCKS = 256;

/** The puts of one commit, in order, no key twice. Entries from 0 to count - 1. */
export interface Batch {
  readonly keys: Float64Array;
  readonly serials: Uint32Array;
  count: number;
}

/** The store on a heap. Offsets are heap offsets of structs. */
export class EchoStore {
  readonly heap: PmHeap;
  readonly pool: ClumpPool;
  readonly geometry: Geometry;
  readonly root: number;
  readonly table: number;
  readonly log: number;
  readonly #buckets: number;
  readonly #key: Uint8Array;
  readonly #value: Uint8Array;
  #bucket = 0;

  private constructor(heap: PmHeap, geometry: Geometry) {
    this.heap = heap;
    this.geometry = geometry;
    this.pool = new ClumpPool(heap, POOL_START, ALLOCATOR_LOCK);
    this.root = heap.loadWord(ROOT);
    this.table = this.root === 0 ? 0 : heap.loadWord(this.root + STORE.table);
    this.log = this.root === 0 ? 0 : heap.loadWord(this.root + STORE.commitLog);
    this.#buckets = this.root === 0 ? 0 : heap.loadWord(this.table + TABLE.buckets);
    this.#key = new Uint8Array(geometry.keyBytes + 1);
    this.#value = new Uint8Array(geometry.valueBytes + 1);
  }

  /** The store that `create` left on this heap, possibly crashed since; null if there is none. */
  static open(heap: PmHeap, geometry: Geometry): EchoStore | null {
    return heap.loadU64(ROOT) === 0n ? null : new EchoStore(heap, geometry);
  }

  /** Formats an all-zero heap with an empty store. */
  static create(heap: PmHeap, geometry: Geometry): EchoStore {
    const { pool } = new EchoStore(heap, geometry);
    pool.format();
    const buckets = pool.allocate(geometry.bucketCount * CHAIN.bytes);
    const table = pool.allocate(TABLE.bytes);
    heap.storeWord(table + TABLE.buckets, buckets);
    heap.storeWord(table + TABLE.bucketCount, geometry.bucketCount);
    heap.storeU32(table + TABLE.state, StructState.ACTIVE);
    flushRange(heap, table, TABLE.bytes);
    const log = createVector(heap, pool);
    const store = pool.allocate(STORE.bytes);
    heap.storeWord(store + STORE.table, table);
    heap.storeWord(store + STORE.commitLog, log);
    heap.storeWord(store + STORE.globalSnapshot, 1);
    heap.storeU32(store + STORE.state, StructState.ACTIVE);
    flushRange(heap, store, STORE.bytes);
    heap.storeWord(ROOT, store);
    flushRange(heap, ROOT, 8);
    return new EchoStore(heap, geometry);
  }

  /** A snapshot number for a client to begin with. */
  takeSnapshot(): number {
    const at = this.root + STORE.globalSnapshot;
    const snapshot = this.#increment(at);
    flushRange(this.heap, at, 8);
    return snapshot;
  }

  /**
   * Commits `batch` for a client that read as of `beginSnapshot`; the snapshot number of the
   * commit. Durable when this returns: its last fence is a durability fence.
   */
  commit(batch: Batch, beginSnapshot: number): number {
    const record = this.#createRecord(beginSnapshot);
    const pairs = this.heap.loadWord(record + RECORD.pairs);
    for (let i = 0; i < batch.count; i++) {
      const pair = this.#createPair(batch.keys[i], batch.serials[i]);
      appendToVector(this.heap, this.pool, pairs, pair);
    }
    const snapshot = this.#appendToLog(record);
    this.#merge(record, snapshot);
    return snapshot;
  }

  /**
   * The value of key `number` as of `snapshot` (offset of its bytes), or 0 if it had none. Reports
   * the loads of a lookup, a binary search in the version table, and of the whole value.
   */
  get(number: number, snapshot: number): number {
    writeKey(this.#key, number);
    const heap = this.heap;
    const entry = this.findEntry(this.#key);
    if (entry === 0) return 0;
    const lock = this.#bucketLock();
    heap.lock(lock);
    const vector = heap.loadWord(heap.loadWord(entry + ENTRY.versions) + VERSIONS.vector);
    let found = 0;
    let low = 0;
    let high = vectorCount(heap, vector) - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const version = vectorItem(heap, vector, middle);
      if (heap.loadWord(version + VERSION.snapshot) > snapshot) {
        high = middle - 1;
      } else {
        found = version;
        low = middle + 1;
      }
    }
    heap.unlock(lock);
    if (found === 0) return 0;
    const record = heap.loadWord(found + VERSION.record);
    const state = heap.relaxed().loadU32(record + RECORD.state);
    assert.equal(state, CommitState.COMMITTED, 'a snapshot shows merged commits only');
    const value = heap.loadWord(found + VERSION.value);
    heap.touch(value, heap.loadWord(found + VERSION.size));
    return value;
  }

  /** The chain head of `key`'s bucket. */
  bucketOf(key: Uint8Array): number {
    this.#bucket = hashKey(key) % this.geometry.bucketCount;
    return this.#buckets + this.#bucket * CHAIN.bytes;
  }

  #bucketLock(): number {
    return FIRST_BUCKET_LOCK + (this.#bucket % BUCKET_LOCKS);
  }

  /** The entry of `key`, or 0. */
  findEntry(key: Uint8Array): number {
    const heap = this.heap;
    let link = this.bucketOf(key);
    while (link !== 0) {
      const entry = heap.atomic().loadWord(link + CHAIN.data);
      if (entry === 0) return 0;
      const stored = heap.loadWord(entry + ENTRY.key);
      heap.touch(stored, key.length);
      if (holdsKey(heap.bytes, stored, key)) return entry;
      link = heap.atomic().loadWord(link + CHAIN.next);
    }
    return 0;
  }

  #createRecord(beginSnapshot: number): number {
    const heap = this.heap;
    const record = this.pool.allocate(RECORD.bytes);
    const pairs = createVector(heap, this.pool);
    heap.storeU8(record + RECORD.inPm, 1);
    heap.storeWord(record + RECORD.beginSnapshot, beginSnapshot);
    heap.storeWord(record + RECORD.endSnapshot, NO_SNAPSHOT);
    heap.storeWord(record + RECORD.pairs, pairs);
    heap.storeWord(record + RECORD.conflictKey, 0);
    heap.storeWord(record + RECORD.nextRecord, 0);
    heap.storeU8(record + RECORD.debugSignalled, 0);
    flushRange(heap, record, RECORD.bytes - 4);
    heap.storeU32(record + RECORD.state, CommitState.CREATED);
    flushRange(heap, record + RECORD.state, 4);
    return record;
  }

  #createPair(number: number, serial: number): number {
    const heap = this.heap;
    writeKey(this.#key, number);
    writeValue(this.#value, number, serial);
    const pair = this.pool.allocate(PAIR.bytes);
    const key = this.pool.allocate(this.#key.length);
    const value = this.pool.allocate(this.#value.length);
    heap.at(CommitStep.pair).storeBytes(key, this.#key);
    flushRange(heap, key, this.#key.length, CommitStep.pair);
    heap.storeBytes(value, this.#value);
    flushRange(heap, value, this.#value.length, CommitStep.pair);
    heap.storeWord(pair + PAIR.key, key);
    heap.storeWord(pair + PAIR.value, value);
    heap.storeU8(pair + PAIR.inPm, 1);
    heap.storeWord(pair + PAIR.size, this.#value.length);
    flushRange(heap, pair, PAIR.state, CommitStep.pair);
    heap.storeU32(pair + PAIR.state, StructState.ACTIVE);
    flushRange(heap, pair + PAIR.state, 4, CommitStep.pair);
    return pair;
  }

  /** From CREATED_OK on, the commit survives a crash. */
  #appendToLog(record: number): number {
    const heap = this.heap;
    heap.lock(LOG_LOCK);
    const count = vectorCount(heap, this.log);
    const before = count === 0 ? 0 : vectorItem(heap, this.log, count - 1);
    appendToVector(heap, this.pool, this.log, record);
    const snapshot = this.#increment(this.root + STORE.globalSnapshot);
    heap.dram("order of the log's snapshots", true);
    heap.at(CommitStep.log).orderingFence();
    heap.unlock(LOG_LOCK);
    heap.storeWord(record + RECORD.endSnapshot, snapshot);
    flushRange(heap, record + RECORD.endSnapshot, 8, CommitStep.log);
    if (before !== 0) {
      heap.storeWord(before + RECORD.nextRecord, record);
      heap.at(CommitStep.log).orderingFence();
      const state = heap.relaxed().loadU32(before + RECORD.state);
      assert(state === CommitState.COMMITTED || state === CommitState.ABORTED);
    }
    heap
      .at(CommitStep.commitMark)
      .relaxed()
      .storeU32(record + RECORD.state, CommitState.CREATED_OK);
    flushRange(heap, record + RECORD.state, 4, CommitStep.log);
    return snapshot;
  }

  #merge(record: number, snapshot: number): void {
    const heap = this.heap;
    heap.relaxed().storeU32(record + RECORD.state, CommitState.INPROGRESS_OK);
    flushRange(heap, record + RECORD.state, 4);
    const pairs = heap.loadWord(record + RECORD.pairs);
    const count = vectorCount(heap, pairs);
    for (let i = 0; i < count; i++) {
      this.#put(vectorItem(heap, pairs, i), record, snapshot);
    }
    heap.relaxed().storeU32(record + RECORD.state, CommitState.COMMITTED);
    flushRangeDurably(heap, record + RECORD.state, 4);
  }

  #put(pair: number, record: number, snapshot: number): void {
    const heap = this.heap;
    const key = heap.loadWord(pair + PAIR.key);
    heap.touch(key, this.#key.length);
    this.#key.set(heap.bytes.subarray(key, key + this.#key.length));
    const found = this.findEntry(this.#key);
    const lock = this.#bucketLock();
    if (found !== 0) heap.lock(lock);
    const entry = found === 0 ? this.createEntry(key) : found;
    if (found === 0) heap.storeWord(entry + ENTRY.versions, this.createVersions(key));
    const versions = heap.loadWord(entry + ENTRY.versions);
    this.#insertVersion(versions, pair, record, snapshot);
    if (found !== 0) {
      heap.unlock(lock);
      return;
    }
    heap.lock(lock);
    this.linkEntry(entry, this.bucketOf(this.#key));
    heap.unlock(lock);
    this.#increment(this.root + STORE.pairsCount);
  }

  /** A new entry for a key at `key`, without a version table yet. */
  createEntry(key: number): number {
    const heap = this.heap;
    const entry = this.pool.allocate(ENTRY.bytes);
    heap.storeWord(entry + ENTRY.key, key);
    heap.storeWord(entry + ENTRY.versions, 0);
    flushRange(heap, entry, ENTRY.bytes);
    return entry;
  }

  /** A new version table for a key at `key`: empty, or with the versions `items`. */
  createVersions(key: number, items: readonly number[] = []): number {
    const heap = this.heap;
    const versions = this.pool.allocate(VERSIONS.bytes);
    heap.storeWord(versions + VERSIONS.parent, this.root);
    const vector = createVector(heap, this.pool, items);
    heap.storeWord(versions + VERSIONS.vector, vector);
    heap.storeWord(versions + VERSIONS.key, key);
    heap.storeWord(versions + VERSIONS.everCount, items.length);
    heap.storeWord(versions + VERSIONS.count, items.length);
    flushRange(heap, versions, VERSIONS.state);
    heap.storeU32(versions + VERSIONS.state, StructState.ACTIVE);
    flushRange(heap, versions + VERSIONS.state, 4);
    return versions;
  }

  /**
   * A new version: the pair's value as of the record's commit. Its fields become durable with its
   * state: the original's flush of them names the pointer's address, not the struct's, and so is
   * two fences around nothing; both are on one line.
   */
  createVersion(pair: number, record: number, snapshot: number, localNumber: number): number {
    const heap = this.heap;
    const version = this.pool.allocate(VERSION.bytes);
    heap.storeWord(version + VERSION.value, heap.loadWord(pair + PAIR.value));
    heap.storeWord(version + VERSION.size, heap.loadWord(pair + PAIR.size));
    heap.storeWord(version + VERSION.localNumber, localNumber);
    heap.storeWord(version + VERSION.timeToLive, 0);
    heap.storeWord(version + VERSION.snapshot, snapshot);
    heap.storeWord(version + VERSION.record, record);
    heap.orderingFence();
    heap.orderingFence();
    heap.storeU32(version + VERSION.state, StructState.ACTIVE);
    flushRange(heap, version + VERSION.state, 4);
    return version;
  }

  #insertVersion(versions: number, pair: number, record: number, snapshot: number): void {
    const heap = this.heap;
    const everCount = heap.loadWord(versions + VERSIONS.everCount);
    const version = this.createVersion(pair, record, snapshot, everCount);
    const vector = heap.loadWord(versions + VERSIONS.vector);
    const count = vectorCount(heap, vector);
    if (count > 0) this.#checkNoConflict(vectorItem(heap, vector, count - 1), record);
    appendToVector(heap, this.pool, vector, version);
    heap.storeWord(versions + VERSIONS.everCount, everCount + 1);
    heap.storeWord(versions + VERSIONS.count, count + 1);
    flushRange(heap, versions, VERSIONS.bytes);
  }

  /**
   * Echo's conflict detection looks back over the versions for one committed since this commit
   * began. The driver's clients put disjoint keys, so there never is one, and aborting is not
   * modelled.
   */
  #checkNoConflict(newest: number, record: number): void {
    const committed = this.heap.loadWord(newest + VERSION.snapshot);
    assert(committed <= this.heap.loadWord(record + RECORD.beginSnapshot), 'echo: write conflict');
  }

  /**
   * Adds one to the number at `at`, which clients share, and returns what it was. Atomic: no lock is
   * the number's own. It orders nothing else.
   */
  #increment(at: number): number {
    const before = this.heap.relaxed().loadWord(at);
    this.heap.relaxed().storeWord(at, before + 1);
    return before;
  }

  /** Puts the entry into the bucket's chain: at the head, or behind it in a new link. */
  linkEntry(entry: number, bucket: number): void {
    const heap = this.heap;
    if (heap.loadWord(bucket + CHAIN.data) === 0) {
      heap.atomic().storeWord(bucket + CHAIN.data, entry);
      flushRange(heap, bucket + CHAIN.data, 8);
      this.#increment(this.table + TABLE.entryCount);
      this.#increment(this.table + TABLE.bucketsUsed);
      return;
    }
    const link = this.pool.allocate(CHAIN.bytes);
    heap.storeWord(link + CHAIN.data, entry);
    heap.storeWord(link + CHAIN.next, heap.loadWord(bucket + CHAIN.next));
    flushRange(heap, link, CHAIN.bytes);
    heap.atomic().storeWord(bucket + CHAIN.next, link);
    flushRange(heap, bucket + CHAIN.next, 8);
    this.#increment(this.table + TABLE.entryCount);
  }
}
