/**
 * Redis's dictionary in PM, as in the Redis that WHISPER runs on libpmemobj: entries, keys and values
 * are objects of the pool, the bucket arrays are in DRAM. Setting a key runs two nested transactions
 * and allocates: a value for a key that is there (the old value is freed at commit), or value, key and
 * entry. Nothing is logged but allocations and frees: links between entries and the pointer from an
 * entry to its value are changed in place, without an undo entry.
 *
 * So those pointers may be wrong after a crash. To survive one, a value here names its entry (8 B
 * that the original does not have): exactly one value of an entry is allocated at any time, before or
 * after, and recovery sets the pointers from that. Links are rebuilt with the bucket arrays.
 *
 * Layout. An entry: key, value, next entry (offsets u64). A key: a string header (length u8, allocated
 * u8, flags u8), the characters, a zero. A value: object header (type u32, references u32, pointer to
 * the string u64), a string in the same form, then the entry's offset (u64) at the next multiple of 8.
 */

import type { PmHeap } from '../../pm/heap.ts';
import type { Pool } from '../../pm/nvml/pool.ts';
import type { Transaction } from '../../pm/nvml/transaction.ts';
import { VerifyError } from '../workload.ts';

const ENTRY_VALUE = 8;
const ENTRY_NEXT = 16;
const ENTRY_BYTES = 24;
const STRING_CHARS = 3;
const VALUE_STRING = 16;
const INITIAL_BUCKETS = 4;

export const ENTRY_TYPE = 1020;
export const KEY_TYPE = 1021;
export const VALUE_TYPE = 1022;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes of a key object. */
export function keyBytes(key: string): number {
  return STRING_CHARS + key.length + 1;
}

/** Bytes of a value object, its entry's offset included. */
export function valueBytes(value: string): number {
  return valueEntryAt(value.length) + 8;
}

function valueEntryAt(length: number): number {
  return Math.ceil((VALUE_STRING + STRING_CHARS + length + 1) / 8) * 8;
}

/** Two tables while entries move from the first to the second; one otherwise. */
export class PmDict {
  readonly #heap: PmHeap;
  #buckets: number[] = new Array(INITIAL_BUCKETS).fill(0);
  /** The larger table that entries are moving to, one bucket an operation; empty if none. */
  #growing: number[] = [];
  #moved = 0;
  #count = 0;

  /** An empty dictionary. */
  constructor(heap: PmHeap) {
    this.#heap = heap;
  }

  /**
   * The dictionary of a recovered pool. Sets every entry's value pointer and link. Throws VerifyError
   * unless each entry has one key and one value.
   */
  static open(pool: Pool): PmDict {
    const dict = new PmDict(pool.heap);
    const objects = pool.objects();
    const valueOfEntry = new Map<number, number>();
    for (const [object, type] of objects) {
      if (type !== VALUE_TYPE) continue;
      const entry = dict.#entryOfValue(object);
      if (objects.get(entry) !== ENTRY_TYPE || valueOfEntry.has(entry)) {
        throw new VerifyError(`redis: value at ${object} names ${entry}, which is not its entry`);
      }
      valueOfEntry.set(entry, object);
    }
    for (const [object, type] of objects) {
      if (type === ENTRY_TYPE) dict.#adopt(object, valueOfEntry.get(object), objects);
    }
    pool.heap.orderingFence();
    return dict;
  }

  get count(): number {
    return this.#count;
  }

  /** Sets `key`, in one transaction with another nested in it. */
  set(tx: Transaction, key: string, value: string): void {
    const heap = this.#heap;
    this.#moveOneBucket();
    tx.begin();
    const valueObject = tx.allocate(valueBytes(value), VALUE_TYPE);
    this.#storeValue(valueObject, value);
    tx.begin();
    const found = this.#find(key);
    if (found !== 0) {
      const old = heap.loadWord(found + ENTRY_VALUE);
      heap.storeWord(valueObject + valueEntryAt(value.length), found);
      heap.storeWord(found + ENTRY_VALUE, valueObject);
      heap.writeBack(found + ENTRY_VALUE, 8);
      tx.free(old);
    } else {
      this.#add(tx, key, value, valueObject);
    }
    tx.commit();
    tx.commit();
  }

  /** The value of `key`; null if it is not there. */
  get(key: string): string | null {
    this.#moveOneBucket();
    const entry = this.#find(key);
    if (entry === 0) return null;
    return this.#loadString(this.#heap.loadWord(entry + ENTRY_VALUE) + VALUE_STRING);
  }

