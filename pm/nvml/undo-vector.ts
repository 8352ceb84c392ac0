/**
 * A persistent vector of words, the form of every undo log, after pvector.c of NVML 1.1. It holds no
 * count: the values end at the first zero, so one atomic store pushes or pops.
 *
 * Layout: 20 words, the offsets of arrays of 8, 16, 32... words; then the first of these arrays,
 * embedded. Arrays after the first are objects of the pool, allocated and freed as needed.
 */

import assert from 'node:assert/strict';
import type { PmHeap } from '../heap.ts';
import type { BlockConstructor, HeapAllocator } from './heap-alloc.ts';
import { VECTOR_ARRAYS_MAX, VECTOR_EMBEDDED, VECTOR_INIT_SHIFT } from './layout.ts';
import type { RedoLog } from './redo-log.ts';
import { UndoStep } from './steps.ts';

const INIT_SIZE = 1 << VECTOR_INIT_SHIFT;

export class UndoVector {
  readonly #heap: PmHeap;
  readonly #alloc: HeapAllocator;
  readonly #redo: RedoLog;
  readonly #lane: number;
  readonly #base: number;
  /** Arrays are zeroed before they become part of the vector: a word that is not zero is a value. */
  readonly #zeroed: BlockConstructor;
  #count = 0;

  /**
   * The vector at `base` of `lane`, as it was left. An array that a crash left empty is freed. The
   * redo logs must have been recovered.
   */
  constructor(heap: PmHeap, alloc: HeapAllocator, redo: RedoLog, lane: number, base: number) {
    this.#heap = heap;
    this.#alloc = alloc;
    this.#redo = redo;
    this.#lane = lane;
    this.#base = base;
    this.#zeroed = (object, usableBytes) => {
      heap.fill(object, 0, usableBytes);
      heap.persist(object, usableBytes);
    };
    this.#recount();
  }

  /** How many values there are. */
  get count(): number {
    return this.#count;
  }

  /** Value `index`; 0 if there are not so many. */
  value(index: number): number {
    return index < this.#count ? this.#heap.loadWord(this.#entry(index)) : 0;
  }

  /** The last value; 0 if empty. */
  last(): number {
    return this.#count === 0 ? 0 : this.value(this.#count - 1);
  }

  /** Makes room for a value and returns where it goes. The caller stores it before anything else. */
  push(): number {
    const array = arrayOf(this.#count);
    assert(array < VECTOR_ARRAYS_MAX, 'undo vector is full');
    const slot = this.#base + array * 8;
    if (this.#heap.loadWord(slot) === 0) {
      if (array === 0) {
        this.#heap.storeWord(slot, this.#base + VECTOR_EMBEDDED);
        this.#heap.persist(slot, 8);
      } else {
        const bytes = 8 << (array + VECTOR_INIT_SHIFT);
        this.#alloc.allocate(this.#redo, this.#lane, bytes, slot, this.#zeroed);
      }
    }
    return this.#entry(this.#count++);
  }

  /** Takes back a `push` whose value was never stored. */
  unpush(): void {
    this.#count--;
  }

  /** Removes the last value by clearing it. */
  popCleared(): void {
    const entry = this.#entry(this.#count - 1);
    this.#heap.at(UndoStep.clearEntry).storeWord(entry, 0);
    this.#heap.persist(entry, 8);
    this.#popped();
  }

  /** Removes the last value and frees the object that it names, in one. */
  popFreed(): void {
    const entry = this.#entry(this.#count - 1);
    this.#alloc.free(this.#redo, this.#lane, this.#heap.loadWord(entry), entry);
    this.#popped();
  }

  /** Adds the arrays that are objects of the pool to `objects`. */
  collectArrays(objects: Set<number>): void {
    for (let array = 1; array < VECTOR_ARRAYS_MAX; array++) {
      const offset = this.#heap.loadWord(this.#base + array * 8);
      if (offset !== 0) objects.add(offset);
    }
  }

  #popped(): void {
    this.#count--;
    const array = arrayOf(this.#count);
    if (array > 0 && positionOf(this.#count) === 0) this.#freeArray(array);
  }

  #freeArray(array: number): void {
    const slot = this.#base + array * 8;
    this.#alloc.free(this.#redo, this.#lane, this.#heap.loadWord(slot), slot);
  }

  #entry(index: number): number {
    return this.#heap.loadWord(this.#base + arrayOf(index) * 8) + positionOf(index) * 8;
  }

  #recount(): void {
    let arrays = 0;
    while (arrays < VECTOR_ARRAYS_MAX && this.#heap.loadWord(this.#base + arrays * 8) !== 0) {
      arrays++;
    }
    this.#count = 0;
    if (arrays === 0) return;
    const last = arrays - 1;
    const before = (INIT_SIZE << last) - INIT_SIZE;
    const array = this.#heap.loadWord(this.#base + last * 8);
    let filled = 0;
    while (filled < INIT_SIZE << last && this.#heap.loadWord(array + filled * 8) !== 0) filled++;
    if (filled === 0 && last > 0) this.#freeArray(last);
    this.#count = before + filled;
  }
}

/** Which array value `index` lies in: arrays begin at 0, 8, 24, 56... */
function arrayOf(index: number): number {
  return 31 - Math.clz32(index + INIT_SIZE) - VECTOR_INIT_SHIFT;
}

function positionOf(index: number): number {
  return index + INIT_SIZE - (INIT_SIZE << arrayOf(index));
}
