/**
 * The free blocks of the runs of one allocation class that one thread allocates from: volatile,
 * rebuilt from the run bitmaps at every start. Finds what NVML 1.1's crit-bit container finds: the
 * smallest block that is large enough, among equals the one that lies first in its run.
 *
 * Blocks do not cross groups of eight units, so the free blocks of a run are the stretches of zero
 * bits in each byte of its bitmap, and the bitmap itself tells whether an entry here is still true.
 * Entries that have become false are dropped when they are met.
 */

import { UNITS_MAX } from './size-classes.ts';

/** Per bitmap byte: bit s-1 is set if a stretch of exactly s zero bits exists. */
const STRETCHES = new Uint8Array(256);
/** Per (bitmap byte, s): the first bit of the first stretch of exactly s zero bits. */
const STRETCH_START = new Uint8Array(256 * (UNITS_MAX + 1));

for (let byte = 255; byte >= 0; byte--) {
  for (let bit = UNITS_MAX - 1; bit >= 0; bit--) {
    if ((byte >> bit) & 1) continue;
    let end = bit;
    while (end < UNITS_MAX && !((byte >> end) & 1)) end++;
    const startsHere = bit === 0 || (byte >> (bit - 1)) & 1;
    if (startsHere) {
      STRETCHES[byte] |= 1 << (end - bit - 1);
      STRETCH_START[byte * (UNITS_MAX + 1) + end - bit] = bit;
    }
  }
}

/** Groups in a key: key = group * CHUNKS + chunk, so that the position in the run counts first. */
const CHUNKS = 65536;

/** Where the bitmap of a chunk's run begins in the heap. */
export type BitmapOffset = (chunk: number) => number;

export class FreeBlocks {
  readonly #bytes: Uint8Array;
  readonly #bitmapOf: BitmapOffset;
  /** Per size, a binary min-heap of keys. */
  readonly #heaps: number[][] = Array.from({ length: UNITS_MAX + 1 }, () => []);
  /** Per key, which sizes are in their heaps. */
  readonly #queued = new Map<number, number>();

  constructor(bytes: Uint8Array, bitmapOf: BitmapOffset) {
    this.#bytes = bytes;
    this.#bitmapOf = bitmapOf;
  }

  /** The bitmap byte of `group` in the run in `chunk` has changed, or the run is new here. */
  note(chunk: number, group: number): void {
    const present = STRETCHES[this.#bytes[this.#bitmapOf(chunk) + group]];
    if (present === 0) return;
    const key = group * CHUNKS + chunk;
    const queued = this.#queued.get(key) ?? 0;
    const missing = present & ~queued;
    if (missing === 0) return;
    this.#queued.set(key, queued | missing);
    for (let size = 1; size <= UNITS_MAX; size++) {
      if (missing & (1 << (size - 1))) push(this.#heaps[size], key);
    }
  }

  /**
   * The best block of at least `units`: chunk * 4096 + its first unit in the run, or -1. It stays
   * free until the bitmap says otherwise.
   */
  find(units: number): number {
    for (let size = units; size <= UNITS_MAX; size++) {
      const heap = this.#heaps[size];
      while (heap.length > 0) {
        const key = heap[0];
        const chunk = key % CHUNKS;
        const group = (key - chunk) / CHUNKS;
        const byte = this.#bytes[this.#bitmapOf(chunk) + group];
        if (STRETCHES[byte] & (1 << (size - 1))) {
          return chunk * 4096 + group * UNITS_MAX + STRETCH_START[byte * (UNITS_MAX + 1) + size];
        }
        pop(heap);
        this.#queued.set(key, (this.#queued.get(key) ?? 0) & ~(1 << (size - 1)));
      }
    }
    return -1;
  }
}

function push(heap: number[], key: number): void {
  let i = heap.push(key) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (heap[parent] <= key) break;
    heap[i] = heap[parent];
    i = parent;
  }
  heap[i] = key;
}

function pop(heap: number[]): void {
  const key = heap.pop();
  if (key === undefined || heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= key) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = key;
}
