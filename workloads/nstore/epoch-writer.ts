/**
 * Stores to PM, with the discipline that N-store's persist calls stand for: whatever line was
 * stored to since the last fence is written back by the next one.
 *
 * WHISPER's build of N-store issues no flush instruction of its own in `pmem_persist` (the call is
 * commented out; only the fence is left). So its trace names fences alone and every line written
 * counts as written back by the fence that follows. Here the write-backs are explicit, one a line,
 * in the order of the lines' first stores.
 */

import { doubled } from '../../pm/columns.ts';
import type { PmHeap } from '../../pm/heap.ts';
import { LINE_BYTES, LINE_SHIFT, lastLineOf } from '../../pm/line.ts';
import type { Step } from '../../pm/step.ts';

export class EpochWriter {
  readonly heap: PmHeap;
  /** Lines stored to since the last fence; the first `#count` entries count. */
  #lines = new Uint32Array(64);
  #count = 0;

  constructor(heap: PmHeap) {
    this.heap = heap;
  }

  /** An 8-byte store of a whole number from 0 to 2^53 - 1 (a pointer, a size, a key). */
  word(offset: number, value: number): void {
    this.heap.storeWord(offset, value);
    this.#note(offset, 8);
  }

  u16(offset: number, value: number): void {
    this.heap.storeU16(offset, value);
    this.#note(offset, 2);
  }

  /** A 4-byte store of a signed or unsigned integer. */
  u32(offset: number, value: number): void {
    this.heap.storeU32(offset, value);
    this.#note(offset, 4);
  }

  f64(offset: number, value: number): void {
    this.heap.storeF64(offset, value);
    this.#note(offset, 8);
  }

  bytes(offset: number, source: Uint8Array): void {
    this.heap.storeBytes(offset, source);
    this.#note(offset, source.byteLength);
  }

  /** memmove within PM: `bytes` bytes from `from` to `to`, reported as one load and one store. */
  move(to: number, from: number, bytes: number): void {
    if (bytes === 0) return;
    this.heap.touch(from, bytes);
    this.heap.storeBytes(to, this.heap.bytes.slice(from, from + bytes));
    this.#note(to, bytes);
  }

  /** The store that comes next, or the fence, is this step. */
  at(step: Step): this {
    this.heap.at(step);
    return this;
  }

  /**
   * Writes back what was stored since the last fence, then an ordering fence (maybe empty): all of it
   * the same `step`.
   */
  fence(step?: Step): void {
    this.#writeBack(step);
    this.heap.at(step).orderingFence();
  }

  /** The last fence of a transaction. */
  durabilityFence(): void {
    this.#writeBack();
    this.heap.durabilityFence();
  }

  #writeBack(step?: Step): void {
    for (let i = 0; i < this.#count; i++)
      this.heap.at(step).writeBack(this.#lines[i] * LINE_BYTES, LINE_BYTES);
    this.#count = 0;
  }

  #note(offset: number, bytes: number): void {
    const last = lastLineOf(offset, bytes);
    for (let line = offset >>> LINE_SHIFT; line <= last; line++) {
      let i = this.#count - 1;
      while (i >= 0 && this.#lines[i] !== line) i--;
      if (i >= 0) continue;
      if (this.#count === this.#lines.length) this.#lines = doubled(this.#lines);
      this.#lines[this.#count++] = line;
    }
  }
}
