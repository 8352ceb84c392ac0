/**
 * Messages that wait at a replica, in its NIC behind a ROFENCE that is not yet satisfied or in its
 * host behind a line that a full DIMM does not take. There is one first-in first-out queue per
 * queue pair, in one pool of entries linked by index.
 */

import { doubled } from '../../pm/columns.ts';
import type { VerbCode } from '../network/verb.ts';

const NONE = -1;

export class HoldQueues {
  // Entry columns; read an entry that `take` returned before the next `append`.
  core = new Uint8Array(256);
  verb = new Uint8Array(256);
  line = new Uint32Array(256);
  words = new Uint8Array(256);
  at = new Float64Array(256);
  tag = new Uint32Array(256);
  #next = new Int32Array(256);
  #free = NONE;
  #used = 0;
  readonly #held: Uint8Array;
  readonly #first: Int32Array;
  readonly #last: Int32Array;

  constructor(queuePairs: number) {
    this.#held = new Uint8Array(queuePairs);
    this.#first = new Int32Array(queuePairs).fill(NONE);
    this.#last = new Int32Array(queuePairs).fill(NONE);
  }

  isHeld(queuePair: number): boolean {
    return this.#held[queuePair] === 1;
  }

  hold(queuePair: number): void {
    this.#held[queuePair] = 1;
  }

  unhold(queuePair: number): void {
    this.#held[queuePair] = 0;
  }

  isEmpty(queuePair: number): boolean {
    return this.#first[queuePair] === NONE;
  }

  /** Index of the oldest message into the columns. The queue is not empty. */
  first(queuePair: number): number {
    return this.#first[queuePair];
  }

  /** Adds a message that could have been handled at `at`; what `tag` means is the caller's. */
  append(
    queuePair: number,
    core: number,
    verb: VerbCode,
    line: number,
    words: number,
    at: number,
    tag: number,
  ): void {
    const i = this.#allocate();
    this.core[i] = core;
    this.verb[i] = verb;
    this.line[i] = line;
    this.words[i] = words;
    this.at[i] = at;
    this.tag[i] = tag;
    this.#next[i] = NONE;
    if (this.#first[queuePair] === NONE) this.#first[queuePair] = i;
    else this.#next[this.#last[queuePair]] = i;
    this.#last[queuePair] = i;
  }

  /** Removes the oldest message; returns its index into the columns. The queue is not empty. */
  take(queuePair: number): number {
    const i = this.#first[queuePair];
    this.#first[queuePair] = this.#next[i];
    this.#next[i] = this.#free;
    this.#free = i;
    return i;
  }

  #allocate(): number {
    if (this.#free !== NONE) {
      const i = this.#free;
      this.#free = this.#next[i];
      return i;
    }
    if (this.#used === this.#next.length) this.#grow();
    return this.#used++;
  }

  #grow(): void {
    this.core = doubled(this.core);
    this.verb = doubled(this.verb);
    this.line = doubled(this.line);
    this.words = doubled(this.words);
    this.at = doubled(this.at);
    this.tag = doubled(this.tag);
    this.#next = doubled(this.#next);
  }
}
