/**
 * For tests of recovery: the images that a power failure may leave while a program runs, sampled
 * with a seed. The images are those of `CrashState`; this says at which moments, and of which kinds.
 * It needs no timing, so that programs can be tested where no model of the machines is known.
 */

import { CrashState } from '../crash/crash-state.ts';
import type { CrashSweep } from '../crash/crash-sweep.ts';
import type { PmHeap } from '../heap.ts';
import { isFence, isStore, type OpCode, type PersistSink } from '../op.ts';
import type { Random } from '../random.ts';

/**
 * The kinds of image, by what is durable beyond what must be: nothing; everything; the newest
 * contents of a random share of the lines, or of the 8-byte words. The last has of each line one of
 * the contents that it had since, perhaps torn.
 */
export const EVICTIONS = ['none', 'all', 'lines', 'words', 'versions'] as const;

/** One of {@link EVICTIONS}. */
export type Eviction = (typeof EVICTIONS)[number];

/** At which moments to fail, and what to do then. */
export interface CrashSamplerOptions {
  readonly random: Random;
  /** Kinds of image taken at each moment, in this order; by default all of them. */
  readonly evictions?: readonly Eviction[];
  /** One in so many fences, drawn with the seed, is a moment (just before it); by default every one. */
  readonly oneFenceIn?: number;
  /** After this share of the stores there is a moment too; by default none. */
  readonly storeChance?: number;
  /**
   * Gets each image: to change, not to keep (`image` says for how long it lasts). Without it there are
   * no moments but calls of `image`.
   */
  check?(image: Uint8Array, eviction: Eviction): void;
}

/** Attach as the single sink of a heap; everything on the heap counts as durable at the start. */
export class CrashSampler implements PersistSink {
  /** Images given to `check`. */
  images = 0;
  /** Fences seen. */
  fences = 0;
  /** One for all: a megabyte taken from the system for every image would cost more than recovery. */
  readonly #image: Uint8Array;
  readonly #state: CrashState;
  readonly #options: CrashSamplerOptions;
  readonly #random: Random;

  constructor(heap: PmHeap, options: CrashSamplerOptions) {
    this.#image = new Uint8Array(heap.sizeBytes);
    this.#state = new CrashState(heap.bytes);
    this.#options = options;
    this.#random = options.random;
  }

  op(op: OpCode, a: number, b: number): void {
    if (isFence(op)) {
      this.fences++;
      if (this.#drawn(1 / (this.#options.oneFenceIn ?? 1))) this.fail();
    }
    this.#state.op(op, a, b);
    if (isStore(op) && b > 0 && this.#drawn(this.#options.storeChance ?? 0)) this.fail();
  }

  /** Fails now: gives `check` an image of each kind asked for, but no image twice. */
  fail(): void {
    const given = new Set<number>();
    for (const eviction of this.#options.evictions ?? EVICTIONS) {
      const chosen = this.#choose(eviction);
      if (given.has(chosen.imageHash)) continue;
      given.add(chosen.imageHash);
      this.images++;
      this.#options.check?.(this.#build(chosen), eviction);
    }
  }

  /** An image that a failure right now may leave; the caller's until the next one is asked for. */
  image(eviction: Eviction): Uint8Array {
    return this.#build(this.#choose(eviction));
  }

  /** Whether a moment of this probability is one to fail at. */
  #drawn(probability: number): boolean {
    if (this.#options.check === undefined || probability === 0) return false;
    return probability === 1 || this.#random.chance(probability);
  }

  /** The images, with one of this kind chosen. */
  #choose(eviction: Eviction): CrashSweep {
    const { images } = this.#state;
    const share = this.#random.between(1, 9) / 10;
    if (eviction === 'lines') images.chooseLines(this.#random, share);
    else if (eviction === 'words') images.chooseWords(this.#random, share);
    else if (eviction === 'versions') images.chooseAtRandom(this.#random, 1);
    else images.chooseCorner(eviction === 'all');
    return images;
  }

  #build(chosen: CrashSweep): Uint8Array {
    this.#image.set(chosen.floor);
    chosen.apply(this.#image);
    return this.#image;
  }
}
