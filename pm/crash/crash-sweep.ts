/**
 * Walks a `LineHistory` forward in time and says, at each moment, what a power failure allows. The
 * floor is what must be durable (all of it is in `floor`, a whole memory). Each open line holds its
 * floor or, independently of the others, something newer.
 *
 * What an open line may hold: any version from its floor to the newest that may be durable. A
 * version that is a cached store may also be there in part: any of its 8-byte words on top of the
 * version before it, since words are atomic and stores to one line become durable in order. Of
 * neighbouring non-temporal stores any words may be there.
 *
 * A choice is one value per open line: the version, and which words of those after it are there too.
 *
 * Not explored: of a run of neighbouring non-temporal stores, a word as one from the middle of the
 * run left it, where a later one of the run changed it again and an earlier one is not there. It can
 * be had only at moments before that later store.
 */

import { doubled } from '../columns.ts';
import { LINE_BYTES } from '../line.ts';
import type { Random } from '../random.ts';
import { LineHash } from './line-hash.ts';
import { INITIAL, type LineHistory, Tearing } from './line-history.ts';

const WORD_BYTES = 8;

/** Beside the words of a choice: they are as the newest version has them, whatever was stored before. */
const NEWEST = 0x100;

/** What one line holds in an image: `version` with `words` of those after it on top. */
export interface LineChoice {
  readonly line: number;
  readonly version: number;
  readonly words: number;
}

export class CrashSweep {
  readonly history: LineHistory;
  /** The memory with nothing but what must be durable. Do not change it. */
  readonly floor: Uint8Array;
  /** How many lines are open, which they are, and the choice for each (set by the choose methods). */
  openCount = 0;
  open = new Uint32Array(64);
  chosenVersion = new Int32Array(64);
  chosenWords = new Uint16Array(64);
  /** Hash of the image last chosen: 53 bits, 0 for the memory at the start. */
  imageHash = 0;
  /** Versions, and musts, by time; undefined: they come in that order. */
  readonly #byMay: Uint32Array | undefined;
  readonly #byMust: Uint32Array | undefined;
  #nextMay = 0;
  #nextMust = 0;
  readonly #floorVersion: Int32Array;
  readonly #topVersion: Int32Array;
  /** Where in `open` a line is, plus one; 0: it is not open. */
  readonly #place: Uint32Array;
  #floorLow = 0;
  #floorHigh = 0;
  readonly #hash = new LineHash();
  readonly #content = new Uint8Array(LINE_BYTES);

  /**
   * At the start of time. The history must be complete, unless it is in order of time: then it may
   * grow, but not by what is before the time that the sweep was moved to last.
   */
  constructor(history: LineHistory, isInOrder = false) {
    this.history = history;
    this.floor = history.initial.slice();
    const lines = history.initial.byteLength / LINE_BYTES;
    this.#floorVersion = new Int32Array(lines).fill(INITIAL);
    this.#topVersion = new Int32Array(lines).fill(INITIAL);
    this.#place = new Uint32Array(lines);
    if (isInOrder) return;
    this.#byMay = order(history.versions, history.mayPs);
    this.#byMust = order(history.musts, history.mustPs);
  }

