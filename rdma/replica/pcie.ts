/**
 * PCIe of a replica, between its NIC and its host. Posted writes cross in order, and a line only when there is a
 * place for it in the host, which it keeps until a cache or memory has taken it. Non-posted reads follow them.
 */

import { WORD_COUNT } from '../../pm/line.ts';
import type { Timing } from '../profiles/timing.ts';

export class Pcie {
  /** When what was handed to it so far has crossed. Only to be read. */
  free = 0;
  /** When each place in the host is free again: Infinity while that is not known. */
  readonly placeFree: Float64Array;
  #nextPlace = 0;
  readonly #timing: Timing;
  /** By the words of a message, the time that it takes. */
  readonly #wordsPs: Float64Array;

  /** With so many places in the host. */
  constructor(timing: Timing, places: number) {
    this.#timing = timing;
    this.placeFree = new Float64Array(places);
    this.#wordsPs = Float64Array.from(WORD_COUNT, (count) => timing.pcieWordsPs[count]);
  }

  /** A message with these words, handed to it at `at`, crosses from the returned time on. */
  cross(words: number, at: number): number {
    const start = at > this.free ? at : this.free;
    this.free = start + this.#wordsPs[words];
    return start;
  }

  /**
   * The place in the host for the next line. When it is free is known: whatever came before the line that had it
   * was taken before the last line was at the host, so that by then the line had its turn.
   */
  takePlace(): number {
    const place = this.#nextPlace;
    this.#nextPlace = place + 1 === this.placeFree.length ? 0 : place + 1;
    return place;
  }

  /** When what crossed last is at the host. */
  get atHost(): number {
    return this.free + this.#timing.postedPs;
  }

  /** When a read that the NIC issues at `at` is at the host: behind earlier posted writes. */
  readArrival(at: number): number {
    return Math.max(at + this.#timing.readHalfPs, this.atHost);
  }
}
