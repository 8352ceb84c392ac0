/**
 * Sees a program on undo-log transactions as WHISPER's instrumentation sees the original, so that the
 * two can be compared like with like. That instrumentation is put around single assignments: it
 * does not see memcpy and memset (old data going to the undo log, the log's clearing, zeroed
 * objects). And in programs whose own sources carry none (btree, rbtree) it sees the library's
 * stores only. A store log (pmemcheck) sees everything and is compared with no filter.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { LINE_BYTES, LINE_SHIFT } from '../../pm/line.ts';
import {
  ALLOC_HEADER_BYTES,
  CACHED_RANGE_SLOT_BYTES,
  LANES_OFFSET,
  OBJECT_HEADER_BYTES,
  OOB_INTERNAL,
  OOB_TYPE,
  RANGE_CACHE_BYTES,
  RANGE_HEADER_BYTES,
  TX_OFFSET,
  UndoType,
  VECTOR_BYTES,
  VECTOR_EMBEDDED,
} from '../../pm/nvml/layout.ts';
import { Op, type OpCode, type PersistSink } from '../../pm/op.ts';

const Kind = { LIBRARY: 0, USER: 1, LOGGED: 2 } as const;

/** Where a lane keeps the offset of its first undo cache. Of lane 0. */
const CACHE_ENTRY =
  LANES_OFFSET + TX_OFFSET + 8 + UndoType.SET_CACHE * VECTOR_BYTES + VECTOR_EMBEDDED;

/** Passes on what the instrumentation sees. For programs of one thread, from their creation on. */
export class InstrumentedSink implements PersistSink {
  readonly #next: PersistSink;
  readonly #view: DataView;
  readonly #userStores: boolean;
  /** Per line, what the data in it is. */
  readonly #kind: Uint8Array;
  /** The block whose header was stored last and whose kind is not known yet; 0 if none. */
  #block = 0;

  /** `userStores`: whether the program's own sources are instrumented too. */
  constructor(heap: PmHeap, next: PersistSink, userStores: boolean) {
    this.#next = next;
    this.#view = new DataView(heap.bytes.buffer, heap.bytes.byteOffset, heap.bytes.byteLength);
    this.#userStores = userStores;
    this.#kind = new Uint8Array(heap.sizeBytes >>> LINE_SHIFT);
  }

  op(op: OpCode, a: number, b: number): void {
    if (op === Op.STORE && !this.#isSeen(a, b)) return;
    this.#next.op(op, a, b);
  }

  #isSeen(offset: number, bytes: number): boolean {
    this.#followAllocation(offset, bytes);
    if (bytes > LINE_BYTES) return false;
    const cache = this.#view.getUint32(CACHE_ENTRY, true);
    if (cache !== 0 && offset >= cache && offset < cache + RANGE_CACHE_BYTES) {
      return bytes === 8 && (offset - cache) % CACHED_RANGE_SLOT_BYTES < RANGE_HEADER_BYTES;
    }
    const kind = this.#kind[offset >>> LINE_SHIFT];
    // The data of a logged range is one copy of more than 32 B, its header two words.
    if (kind === Kind.LOGGED) return bytes === 8;
    return kind === Kind.LIBRARY || this.#userStores;
  }

  /** An allocation stores the chunk number in the header first, then one of two words tells. */
  #followAllocation(offset: number, bytes: number): void {
    const block = this.#block;
    if (bytes === 4 && offset % LINE_BYTES === 4 && this.#kind[offset >>> LINE_SHIFT] === 0) {
      this.#block = offset - 4;
    } else if (block !== 0 && bytes === 8 && offset === block + 8) {
      this.#mark(Kind.LIBRARY);
    } else if (block !== 0 && bytes === 8 && offset === block + OBJECT_HEADER_BYTES + OOB_TYPE) {
      this.#mark(Kind.USER);
      this.#block = 0;
    } else if (
      block !== 0 &&
      bytes === 8 &&
      offset === block + OBJECT_HEADER_BYTES + OOB_INTERNAL
    ) {
      this.#mark(Kind.LOGGED);
      this.#block = 0;
    } else if (offset < block || offset >= block + ALLOC_HEADER_BYTES) {
      this.#block = 0;
    }
  }

  #mark(kind: number): void {
    const size = this.#view.getUint32(this.#block + 8, true);
    const first = this.#block >>> LINE_SHIFT;
    this.#kind[first] = Kind.LIBRARY;
    this.#kind.fill(kind, first + 1, (this.#block + size) >>> LINE_SHIFT);
  }
}
