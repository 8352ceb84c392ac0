/**
 * Where recorded chunks go: up to a budget they stay in memory, beyond it they are written to a file in a
 * temporary directory, so that memory stays bounded however long a run is. (A mapped file would count as
 * memory of the process, as far as it was read.)
 *
 * In the file chunks follow each other as they came: the filled parts of the three columns, in the order
 * a, b, op, as the machine has numbers (the file never leaves it). Payloads are not kept. The directory
 * belongs to the caller, who removes it.
 */

import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type ChunkStore, newChunk, type TraceChunk, trimmedCopy } from '../../pm/trace.ts';
import { FailureError, makeDirectories, systemReason } from '../host/index.ts';

/** Bytes of chunks that stay in memory, unless said otherwise. */
export const MEMORY_BUDGET_BYTES = 24 * 2 ** 20;

/** Bytes of one operation in the three columns. */
const OPERATION_BYTES = 9;

/** A chunk in the file. */
interface Spilled {
  readonly at: number;
  readonly length: number;
}

const isInMemory = (chunk: TraceChunk | Spilled): chunk is TraceChunk => 'op' in chunk;

/** How to make a {@link SpillingTrace}. */
export interface SpillOptions {
  readonly threads: number;
  readonly heapBytes: number;
  /** A directory for the file; made when it is first needed. */
  readonly directory: string;
  readonly memoryBytesMax?: number | undefined;
}

export class SpillingTrace implements ChunkStore {
  heapBytes: number;
  readonly #directory: string;
  readonly #memoryBytesMax: number;
  /** Per thread, chunk by chunk: the chunk, or where it is in the file. */
  readonly #chunks: (TraceChunk | Spilled)[][];
  /** Per thread, the chunk into which the file is read. */
  readonly #scratch: TraceChunk[] = [];
  #file: number | undefined;
  #fileBytes = 0;
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
    return this.#file !== undefined;
  }

  append(thread: number, chunk: TraceChunk): void {
    while (this.#chunks.length <= thread) this.#chunks.push([]);
    const bytes = chunk.length * OPERATION_BYTES;
    if (this.#memoryBytes + bytes <= this.#memoryBytesMax) {
      this.#chunks[thread].push(trimmedCopy({ ...chunk, payload: null, payloadBytes: 0 }));
      this.#memoryBytes += bytes;
    } else {
      this.#chunks[thread].push(this.#spill(chunk));
    }
    this.#operations += chunk.length;
  }

  chunkCount(thread: number): number {
    return this.#chunks[thread].length;
  }

  chunk(thread: number, index: number): TraceChunk {
    const chunk = this.#chunks[thread][index];
    return isInMemory(chunk) ? chunk : this.#fetch(thread, chunk);
  }

  /** Closes the file; the trace can no longer be read. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #spill(chunk: TraceChunk): Spilled {
    const { length } = chunk;
    const at = this.#fileBytes;
    try {
      this.#file ??= newFile(this.#directory);
      for (const column of columnsOf(chunk, length)) {
        for (let done = 0; done < column.length; ) {
          done += writeSync(this.#file, column, done, column.length - done, this.#fileBytes + done);
        }
        this.#fileBytes += column.length;
      }
    } catch (error) {
      throw new FailureError(
        `cannot keep the trace in ${this.#directory}: ${systemReason(error)}; free space there, ` +
          'set TMPDIR to a larger disk, or run fewer transactions',
      );
    }
    return { at, length };
  }

  #fetch(thread: number, { at, length }: Spilled): TraceChunk {
    if (this.#file === undefined) throw new Error('the trace is closed');
    while (this.#scratch.length <= thread) this.#scratch.push(newChunk(false, 0));
    if (this.#scratch[thread].op.length < length) this.#scratch[thread] = newChunk(false, length);
    const chunk = this.#scratch[thread];
    let from = at;
    for (const column of columnsOf(chunk, length)) {
      for (let done = 0; done < column.length; ) {
        const bytes = readSync(this.#file, column, done, column.length - done, from + done);
        if (bytes === 0) throw new FailureError(`the trace in ${this.#directory} was cut short`);
        done += bytes;
      }
      from += column.length;
    }
    chunk.length = length;
    return chunk;
  }
}

/** A new file for chunks: scratch, which need not survive anything, so nothing is synced. */
function newFile(directory: string): number {
  makeDirectories(directory);
  return openSync(join(directory, `trace-${process.pid}-${++files}`), 'wx+', 0o600);
}

let files = 0;

/** The bytes of the first `length` entries of each column. */
function columnsOf({ a, b, op }: TraceChunk, length: number): Uint8Array[] {
  return [a, b, op].map(
    ({ buffer, byteOffset, BYTES_PER_ELEMENT }) =>
      new Uint8Array(buffer, byteOffset, length * BYTES_PER_ELEMENT),
  );
}
