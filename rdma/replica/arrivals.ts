/** What a NIC has taken from the link, and when it is through with it: a ring in which times never decrease. */

import type { VerbCode } from '../network/verb.ts';

/** Messages that may wait in the ring before it must grow. */
const SLOTS_MIN = 1024;

export class Arrivals {
  // Columns; those of the first message are read before the next `append`.
  at = new Float64Array(SLOTS_MIN);
  queuePair = new Uint16Array(SLOTS_MIN);
  core = new Uint8Array(SLOTS_MIN);
  verb = new Uint8Array(SLOTS_MIN);
  line = new Uint32Array(SLOTS_MIN);
  words = new Uint8Array(SLOTS_MIN);
  #head = 0;
  #tail = 0;

  /** When the NIC is through with the first message, or Infinity. */
  get firstAt(): number {
    if (this.#head === this.#tail) return Number.POSITIVE_INFINITY;
    return this.at[this.#head & (this.at.length - 1)];
  }

  /** Takes the first message out; returns where it is in the columns. */
  take(): number {
    return this.#head++ & (this.at.length - 1);
  }

  append(
    queuePair: number,
    core: number,
    verb: VerbCode,
    line: number,
    words: number,
    at: number,
  ): void {
    if (this.#tail - this.#head === this.at.length) this.#grow();
    const slot = this.#tail++ & (this.at.length - 1);
    this.at[slot] = at;
    this.queuePair[slot] = queuePair;
    this.core[slot] = core;
    this.verb[slot] = verb;
    this.line[slot] = line;
    this.words[slot] = words;
  }

  #grow(): void {
    const slots = this.at.length * 2;
    const grow = <T extends Float64Array | Uint16Array | Uint8Array | Uint32Array>(
      old: T,
      to: T,
    ) => {
      for (let i = this.#head; i < this.#tail; i++) {
        to[i & (slots - 1)] = old[i & (old.length - 1)];
      }
      return to;
    };
    this.at = grow(this.at, new Float64Array(slots));
    this.queuePair = grow(this.queuePair, new Uint16Array(slots));
    this.core = grow(this.core, new Uint8Array(slots));
    this.verb = grow(this.verb, new Uint8Array(slots));
    this.line = grow(this.line, new Uint32Array(slots));
    this.words = grow(this.words, new Uint8Array(slots));
  }
}
