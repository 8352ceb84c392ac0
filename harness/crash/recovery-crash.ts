/**
 * A power failure in the middle of a recovery. Follows the operations of one thread on a live memory,
 * fails at a chosen one, and leaves an image: what was written back and fenced is there, every other
 * line that was stored to has one of the contents it had since, torn at 8 bytes.
 */

import { ALL_WORDS, INITIAL, LineHistory, Tearing } from '../../pm/crash/line-history.ts';
import { LINE_BYTES, LINE_SHIFT, lastLineOf } from '../../pm/line.ts';
import { Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import type { Random } from '../../pm/random.ts';

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
  readonly #history: LineHistory;
  #sent: number[] = [];

  /** `before` is what `live` holds when a recovery begins; the caller keeps it so. */
  constructor(before: Uint8Array, live: Uint8Array) {
    this.#live = live;
    this.#history = new LineHistory(before);
  }

  /** Starts anew: nothing has been stored yet. */
  restart(failAt: number): void {
    this.#history.clear();
    this.#sent.length = 0;
    this.operations = 0;
    this.failAt = failAt;
    this.failed = false;
  }

  op(op: OpCode, a: number, b: number): void {
    if (op < Op.STORE || op > Op.DURABILITY_FENCE) return;
    const isFence = op >= Op.ORDERING_FENCE;
    // A fence that power fails before has no effect; a store that it fails at may be there.
    const failing = this.operations++ === this.failAt;
    if (isFence && !failing) {
      for (const version of this.#sent) this.#history.must(version, 0);
      this.#sent = [];
    } else if (!isFence && b > 0) {
      this.#lines(op, a, b);
    }
    if (failing) {
      this.failed = true;
      throw new PowerFailure();
    }
  }

  /** Writes what the failure leaves into the live memory: each open line drawn. */
  leaveImage(random: Random): void {
    const history = this.#history;
    const share = random.fraction();
    const floor = new Map<number, number>();
    for (let i = 0; i < history.musts; i++) {
      const version = history.mustVersion[i];
      floor.set(history.line[version], Math.max(version, floor.get(history.line[version]) ?? 0));
    }
    for (let version = 0; version < history.versions; version++) {
      if (history.ordinal[version] > 0) continue;
      const line = history.line[version];
      const from = floor.get(line) ?? INITIAL;
      this.#leaveLine(line, from, random.chance(share) ? random : null);
    }
  }

  /** `line` holds `floor`, or with `random` something newer, its last store perhaps in part. */
  #leaveLine(line: number, floor: number, random: Random | null): void {
    const history = this.#history;
    let version = floor;
    const newest = history.latest(line);
    const base = floor === INITIAL ? -1 : history.ordinal[floor];
    let steps = random === null ? 0 : random.below(history.ordinal[newest] - base + 1);
    for (; steps > 0; steps--) version = this.#after(line, version);
    this.#copy(line, version, ALL_WORDS);
    if (random === null || version === newest) return;
    const next = this.#after(line, version);
    this.#copy(line, next, random.below(ALL_WORDS + 1) & history.words[next]);
  }

  #after(line: number, version: number): number {
    return version === INITIAL ? this.#history.first(line) : this.#history.next[version];
  }

  #copy(line: number, version: number, words: number): void {
    const history = this.#history;
    const source = version === INITIAL ? history.initial : history.bytes;
    const from = (version === INITIAL ? line : version) * LINE_BYTES;
    for (let i = 0; i < LINE_BYTES; i++) {
      if ((words & (1 << (i >>> 3))) !== 0) this.#live[line * LINE_BYTES + i] = source[from + i];
    }
  }

  #lines(op: OpCode, a: number, b: number): void {
    const last = lastLineOf(a, b);
    for (let line = a >>> LINE_SHIFT; line <= last; line++) {
      if (op !== Op.WRITE_BACK) {
        const tearing = op === Op.STORE ? Tearing.STORE : Tearing.WEAK;
        this.#history.add(line, 0, this.#live, line * LINE_BYTES, ALL_WORDS, tearing);
      }
      if (op !== Op.STORE) this.#sent.push(this.#history.latest(line));
    }
  }
}
