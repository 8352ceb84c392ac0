/**
 * For tests of recovery: looks at every store and fence of a running program and builds images that
 * a power failure at that moment could leave, by the rules of an `adr` machine: what was written
 * back and fenced is there; of everything stored since, any 8-byte word may be there or not (lines
 * that the cache evicted early, lines past the cache of which only some words arrived).
 *
 * Not sampled: values that a word held between two stores to it without a fence, except where the
 * failure is placed between those stores.
 */

import type { PmHeap } from '../heap.ts';
import { LINE_BYTES, LINE_SHIFT, lastLineOf } from '../line.ts';
import { LineState, LineStatus } from '../line-state.ts';
import { Op, type OpCode, type PersistSink } from '../op.ts';
import type { Random } from '../random.ts';

/** What to do at which moments. */
export interface CrashSamplerOptions {
  readonly random: Random;
  /** Images with a seeded choice of words, beside "nothing extra" and "everything", per moment. */
  readonly choices: number;
  /** Fails after this share of the stores; before every fence it always does. */
  readonly storeChance: number;
  /** Called with each image; it may be kept no longer than the call, and may be written to. */
  check(image: Uint8Array): void;
}

export class CrashSampler implements PersistSink {
  readonly #heap: PmHeap;
  readonly #options: CrashSamplerOptions;
  readonly #state: LineState;
  readonly #image: Uint8Array;
  /** Lines whose live bytes may differ from the durable ones, in the order of their first store. */
  readonly #open = new Set<number>();
  /** How many images have been checked. */
  images = 0;

  constructor(heap: PmHeap, options: CrashSamplerOptions) {
    this.#heap = heap;
    this.#options = options;
    this.#state = new LineState(heap.bytes);
    this.#image = new Uint8Array(heap.sizeBytes);
  }

  op(op: OpCode, a: number, b: number): void {
    const isFence = op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE;
    if (isFence) this.#fail();
    this.#state.op(op, a, b);
    if (isFence) this.#forgetCleanLines();
    if ((op === Op.STORE || op === Op.NT_STORE) && b > 0) {
      for (let line = a >>> LINE_SHIFT; line <= lastLineOf(a, b); line++) this.#open.add(line);
      if (this.#options.random.chance(this.#options.storeChance)) this.#fail();
    }
  }

  /** Fails now, with nothing durable but what must be. */
  failNow(): void {
    this.#checkImage(0);
  }

  #fail(): void {
    this.#checkImage(0);
    this.#checkImage(1);
    for (let i = 0; i < this.#options.choices; i++) {
      this.#checkImage(this.#options.random.between(1, 9) / 10);
    }
  }

  /** An image in which each open word has its newest value with probability `share`. */
  #checkImage(share: number): void {
    const image = this.#image;
    image.set(this.#state.durable);
    for (const line of this.#open) {
      for (let at = line * LINE_BYTES; at < (line + 1) * LINE_BYTES; at += 8) {
        if (share === 1 || (share > 0 && this.#options.random.chance(share))) {
          image.set(this.#heap.bytes.subarray(at, at + 8), at);
        }
      }
    }
    this.images++;
    this.#options.check(image);
  }

  #forgetCleanLines(): void {
    for (const line of this.#open) {
      if (this.#state.status(line) === LineStatus.CLEAN) this.#open.delete(line);
    }
  }
}
