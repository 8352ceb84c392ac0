/** The FLUSHes of each queue pair at a replica: an ATOMIC_WRITE behind them is not handed on before they are done. */

import type { EventHeap } from '../network/event-heap.ts';
import { Verb, type VerbCode } from '../network/verb.ts';
import type { HoldQueues } from './hold-queues.ts';

export class Flushes {
  /** Per queue pair, those whose end is not known, and when the last of the others is done. */
  readonly #open: Uint32Array;
  readonly #doneBy: Float64Array;
  readonly #held: HoldQueues;
  readonly #releases: EventHeap;

  /** `releases` is told when what is `held` goes on. */
  constructor(queuePairs: number, held: HoldQueues, releases: EventHeap) {
    this.#open = new Uint32Array(queuePairs);
    this.#doneBy = new Float64Array(queuePairs);
    this.#held = held;
    this.#releases = releases;
  }

  begin(queuePair: number): void {
    this.#open[queuePair]++;
  }

  /** A FLUSH of the queue pair is done at `at`; what waits for the last of them goes on then. */
  end(queuePair: number, at: number): void {
    this.#open[queuePair]--;
    this.#doneBy[queuePair] = Math.max(this.#doneBy[queuePair], at);
    if (this.#open[queuePair] > 0 || !this.#held.isHeld(queuePair)) return;
    this.#releases.push(this.#doneBy[queuePair], queuePair);
  }

  /** Whether a message, which could be handed on at `at`, must wait for them: it holds the queue pair then. */
  holdUp(queuePair: number, verb: VerbCode, at: number): boolean {
    if (verb !== Verb.ATOMIC_WRITE) return false;
    const isKnown = this.#open[queuePair] === 0;
    if (isKnown && this.#doneBy[queuePair] <= at) return false;
    this.#held.hold(queuePair);
    if (isKnown) this.#releases.push(this.#doneBy[queuePair], queuePair);
    return true;
  }
}
