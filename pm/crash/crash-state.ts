/**
 * What a power failure right now may leave of a memory, on a machine whose caches are lost (`adr`).
 * Follows a program's operations as they come, without times: what was written back, or stored
 * non-temporally, and then fenced is durable. Any other line that was stored to holds one of the
 * contents that it had since, torn at 8 bytes. A fence of any thread completes what all have sent.
 *
 * It is the one tracker of a live memory's lines. Where timing decides what is durable, a `LineHistory`
 * is made with times instead. Who needs no contents keeps less than either: the timing model, a bit a
 * line; epoch statistics, who wrote a line last.
 */

import assert from 'node:assert';
import { LINE_BYTES, LINE_SHIFT, lastLineOf, wordsOf } from '../line.ts';
import { isFence, isStore, Op, type OpCode, type PersistSink, persists } from '../op.ts';
import { CrashSweep } from './crash-sweep.ts';
import { INITIAL, LineHistory, Tearing } from './line-history.ts';

const NOW = 0;

/** Attach as the single sink of a heap. */
export class CrashState implements PersistSink {
  readonly #live: Uint8Array;
  readonly #placeOf: (line: number) => number;
  readonly #history: LineHistory;
  readonly #sweep: CrashSweep;
  /** Versions that the next fence makes durable. */
  readonly #sent = new Set<number>();

  /**
   * `before` is what is durable of `live` at the start: by default all of it. It may hold only some
   * lines of `live`, in the places that `placeOf` gives (-1: none, and not stored to).
   */
  constructor(
    live: Uint8Array,
    before: Uint8Array = live.slice(),
    placeOf: (line: number) => number = (line) => line,
  ) {
    this.#live = live;
    this.#placeOf = placeOf;
    this.#history = new LineHistory(before);
    this.#sweep = new CrashSweep(this.#history, true);
  }

  /** The images that a failure now may leave, until the next operation. */
  get images(): CrashSweep {
    return this.imagesNow(() => {});
  }

  /** The same, telling `onFloor` each line of the floor that changed since they were asked for last. */
  imagesNow(onFloor: (line: number) => void): CrashSweep {
    this.#sweep.advanceTo(NOW, onFloor);
    return this.#sweep;
  }

  /** The image that holds nothing but what must be durable. Do not change it. */
  get durable(): Uint8Array {
    return this.images.floor;
  }

  /** Lines stored to and not written back since, ascending. */
  dirtyLines(): number[] {
    const { open, openCount } = this.images;
    const lines = [...open.subarray(0, openCount)];
    return lines
      .filter((line) => !this.#sent.has(this.#history.latest(line)))
      .sort((x, y) => x - y);
  }

  op(op: OpCode, a: number, b: number): void {
    if (isFence(op)) {
      for (const version of this.#sent) this.#history.must(version, NOW);
      this.#sent.clear();
    } else if (persists(op) && b > 0) {
      const last = lastLineOf(a, b);
      for (let line = a >>> LINE_SHIFT; line <= last; line++) {
        const place = this.#placeOf(line);
        if (isStore(op)) this.#store(op, place, line, wordsOf(line, a, b));
        if (op !== Op.STORE && place >= 0) this.#send(place);
      }
    }
  }

  #store(op: OpCode, place: number, line: number, words: number): void {
    const places = this.#history.initial.byteLength >>> LINE_SHIFT;
    assert(place >= 0 && place < places, `line ${line} has no place`);
    const tearing = op === Op.STORE ? Tearing.STORE : Tearing.WEAK;
    this.#history.add(place, NOW, this.#live, line * LINE_BYTES, words, tearing);
  }

  #send(place: number): void {
    const latest = this.#history.latest(place);
    if (latest !== INITIAL) this.#sent.add(latest);
  }
}