  /** Moves to `ps`, which is not before the time it was moved to last. `onFloor`: a line's changed. */
  advanceTo(ps: number, onFloor: (line: number) => void): void {
    const { history } = this;
    for (; this.#nextMay < history.versions; this.#nextMay++) {
      const version = this.#byMay?.[this.#nextMay] ?? this.#nextMay;
      if (history.mayPs[version] > ps) break;
      const line = history.line[version];
      // Versions of one line come in order, but a must may have been met at the same time.
      if (this.#topVersion[line] < version) this.#topVersion[line] = version;
      if (this.#place[line] === 0) this.#openLine(line);
    }
    for (; this.#nextMust < history.musts; this.#nextMust++) {
      const must = this.#byMust?.[this.#nextMust] ?? this.#nextMust;
      if (history.mustPs[must] > ps) break;
      const version = history.mustVersion[must];
      const line = history.line[version];
      if (version <= this.#floorVersion[line]) continue;
      this.#raiseFloor(line, version);
      onFloor(line);
    }
  }

  /** How many images there are, or `limit` if there are at least so many. */
  imageCount(limit: number): number {
    let count = 1;
    for (let i = 0; i < this.openCount && count < limit; i++) count *= this.#optionCount(i, limit);
    return Math.min(count, limit);
  }

  /** Chooses the image with this index, from 0 (the floor) to imageCount - 1. */
  choose(index: number, limit: number): void {
    let rest = index;
    for (let i = 0; i < this.openCount; i++) {
      const options = this.#optionCount(i, limit);
      this.#setOption(i, rest % options);
      rest = Math.floor(rest / options);
    }
    this.#hashImage();
  }

  /** Chooses the image with nothing, or with everything, that is not certain. */
  chooseCorner(everything: boolean): void {
    for (let i = 0; i < this.openCount; i++) this.#setCorner(i, everything);
    this.#hashImage();
  }

  /** A corner but for one line (its place in `open`), which is as in the other corner. */
  chooseAllBut(place: number, everything: boolean): void {
    for (let i = 0; i < this.openCount; i++) this.#setCorner(i, everything === (i !== place));
    this.#hashImage();
  }

  /** Chooses everything that is not certain, but for `lines`, of which nothing is there beyond the floor. */
  chooseWithout(lines: ReadonlySet<number>): void {
    for (let i = 0; i < this.openCount; i++) this.#setCorner(i, !lines.has(this.open[i]));
    this.#hashImage();
  }

  /** Draws each line: with chance `share` something newer than its floor, perhaps torn. */
  chooseAtRandom(random: Random, share: number): void {
    const { history } = this;
    for (let i = 0; i < this.openCount; i++) {
      const line = this.open[i];
      let version = this.#floorVersion[line];
      let words = 0;
      if (random.chance(share)) {
        const top = this.#topVersion[line];
        const from = version === INITIAL ? 0 : history.ordinal[version] + 1;
        let steps = random.below(history.ordinal[top] - from + 2);
        for (; steps > 0; steps--) version = this.#after(line, version);
        const tearable = this.#tearable(line, version);
        if (tearable !== 0) words = tearable & random.next();
        if (words === tearable && this.#tearableRun(line, version) === 1 && words !== 0) {
          version = this.#after(line, version);
          words = 0;
        }
      }
      this.chosenVersion[i] = version;
      this.chosenWords[i] = words;
    }
    this.#hashImage();
  }

  /** Draws each line: the newest with chance `share`, or its floor. */
  chooseLines(random: Random, share: number): void {
    for (let i = 0; i < this.openCount; i++) this.#setCorner(i, random.chance(share));
    this.#hashImage();
  }

  /**
   * Draws each word of each line: as the newest version has it with chance `share`, or its floor. That
   * goes beyond x86, where stores to a cached line become durable in program order: a program that
   * counts on that order will fail.
   */
  chooseWords(random: Random, share: number): void {
    for (let i = 0; i < this.openCount; i++) {
      let words = NEWEST;
      for (let word = 1; word < NEWEST; word <<= 1) if (random.chance(share)) words |= word;
      this.chosenVersion[i] = this.#floorVersion[this.open[i]];
      this.chosenWords[i] = words;
    }
    this.#hashImage();
  }

  /** Chooses the floor but for `kept`, whose versions must be allowed; throws RangeError if not. */
  chooseKept(kept: readonly LineChoice[]): void {
    for (let i = 0; i < this.openCount; i++) this.#setCorner(i, false);
    for (const { line, version, words } of kept) {
      const place = this.#place[line];
      const allowed =
        place > 0 && version >= this.#floorVersion[line] && version <= this.#topVersion[line];
      if (!allowed || (words & ~this.#tearable(line, version)) !== 0) {
        throw new RangeError(`line ${line} cannot hold that content at this time`);
      }
      this.chosenVersion[place - 1] = version;
      this.chosenWords[place - 1] = words;
    }
    this.#hashImage();
  }

  /** What the chosen image keeps beyond the floor, in order of lines. */
  kept(): LineChoice[] {
    const kept: LineChoice[] = [];
    for (let i = 0; i < this.openCount; i++) {
      const line = this.open[i];
      const version = this.chosenVersion[i];
      const words = this.chosenWords[i];
      if (version !== this.#floorVersion[line] || words !== 0) kept.push({ line, version, words });
    }
    return kept.sort((x, y) => x.line - y.line);
  }

  /** Writes the chosen image's open lines into `image`, which otherwise equals `floor`. */
  apply(image: Uint8Array): void {
    for (let i = 0; i < this.openCount; i++) {
      const line = this.open[i];
      const version = this.chosenVersion[i];
      const words = this.chosenWords[i];
      if (version === this.#floorVersion[line] && words === 0) continue;
      this.#fillContent(line, version, words);
      image.set(this.#content, line * LINE_BYTES);
    }
  }

  #openLine(line: number): void {
    if (this.openCount === this.open.length) {
      this.open = doubled(this.open);
      this.chosenVersion = doubled(this.chosenVersion);
      this.chosenWords = doubled(this.chosenWords);
    }
    this.open[this.openCount++] = line;
    this.#place[line] = this.openCount;
  }

  #closeLine(line: number): void {
    const place = this.#place[line];
    const last = this.open[--this.openCount];
    this.open[place - 1] = last;
    this.#place[last] = place;
    this.#place[line] = 0;
  }

  #raiseFloor(line: number, version: number): void {
    const { history } = this;
    const from = version * LINE_BYTES;
    this.#hash.of(line, this.floor, line * LINE_BYTES);
    this.#floorLow ^= this.#hash.low ^ history.hashLow[version];
    this.#floorHigh ^= this.#hash.high ^ history.hashHigh[version];
    this.floor.set(history.bytes.subarray(from, from + LINE_BYTES), line * LINE_BYTES);
    this.#floorVersion[line] = version;
    if (this.#topVersion[line] < version) this.#topVersion[line] = version;
    if (this.#topVersion[line] === version && this.#place[line] > 0) this.#closeLine(line);
  }

  /** The version of `line` after `version`. */
  #after(line: number, version: number): number {
    return version === INITIAL ? this.history.first(line) : this.history.next[version];
  }

  /** How many versions after `version` may be there in part, together. */
  #tearableRun(line: number, version: number): number {
    const { history } = this;
    const top = this.#topVersion[line];
    if (version === top) return 0;
    let next = this.#after(line, version);
    if (history.tearing[next] !== Tearing.WEAK)
      return history.tearing[next] === Tearing.NONE ? 0 : 1;
    let run = 1;
    while (next !== top) {
      next = history.next[next];
      if (history.tearing[next] !== Tearing.WEAK) break;
      run++;
    }
    return run;
  }

  /** Words that may be there on top of `version`. */
  #tearable(line: number, version: number): number {
    let run = this.#tearableRun(line, version);
    let words = 0;
    for (let next = version; run > 0; run--) {
      next = this.#after(line, next);
      words |= this.history.words[next];
    }
    return words;
  }

  /** How many contents the open line at `place` may have; at least `limit` counts as `limit`. */
  #optionCount(place: number, limit: number): number {
    const line = this.open[place];
    const top = this.#topVersion[line];
    let options = 1;
    for (let v = this.#floorVersion[line]; v !== top && options < limit; v = this.#after(line, v)) {
      options += tornCount(this.#tearable(line, v)) + 1;
    }
    return Math.min(options, limit);
  }

  #setOption(place: number, option: number): void {
    const line = this.open[place];
    let version = this.#floorVersion[line];
    let rest = option;
    while (rest > 0) {
      const torn = tornCount(this.#tearable(line, version));
      if (rest <= torn) break;
      rest -= torn + 1;
      version = this.#after(line, version);
    }
    this.chosenVersion[place] = version;
    this.chosenWords[place] = rest === 0 ? 0 : spread(rest, this.#tearable(line, version));
  }

  #setCorner(place: number, everything: boolean): void {
    const line = this.open[place];
    this.chosenVersion[place] = everything ? this.#topVersion[line] : this.#floorVersion[line];
    this.chosenWords[place] = 0;
  }

  #fillContent(line: number, version: number, words: number): void {
    const { history } = this;
    const content = this.#content;
    const source = version === INITIAL ? this.floor : history.bytes;
    const from = (version === INITIAL ? line : version) * LINE_BYTES;
    for (let i = 0; i < LINE_BYTES; i++) content[i] = source[from + i];
    if (words >= NEWEST) this.#takeWords(this.#topVersion[line], words);
    else if (words > 0) {
      let next = version;
      for (let run = this.#tearableRun(line, version); run > 0; run--) {
        next = this.#after(line, next);
        this.#takeWords(next, words & history.words[next]);
      }
    }
  }

  /** Puts `words` into the content, as `version` has them. */
  #takeWords(version: number, words: number): void {
    const { bytes } = this.history;
    for (let word = 0; word < LINE_BYTES / WORD_BYTES; word++) {
      if ((words & (1 << word)) === 0) continue;
      const at = word * WORD_BYTES;
      for (let i = at; i < at + WORD_BYTES; i++) {
        this.#content[i] = bytes[version * LINE_BYTES + i];
      }
    }
  }

  #hashImage(): void {
    const { history } = this;
    let low = this.#floorLow;
    let high = this.#floorHigh;
    for (let i = 0; i < this.openCount; i++) {
      const line = this.open[i];
      const version = this.chosenVersion[i];
      const words = this.chosenWords[i];
      const floor = this.#floorVersion[line];
      if (version === floor && words === 0) continue;
      if (floor === INITIAL) this.#hash.of(line, this.floor, line * LINE_BYTES);
      low ^= floor === INITIAL ? this.#hash.low : history.hashLow[floor];
      high ^= floor === INITIAL ? this.#hash.high : history.hashHigh[floor];
      if (words === 0) {
        low ^= history.hashLow[version];
        high ^= history.hashHigh[version];
      } else {
        this.#fillContent(line, version, words);
        this.#hash.of(line, this.#content, 0);
        low ^= this.#hash.low;
        high ^= this.#hash.high;
      }
    }
    this.imageHash = (high >>> 11) * 2 ** 32 + (low >>> 0);
  }
}

/** Proper, non-empty subsets of a set of words. */
function tornCount(words: number): number {
  let size = 0;
  for (let rest = words; rest !== 0; rest &= rest - 1) size++;
  return size < 2 ? 0 : 2 ** size - 2;
}

/** The bits of `compact`, lowest first, put into the places that `mask` has. */
function spread(compact: number, mask: number): number {
  let result = 0;
  let bit = 1;
  for (let rest = mask; rest !== 0; rest &= rest - 1) {
    if ((compact & bit) !== 0) result |= rest & -rest;
    bit <<= 1;
  }
  return result;
}

/** Indices below `count` by time, those of one time in their own order. */
function order(count: number, ps: Float64Array): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i).sort((x, y) => ps[x] - ps[y] || x - y);
}
