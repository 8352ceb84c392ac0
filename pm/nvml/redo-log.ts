/**
 * The allocator's redo log: changes several 8-byte words of a pool atomically with respect to power
 * loss. As NVML 1.1 (redo.c, memops.c), store by store: entries | FINISH flag in the last entry's
 * offset | the words themselves | clear the last entry's offset |, where | is a fence. One word alone
 * needs no log.
 *
 * Layout, in the allocator section of a lane: entries of (offset u64, value u64); targets are 8-byte
 * aligned, so bit 0 of an offset is free to be the FINISH flag.
 */

import assert from 'node:assert/strict';
import type { PmHeap } from '../heap.ts';
import type { Step } from '../step.ts';
import { PoolError, REDO_ENTRIES_MAX, REDO_ENTRY_BYTES } from './layout.ts';

const FINISH_FLAG = 1;
const PENDING_MAX = 8;

/** The redo log of one lane. Fill it with `set`, `or`, `clear`; then `process` makes them so. */
export class RedoLog {
  readonly #heap: PmHeap;
  readonly #view: DataView;
  readonly #base: number;
  readonly #targets = new Float64Array(PENDING_MAX);
  readonly #low = new Uint32Array(PENDING_MAX);
  readonly #high = new Uint32Array(PENDING_MAX);
  readonly #word = new Uint8Array(8);
  readonly #wordView = new DataView(this.#word.buffer);
  #count = 0;

  /** `base`: offset of the first entry. */
  constructor(heap: PmHeap, base: number) {
    this.#heap = heap;
    this.#view = new DataView(heap.bytes.buffer, heap.bytes.byteOffset, heap.bytes.byteLength);
    this.#base = base;
  }

  /** The word at `target` becomes `value`; no effect if this operation already sets it. */
  set(target: number, value: number): void {
    if (this.#find(target) < 0) this.#add(target, value >>> 0, Math.floor(value / 2 ** 32));
  }

  /** Sets `count` bits from bit `first` (0 to 63) of the word at `target`. */
  or(target: number, first: number, count: number): void {
    const i = this.#findOrRead(target);
    this.#low[i] |= lowMask(first, count);
    this.#high[i] |= lowMask(first - 32, count);
  }

  /** Clears `count` bits from bit `first` of the word at `target`. */
  clear(target: number, first: number, count: number): void {
    const i = this.#findOrRead(target);
    this.#low[i] &= ~lowMask(first, count);
    this.#high[i] &= ~lowMask(first - 32, count);
  }

  /** Makes all changes so, durably and atomically, and forgets them: the caller's `step`. */
  process(step?: Step): void {
    const heap = this.#heap;
    const count = this.#count;
    this.#count = 0;
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      const entry = this.#base + i * REDO_ENTRY_BYTES;
      heap.storeWord(entry, this.#targets[i]);
      this.#storeValue(entry + 8, i);
    }
    heap.persist(this.#base, count * REDO_ENTRY_BYTES);
    const last = this.#base + (count - 1) * REDO_ENTRY_BYTES;
    heap.storeWord(last, this.#targets[count - 1] + FINISH_FLAG);
    heap.persist(last, 8);
    this.#apply(count, step);
  }

  /**
   * After a crash: finishes an operation whose FINISH flag is set; any other never happened.
   * Throws PoolError if the log cannot come from this program.
   */
  recover(): void {
    const heap = this.#heap;
    let count = 0;
    for (let i = 0; i < REDO_ENTRIES_MAX; i++) {
      if (heap.loadWord(this.#base + i * REDO_ENTRY_BYTES) % 2 !== FINISH_FLAG) continue;
      if (count > 0) throw new PoolError(`redo log at ${this.#base}: two finish flags`);
      count = i + 1;
    }
    if (count === 0) return;
    if (count > PENDING_MAX) throw new PoolError(`redo log at ${this.#base}: ${count} entries`);
    for (let i = 0; i < count; i++) {
      const entry = this.#base + i * REDO_ENTRY_BYTES;
      const target = heap.loadWord(entry) - (i === count - 1 ? FINISH_FLAG : 0);
      if (target % 8 !== 0 || target + 8 > heap.sizeBytes) {
        throw new PoolError(`redo log at ${this.#base}: entry ${i} has target ${target}`);
      }
      heap.touch(entry + 8, 8);
      this.#targets[i] = target;
      this.#low[i] = this.#view.getUint32(entry + 8, true);
      this.#high[i] = this.#view.getUint32(entry + 12, true);
    }
    this.#apply(count);
  }

  #apply(count: number, step?: Step): void {
    const heap = this.#heap;
    for (let i = 0; i < count; i++) {
      this.#storeValue(this.#targets[i], i, step);
      heap.at(step).writeBack(this.#targets[i], 8);
    }
    heap.orderingFence();
    const last = this.#base + (count - 1) * REDO_ENTRY_BYTES;
    heap.storeWord(last, 0);
    heap.at(step).persist(last, 8);
  }

  #storeValue(offset: number, index: number, step?: Step): void {
    this.#wordView.setUint32(0, this.#low[index], true);
    this.#wordView.setUint32(4, this.#high[index], true);
    this.#heap.at(step).storeBytes(offset, this.#word);
  }

  #find(target: number): number {
    for (let i = 0; i < this.#count; i++) if (this.#targets[i] === target) return i;
    return -1;
  }

  #findOrRead(target: number): number {
    const found = this.#find(target);
    if (found >= 0) return found;
    this.#heap.touch(target, 8);
    const low = this.#view.getUint32(target, true);
    return this.#add(target, low, this.#view.getUint32(target + 4, true));
  }

  #add(target: number, low: number, high: number): number {
    const i = this.#count++;
    assert(i < PENDING_MAX, 'too many words in one allocator operation');
    this.#targets[i] = target;
    this.#low[i] = low;
    this.#high[i] = high;
    return i;
  }
}

/** The bits of [first, first + count) that lie in 0 to 31; `first` may be negative. */
function lowMask(first: number, count: number): number {
  const from = Math.max(first, 0);
  const to = Math.min(first + count, 32);
  if (from >= to) return 0;
  return to - from === 32 ? -1 : ((1 << (to - from)) - 1) << from;
}
