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
  /** sets - 1 where sets is a power of two, for which it replaces a division; else -1. */
  readonly #setMask: number;
  readonly #hashed: boolean;
  readonly #ways: number;
  /** line + 1 per entry, 0 where empty; most recently used first within a set. */
  readonly #entries: Uint32Array;
  readonly #random: boolean;
  /** Not 0: of that, xorshift makes 0. */
  #draw: number;
  /** The line that the last `insert` or missing `access` pushed out, or -1. */
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
    this.#setMask = (sets & (sets - 1)) === 0 ? sets - 1 : -1;
    this.#ways = ways;
    this.#random = replacement === 'random';
    this.#draw = Math.imul(seed, GOLDEN) ^ 1 || 1;
    this.#entries = new Uint32Array(sets * ways);
  }

  /** Looks `line` up and makes it the most recent, inserting it if absent. True on a hit. */
  access(line: number): boolean {
    const entries = this.#entries;
    const base = this.#base(line);
    const key = line + 1;
    this.evicted = -1;
    if (entries[base] === key) return true;
    const end = base + this.#ways;
    let i = base + 1;
    while (i < end && entries[i] !== key && entries[i] !== 0) i++;
    const hit = i < end && entries[i] === key;
    if (!hit) {
      if (i === end) {
        i = this.#random ? base + this.#drawWay() : end - 1;
        this.evicted = entries[i] - 1;
      }
    }
    for (; i > base; i--) entries[i] = entries[i - 1];
    entries[base] = key;
    return hit;
  }

  /** Forgets `line`, if present. */
  remove(line: number): void {
    const entries = this.#entries;
    const base = this.#base(line);
    const end = base + this.#ways;
    const key = line + 1;
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
    if (this.#hashed) {
      const hash = Math.imul(line, GOLDEN) >>> 0;
      return Math.floor((hash / 2 ** 32) * this.#sets) * this.#ways;
    }
    const mask = this.#setMask;
    return (mask >= 0 ? line & mask : line % this.#sets) * this.#ways;
  }
}
