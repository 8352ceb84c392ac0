/**
 * Where everything lies in a pool of the undo-log library. The pool has the structures of libpmemobj
 * in NVML 1.1 (2016), the version that WHISPER ships: lanes with a redo log and undo vectors, and a
 * heap of zones, chunks and runs with bitmaps. All numbers are little-endian.
 *
 * | offset              | bytes          | what                                                   |
 * |---------------------|----------------|--------------------------------------------------------|
 * | 0                   | 4096           | pool header: eight words, see POOL_*                   |
 * | 4096                | 4096           | pool descriptor: word 0 the root object's offset       |
 * | 8192                | 3072 a lane    | lanes: allocator, list and transaction section, 1 KiB each |
 * | zone (1 KiB aligned)| 64             | zone header: magic u32, chunks u32                     |
 * | zone + 64           | 8 a chunk      | chunk headers: type u16, flags u16, length in chunks u32 |
 * | chunks (1 KiB aligned) | 256 KiB each | chunks: free, used by one large object, or a run      |
 *
 * A run: word 0 its block size, word 1 the owner in this incarnation (volatile, like the original's
 * bucket pointer), 38 bitmap words (a set bit is a used block), blocks from byte 320.
 * An object: allocation header of 16 B (zone u32, chunk u32, size of the block u64), out-of-band
 * header of 48 B (24 unused, undo entry, internal type, user type), then the user's data. The
 * object's offset is that of its data.
 *
 * Unlike the original there are as many lanes and chunk headers as are needed rather than 1024 and
 * 65528, one zone, and no heap header: offsets differ from a real pool's, positions in lines do not.
 */

export const POOL_MAGIC = 0x1d5_0c0d_e117;
export const POOL_HEADER_WORDS = 8;
/** Offset of the word that holds the root object's offset. */
export const POOL_ROOT = 4096;
/** The `pool id` half of every object id. */
export const POOL_UUID = 0x13_ebc9_a1fa_1f42;

export const LANES_OFFSET = 8192;
export const LANE_BYTES = 3072;
/** Lanes at most: one a thread. */
export const LANES_MAX = 64;
/** In a lane: the allocator's redo log, entries of (offset, value). */
export const REDO_OFFSET = 0;
export const REDO_ENTRY_BYTES = 16;
export const REDO_ENTRIES_MAX = 63;
/** In a lane: the transaction section, a state word and four undo vectors. */
export const TX_OFFSET = 2048;

export const TxState = { NONE: 0, COMMITTED: 1 } as const;

/** The undo vectors of a lane, in their order in the lane. */
export const UndoType = { ALLOC: 0, FREE: 1, SET: 2, SET_CACHE: 3 } as const;
export const UNDO_TYPES = 4;

/** A vector: 20 offsets of arrays of 8, 16, 32... words, then the first array itself. */
export const VECTOR_ARRAYS_MAX = 20;
export const VECTOR_INIT_SHIFT = 3;
export const VECTOR_EMBEDDED = VECTOR_ARRAYS_MAX * 8;
export const VECTOR_BYTES = VECTOR_EMBEDDED + (8 << VECTOR_INIT_SHIFT);

export const ZONE_MAGIC = 0xc3f0a2d2;
export const ZONE_HEADER_BYTES = 64;
export const CHUNK_BYTES = 256 * 1024;
export const ChunkType = { FREE: 2, USED: 3, RUN: 4 } as const;

export const RUN_OWNER = 8;
export const RUN_BITMAP = 16;
export const RUN_BITMAP_BYTES = 38 * 8;
export const RUN_DATA = 320;
export const RUN_DATA_BYTES = CHUNK_BYTES - RUN_DATA;

export const ALLOC_HEADER_BYTES = 16;
export const OOB_BYTES = 48;
/** From the start of a block to the user's data. */
export const OBJECT_HEADER_BYTES = ALLOC_HEADER_BYTES + OOB_BYTES;
/** In the out-of-band header, counted from the user's data. */
export const OOB_UNDO_ENTRY = -24;
export const OOB_INTERNAL = -16;
export const OOB_TYPE = -8;

/** A small range in the undo cache: offset, size, up to 32 bytes of old data. */
export const CACHED_RANGE_BYTES_MAX = 32;
export const CACHED_RANGE_SLOT_BYTES = 48;
export const CACHED_RANGES_MAX = 169;
export const RANGE_CACHE_BYTES = CACHED_RANGES_MAX * CACHED_RANGE_SLOT_BYTES;
/** In front of the old data of a range, small or large: offset and size. */
export const RANGE_HEADER_BYTES = 16;

/** The persistent structure of a pool is not what it must be, or not a pool's. */
export class PoolError extends Error {
  override readonly name = 'PoolError';
}

/** A place for every part of a pool of a given size. */
export interface PoolLayout {
  readonly lanes: number;
  readonly zone: number;
  readonly chunkHeaders: number;
  readonly chunks: number;
  readonly chunkCount: number;
}

/** The layout of a pool of `sizeBytes` with so many lanes. Throws RangeError where none fits. */
export function layoutOf(sizeBytes: number, lanes: number): PoolLayout {
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > LANES_MAX) {
    throw new RangeError(`${lanes} lanes: must be 1 to ${LANES_MAX}`);
  }
  const zone = roundUp(LANES_OFFSET + lanes * LANE_BYTES, 1024);
  const chunkHeaders = zone + ZONE_HEADER_BYTES;
  let chunkCount = Math.floor((sizeBytes - chunkHeaders) / (CHUNK_BYTES + 8));
  const start = (count: number): number => roundUp(chunkHeaders + count * 8, 1024);
  while (chunkCount > 0 && start(chunkCount) + chunkCount * CHUNK_BYTES > sizeBytes) chunkCount--;
  if (chunkCount < 1) throw new RangeError(`a pool of ${sizeBytes} B has no room for a chunk`);
  return { lanes, zone, chunkHeaders, chunks: start(chunkCount), chunkCount };
}

/** Bytes of a pool that has `chunkCount` chunks; a multiple of 64. */
export function poolBytes(lanes: number, chunkCount: number): number {
  const zone = roundUp(LANES_OFFSET + lanes * LANE_BYTES, 1024);
  return roundUp(zone + ZONE_HEADER_BYTES + chunkCount * 8, 1024) + chunkCount * CHUNK_BYTES;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
