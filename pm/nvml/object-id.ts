/**
 * Object ids as programs keep them in PM: (pool id u64, offset u64), 16 bytes, all zero for null.
 * One store, as compilers make of a structure assignment.
 */

import type { PmHeap } from '../heap.ts';
import { POOL_UUID } from './layout.ts';

export const OBJECT_ID_BYTES = 16;

const id = new Uint8Array(OBJECT_ID_BYTES);
const idView = new DataView(id.buffer);
const nullId = new Uint8Array(OBJECT_ID_BYTES);
idView.setBigUint64(0, BigInt(POOL_UUID), true);

/** Stores the id of the object at `object` (0 for null) at offset `at`. */
export function storeObjectId(heap: PmHeap, at: number, object: number): void {
  if (object === 0) {
    heap.storeBytes(at, nullId);
    return;
  }
  idView.setUint32(8, object >>> 0, true);
  idView.setUint32(12, Math.floor(object / 2 ** 32), true);
  heap.storeBytes(at, id);
}

/** The offset in the object id at `at`; 0 for null. */
export function loadObjectId(heap: PmHeap, at: number): number {
  return heap.loadWord(at + 8);
}

/** Copies `bytes` bytes inside the heap, as a structure assignment or memmove. */
export function copyBytes(heap: PmHeap, to: number, from: number, bytes: number): void {
  if (bytes <= 0) return;
  heap.touch(from, bytes);
  heap.storeBytes(to, heap.bytes.subarray(from, from + bytes));
}
