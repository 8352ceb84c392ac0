/**
 * How full send queues are: an entry is taken from its posting until its acknowledgement is back at
 * the primary, and those ahead of it are free. Counted from what a mirror tells of posts and
 * acknowledgements, so that a run that nobody watches does not pay for it.
 */

import type { MirrorObserver } from '../../../rdma/mirror.ts';

/** The send queues of one cell over the measured part. */
export interface SendQueueSummary {
  /** Entries taken: the mean over time and queues, and the most that any queue had at once. */
  readonly mean: number;
  readonly max: number;
  /** Share of the time in which a queue has no room for a line; the mean over queues. */
  readonly fullShare: number;
}

interface Entry {
  readonly takenAt: number;
  /** When its acknowledgement is back, once that is known. */
  backAt: number | undefined;
}

/** A send queue. */
class Queue {
  /** Entries taken and not known to be free, in order: a Map keeps the order of insertion. */
  readonly waiting = new Map<number, Entry>();
  /** When the entries before those are free, of those that were not when the last was taken. */
  freeAt: number[] = [];
  lastFreeAt = 0;
  fullUntil = 0;
}

/** Watches send queues. `room` is how many lines one takes before it is full. */
export class SendQueueObserver implements MirrorObserver {
  readonly #queues: readonly Queue[];
  readonly #room: number;
  #measuredFrom = 0;
  #takenPs = 0;
  #fullPs = 0;
  #max = 0;

  constructor({ queuePairs, room }: { readonly queuePairs: number; readonly room: number }) {
    this.#queues = Array.from({ length: queuePairs }, () => new Queue());
    this.#room = room;
  }

  /** Forgets the warm-up; what is still taken counts from here on. */
  onMeasure(atPs: number): void {
    this.#measuredFrom = atPs;
    this.#takenPs = 0;
    this.#fullPs = 0;
    this.#max = 0;
    for (const queue of this.#queues) {
      const known = queue.freeAt;
      queue.freeAt = [];
      queue.fullUntil = atPs;
      for (const freeAt of known) this.#count(queue, atPs, freeAt);
    }
  }

  onPost(queuePair: number, entry: number, atPs: number): void {
    this.#queues[queuePair].waiting.set(entry, { takenAt: atPs, backAt: undefined });
  }

  onAcknowledge(queuePair: number, entry: number, atPs: number): void {
    const queue = this.#queues[queuePair];
    const acknowledged = queue.waiting.get(entry);
    if (acknowledged === undefined) throw new RangeError(`entry ${entry} is not taken`);
    acknowledged.backAt = atPs;
    for (const [number, { takenAt, backAt }] of queue.waiting) {
      if (backAt === undefined) return;
      queue.waiting.delete(number);
      queue.lastFreeAt = Math.max(queue.lastFreeAt, backAt);
      this.#count(queue, Math.max(takenAt, this.#measuredFrom), queue.lastFreeAt);
    }
  }

  /** Over `elapsedPs` of measured time. An entry taken at its end counts until it is free. */
  summary(elapsedPs: number): SendQueueSummary {
    const wholePs = elapsedPs * this.#queues.length;
    const share = (ps: number): number => (wholePs === 0 ? 0 : ps / wholePs);
    return { mean: share(this.#takenPs), max: this.#max, fullShare: share(this.#fullPs) };
  }

  /** An entry is taken from `from` to `freeAt`; those ahead of it were counted before. */
  #count(queue: Queue, from: number, freeAt: number): void {
    const taken = queue.freeAt;
    while (taken.length > 0 && taken[0] <= from) taken.shift();
    if (freeAt <= from) return;
    taken.push(freeAt);
    this.#takenPs += freeAt - from;
    this.#max = Math.max(this.#max, taken.length);
    if (taken.length < this.#room) return;
    const until = taken[taken.length - this.#room];
    this.#fullPs += Math.max(0, until - Math.max(from, queue.fullUntil));
    queue.fullUntil = Math.max(until, queue.fullUntil);
  }
}
