/**
 * What of a heap would survive a power failure right now, in one of the images that a persistence
 * domain of `adr` allows: nothing that was not written back and fenced. (Evictions may have made
 * more durable; exploring those is the crash checker's work.)
 *
 * A line is clean (durable equals live), dirty (stored to), or pending (written back, or stored past
 * the cache, and not yet fenced). Two byte arrays: the heap's live bytes and `durable`. Attach one
 * as the single sink of a heap: fences of any thread then complete what that thread sent.
 */

import { LINE_BYTES, LINE_SHIFT, lastLineOf } from './line.ts';
import { isFence, Op, type OpCode, type PersistSink, persists } from './op.ts';

/** State of a line; values of the byte array. */
export const LineStatus = { CLEAN: 0, DIRTY: 1, PENDING: 2 } as const;

export class LineState implements PersistSink {
  readonly #live: Uint8Array;
  /** The image that a crash would leave now. */
  readonly durable: Uint8Array;
  readonly #status: Uint8Array;
  /** Pending lines, with the bytes that were sent (a line stored to again is sent anew). */
  readonly #pending = new Map<number, Uint8Array>();

  /** Everything in `live` counts as durable at the start. */
  constructor(live: Uint8Array) {
    this.#live = live;
    this.durable = live.slice();
    this.#status = new Uint8Array(live.byteLength >>> LINE_SHIFT);
  }

  /** One of {@link LineStatus}. A line sent and then stored to again is dirty. */
  status(line: number): number {
    return this.#status[line];
  }

  /** Lines stored to and neither written back nor overwritten past the cache since, ascending. */
  dirtyLines(): number[] {
    const lines: number[] = [];
    for (let line = 0; line < this.#status.length; line++) {
      if (this.#status[line] === LineStatus.DIRTY) lines.push(line);
    }
    return lines;
  }

  op(op: OpCode, a: number, b: number): void {
    if (isFence(op)) {
      this.#fence();
    } else if (b > 0 && persists(op)) {
      const last = lastLineOf(a, b);
      for (let line = a >>> LINE_SHIFT; line <= last; line++) {
        if (op === Op.STORE) this.#status[line] = LineStatus.DIRTY;
        else if (op === Op.NT_STORE || this.#status[line] === LineStatus.DIRTY) this.#send(line);
      }
    }
  }

  #send(line: number): void {
    const from = line * LINE_BYTES;
    this.#pending.set(line, this.#live.slice(from, from + LINE_BYTES));
    this.#status[line] = LineStatus.PENDING;
  }

  #fence(): void {
    for (const [line, bytes] of this.#pending) {
      this.durable.set(bytes, line * LINE_BYTES);
      if (this.#status[line] === LineStatus.PENDING) this.#status[line] = LineStatus.CLEAN;
    }
    this.#pending.clear();
  }
}
