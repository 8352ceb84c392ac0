/**
 * Echo's persistent vector: a struct that points to an array of words, doubled when full. Appending
 * writes the slot, flushes it, then counts it and flushes the count, so that a crash between the
 * two leaves the vector as it was.
 *
 * One difference: when it grows, the original points the struct at the new array before it has
 * copied the old one, and never activates the new block; a crash then loses the contents. Here the
 * copy is durable first. As in the original the old array is not freed (recovery reclaims it).
 */

import type { PmHeap } from '../../pm/heap.ts';
import { flushRange, repairWord, StructState, VECTOR } from './layout.ts';
import type { ClumpPool } from './pool.ts';

const INITIAL_CAPACITY = 8;
const GROWTH = 2;

/** A new vector: empty, or holding `items`. 10 epochs, 18 fences when empty. */
export function createVector(heap: PmHeap, pool: ClumpPool, items: readonly number[] = []): number {
  const capacity = Math.max(INITIAL_CAPACITY, items.length);
  const vector = pool.allocate(VECTOR.bytes);
  const data = pool.allocate(capacity * 8);
  for (let i = 0; i < items.length; i++) heap.storeWord(data + i * 8, items[i]);
  if (items.length > 0) flushRange(heap, data, items.length * 8);
  heap.storeWord(vector + VECTOR.data, data);
  heap.storeWord(vector + VECTOR.capacity, capacity);
  heap.storeWord(vector + VECTOR.count, items.length);
  heap.storeU8(vector + VECTOR.inPm, 1);
  flushRange(heap, vector, VECTOR.state);
  heap.storeU32(vector + VECTOR.state, StructState.ACTIVE);
  flushRange(heap, vector + VECTOR.state, 4);
  return vector;
}

/** Appends a word: 2 epochs, 4 fences when there is room. */
export function appendToVector(heap: PmHeap, pool: ClumpPool, vector: number, item: number): void {
  const count = heap.loadWord(vector + VECTOR.count);
  const capacity = heap.loadWord(vector + VECTOR.capacity);
  if (count === capacity) growVector(heap, pool, vector, capacity);
  const slot = heap.loadWord(vector + VECTOR.data) + count * 8;
  heap.storeWord(slot, item);
  flushRange(heap, slot, 8);
  heap.storeWord(vector + VECTOR.count, count + 1);
  flushRange(heap, vector + VECTOR.count, 8);
}

function growVector(heap: PmHeap, pool: ClumpPool, vector: number, capacity: number): void {
  const grown = pool.allocate(capacity * GROWTH * 8);
  const old = heap.loadWord(vector + VECTOR.data);
  heap.storeBytes(grown, heap.loadBytes(old, capacity * 8));
  flushRange(heap, grown, capacity * 8);
  heap.storeWord(vector + VECTOR.data, grown);
  heap.storeWord(vector + VECTOR.capacity, capacity * GROWTH);
  flushRange(heap, vector, VECTOR.count);
}

/** How many words the vector holds. */
export function vectorCount(heap: PmHeap, vector: number): number {
  return heap.loadWord(vector + VECTOR.count);
}

/** Word `index` of the vector, which must be below its count. */
export function vectorItem(heap: PmHeap, vector: number, index: number): number {
  return heap.loadWord(heap.loadWord(vector + VECTOR.data) + index * 8);
}

/** After a crash: the capacity may be that of the array before or after growing; ask the block. */
export function repairVector(heap: PmHeap, pool: ClumpPool, vector: number): void {
  const data = heap.loadWord(vector + VECTOR.data);
  const count = heap.loadWord(vector + VECTOR.count);
  const capacity = heap.loadWord(vector + VECTOR.capacity);
  const room = pool.capacityOf(data) / 8;
  if (capacity > room || count > capacity) {
    repairWord(heap, vector + VECTOR.capacity, room);
  }
}
