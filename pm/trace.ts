/**
 * Traces: the operations of one or more threads, in columns, in chunks of fixed size. A functional
 * run is recorded once and replayed under every backend; an imported trace looks the same.
 *
 * Column layout of a chunk (all typed arrays of `capacity` entries): `op` one byte, `a` and `b` 32
 * bits each, with the meanings that `op.ts` gives them. Payload, when kept, is the concatenation of
 * the bytes of the chunk's STORE and NT_STORE operations in order, `b` bytes each.
 *
 * Memory: a `ChunkStore` decides where full chunks go (memory, disk); a recorder holds one chunk.
 */

import { type OperationColumns, sendOperations } from './columns.ts';
import { isStore, type OpCode, type PersistSink } from './op.ts';

/** Operations in a chunk, unless said otherwise. */
export const CHUNK_OPS = 1 << 15;

/** Columns of at most `op.length` operations, of which the first `length` are filled. */
export interface TraceChunk extends OperationColumns {
  length: number;
  /** Bytes of the stores in order, or null where payloads are not kept. Grows by doubling. */
  payload: Uint8Array | null;
  payloadBytes: number;
}

/** An empty chunk. */
export function newChunk(withPayload = false, capacity = CHUNK_OPS): TraceChunk {
  return {
    op: new Uint8Array(capacity),
    a: new Uint32Array(capacity),
    b: new Uint32Array(capacity),
    length: 0,
    payload: withPayload ? new Uint8Array(capacity * 8) : null,
    payloadBytes: 0,
  };
}

/** A copy that holds no more than what is filled. */
export function trimmedCopy(chunk: TraceChunk): TraceChunk {
  return {
    op: chunk.op.slice(0, chunk.length),
    a: chunk.a.slice(0, chunk.length),
    b: chunk.b.slice(0, chunk.length),
    length: chunk.length,
    payload: chunk.payload === null ? null : chunk.payload.slice(0, chunk.payloadBytes),
    payloadBytes: chunk.payloadBytes,
  };
}

/** What a recorder does with a full chunk. It must copy what it keeps: the chunk is reused. */
export type ChunkConsumer = (chunk: TraceChunk) => void;

/**
 * Records one thread's operations and hands each full chunk to `consume`. Call `flush` at the end.
 * With `heapBytes`, the bytes of stores are kept too (read from the heap at the time of the store).
 */
export class TraceRecorder implements PersistSink {
  readonly #chunk: TraceChunk;
  readonly #consume: ChunkConsumer;
  readonly #heapBytes: Uint8Array | null;

  constructor(consume: ChunkConsumer, heapBytes: Uint8Array | null = null, capacity = CHUNK_OPS) {
    this.#chunk = newChunk(heapBytes !== null, capacity);
    this.#consume = consume;
    this.#heapBytes = heapBytes;
  }

  op(op: OpCode, a: number, b: number): void {
    const chunk = this.#chunk;
    const i = chunk.length;
    chunk.op[i] = op;
    chunk.a[i] = a;
    chunk.b[i] = b;
    chunk.length = i + 1;
    if (this.#heapBytes !== null && isStore(op)) {
      appendPayload(chunk, this.#heapBytes, a, b);
    }
    if (i + 1 === chunk.op.length) this.flush();
  }

  /** Hands over what has been recorded since the last full chunk. */
  flush(): void {
    if (this.#chunk.length === 0) return;
    this.#consume(this.#chunk);
    this.#chunk.length = 0;
    this.#chunk.payloadBytes = 0;
  }
}

/** Appends `source[offset, offset + bytes)` to the payload of `chunk`, which must keep payloads. */
function appendPayload(chunk: TraceChunk, source: Uint8Array, offset: number, bytes: number): void {
  let payload = chunk.payload;
  if (payload === null) throw new Error('this chunk keeps no payload');
  const end = chunk.payloadBytes + bytes;
  if (end > payload.length) {
    const grown = new Uint8Array(Math.max(end, payload.length * 2));
    grown.set(payload.subarray(0, chunk.payloadBytes));
    payload = grown;
    chunk.payload = grown;
  }
  payload.set(source.subarray(offset, offset + bytes), chunk.payloadBytes);
  chunk.payloadBytes = end;
}

/** A whole trace that can be read any number of times, each thread's chunks in order. */
export interface Trace {
  readonly threads: number;
  /** The heap that the trace ran on: offsets are below this. A multiple of 64. */
  readonly heapBytes: number;
  /** How many chunks thread `thread` has. */
  chunkCount(thread: number): number;
  /** Chunk `index` of `thread`. Valid until the next call for the same thread; do not change it. */
  chunk(thread: number, index: number): TraceChunk;
  /** All operations, of all threads. */
  readonly operations: number;
}

/** Where recorded chunks go, and come back from. One writer, then any number of readers. */
export interface ChunkStore extends Trace {
  /** Keeps a copy of `chunk` as the next one of `thread`. */
  append(thread: number, chunk: TraceChunk): void;
}

/** Keeps all chunks in memory: for short traces and tests. */
export class MemoryTrace implements ChunkStore {
  readonly threads: number;
  readonly heapBytes: number;
  readonly #chunks: TraceChunk[][];
  #operations = 0;

  constructor(threads: number, heapBytes: number) {
    this.threads = threads;
    this.heapBytes = heapBytes;
    this.#chunks = Array.from({ length: threads }, () => []);
  }

  get operations(): number {
    return this.#operations;
  }

  append(thread: number, chunk: TraceChunk): void {
    this.#chunks[thread].push(trimmedCopy(chunk));
    this.#operations += chunk.length;
  }

  chunkCount(thread: number): number {
    return this.#chunks[thread].length;
  }

  chunk(thread: number, index: number): TraceChunk {
    return this.#chunks[thread][index];
  }
}

/** A recorder per thread that writes to `store`; flush them all when the run is over. */
export function recordersInto(
  store: ChunkStore,
  heapBytes: Uint8Array | null = null,
): TraceRecorder[] {
  return Array.from(
    { length: store.threads },
    (_, thread) => new TraceRecorder((chunk) => store.append(thread, chunk), heapBytes),
  );
}

/** A trace in memory of what `emit` sends for each thread. */
export function recordTrace(
  threads: number,
  heapBytes: number,
  emit: (sink: PersistSink, thread: number) => void,
): MemoryTrace {
  const trace = new MemoryTrace(threads, heapBytes);
  for (const [thread, recorder] of recordersInto(trace).entries()) {
    emit(recorder, thread);
    recorder.flush();
  }
  return trace;
}

/** Sends a whole trace of one thread to `sink`. */
export function replayThread(trace: Trace, thread: number, sink: PersistSink): void {
  const chunks = trace.chunkCount(thread);
  for (let i = 0; i < chunks; i++) sendOperations(trace.chunk(thread, i), sink);
}
