/**
 * Crash images for the tests of this folder: what a power failure may leave in a heap at a given
 * moment, sampled with a seed. Based on `LineState`, which knows what must be durable; beyond that,
 *   - a line stored to through the cache may have been evicted after any of its stores (a store of
 *     more than 8 bytes may be cut at an 8-byte boundary), or not at all;
 *   - of a line stored to past the cache, any of the 8-byte words may have arrived.
 */

import { LINE_BYTES, LINE_SHIFT, lastLineOf } from '../../pm/line.ts';
import { LineState } from '../../pm/line-state.ts';
import { Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import type { Random } from '../../pm/random.ts';

interface PendingLine {
  /** What the line may hold besides its durable contents, oldest first. */
  readonly versions: Uint8Array[];
  /** Which of `versions` the next fence makes durable; -1: none. */
  sent: number;
  pastCache: boolean;
}

/** The single sink of a heap under test. `onFence` is called before each fence takes effect. */
export class CrashImages implements PersistSink {
  readonly #live: Uint8Array;
  readonly #state: LineState;
  readonly #random: Random;
  readonly #onFence: () => void;
  readonly #lines = new Map<number, PendingLine>();

  constructor(live: Uint8Array, random: Random, onFence: () => void) {
    this.#live = live;
    this.#state = new LineState(live);
    this.#random = random;
    this.#onFence = onFence;
  }

  op(op: OpCode, a: number, b: number): void {
    const isFence = op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE;
    if (isFence) this.#onFence();
    if (b > 0 && (op === Op.STORE || op === Op.NT_STORE || op === Op.WRITE_BACK)) {
      const last = lastLineOf(a, b);
      for (let line = a >>> LINE_SHIFT; line <= last; line++) this.#note(op, line, a, b);
    }
    this.#state.op(op, a, b);
    if (isFence) this.#completeSent();
  }

  /** One image that a crash right now may leave; `evictNothing` gives the least that is durable. */
  image(evictNothing = false): Uint8Array {
    const image = this.#state.durable.slice();
    if (evictNothing) return image;
    for (const [line, pending] of this.#lines) {
      const choice = this.#random.below(pending.versions.length + 2);
      if (choice === 0) continue;
      const version = pending.versions[Math.min(choice, pending.versions.length) - 1];
      for (let word = 0; word < LINE_BYTES; word += 8) {
        if (pending.pastCache && this.#random.chance(0.5)) continue;
        image.set(version.subarray(word, word + 8), line * LINE_BYTES + word);
      }
    }
    return image;
  }

  #note(op: OpCode, line: number, offset: number, bytes: number): void {
    let pending = this.#lines.get(line);
    if (op === Op.WRITE_BACK) {
      if (pending !== undefined) pending.sent = pending.versions.length - 1;
      return;
    }
    const from = line * LINE_BYTES;
    if (pending === undefined) {
      pending = { versions: [], sent: -1, pastCache: false };
      this.#lines.set(line, pending);
    }
    const start = Math.max(offset, from);
    const end = Math.min(offset + bytes, from + LINE_BYTES);
    if (op === Op.STORE && end - start > 8) {
      const before =
        pending.versions.at(-1) ?? this.#state.durable.subarray(from, from + LINE_BYTES);
      const torn = before.slice();
      const cut = (start & ~7) + 8 * this.#random.between(1, Math.ceil((end - start) / 8));
      torn.set(this.#live.subarray(start, Math.min(cut, end)), start - from);
      pending.versions.push(torn);
    }
    pending.versions.push(this.#live.slice(from, from + LINE_BYTES));
    if (op === Op.NT_STORE) {
      pending.sent = pending.versions.length - 1;
      pending.pastCache = true;
    }
  }

  #completeSent(): void {
    for (const [line, pending] of this.#lines) {
      if (pending.sent < 0) continue;
      pending.versions.splice(0, pending.sent + 1);
      pending.sent = -1;
      pending.pastCache = false;
      if (pending.versions.length === 0) this.#lines.delete(line);
    }
  }
}
