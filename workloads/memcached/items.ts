/**
 * Items, hash table and LRU lists of memcached 1.2.4 (items.c, assoc.c) in PM, changed inside
 * transactions as in the port of it that WHISPER uses: byte copies are stores of single bytes, each
 * with a log record of its own.
 *
 * On media: an item has the original's header of 56 B (offsets below), then key and a zero byte,
 * suffix (" 0 <bytes>\r\n"), data and "\r\n". The hash table is 2^power words. Per slab class, one
 * word each of LRU head, tail and length. Zero is null.
 *
 * Differs from the original: LRU heads are in PM (there they are lost in a restart). The hash
 * function is FNV-1a instead of Jenkins's. Not modelled: growth of the hash table (the original
 * stops instead), deletion, expiry and compare-and-swap.
 */

import { strict as assert } from 'node:assert';
import { LINE_BYTES } from '../../pm/line.ts';
import type { RedoMemory } from '../../pm/mnemosyne/redo-memory.ts';
import { CLASS_CHUNK_BYTES, classFor, type SlabOptions, Slabs, slabBytes } from './slabs.ts';

/** Fields of an item: 8 bytes unless said. */
export const ItemField = {
  NEXT: 0,
  PREVIOUS: 8,
  HASH_NEXT: 16,
  /** 4 bytes each: time of last bump, expiry, bytes of data with the final "\r\n". */
  TIME: 24,
  EXPIRY: 28,
  DATA_BYTES: 32,
  /** 2 bytes, then 1 each. */
  REFERENCES: 36,
  SUFFIX_BYTES: 38,
  FLAGS: 39,
  CLASS: 40,
  KEY_BYTES: 41,
  CAS: 48,
  KEY: 56,
} as const;
const F = ItemField;

export const LINKED = 1;
const SLABBED = 4;

export const KEY_BYTES = 16;

/** Items are moved to the front of their LRU list at most once in so many seconds. */
const UPDATE_INTERVAL_S = 60;
/** How many items from the end of an LRU list are looked at for one that nobody holds. */
const EVICTION_TRIES = 50;

/** Sizes of everything. */
export interface ItemOptions {
  readonly hashPower: number;
  readonly slabs: SlabOptions;
}

const LISTS_BYTES = Math.ceil((CLASS_CHUNK_BYTES.length * 24) / LINE_BYTES) * LINE_BYTES;

/** Static bytes that an item store needs; a multiple of 64. */
export function itemStoreBytes({ hashPower, slabs }: ItemOptions): number {
  return 2 ** hashPower * 8 + LISTS_BYTES + slabBytes(slabs);
}

/** FNV-1a, with its bits mixed so that the low ones serve as a bucket number. */
export function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The suffix of an item of so many bytes, as the original prints it. */
function suffixOf(valueBytes: number): string {
  return ` 0 ${valueBytes}\r\n`;
}

/** All bytes of an item with a value of `valueBytes`. */
export function itemBytes(valueBytes: number): number {
  return F.KEY + KEY_BYTES + 1 + suffixOf(valueBytes).length + valueBytes + 2;
}

export class ItemStore {
  readonly slabs: Slabs;
  readonly #memory: RedoMemory;
  readonly #table: number;
  readonly #buckets: number;
  readonly #lists: number;
  #lastCas: number;