  /**
   * Contents, and all objects with their types. Throws VerifyError unless every entry is in its
   * bucket, once, and names its key and a value that names it.
   */
  contents(): { entries: Map<string, string>; objects: Map<number, number> } {
    const entries = new Map<string, string>();
    const objects = new Map<number, number>();
    for (const table of [this.#buckets, this.#growing]) {
      for (let i = 0; i < table.length; i++) {
        for (let e = table[i]; e !== 0; e = this.#heap.loadWord(e + ENTRY_NEXT)) {
          if (objects.has(e)) throw new VerifyError(`redis: entry at ${e} is linked twice`);
          const keyObject = this.#heap.loadWord(e);
          const value = this.#heap.loadWord(e + ENTRY_VALUE);
          const key = this.#loadString(keyObject);
          if (hash(key) % table.length !== i || entries.has(key)) {
            throw new VerifyError(`redis: key '${key}' is in a wrong bucket, or twice`);
          }
          if (this.#entryOfValue(value) !== e) {
            throw new VerifyError(`redis: the value of '${key}' names another entry`);
          }
          objects.set(e, ENTRY_TYPE).set(keyObject, KEY_TYPE).set(value, VALUE_TYPE);
          entries.set(key, this.#checkedValue(value));
        }
      }
    }
    if (entries.size !== this.#count) {
      throw new VerifyError(`redis: count ${this.#count}, but ${entries.size} entries`);
    }
    return { entries, objects };
  }

  #add(tx: Transaction, key: string, value: string, valueObject: number): void {
    const heap = this.#heap;
    const keyObject = tx.allocate(keyBytes(key), KEY_TYPE);
    heap.storeBytes(keyObject, stringBytes(key));
    const entry = tx.allocate(ENTRY_BYTES, ENTRY_TYPE);
    heap.storeWord(valueObject + valueEntryAt(value.length), entry);
    heap.storeWord(entry, keyObject);
    heap.storeWord(entry + ENTRY_VALUE, valueObject);
    this.#link(entry, hash(key));
    this.#count++;
    if (this.#growing.length === 0 && this.#count > this.#buckets.length) {
      this.#growing = new Array(this.#buckets.length * 2).fill(0);
      this.#moved = 0;
    }
  }

  /** New entries go to the head of a chain in the table that will stay. */
  #link(entry: number, keyHash: number): void {
    const table = this.#growing.length > 0 ? this.#growing : this.#buckets;
    const bucket = keyHash % table.length;
    this.#heap.storeWord(entry + ENTRY_NEXT, table[bucket]);
    table[bucket] = entry;
  }

  /** A step of incremental growth. Links are volatile in all but place: they are not written back. */
  #moveOneBucket(): void {
    if (this.#growing.length === 0) return;
    let entry = this.#buckets[this.#moved];
    this.#buckets[this.#moved] = 0;
    while (entry !== 0) {
      const next = this.#heap.loadWord(entry + ENTRY_NEXT);
      this.#link(entry, hash(this.#loadString(this.#heap.loadWord(entry))));
      entry = next;
    }
    if (++this.#moved === this.#buckets.length) {
      this.#buckets = this.#growing;
      this.#growing = [];
    }
  }

  #find(key: string): number {
    const keyHash = hash(key);
    for (const table of [this.#buckets, this.#growing]) {
      if (table.length === 0) continue;
      let entry = table[keyHash % table.length];
      while (entry !== 0 && !this.#isString(this.#heap.loadWord(entry), key)) {
        entry = this.#heap.loadWord(entry + ENTRY_NEXT);
      }
      if (entry !== 0) return entry;
    }
    return 0;
  }

  #adopt(entry: number, value: number | undefined, objects: ReadonlyMap<number, number>): void {
    const heap = this.#heap;
    const keyObject = heap.loadWord(entry);
    if (value === undefined || objects.get(keyObject) !== KEY_TYPE) {
      throw new VerifyError(`redis: entry at ${entry} has no value or no key`);
    }
    if (heap.loadWord(entry + ENTRY_VALUE) !== value) heap.storeWord(entry + ENTRY_VALUE, value);
    while (this.#count >= this.#buckets.length) this.#regrow();
    this.#link(entry, hash(this.#loadString(keyObject)));
    heap.writeBack(entry, ENTRY_BYTES);
    this.#count++;
  }

  /** Doubles the table at once: used only while it is rebuilt. */
  #regrow(): void {
    this.#growing = new Array(this.#buckets.length * 2).fill(0);
    this.#moved = 0;
    while (this.#growing.length > 0) this.#moveOneBucket();
  }

  #storeValue(object: number, value: string): void {
    const heap = this.#heap;
    heap.storeU32(object, 0);
    heap.storeU32(object + 4, 1);
    heap.storeWord(object + 8, object + VALUE_STRING + STRING_CHARS);
    heap.storeBytes(object + VALUE_STRING, stringBytes(value));
  }

  #checkedValue(object: number): string {
    const heap = this.#heap;
    const intact =
      heap.loadU32(object) === 0 &&
      heap.loadU32(object + 4) === 1 &&
      heap.loadWord(object + 8) === object + VALUE_STRING + STRING_CHARS;
    if (!intact) throw new VerifyError(`redis: the value at ${object} is damaged`);
    return this.#loadString(object + VALUE_STRING);
  }

  #entryOfValue(object: number): number {
    const length = this.#heap.loadU8(object + VALUE_STRING);
    return this.#heap.loadWord(object + valueEntryAt(length));
  }

  #loadString(at: number): string {
    const { bytes } = this.#heap;
    const length = this.#heap.loadU8(at);
    this.#heap.touch(at + 1, length + 3);
    const chars = at + STRING_CHARS;
    if (bytes[at + 1] !== length || bytes[at + 2] !== 1 || bytes[chars + length] !== 0) {
      throw new VerifyError(`redis: the string at ${at} is damaged`);
    }
    return decoder.decode(bytes.subarray(chars, chars + length));
  }

  #isString(at: number, text: string): boolean {
    const { bytes } = this.#heap;
    if (this.#heap.loadU8(at) !== text.length) return false;
    this.#heap.touch(at + STRING_CHARS, text.length);
    for (let i = 0; i < text.length; i++) {
      if (bytes[at + STRING_CHARS + i] !== text.charCodeAt(i)) return false;
    }
    return true;
  }
}

/** Header, characters, zero. Text must be ASCII of at most 255 characters. */
function stringBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(keyBytes(text));
  bytes[0] = text.length;
  bytes[1] = text.length;
  bytes[2] = 1;
  bytes.set(encoder.encode(text), STRING_CHARS);
  return bytes;
}

/** FNV-1a, 32 bits. Which hash function spreads the keys makes no difference here. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
