/**
 * A small map from 32-bit keys to the position of that key in a list: open addressing over typed
 * arrays, with generation stamps so that emptying it is one increment. Transactions use it for
 * their write set and for the lines that they have to write back; it allocates only when it grows.
 */

import { doubled } from '../columns.ts';

const FIRST_CAPACITY = 16;

/** Slots per key at the fullest. */
const SLOTS_PER_KEY = 4;

export class StampedIndex {
  #keys = new Uint32Array(FIRST_CAPACITY);
  #size = 0;
  #positions = new Uint32Array(FIRST_CAPACITY * SLOTS_PER_KEY);
  #stamps = new Uint32Array(FIRST_CAPACITY * SLOTS_PER_KEY);
  #generation = 1;

  /** How many keys there are; positions run from 0 to size - 1 in order of insertion. */
  get size(): number {
    return this.#size;
  }

  /** How many keys fit without growing: arrays that run in parallel need that many entries. */
  get capacity(): number {
    return this.#keys.length;
  }

  /** The key at `position`, which must be below `size`. */
  keyAt(position: number): number {
    return this.#keys[position];
  }

  /** The position of `key`, or -1. */
  find(key: number): number {
    const slot = this.#slotFor(key);
    return this.#stamps[slot] === this.#generation ? this.#positions[slot] : -1;
  }

  /** Adds `key` at the end unless it is there; tells whether it was added. */
  add(key: number): boolean {
    if (this.#size === this.#keys.length) this.#grow();
    const slot = this.#slotFor(key);
    if (this.#stamps[slot] === this.#generation) return false;
    this.#occupy(slot, this.#size);
    this.#keys[this.#size++] = key;
    return true;
  }

  clear(): void {
    this.#size = 0;
    this.#generation++;
    if (this.#generation === 2 ** 32) {
      this.#stamps.fill(0);
      this.#generation = 1;
    }
  }

  /** The slot that holds `key`, or the free one where it belongs. */
  #slotFor(key: number): number {
    const mask = this.#stamps.length - 1;
    // Knuth's multiplicative hashing: neighbouring keys end up far apart.
    let slot = (Math.imul(key, 0x9e3779b1) >>> 7) & mask;
    while (this.#stamps[slot] === this.#generation && this.#keys[this.#positions[slot]] !== key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #occupy(slot: number, position: number): void {
    this.#positions[slot] = position;
    this.#stamps[slot] = this.#generation;
  }

  #grow(): void {
    const keys = doubled(this.#keys);
    this.#keys = keys;
    this.#positions = new Uint32Array(keys.length * SLOTS_PER_KEY);
    this.#stamps = new Uint32Array(keys.length * SLOTS_PER_KEY);
    this.#generation = 1;
    for (let i = 0; i < this.#size; i++) this.#occupy(this.#slotFor(keys[i]), i);
  }
}
