/**
 * A set-associative cache of lines by number. It knows which lines are present, nothing of their
 * contents. A set's ways are kept in order of use, so the usual hit looks at one entry. What makes room
 * is the least recently used line of the set, or one drawn at random.
 *
 * A line's set is line % sets, or, where the order of evictions matters, a hash of the line, as real
 * last-level caches have: lines that came in order then leave in no particular order.
 */

import type { Replacement } from '../profiles/timing.ts';

/** 2^32 / golden ratio: Fibonacci hashing (Knuth, TAOCP 3, section 6.4). */
const GOLDEN = 0x9e3779b1;

export class Cache {
  readonly #sets: number;
  /** sets - 1 where that replaces a division: sets is a power of two, and not hashed. Else -1. */
  readonly #setMask: number;
  readonly #hashed: boolean;
  readonly #ways: number;
  /** line + 1 per entry, 0 where empty; most recently used first within a set. Signed, as what is compared with it. */
  readonly #entries: Int32Array;
  readonly #random: boolean;
  /** Not 0: of that, xorshift makes 0. */
  #draw: number;
  /** The line that the last `access` that missed pushed out, or -1. */
  evicted = -1;

  constructor(
    sets: number,
    ways: number,
    index: 'modulo' | 'hash' = 'modulo',
    replacement: Replacement = 'lru',
    seed = 0,
  ) {
    this.#sets = sets;
    this.#hashed = index === 'hash';
    this.#setMask = index === 'modulo' && (sets & (sets - 1)) === 0 ? sets - 1 : -1;
    this.#ways = ways;
    this.#random = replacement === 'random';
    this.#draw = Math.imul(seed, GOLDEN) ^ 1 || 1;
    this.#entries = new Int32Array(sets * ways);
  }

  /** Looks `line` up and makes it the most recent, inserting it if absent. True on a hit. */
  access(line: number): boolean {
    const base = this.#base(line);
    const key = (line + 1) | 0;
    return this.#entries[base] === key || this.#accessOlder(base, key);
  }

  /** Makes `key` the first of its set, which it is not; those before where it was, or all, move on by one. */
  #accessOlder(base: number, key: number): boolean {
    const entries = this.#entries;
    let end = base + this.#ways;
    if (this.#random && this.#isFullWithout(base, key)) end = base + this.#drawWay() + 1;
    let moved = entries[base];
    entries[base] = key;
    for (let i = base + 1; i < end && moved !== 0; i++) {
      const next = entries[i];
      entries[i] = moved;
      if (next === key) return true;
      moved = next;
    }
    this.evicted = moved - 1;
    return false;
  }

  #isFullWithout(base: number, key: number): boolean {
    const last = base + this.#ways - 1;
    if (this.#entries[last] === 0) return false;
    for (let i = base; i <= last; i++) if (this.#entries[i] === key) return false;
    return true;
  }

  /** Forgets `line`, if present. */
  remove(line: number): void {
    const entries = this.#entries;
    const base = this.#base(line);
    const end = base + this.#ways;
    const key = (line + 1) | 0;
    let i = base;
    while (i < end && entries[i] !== key) i++;
    if (i === end) return;
    for (; i < end - 1; i++) entries[i] = entries[i + 1];
    entries[end - 1] = 0;
  }

  /** A way at random: xorshift (Marsaglia, 2003), of which the high bits are taken. */
  #drawWay(): number {
    let draw = this.#draw;
    draw ^= draw << 13;
    draw ^= draw >>> 17;
    draw ^= draw << 5;
    this.#draw = draw;
    return Math.floor(((draw >>> 0) / 2 ** 32) * this.#ways);
  }

  #base(line: number): number {
    const mask = this.#setMask;
    if (mask >= 0) return (line & mask) * this.#ways;
    if (!this.#hashed) return (line % this.#sets) * this.#ways;
    const hash = Math.imul(line, GOLDEN) >>> 0;
    return (((hash / 2 ** 32) * this.#sets) | 0) * this.#ways;
  }
}
