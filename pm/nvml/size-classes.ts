/**
 * Allocation classes: which block size serves a request, and how many blocks of it. Generated as
 * NVML 1.1 does (heap.c, heap_buckets_init): block sizes are multiples of 64 B in four categories
 * of growing step. A size that an existing class serves with at most eight blocks makes no new
 * class. A new block size is raised until a run wastes at most 1 KiB.
 */

import { CHUNK_BYTES, RUN_DATA_BYTES } from './layout.ts';

/** Blocks that one allocation from a run takes, at most; also how blocks are grouped in a run. */
export const UNITS_MAX = 8;

const GRANULE_BYTES = 64;
const RUN_ALLOCATION_BYTES_MAX = CHUNK_BYTES / 2;
const WASTE_BYTES_MAX = 1024;
/** (largest size in granules, step); the first is the predefined class of 128 B. */
const CATEGORIES = [
  [2, 0],
  [16, 1],
  [64, 2],
  [256, 4],
] as const;

/** The classes: block sizes, and the class of every size in granules. */
export interface SizeClasses {
  readonly blockBytes: readonly number[];
  /** Index: size in granules of 64 B, rounded up. */
  readonly classOfGranules: Uint8Array;
  /** The largest allocation (headers included) that runs serve; larger ones take whole chunks. */
  readonly runAllocationBytesMax: number;
}

function generate(): SizeClasses {
  const blockBytes: number[] = [128];
  const classOfGranules = new Uint8Array(RUN_ALLOCATION_BYTES_MAX / GRANULE_BYTES + 1);
  let size = 0;
  for (let c = 1; c < CATEGORIES.length; c++) {
    const [last, step] = CATEGORIES[c];
    for (let i = CATEGORIES[c - 1][0] + 1; i <= last; i += step) {
      size = i + step - 1;
      classOfGranules.fill(classFor(blockBytes, size * GRANULE_BYTES), i, size + 1);
    }
  }
  const largest = blockBytes.length - 1;
  const max = Math.min(RUN_ALLOCATION_BYTES_MAX, blockBytes[largest] * UNITS_MAX);
  classOfGranules.fill(largest, size, max / GRANULE_BYTES + 1);
  return { blockBytes, classOfGranules, runAllocationBytesMax: max };
}

/** The youngest class that serves `bytes` exactly with few enough blocks, or a new one. */
function classFor(blockBytes: number[], bytes: number): number {
  for (let i = blockBytes.length - 1; i >= 0; i--) {
    if (bytes % blockBytes[i] === 0 && bytes / blockBytes[i] <= UNITS_MAX) return i;
  }
  let block = bytes;
  while (RUN_DATA_BYTES % block > WASTE_BYTES_MAX) block += GRANULE_BYTES;
  return blockBytes.push(block) - 1;
}

/** The classes of every pool. */
export const SIZE_CLASSES: SizeClasses = generate();

/** The class that serves `bytes`, headers included; -1 if it takes whole chunks. */
export function sizeClassOf(bytes: number): number {
  if (bytes > SIZE_CLASSES.runAllocationBytesMax) return -1;
  return SIZE_CLASSES.classOfGranules[Math.ceil(bytes / GRANULE_BYTES)];
}

/** Bytes of the block or blocks that an allocation of `bytes` (headers included) occupies. */
export function occupiedBytes(bytes: number): number {
  const index = sizeClassOf(bytes);
  const unit = index < 0 ? CHUNK_BYTES : SIZE_CLASSES.blockBytes[index];
  return Math.ceil(bytes / unit) * unit;
}
