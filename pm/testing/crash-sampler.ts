/**
 * For tests of recovery: the images that a power failure may leave while a program runs, sampled
 * with a seed, by the rules of an `adr` machine. What was written back and fenced is there. Beyond
 * that a line that was stored to may have been evicted after any of its stores, or not at all, and a
 * store of more than 8 bytes may have been cut at an 8-byte boundary; of a line stored to past the
 * cache, any of the 8-byte words may have arrived.
 *
 * Not sampled: more than {@link VERSIONS_MAX} contents of one line between two of its write-backs
 * (the oldest are forgotten), and, for the kinds other than `versions`, any but the newest.
 */

import type { PmHeap } from '../heap.ts';
import { ATOMIC_BYTES, LINE_BYTES, LINE_SHIFT, lastLineOf } from '../line.ts';
import { LineState } from '../line-state.ts';
import { isFence, Op, type OpCode, type PersistSink, persists } from '../op.ts';
import type { Random } from '../random.ts';

/**
 * The kinds of image, by what is durable beyond what must be: nothing; everything; a random share of
 * the lines, newest contents; a random share of the 8-byte words, newest contents; of each line one
 * of the contents that it had since, as its last stores left it or as a torn store did. `words` of
 * cached lines go beyond x86, where stores to one line become durable in program order: programs that
 * count on that order are to be tested without it.
 */
export const EVICTIONS = ['none', 'all', 'lines', 'words', 'versions'] as const;

/** One of {@link EVICTIONS}. */
export type Eviction = (typeof EVICTIONS)[number];

/** How many contents of a line are kept between two of its write-backs. */
const VERSIONS_MAX = 32;

/** At which moments to fail, and what to do then. */
export interface CrashSamplerOptions {
  readonly random: Random;
  /** Kinds of image taken at each moment, in this order; all of them unless told. */
  readonly evictions?: readonly Eviction[];
  /** One in so many fences, drawn with the seed, is a moment (just before it); every one unless told. */
  readonly oneFenceIn?: number;
  /** After this share of the stores there is a moment too; none unless told. */
  readonly storeChance?: number;
  /**
   * Gets each image: to change, not to keep (`image` says for how long it lasts). Without it there are
   * no moments but calls of `image`.
   */
  check?(image: Uint8Array, eviction: Eviction): void;
}

/** A line whose contents may differ from the durable ones. */
interface OpenLine {
  /** What it may hold besides its durable contents, oldest first. */
  readonly versions: Uint8Array[];
  /** Which of `versions` the next fence makes durable; -1: none. */
  sent: number;
  pastCache: boolean;
}

/** Attach as the single sink of a heap; everything on the heap counts as durable at the start. */
export class CrashSampler implements PersistSink {
  /** Images given to `check`. */
  images = 0;
  /** Fences seen. */
  fences = 0;
  readonly #live: Uint8Array;
  /** One for all: a megabyte taken from the system for every image would cost more than recovery. */
  readonly #image: Uint8Array;
  readonly #state: LineState;
  readonly #options: CrashSamplerOptions;
  readonly #random: Random;
  /** How the image being made differs from what is durable: offset and value of each byte in turn. */
  readonly #chosen: number[] = [];
  /** In the order of their first store, so that a seed always gives the same images. */
  readonly #open = new Map<number, OpenLine>();

  constructor(heap: PmHeap, options: CrashSamplerOptions) {
    this.#live = heap.bytes;
    this.#image = new Uint8Array(heap.sizeBytes);
    this.#state = new LineState(heap.bytes);
    this.#options = options;
    this.#random = options.random;
  }

