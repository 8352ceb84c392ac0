/**
 * Reads an Echo store off the heap and checks it on the way: every pointer must lead to an
 * allocated block of sufficient size that nothing else owns. What verification, the digest and
 * recovery see. It bears with what a crash may leave (fields that only recovery restores);
 * `check.ts` does not.
 *
 * Who owns what: the log its records, a record its pairs with their keys and values, the hash table
 * the chains, entries, version tables and versions. Entries and versions only refer to keys and
 * values.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { VerifyError } from '../workload.ts';
import { keyNumber, valueSerial } from './contents.ts';
import {
  CHAIN,
  ENTRY,
  PAIR,
  RECORD,
  STORE,
  StructState,
  TABLE,
  VECTOR,
  VERSION,
  VERSIONS,
} from './layout.ts';
import { type Block, BlockState } from './pool.ts';
import type { EchoStore } from './store.ts';

/** A key and value of a record, with what they say. */
export interface SeenPair {
  readonly key: number;
  readonly value: number;
  readonly pair: number;
  readonly number: number;
  readonly serial: number;
}

/** A commit record in the log. */
export interface SeenRecord {
  readonly record: number;
  readonly state: number;
  readonly endSnapshot: number;
  readonly pairs: readonly SeenPair[];
}

/** A version in a version table. */
export interface SeenVersion {
  readonly version: number;
  readonly record: number;
  readonly value: number;
  readonly snapshot: number;
}

/** A key in the hash table; `table` is 0 when the pointer to the version table was lost. */
export interface SeenEntry {
  readonly entry: number;
  readonly number: number;
  readonly table: number;
  readonly vector: number;
  readonly versions: readonly SeenVersion[];
}

/** Everything reachable. */
export interface Survey {
  readonly records: readonly SeenRecord[];
  readonly entries: readonly SeenEntry[];
  readonly bucketsUsed: number;
  /** Data offsets of all blocks reached. */
  readonly reached: ReadonlySet<number>;
}

class Surveyor {
  readonly #store: EchoStore;
  readonly #heap: PmHeap;
  readonly #blocks = new Map<number, Block>();
  readonly #numbers = new Map<number, number>();
  readonly reached = new Set<number>();

  constructor(store: EchoStore) {
    this.#store = store;
    this.#heap = store.heap;
    for (const block of store.pool.walk()) this.#blocks.set(block.data, block);
  }

