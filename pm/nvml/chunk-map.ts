/**
 * The chunks of a pool's zone: which are free, used by a large object, or runs. The truth is the
 * chunk headers in PM (type u16, flags u16, length in chunks u32: one atomic word); which header
 * belongs to which chunk is kept in ordinary memory and rebuilt at every start. Best fit: the
 * shortest free extent that is long enough, among equals the first. After heap.c of NVML 1.1.
 */

import assert from 'node:assert/strict';
import type { PmHeap } from '../heap.ts';
import { ChunkType, PoolError, type PoolLayout, ZONE_MAGIC } from './layout.ts';
import type { RedoLog } from './redo-log.ts';

/** A stretch of chunks that share a header. */
export interface Extent {
  readonly chunk: number;
  readonly chunks: number;
  readonly type: number;
}

export class ChunkMap {
  readonly #heap: PmHeap;
  readonly #layout: PoolLayout;
  /** Per first chunk of an extent; 0 elsewhere. */
  readonly #type: Uint8Array;
  readonly #length: Uint32Array;

  constructor(heap: PmHeap, layout: PoolLayout) {
    this.#heap = heap;
    this.#layout = layout;
    this.#type = new Uint8Array(layout.chunkCount);
    this.#length = new Uint32Array(layout.chunkCount);
  }

  /** Makes the zone one free extent. The magic comes last: it makes the zone valid. */
  static format(heap: PmHeap, layout: PoolLayout): void {
    heap.storeWord(layout.chunkHeaders, ChunkType.FREE + layout.chunkCount * 2 ** 32);
    heap.persist(layout.chunkHeaders, 8);
    heap.storeU32(layout.zone + 4, layout.chunkCount);
    heap.storeU32(layout.zone, ZONE_MAGIC);
    heap.persist(layout.zone, 8);
  }

  /** Reads the chunk headers; returns the chunks that are runs. Throws PoolError on damage. */
  load(): number[] {
    const { zone, chunkCount } = this.#layout;
    if (this.#heap.loadU32(zone) !== ZONE_MAGIC || this.#heap.loadU32(zone + 4) !== chunkCount) {
      throw new PoolError('the zone header is damaged');
    }
    const runs: number[] = [];
    for (let chunk = 0; chunk < chunkCount; ) {
      const type = this.#heap.loadU16(this.#header(chunk));
      const length = this.#heap.loadU32(this.#header(chunk) + 4);
      this.#check(chunk, type, length);
      this.#type[chunk] = type;
      this.#length[chunk] = length;
      if (type === ChunkType.RUN) runs.push(chunk);
      chunk += length;
    }
    return runs;
  }

  typeOf(chunk: number): number {
    this.#heap.touch(this.#header(chunk), 8);
    return this.#type[chunk];
  }

  /**
   * All extents in order. Throws PoolError unless the headers in PM say the same. For checks: the
   * reads are not reported.
   */
  extents(): Extent[] {
    const extents: Extent[] = [];
    for (let chunk = 0; chunk < this.#layout.chunkCount; chunk += this.#length[chunk]) {
      const at = this.#header(chunk);
      const bytes = this.#heap.bytes;
      const type = bytes[at] + bytes[at + 1] * 256;
      let length = 0;
      for (let i = 7; i >= 4; i--) length = length * 256 + bytes[at + i];
      if (type !== this.#type[chunk] || length !== this.#length[chunk]) {
        throw new PoolError(`header of chunk ${chunk} is damaged`);
      }
      extents.push({ chunk, chunks: length, type });
    }
    return extents;
  }

  /** Cuts `chunks` chunks from a free extent; they stay free in PM. -1 if there is no such extent. */
  take(chunks: number): number {
    let best = -1;
    for (let chunk = 0; chunk < this.#layout.chunkCount; chunk += this.#length[chunk]) {
      if (this.#type[chunk] !== ChunkType.FREE || this.#length[chunk] < chunks) continue;
      if (best < 0 || this.#length[chunk] < this.#length[best]) best = chunk;
    }
    if (best < 0) return -1;
    const rest = this.#length[best] - chunks;
    if (rest > 0) {
      // The rest's header first: until the front is shortened nobody looks at it.
      this.#write(best + chunks, rest);
      this.#write(best, chunks);
    }
    return best;
  }

  /** Adds to `redo` that the extent is used by one large object. */
  markUsed(chunk: number, chunks: number, redo: RedoLog): void {
    this.#type[chunk] = ChunkType.USED;
    redo.set(this.#header(chunk), ChunkType.USED + chunks * 2 ** 32);
  }

  /** The chunk's run has been initialised and becomes valid. */
  markRun(chunk: number): void {
    this.#type[chunk] = ChunkType.RUN;
    this.#heap.storeU16(this.#header(chunk), ChunkType.RUN);
    this.#heap.persist(this.#header(chunk), 8);
  }

  /** Adds to `redo` that the used extent is free, joined with free neighbours. */
  free(chunk: number, chunks: number, redo: RedoLog): void {
    assert(this.#type[chunk] === ChunkType.USED && this.#length[chunk] === chunks, 'double free');
    let first = chunk;
    let length = chunks;
    const next = chunk + chunks;
    if (next < this.#layout.chunkCount && this.#type[next] === ChunkType.FREE) {
      length += this.#length[next];
      this.#type[next] = 0;
    }
    for (let before = 0; before < chunk; before += this.#length[before]) {
      const adjacent = before + this.#length[before] === chunk;
      if (adjacent && this.#type[before] === ChunkType.FREE) {
        first = before;
        length += this.#length[before];
        this.#type[chunk] = 0;
      }
    }
    this.#type[first] = ChunkType.FREE;
    this.#length[first] = length;
    redo.set(this.#header(first), ChunkType.FREE + length * 2 ** 32);
  }

  #header(chunk: number): number {
    return this.#layout.chunkHeaders + chunk * 8;
  }

  #write(chunk: number, length: number): void {
    this.#type[chunk] = ChunkType.FREE;
    this.#length[chunk] = length;
    this.#heap.storeWord(this.#header(chunk), ChunkType.FREE + length * 2 ** 32);
    this.#heap.persist(this.#header(chunk), 8);
  }

  #check(chunk: number, type: number, length: number): void {
    const known = type === ChunkType.FREE || type === ChunkType.USED || type === ChunkType.RUN;
    const fits = length >= 1 && chunk + length <= this.#layout.chunkCount;
    if (!known || !fits || (type === ChunkType.RUN && length !== 1)) {
      throw new PoolError(`header of chunk ${chunk} is damaged: type ${type}, length ${length}`);
    }
  }
}
