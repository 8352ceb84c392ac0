/**
 * Where recorded chunks go: up to a budget they stay in memory, beyond it they are written to an LMDB
 * database in a temporary directory, so that memory stays bounded however long a run is.
 *
 * Value of chunk (thread, index): the filled parts of the three columns, in
 * the order a, b, op, little-endian as the machine has them (the file never leaves this machine).
 * Payloads are not kept. The directory belongs to the caller, who removes it.
 */

import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { type ChunkStore, newChunk, type TraceChunk, trimmedCopy } from '../../pm/trace.ts';
import { FailureError, makeDirectories, systemReason } from '../host/index.ts';

/** Bytes of chunks that stay in memory, unless said otherwise. */
export const MEMORY_BUDGET_BYTES = 64 * 2 ** 20;

/** Bytes of one operation in the three columns. */
const OPERATION_BYTES = 9;

/** How to make a {@link SpillingTrace}. */
export interface SpillOptions {
  readonly threads: number;
  readonly heapBytes: number;
  /** A directory for the database; made when it is first needed. */
  readonly directory: string;
  readonly memoryBytesMax?: number | undefined;
}

export class SpillingTrace implements ChunkStore {
  heapBytes: number;
  readonly #directory: string;
  readonly #memoryBytesMax: number;
  /** Per thread, chunk by chunk: the chunk, or null if it is in the database. */
  readonly #chunks: (TraceChunk | null)[][];
  /** Per thread, the chunk into which the database is read. */
  readonly #scratch: TraceChunk[] = [];
  #database: RootDatabase<Uint8Array, [number, number]> | null = null;
  #operations = 0;
  #memoryBytes = 0;

  constructor(options: SpillOptions) {
    this.heapBytes = options.heapBytes;
    this.#directory = options.directory;
    this.#memoryBytesMax = options.memoryBytesMax ?? MEMORY_BUDGET_BYTES;
    this.#chunks = Array.from({ length: options.threads }, () => []);
  }

  /** Grows when a chunk of a further thread is appended. */
  get threads(): number {
    return this.#chunks.length;
  }

  get operations(): number {
    return this.#operations;
  }

  /** Bytes that chunks take in memory now, and whether any went to disk. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  get spilled(): boolean {
    return this.#database !== null;
  }

  append(thread: number, chunk: TraceChunk): void {
    while (this.#chunks.length <= thread) this.#chunks.push([]);
    const bytes = chunk.length * OPERATION_BYTES;
    const index = this.#chunks[thread].length;
    if (this.#memoryBytes + bytes <= this.#memoryBytesMax) {
      this.#chunks[thread].push(trimmedCopy({ ...chunk, payload: null, payloadBytes: 0 }));
      this.#memoryBytes += bytes;
    } else {
      this.#spill(thread, index, chunk);
      this.#chunks[thread].push(null);
    }
    this.#operations += chunk.length;
  }

  chunkCount(thread: number): number {
    return this.#chunks[thread].length;
  }

  chunk(thread: number, index: number): TraceChunk {
    return this.#chunks[thread][index] ?? this.#fetch(thread, index);
  }

  /** Closes the database; the trace can no longer be read. */
  async close(): Promise<void> {
    await this.#database?.close();
    this.#database = null;
  }

  #spill(thread: number, index: number, chunk: TraceChunk): void {
    try {
      this.#database ??= openDatabase(this.#directory);
      this.#database.putSync([thread, index], pack(chunk));
    } catch (error) {
      throw new FailureError(
        `cannot keep the trace in ${this.#directory}: ${systemReason(error)}; free space there, ` +
          'set TMPDIR to a larger disk, or run fewer transactions',
      );
    }
  }

  #fetch(thread: number, index: number): TraceChunk {
    const packed = this.#database?.get([thread, index]);
    if (packed === undefined) throw new RangeError(`no chunk ${index} of thread ${thread}`);
    while (this.#scratch.length <= thread) this.#scratch.push(newChunk(false, 0));
    const length = packed.byteLength / OPERATION_BYTES;
    if (this.#scratch[thread].op.length < length) this.#scratch[thread] = newChunk(false, length);
    unpack(packed, this.#scratch[thread]);
    return this.#scratch[thread];
  }
}

function openDatabase(directory: string): RootDatabase<Uint8Array, [number, number]> {
  makeDirectories(directory);
  // The database is scratch space: it need not survive anything, so nothing is synced.
  return open({
    path: join(directory, 'trace.lmdb'),
    encoding: 'binary',
    noSync: true,
    noMemInit: true,
    cache: false,
  });
}

function pack(chunk: TraceChunk): Buffer {
  const { length } = chunk;
  const packed = Buffer.allocUnsafe(length * OPERATION_BYTES);
  packed.set(new Uint8Array(chunk.a.buffer, chunk.a.byteOffset, length * 4), 0);
  packed.set(new Uint8Array(chunk.b.buffer, chunk.b.byteOffset, length * 4), length * 4);
  packed.set(chunk.op.subarray(0, length), length * 8);
  return packed;
}

function unpack(packed: Uint8Array, chunk: TraceChunk): void {
  const length = packed.byteLength / OPERATION_BYTES;
  const words = length * 4;
  new Uint8Array(chunk.a.buffer, 0, words).set(packed.subarray(0, words));
  new Uint8Array(chunk.b.buffer, 0, words).set(packed.subarray(words, 2 * words));
  chunk.op.set(packed.subarray(2 * words));
  chunk.length = length;
}
