/**
 * Where Echo keeps things: the C structs of the original (WHISPER's kv-echo, 64-bit), field by
 * field, as byte offsets from the start of the struct. Every struct is a block of its own and so
 * starts on a line. Pointers are heap offsets in 8-byte words; 0 is null. Locks of the original
 * are volatile objects behind a pointer; the pointer's place is kept, unused, so that fields stay
 * on their lines.
 */

import type { PmHeap } from '../../pm/heap.ts';
import type { Step } from '../../pm/step.ts';

/** States of a struct (4 bytes, its last field): set last, after everything else is durable. */
export const StructState = { ALLOCATED: 0, ACTIVE: 1 } as const;

/**
 * States of a commit record. From CREATED_OK on the commit has happened, whatever else is lost;
 * COMMITTED says that it is merged. The waiting states of the original need concurrent merges.
 */
// biome-ignore format: in one line
export const CommitState = { CREATED: 1, CREATED_OK: 2, INPROGRESS_OK: 4, COMMITTED: 6, ABORTED: 8 } as const;

/** The master store. */
// biome-ignore format: fields in their order
export const STORE = {
  pairsCount: 8, table: 24, globalSnapshot: 48, commitLog: 56, state: 72, bytes: 80,
} as const;

/** The hash table. `buckets` is an array of CHAIN structs, the heads. */
// biome-ignore format: fields in their order
export const TABLE = {
  buckets: 0, bucketCount: 8, bucketsUsed: 16, entryCount: 24, state: 32, bytes: 40,
} as const;

/** A link of a bucket's chain; the heads lie side by side, the others are blocks. */
export const CHAIN = { data: 0, next: 8, bytes: 24 } as const;

/** What a chain link points to: the key, and its version table. */
export const ENTRY = { key: 0, versions: 8, bytes: 16 } as const;

/** A version table. */
// biome-ignore format: fields in their order
export const VERSIONS = {
  parent: 0, key: 8, everCount: 16, count: 24, vector: 32, state: 48, bytes: 56,
} as const;

/** One version of a key, in the version table. The value belongs to the commit record. */
// biome-ignore format: fields in their order
export const VERSION = {
  value: 0, size: 8, localNumber: 16, timeToLive: 24, snapshot: 32, record: 40, state: 48,
  bytes: 56,
} as const;

/** A vector of words. Capacity and data stay on one line. */
export const VECTOR = { data: 0, capacity: 8, count: 16, inPm: 24, state: 28, bytes: 32 } as const;

/** A commit record. Its state lies on the second line. */
// biome-ignore format: fields in their order
export const RECORD = {
  inPm: 0, beginSnapshot: 8, endSnapshot: 16, pairs: 24, conflictKey: 48, nextRecord: 56, state: 64,
  debugSignalled: 68, bytes: 72,
} as const;

/** A key and a value of a commit record. */
export const PAIR = { inPm: 0, key: 8, value: 16, size: 24, state: 32, bytes: 40 } as const;

/** `endSnapshot` of a record that has none yet: the original's all-ones word, cut to 2^53 - 1. */
export const NO_SNAPSHOT = Number.MAX_SAFE_INTEGER;

/** Sizes that a store is created with. */
export interface Geometry {
  /** Characters of a key, without the terminating zero. */
  readonly keyBytes: number;
  /** Characters of a value, without the terminating zero. */
  readonly valueBytes: number;
  readonly bucketCount: number;
}

/**
 * Echo's flush: fence, write back every line of the range, fence. The first fence closes the epoch
 * of the stores before; what follows it is a write-back alone, so every second fence is empty. All
 * three are the same `step`.
 */
export function flushRange(heap: PmHeap, offset: number, bytes: number, step?: Step): void {
  heap.at(step).orderingFence();
  heap.at(step).writeBack(offset, bytes);
  heap.at(step).orderingFence();
}

/** The last flush of a transaction: its second fence is the durability point. */
export function flushRangeDurably(heap: PmHeap, offset: number, bytes: number): void {
  heap.orderingFence();
  heap.writeBack(offset, bytes);
  heap.durabilityFence();
}

/** Sets a word and persists it if it differs: what recovery repairs fields with. */
export function repairWord(heap: PmHeap, offset: number, value: number): void {
  if (heap.loadWord(offset) === value) return;
  heap.storeWord(offset, value);
  heap.persist(offset, 8);
}