  #claim(offset: number, bytes: number, what: string): void {
    const block = this.#blocks.get(offset);
    if (block === undefined || block.state !== BlockState.ACTIVE || block.bytes < bytes) {
      throw new VerifyError(`${what}: pointer ${offset} is to no allocated block of ${bytes} B`);
    }
    if (this.reached.has(offset)) throw new VerifyError(`${what}: ${offset} has two owners`);
    this.reached.add(offset);
  }

  #active(offset: number, what: string): void {
    const state = this.#heap.loadU32(offset);
    if (state !== StructState.ACTIVE) throw new VerifyError(`${what} has state ${state}`);
  }

  vector(vector: number, what: string): number[] {
    this.#claim(vector, VECTOR.bytes, what);
    this.#active(vector + VECTOR.state, what);
    const data = this.#heap.loadWord(vector + VECTOR.data);
    const count = this.#heap.loadWord(vector + VECTOR.count);
    this.#claim(data, count * 8, `${what}'s array`);
    const items: number[] = [];
    for (let i = 0; i < count; i++) items.push(this.#heap.loadWord(data + i * 8));
    return items;
  }

  records(): SeenRecord[] {
    const records: SeenRecord[] = [];
    for (const record of this.vector(this.#store.log, 'commit log')) {
      const what = `commit record ${records.length}`;
      this.#claim(record, RECORD.bytes, what);
      const pairs = this.vector(this.#heap.loadWord(record + RECORD.pairs), what);
      records.push({
        record,
        state: this.#heap.loadU32(record + RECORD.state),
        endSnapshot: this.#heap.loadWord(record + RECORD.endSnapshot),
        pairs: pairs.map((pair) => this.#pair(pair, what)),
      });
    }
    return records;
  }

  #pair(pair: number, what: string): SeenPair {
    const { keyBytes, valueBytes } = this.#store.geometry;
    this.#claim(pair, PAIR.bytes, `${what}: pair`);
    this.#active(pair + PAIR.state, `${what}: pair at ${pair}`);
    const key = this.#heap.loadWord(pair + PAIR.key);
    const value = this.#heap.loadWord(pair + PAIR.value);
    this.#claim(key, keyBytes + 1, `${what}: key`);
    this.#claim(value, valueBytes + 1, `${what}: value`);
    const number = keyNumber(this.#heap.bytes.subarray(key, key + keyBytes + 1));
    if (number < 0) throw new VerifyError(`${what}: the key at ${key} is no number`);
    const size = this.#heap.loadWord(pair + PAIR.size);
    const serial = valueSerial(this.#heap.bytes.subarray(value, value + valueBytes + 1), number);
    if (serial < 0 || size !== valueBytes + 1) {
      throw new VerifyError(`${what}: the value at ${value} is not one of key ${number}`);
    }
    this.#numbers.set(key, number);
    return { pair, key, value, number, serial };
  }

  /** Entries in bucket order, and how many buckets are in use. After `records`. */
  entries(): { entries: SeenEntry[]; bucketsUsed: number } {
    const { root, table, geometry } = this.#store;
    this.#claim(root, STORE.bytes, 'store');
    this.#claim(table, TABLE.bytes, 'hash table');
    const buckets = this.#heap.loadWord(table + TABLE.buckets);
    this.#claim(buckets, geometry.bucketCount * CHAIN.bytes, 'buckets');
    const entries: SeenEntry[] = [];
    let bucketsUsed = 0;
    for (let i = 0; i < geometry.bucketCount; i++) {
      const head = buckets + i * CHAIN.bytes;
      if (this.#heap.loadWord(head + CHAIN.data) !== 0) bucketsUsed++;
      this.#chain(head, entries);
    }
    return { entries, bucketsUsed };
  }

  #chain(head: number, entries: SeenEntry[]): void {
    for (let link = head; link !== 0; link = this.#heap.loadWord(link + CHAIN.next)) {
      if (link !== head) this.#claim(link, CHAIN.bytes, 'chain link');
      const entry = this.#heap.loadWord(link + CHAIN.data);
      if (entry !== 0) entries.push(this.#entry(entry, head));
      else if (link !== head) throw new VerifyError(`chain link at ${link} holds nothing`);
    }
  }

  #entry(entry: number, head: number): SeenEntry {
    this.#claim(entry, ENTRY.bytes, 'entry');
    const key = this.#heap.loadWord(entry + ENTRY.key);
    const number = this.#numbers.get(key);
    if (number === undefined) {
      throw new VerifyError(`entry at ${entry}: ${key} is no key of a commit record`);
    }
    const bytes = this.#heap.bytes.subarray(key, key + this.#store.geometry.keyBytes + 1);
    if (this.#store.bucketOf(bytes) !== head) {
      throw new VerifyError(`entry at ${entry}: key ${number} is in the wrong bucket`);
    }
    const table = this.#heap.loadWord(entry + ENTRY.versions);
    if (table === 0) return { entry, number, table: 0, vector: 0, versions: [] };
    const what = `version table of key ${number}`;
    this.#claim(table, VERSIONS.bytes, what);
    this.#active(table + VERSIONS.state, what);
    const vector = this.#heap.loadWord(table + VERSIONS.vector);
    const versions = this.vector(vector, what).map((version) => this.#version(version, what));
    return { entry, number, table, vector, versions };
  }

  #version(version: number, what: string): SeenVersion {
    this.#claim(version, VERSION.bytes, `${what}: version`);
    this.#active(version + VERSION.state, `${what}: version at ${version}`);
    return {
      version,
      record: this.#heap.loadWord(version + VERSION.record),
      value: this.#heap.loadWord(version + VERSION.value),
      snapshot: this.#heap.loadWord(version + VERSION.snapshot),
    };
  }
}

/** Reads the whole store. Throws an error that says what is wrong and where. */
export function survey(store: EchoStore): Survey {
  const surveyor = new Surveyor(store);
  const records = surveyor.records();
  const { entries, bucketsUsed } = surveyor.entries();
  return { records, entries, bucketsUsed, reached: surveyor.reached };
}

/** The commit records alone. */
export function surveyLog(store: EchoStore): readonly SeenRecord[] {
  return new Surveyor(store).records();
}