  op(op: OpCode, a: number, b: number): void {
    if (isFence(op)) {
      this.fences++;
      if (this.#drawn(1 / (this.#options.oneFenceIn ?? 1))) this.fail();
      this.#state.op(op, a, b);
      this.#completeSent();
    } else if (b > 0 && persists(op)) {
      const last = lastLineOf(a, b);
      for (let line = a >>> LINE_SHIFT; line <= last; line++) {
        if (op === Op.WRITE_BACK) this.#send(line);
        else this.#note(op, line, a, b);
      }
      this.#state.op(op, a, b);
      if (op !== Op.WRITE_BACK && this.#drawn(this.#options.storeChance ?? 0)) this.fail();
    }
  }

  /** Fails now: gives `check` an image of each kind asked for, but no image twice. */
  fail(): void {
    const given = new Set<string>();
    for (const eviction of this.#options.evictions ?? EVICTIONS) {
      this.#choose(eviction);
      const choice = this.#chosen.join();
      if (given.has(choice)) continue;
      given.add(choice);
      this.images++;
      this.#options.check?.(this.#build(), eviction);
    }
  }

  /** An image that a failure right now may leave; the caller's until the next one is asked for. */
  image(eviction: Eviction): Uint8Array {
    this.#choose(eviction);
    return this.#build();
  }

  /** Whether a moment of this probability is one to fail at. */
  #drawn(probability: number): boolean {
    if (this.#options.check === undefined || probability === 0) return false;
    return probability === 1 || this.#random.chance(probability);
  }

  /** Fills `chosen` for an image of this kind. */
  #choose(eviction: Eviction): void {
    this.#chosen.length = 0;
    if (eviction === 'none') return;
    const share = this.#random.between(1, 9) / 10;
    for (const [line, open] of this.#open) {
      const from = line * LINE_BYTES;
      const newest = this.#live.subarray(from, from + LINE_BYTES);
      if (eviction === 'versions') this.#chooseVersion(from, open);
      else if (eviction === 'words') this.#chooseWords(from, newest, share);
      else if (eviction === 'all' || this.#random.chance(share)) this.#chooseWords(from, newest, 1);
    }
  }

  /** The durable contents, or one of the versions: the newest with twice the probability. */
  #chooseVersion(from: number, { versions, pastCache }: OpenLine): void {
    const choice = this.#random.below(versions.length + 2);
    if (choice === 0) return;
    this.#chooseWords(from, versions[Math.min(choice, versions.length) - 1], pastCache ? 0.5 : 1);
  }

  /** Of the words of a line that would change, each with probability `share`. */
  #chooseWords(from: number, contents: Uint8Array, share: number): void {
    const { durable } = this.#state;
    for (let word = 0; word < LINE_BYTES; word += ATOMIC_BYTES) {
      if (share < 1 && !this.#random.chance(share)) continue;
      for (let i = word; i < word + ATOMIC_BYTES; i++) {
        if (contents[i] !== durable[from + i]) this.#chosen.push(from + i, contents[i]);
      }
    }
  }

  #build(): Uint8Array {
    this.#image.set(this.#state.durable);
    for (let i = 0; i < this.#chosen.length; i += 2) {
      this.#image[this.#chosen[i]] = this.#chosen[i + 1];
    }
    return this.#image;
  }

  #send(line: number): void {
    const open = this.#open.get(line);
    if (open !== undefined) open.sent = open.versions.length - 1;
  }

  #note(op: OpCode, line: number, offset: number, bytes: number): void {
    const from = line * LINE_BYTES;
    let open = this.#open.get(line);
    if (open === undefined) {
      open = { versions: [], sent: -1, pastCache: false };
      this.#open.set(line, open);
    }
    const { versions } = open;
    const start = Math.max(offset, from);
    const end = Math.min(offset + bytes, from + LINE_BYTES);
    if (op === Op.STORE && end - start > ATOMIC_BYTES) {
      const before = versions.at(-1) ?? this.#state.durable.subarray(from, from + LINE_BYTES);
      const torn = before.slice();
      const words = this.#random.between(1, Math.ceil((end - start) / ATOMIC_BYTES));
      const cut = start - (start % ATOMIC_BYTES) + words * ATOMIC_BYTES;
      torn.set(this.#live.subarray(start, Math.min(cut, end)), start - from);
      versions.push(torn);
    }
    versions.push(this.#live.slice(from, from + LINE_BYTES));
    if (op === Op.NT_STORE) {
      open.sent = versions.length - 1;
      open.pastCache = true;
    }
    while (versions.length > VERSIONS_MAX) {
      versions.shift();
      open.sent = Math.max(-1, open.sent - 1);
    }
  }

  /** A fence: what was sent is durable, and with it nothing older is possible any more. */
  #completeSent(): void {
    for (const [line, open] of this.#open) {
      if (open.sent < 0) continue;
      open.versions.splice(0, open.sent + 1);
      open.sent = -1;
      open.pastCache = false;
      if (open.versions.length === 0) this.#open.delete(line);
    }
  }
}
