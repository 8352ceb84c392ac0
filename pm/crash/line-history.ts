/**
 * What one machine's persistent memory may hold after a power failure, as a history of lines: every
 * content that a line took, from when that content may be durable, and from when it must be. A
 * `CrashSweep` reads it and says which images a failure at a given time allows.
 *
 * Of two versions of a line the later one in the history is the newer; a version replaces those
 * before it. How the history is made (from stores and write-backs of a primary, from arrivals at a
 * replica) is the maker's business.
 */

import { ascendingOnce, doubled } from '../columns.ts';
import { LINE_BYTES, LINE_SHIFT } from '../line.ts';
import { LineHash } from './line-hash.ts';

/** How the words of a version relate to those of the version before it. */
export const Tearing = {
  /** All or nothing: a line that a NIC writes. */
  NONE: 0,
  /** A cached store: it may be durable word by word, but the store before it was complete. */
  STORE: 1,
  /** A non-temporal store: any of its words may overtake those of its neighbours of this kind. */
  WEAK: 2,
} as const;

/** One of {@link Tearing}. */
export type TearingCode = (typeof Tearing)[keyof typeof Tearing];

/** No version: the content that the line had at the start. */
export const INITIAL = -1;

export class LineHistory {
  /** Content of the whole memory at the start. Not copied, and not to be changed. */
  readonly initial: Uint8Array;
  /** How many versions there are; the columns below hold one entry each. */
  versions = 0;
  line = new Uint32Array(256);
  /** From when the version may be durable, ps. Does not decrease from version to version of a line. */
  mayPs = new Float64Array(256);
  /** Which of the line's eight words it changes, and how it may be torn. */
  words = new Uint8Array(256);
  tearing = new Uint8Array(256);
  /** The next newer version of the same line, or INITIAL if there is none. */
  next = new Int32Array(256);
  /** How many versions of its line came before: 0 for the first. */
  ordinal = new Uint32Array(256);
  /** Contents, 64 bytes a version, and their hashes. */
  bytes = new Uint8Array(256 * LINE_BYTES);
  hashLow = new Int32Array(256);
  hashHigh = new Int32Array(256);
  /** Versions that must be durable from a time on, in the order in which they were reported. */
  musts = 0;
  mustVersion = new Uint32Array(256);
  mustPs = new Float64Array(256);
  readonly #first: Int32Array;
  readonly #latest: Int32Array;
  readonly #hash = new LineHash();

  /** An empty history of a memory that holds `initial` at the start. */
  constructor(initial: Uint8Array) {
    this.initial = initial;
    this.#first = new Int32Array(initial.byteLength >>> LINE_SHIFT).fill(INITIAL);
    this.#latest = new Int32Array(initial.byteLength >>> LINE_SHIFT).fill(INITIAL);
  }

  /** The oldest version of `line`, or INITIAL. */
  first(line: number): number {
    return this.#first[line];
  }

  /** The newest version of `line`, or INITIAL. */
  latest(line: number): number {
    return this.#latest[line];
  }

  /** Adds a version whose 64 bytes are `source` from `at` on; returns its number. */
  add(
    line: number,
    mayPs: number,
    source: Uint8Array,
    at: number,
    words: number,
    tearing: TearingCode,
  ): number {
    const version = this.versions;
    if (version === this.line.length) this.#grow();
    this.versions = version + 1;
    const before = this.#latest[line];
    this.line[version] = line;
    this.mayPs[version] = before === INITIAL ? mayPs : Math.max(mayPs, this.mayPs[before]);
    this.words[version] = words;
    this.tearing[version] = tearing;
    this.next[version] = INITIAL;
    this.ordinal[version] = before === INITIAL ? 0 : this.ordinal[before] + 1;
    const to = version * LINE_BYTES;
    for (let i = 0; i < LINE_BYTES; i++) this.bytes[to + i] = source[at + i];
    this.#hash.of(line, this.bytes, to);
    this.hashLow[version] = this.#hash.low;
    this.hashHigh[version] = this.#hash.high;
    if (before === INITIAL) this.#first[line] = version;
    else this.next[before] = version;
    this.#latest[line] = version;
    return version;
  }

  /** From `atPs` on the line holds `version` or a newer one, whatever happens. INITIAL: nothing. */
  must(version: number, atPs: number): void {
    if (version === INITIAL) return;
    const i = this.musts;
    if (i === this.mustVersion.length) {
      this.mustVersion = doubled(this.mustVersion);
      this.mustPs = doubled(this.mustPs);
    }
    this.mustVersion[i] = version;
    this.mustPs[i] = Math.max(atPs, this.mayPs[version]);
    this.musts = i + 1;
  }

  /** All times at which what is allowed changes; ascending, each once. */
  times(): Float64Array {
    const mays = this.mayPs.subarray(0, this.versions);
    return ascendingOnce([mays, this.mustPs.subarray(0, this.musts)]);
  }

  #grow(): void {
    this.line = doubled(this.line);
    this.mayPs = doubled(this.mayPs);
    this.words = doubled(this.words);
    this.tearing = doubled(this.tearing);
    this.next = doubled(this.next);
    this.ordinal = doubled(this.ordinal);
    this.bytes = doubled(this.bytes);
    this.hashLow = doubled(this.hashLow);
    this.hashHigh = doubled(this.hashHigh);
  }
}
