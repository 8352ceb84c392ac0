/**
 * A power failure in the middle of a recovery. Follows the operations of one thread on a live memory,
 * fails at a chosen one, and says what that may leave: what was written back and fenced is there, every
 * other line that was stored to has one of the contents it had since, torn at 8 bytes.
 */

import assert from 'node:assert';
import { LINE_BYTES, LINE_SHIFT, lastLineOf } from '../../../pm/line.ts';
import { isFence, Op, type OpCode, type PersistSink, persists } from '../../../pm/op.ts';
import { LineHistory, Tearing, wordsOf } from '../history/line-history.ts';
import { CrashSweep } from '../images/crash-sweep.ts';

/** Thrown out of a recovery at the moment of the failure. */
export class PowerFailure extends Error {
  override readonly name = 'PowerFailure';
}

export class RecoveryCrash implements PersistSink {
  /** Fails at this operation (loads and the like do not count); -1: never. */
  failAt = -1;
  failed = false;
  /** Stores, write-backs and fences so far. */
  operations = 0;
  readonly #live: Uint8Array;
  readonly #placeOf: (line: number) => number;
  #history: LineHistory;
  #sent: number[] = [];

  /**
   * `before` is what is durable of `live` when a recovery begins, or of those lines only that it stores
   * to, one behind the other in the places that `placeOf` gives (-1: not stored to).
   */
  constructor(
    before: Uint8Array,
    live: Uint8Array,
    placeOf: (line: number) => number = (line) => line,
  ) {
    this.#live = live;
    this.#placeOf = placeOf;
    this.#history = new LineHistory(before);
  }

  /** Starts anew on `before`: nothing has been stored yet. What was `left` earlier stays as it is. */
  restart(before: Uint8Array, failAt: number): void {
    this.#history = new LineHistory(before);
    this.#sent = [];
    this.operations = 0;
    this.failAt = failAt;
    this.failed = false;
  }

  op(op: OpCode, a: number, b: number): void {
    // Without power nothing that a program still tries has an effect.
    if (this.failed || !persists(op)) return;
    // A fence that power fails before has no effect; a store that it fails at may be there.
    const failing = this.operations++ === this.failAt;
    if (isFence(op) && !failing) {
      for (const version of this.#sent) this.#history.must(version, 0);
      this.#sent = [];
    } else if (!isFence(op) && b > 0) {
      this.#lines(op, a, b);
    }
    if (failing) {
      this.failed = true;
      throw new PowerFailure();
    }
  }

  /** What a failure now may leave of `before`. */
  left(): CrashSweep {
    const sweep = new CrashSweep(this.#history);
    sweep.advanceTo(0, () => {});
    return sweep;
  }

  #lines(op: OpCode, a: number, b: number): void {
    const last = lastLineOf(a, b);
    for (let line = a >>> LINE_SHIFT; line <= last; line++) {
      const place = this.#placeOf(line);
      if (op !== Op.WRITE_BACK) {
        const places = this.#history.initial.byteLength >>> LINE_SHIFT;
        assert(place >= 0 && place < places, `line ${line} has no place`);
        const tearing = op === Op.STORE ? Tearing.STORE : Tearing.WEAK;
        const words = wordsOf(line, a, b);
        this.#history.add(place, 0, this.#live, line * LINE_BYTES, words, tearing);
      }
      if (op !== Op.STORE && place >= 0) this.#sent.push(this.#history.latest(place));
    }
  }
}