  /** The store in the static area of `memory`, all zero at first. `lastCas`: largest id given out. */
  constructor(memory: RedoMemory, options: ItemOptions, lastCas: number) {
    this.#memory = memory;
    this.#table = memory.staticOffset;
    this.#buckets = 2 ** options.hashPower;
    this.#lists = this.#table + this.#buckets * 8;
    this.slabs = new Slabs(memory, this.#lists + LISTS_BYTES, options.slabs);
    this.#lastCas = lastCas;
  }

  /** The linked item with this key, or 0. */
  find(key: Uint8Array): number {
    let item = this.#memory.loadWord(this.bucketOf(key));
    while (item !== 0 && !this.#hasKey(item, key)) {
      item = this.#memory.loadWord(item + F.HASH_NEXT);
    }
    return item;
  }

  /** Finds an item and takes a reference to it. */
  get(key: Uint8Array): number {
    const item = this.find(key);
    if (item !== 0) this.#addReference(item, 1);
    return item;
  }

  /**
   * A new item without data, which the caller holds. When memory is used up, the item that has not
   * been used for longest gives way: its key is put into `evicted`.
   */
  alloc(key: Uint8Array, valueBytes: number, evicted: Uint8Array[]): number {
    const memory = this.#memory;
    const slabClass = classFor(itemBytes(valueBytes));
    let item = this.slabs.alloc(slabClass);
    if (item === 0) {
      this.#evict(slabClass, evicted);
      item = this.slabs.alloc(slabClass);
      assert(item !== 0, 'every item of a slab class is held');
    }
    const suffix = suffixOf(valueBytes);
    memory.storeU8(item + F.CLASS, slabClass + 1);
    memory.storeWord(item + F.HASH_NEXT, 0);
    memory.storeWord(item + F.PREVIOUS, 0);
    memory.storeWord(item + F.NEXT, 0);
    memory.storeU16(item + F.REFERENCES, 1);
    memory.storeU8(item + F.FLAGS, 0);
    memory.storeU8(item + F.KEY_BYTES, KEY_BYTES);
    memory.storeU32(item + F.DATA_BYTES, valueBytes + 2);
    for (let i = 0; i < KEY_BYTES; i++) memory.storeU8(item + F.KEY + i, key[i]);
    memory.storeU8(item + F.KEY + KEY_BYTES, 0);
    memory.storeU32(item + F.EXPIRY, 0);
    const at = item + F.KEY + KEY_BYTES + 1;
    for (let i = 0; i < suffix.length; i++) memory.storeU8(at + i, suffix.charCodeAt(i));
    memory.storeU8(item + F.SUFFIX_BYTES, suffix.length);
    return item;
  }

  /** Where the key of an item starts. */
  keyOf(item: number): number {
    return item + F.KEY;
  }

  /** How long the data of an item are, with their end. */
  dataBytesOf(item: number): number {
    return this.#memory.loadU32(item + F.DATA_BYTES);
  }

  /** Where the data of an item starts. */
  dataOf(item: number): number {
    return item + F.KEY + KEY_BYTES + 1 + this.#memory.loadU8(item + F.SUFFIX_BYTES);
  }

  /** Puts the caller's item into hash table and LRU list, in place of one with the same key. */
  store(item: number, key: Uint8Array, nowS: number): void {
    const old = this.get(key);
    if (old !== 0) this.#unlink(old);
    this.#link(item, key, nowS);
    if (old !== 0) this.release(old);
  }

  /** Gives a reference back; the chunk of an item that is neither held nor linked is freed. */
  release(item: number): void {
    if (this.#memory.loadU16(item + F.REFERENCES) !== 0) this.#addReference(item, -1);
    const linked = (this.#memory.loadU8(item + F.FLAGS) & LINKED) !== 0;
    if (!linked && this.#memory.loadU16(item + F.REFERENCES) === 0) this.#free(item);
  }

  /** Moves an item to the front of its LRU list, unless that was done less than a minute ago. */
  update(item: number, nowS: number): void {
    const memory = this.#memory;
    if (memory.loadU32(item + F.TIME) >= nowS - UPDATE_INTERVAL_S) return;
    if ((memory.loadU8(item + F.FLAGS) & LINKED) === 0) return;
    this.#takeFromList(item);
    memory.storeU32(item + F.TIME, nowS);
    this.#putAtFront(item);
  }

  /** Where the bucket of a key is. */
  bucketOf(key: Uint8Array): number {
    return this.#table + (hashOf(key) % this.#buckets) * 8;
  }

  bucketCount(): number {
    return this.#buckets;
  }

  bucketAt(index: number): number {
    return this.#table + index * 8;
  }

  /** Where the head of a class's LRU list is; tail and length follow. */
  listOf(slabClass: number): number {
    return this.#lists + slabClass * 24;
  }

  #hasKey(item: number, key: Uint8Array): boolean {
    if (this.#memory.loadU8(item + F.KEY_BYTES) !== KEY_BYTES) return false;
    for (let i = 0; i < KEY_BYTES; i++) {
      if (this.#memory.loadU8(item + F.KEY + i) !== key[i]) return false;
    }
    return true;
  }

  #keyOf(item: number): Uint8Array {
    return Uint8Array.from({ length: KEY_BYTES }, (_, i) => this.#memory.loadU8(item + F.KEY + i));
  }

  #addReference(item: number, count: number): void {
    const references = this.#memory.loadU16(item + F.REFERENCES);
    this.#memory.storeU16(item + F.REFERENCES, references + count);
  }

  #evict(slabClass: number, evicted: Uint8Array[]): void {
    let item = this.#memory.loadWord(this.listOf(slabClass) + 8);
    for (let tries = EVICTION_TRIES; tries > 0 && item !== 0; tries--) {
      if (this.#memory.loadU16(item + F.REFERENCES) === 0) {
        evicted.push(this.#keyOf(item));
        this.#unlink(item);
        return;
      }
      item = this.#memory.loadWord(item + F.PREVIOUS);
    }
  }

  #link(item: number, key: Uint8Array, nowS: number): void {
    const memory = this.#memory;
    memory.storeU8(item + F.FLAGS, memory.loadU8(item + F.FLAGS) | LINKED);
    memory.storeU32(item + F.TIME, nowS);
    const bucket = this.bucketOf(key);
    memory.storeWord(item + F.HASH_NEXT, memory.loadWord(bucket));
    memory.storeWord(bucket, item);
    memory.storeWord(item + F.CAS, ++this.#lastCas);
    this.#putAtFront(item);
  }

  #unlink(item: number): void {
    const memory = this.#memory;
    memory.storeU8(item + F.FLAGS, memory.loadU8(item + F.FLAGS) & ~LINKED);
    let pointer = this.bucketOf(this.#keyOf(item));
    while (memory.loadWord(pointer) !== item) {
      pointer = memory.loadWord(pointer) + F.HASH_NEXT;
      assert(pointer !== F.HASH_NEXT, `item ${item} is not in its bucket`);
    }
    const next = memory.loadWord(item + F.HASH_NEXT);
    memory.storeWord(item + F.HASH_NEXT, 0);
    memory.storeWord(pointer, next);
    this.#takeFromList(item);
    if (memory.loadU16(item + F.REFERENCES) === 0) this.#free(item);
  }

  #free(item: number): void {
    const memory = this.#memory;
    const slabClass = memory.loadU8(item + F.CLASS) - 1;
    memory.storeU8(item + F.CLASS, 0);
    memory.storeU8(item + F.FLAGS, memory.loadU8(item + F.FLAGS) | SLABBED);
    this.slabs.free(slabClass, item);
  }

  #putAtFront(item: number): void {
    const memory = this.#memory;
    const list = this.listOf(memory.loadU8(item + F.CLASS) - 1);
    const head = memory.loadWord(list);
    memory.storeWord(item + F.PREVIOUS, 0);
    memory.storeWord(item + F.NEXT, head);
    if (head !== 0) memory.storeWord(head + F.PREVIOUS, item);
    memory.storeWord(list, item);
    if (memory.loadWord(list + 8) === 0) memory.storeWord(list + 8, item);
    memory.storeWord(list + 16, memory.loadWord(list + 16) + 1);
  }

  #takeFromList(item: number): void {
    const memory = this.#memory;
    const list = this.listOf(memory.loadU8(item + F.CLASS) - 1);
    const next = memory.loadWord(item + F.NEXT);
    const previous = memory.loadWord(item + F.PREVIOUS);
    if (memory.loadWord(list) === item) memory.storeWord(list, next);
    if (memory.loadWord(list + 8) === item) memory.storeWord(list + 8, previous);
    if (next !== 0) memory.storeWord(next + F.PREVIOUS, previous);
    if (previous !== 0) memory.storeWord(previous + F.NEXT, next);
    memory.storeWord(list + 16, memory.loadWord(list + 16) - 1);
  }
}
