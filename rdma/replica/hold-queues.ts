/**
 * Messages that wait at a replica, in its NIC behind a ROFENCE that is not yet satisfied or in its
 * host behind a line that a full DIMM does not take. There is one first-in first-out queue per
 * queue pair, in one pool of entries linked by index.
 */

import { doubled } from '../../pm/columns.ts';
import type { VerbCode } from '../network/verb.ts';

const NONE = -1;

/** Of one queue pair: whether it is held, and its messages that wait, as indices into the columns. */
class Queue {
  isHeld = false;
  first = NONE;
  last = NONE;
}

export class HoldQueues {
  // Entry columns; read an entry that `take` returned before the next `append`.
  core = new Uint8Array(256);
  verb = new Uint8Array(256);
  line = new Int32Array(256);
  words = new Uint8Array(256);
  at = new Float64Array(256);
  tag = new Uint32Array(256);
  #next = new Int32Array(256);
  #free = NONE;
  #used = 0;
  readonly #queues: readonly Queue[];

  constructor(queuePairs: number) {
    this.#queues = Array.from({ length: queuePairs }, () => new Queue());
  }

  isHeld(queuePair: number): boolean {
    return this.#queues[queuePair].isHeld;
  }

  hold(queuePair: number): void {
    this.#queues[queuePair].isHeld = true;
  }

  unhold(queuePair: number): void {
    this.#queues[queuePair].isHeld = false;
  }

  isEmpty(queuePair: number): boolean {
    return this.#queues[queuePair].first === NONE;
  }

  /** Index of the oldest message into the columns. The queue is not empty. */
  first(queuePair: number): number {
    return this.#queues[queuePair].first;
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
    const queue = this.#queues[queuePair];
    if (queue.first === NONE) queue.first = i;
    else this.#next[queue.last] = i;
    queue.last = i;
  }

  /** Removes the oldest message; returns its index into the columns. The queue is not empty. */
  take(queuePair: number): number {
    const queue = this.#queues[queuePair];
    const i = queue.first;
    queue.first = this.#next[i];
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
