/**
 * N-store's persistent allocator: a pool of clumps under rotating first fit, with the two-step
 * life of every object (reserve, fill, activate) that makes allocation atomic. From Arulraj et al.,
 * "Let's talk about storage & recovery methods for non-volatile memory database systems", SIGMOD
 * 2015; epochs as measured on WHISPER's build.
 *
 * Layout of a pool from its base (a multiple of 4096):
 *   +4096   static area: 8-byte slots, which are the roots of everything else (see `slot`)
 *   +12288  pool header: signature, total size
 *   +16384  clumps, without gaps, up to a last header of size 0 in the pool's last line
 * A clump is a 64-byte header, then its payload. Header: size of the clump, header included, a
 * multiple of 64, with the state in its low 6 bits (+0, 4 bytes); kind of the object (+4, 4 bytes);
 * size of the clump before (+8, 8 bytes).
 *
 * Differences from the original. (1) The kind rides in the upper half of the size word, so that
 * recovery can tell rows from index nodes while walking the pool; it costs no store of its own.
 * (2) Each executor has a pool of its own; the original's share one, and reserve and free under a lock
 * (`pmalloc` and `pfree` of its libpm). Recovery needs the pools: whether a commit had begun it reads off
 * objects that the commit frees, which in a shared pool another executor may have taken since. The lock
 * is left out: volatile work is charged evenly over a transaction's accesses, so it would be held for a
 * share of it that nobody measured. (With it four executors wait for it 63 % of ycsb's time and 34 % of
 * tpcc's without any mirror.) What the original needs of order between executors is stated on the
 * workloads all the same. (3) The rotation starts at the pool's beginning
 * when the measured run starts, as after a reopen. In the original, other executors' frees throw
 * the shared rotation back among the holes that loading left, where many reservations need no
 * split; a private rotation left at the pool's end would split every time.
 */

import assert from 'node:assert/strict';
import type { Step } from '../../pm/step.ts';
import { NotSetUpError, VerifyError } from '../workload.ts';
import type { EpochWriter } from './epoch-writer.ts';

/** Bytes of a clump header; also the granularity of sizes. */
export const HEADER_BYTES = 64;
const STATIC_OFFSET = 4096;
const POOL_HEADER_OFFSET = 12288;
const FIRST_CLUMP_OFFSET = 16384;
const SIGNATURE = new TextEncoder().encode('*PMEMALLOC_POOL\0');

/** State of a clump, in the low bits of its size. */
export const ClumpState = { FREE: 0, RESERVED: 1, ACTIVE: 2 } as const;
const STATE_MASK = 63;

/** What a clump holds. Rows of table t have kind ROW + t. */
export const Kind = { NONE: 0, CATALOGUE: 1, TEXT: 2, DATA: 3, LOG: 4, LIST: 5, INDEX: 6, ROW: 16 };

/** Smallest pool: static area, header, and a little room. */
export const POOL_BYTES_MIN = 64 * 1024;

/**
 * A clump as a walk over the pool finds it; the object is reused for the next one. `payload` is
 * what reserve returned.
 */
export interface Clump {
  readonly header: number;
  readonly payload: number;
  readonly sizeBytes: number;
  readonly state: number;
  readonly kind: number;
  readonly prevSizeBytes: number;
}

export class NstorePool {
  readonly writer: EpochWriter;
  readonly #base: number;
  readonly #first: number;
  readonly #last: number;
  /** Where the next search starts: a header. Volatile, as in the original. */
  #rotation: number;

  /** The pool at [base, base + sizeBytes) of the writer's heap; `format` or recovery comes next. */
  constructor(writer: EpochWriter, base: number, sizeBytes: number) {
    assert(base % 4096 === 0 && sizeBytes % 64 === 0 && sizeBytes >= POOL_BYTES_MIN);
    this.writer = writer;
    this.#base = base;
    this.#first = base + FIRST_CLUMP_OFFSET;
    this.#last = base + sizeBytes - HEADER_BYTES;
    this.#rotation = this.#first;
  }

  /** Address of word `index` of the static area (0 to 510). */
  slot(index: number): number {
    return this.#base + STATIC_OFFSET + 8 + index * 8;
  }

  /** How many places for an object there are: one a 64-byte step. */
  get places(): number {
    return (this.#last - this.#base) >>> 6;
  }

  /** Which of these places is at `payload`, from 0; -1 where no object of this pool can be. */
  placeOf(payload: number): number {
    const isHere = payload >= this.#first && payload < this.#last && payload % 64 === 0;
    return isHere ? (payload - this.#base) / 64 : -1;
  }

  /** What `placeOf` has given back. */
  payloadAt(place: number): number {
    return this.#base + place * 64;
  }

  /** Makes the (zero) pool one free clump. */
  format(): void {
    const { writer } = this;
    writer.bytes(this.#base + POOL_HEADER_OFFSET, SIGNATURE);
    writer.word(this.#base + POOL_HEADER_OFFSET + 16, this.#last + HEADER_BYTES - this.#base);
    this.#setHeader(this.#first, this.#last - this.#first, ClumpState.FREE, Kind.NONE);
    writer.word(this.#last + 8, this.#last - this.#first);
    writer.fence();
  }

  /** Throws NotSetUpError unless a pool was formatted here. */
  checkSignature(): void {
    const { bytes } = this.writer.heap;
    const from = this.#base + POOL_HEADER_OFFSET;
    if (SIGNATURE.some((byte, i) => bytes[from + i] !== byte)) {
      throw new NotSetUpError(`no N-store pool at offset ${this.#base}`);
    }
  }

  /** The next search starts at the pool's beginning. */
  rewind(): void {
    this.#rotation = this.#first;
  }

  /**
   * Takes `bytes` bytes for an object of `kind` and returns their offset. Until `activate`, the
   * next open of the pool takes them back. Three epochs when a clump is split, two otherwise.
   * Throws RangeError when the pool is full.
   */
  reserve(bytes: number, kind: number): number {
    const need = bytes <= 64 ? 128 : HEADER_BYTES + ((bytes + 63) & ~63);
    const header = this.#find(need);
    const { writer } = this;
    const size = writer.heap.loadU32(header) & ~STATE_MASK;
    const leftover = size - need;
    if (leftover >= 2 * HEADER_BYTES) {
      this.#setHeader(header + need, leftover, ClumpState.FREE, Kind.NONE);
      writer.word(header + need + 8, need);
      writer.fence();
      writer.word(header + size + 8, leftover);
      writer.fence();
      this.#setHeader(header, need, ClumpState.RESERVED, kind);
      writer.fence();
    } else {
      this.#setHeader(header, size, ClumpState.RESERVED, kind);
      writer.fence();
      writer.word(header + size + 8, size);
      writer.fence();
    }
    this.#rotation = header;
    return header + HEADER_BYTES;
  }

  /**
   * The object at `payload` and all stores before are durable, then it survives. Two fences, and
   * what they write back: the caller's `step`.
   */
  activate(payload: number, step?: Step): void {
    const header = payload - HEADER_BYTES;
    const { heap } = this.writer;
    this.writer.fence(step);
    const size = heap.loadU32(header) & ~STATE_MASK;
    this.#setHeader(header, size, ClumpState.ACTIVE, heap.loadU32(header + 4));
    this.writer.fence(step);
  }

  /** Gives the object back and joins it with free neighbours. One epoch, two when joined. */
  free(payload: number): void {
    const { writer } = this;
    const { heap } = writer;
    const header = payload - HEADER_BYTES;
    let from = header;
    let size = heap.loadU32(header) & ~STATE_MASK;
    assert(size > 0 && header + size <= this.#last, `free of ${payload}: no clump there`);
    const after = heap.loadU32(header + size);
    const afterIsFree = (after & STATE_MASK) === ClumpState.FREE && header + size !== this.#last;
    const before = header - heap.loadU32(header + 8);
    const beforeWord = before === header ? ClumpState.ACTIVE : heap.loadU32(before);
    if (afterIsFree) size += after & ~STATE_MASK;
    if ((beforeWord & STATE_MASK) === ClumpState.FREE) {
      size += beforeWord & ~STATE_MASK;
      from = before;
    }
    this.#setHeader(from, size, ClumpState.FREE, Kind.NONE);
    writer.fence();
    if (!afterIsFree && from === header) return;
    writer.word(from + size + 8, size);
    writer.fence();
    this.#rotation = from;
  }

  /** Marks the object free where it stands, without joining: for recovery. One epoch. */
  retire(payload: number): void {
    const header = payload - HEADER_BYTES;
    const size = this.writer.heap.loadU32(header) & ~STATE_MASK;
    this.#setHeader(header, size, ClumpState.FREE, Kind.NONE);
    this.writer.fence();
  }

  /**
   * Shows every clump to `visit`, in order of address, without reporting loads (for checks and
   * recovery). `visit` may change headers up to its own. Throws VerifyError where sizes do not
   * lead to the pool's end.
   */
  walk(visit: (clump: Clump) => void): void {
    const { bytes } = this.writer.heap;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const clump = { header: 0, payload: 0, sizeBytes: 0, state: 0, kind: 0, prevSizeBytes: 0 };
    let header = this.#first;
    while (header !== this.#last) {
      const word = view.getUint32(header, true);
      const sizeBytes = (word & ~STATE_MASK) >>> 0;
      clump.header = header;
      clump.payload = header + HEADER_BYTES;
      clump.sizeBytes = sizeBytes;
      clump.state = word & STATE_MASK;
      clump.kind = view.getUint32(header + 4, true);
      clump.prevSizeBytes = view.getUint32(header + 8, true);
      if (sizeBytes < HEADER_BYTES || header + sizeBytes > this.#last || clump.state > 2) {
        throw new VerifyError(`clump header at ${header}: size ${sizeBytes}, state ${clump.state}`);
      }
      visit(clump);
      header += sizeBytes;
    }
  }

  /**
   * What opening a pool does: clumps that `keep` refuses, and reserved ones, become free, free
   * neighbours are joined, and sizes of the clump before are set right. Each step is one atomic
   * word and leaves a pool that may be swept again. Returns how many objects were taken back.
   */
  sweep(keep: (clump: Clump) => boolean): number {
    let reclaimed = 0;
    let runStart = -1;
    let runBytes = 0;
    let prevSize = 0;
    const closeRun = (): void => {
      if (runStart < 0) return;
      this.#rewrite(runStart, runBytes, prevSize);
      prevSize = runBytes;
      runStart = -1;
    };
    this.walk((clump) => {
      if (clump.state === ClumpState.ACTIVE && keep(clump)) {
        closeRun();
        this.#setPrevSize(clump.header, prevSize);
        prevSize = clump.sizeBytes;
        return;
      }
      if (clump.state !== ClumpState.FREE) reclaimed++;
      if (runStart < 0) {
        runStart = clump.header;
        runBytes = 0;
      }
      runBytes += clump.sizeBytes;
    });
    closeRun();
    this.#setPrevSize(this.#last, prevSize);
    this.rewind();
    return reclaimed;
  }

  /** Throws VerifyError unless every clump names the size of the one before it. */
  verifyLinks(): void {
    let previous = 0;
    this.walk(({ header, sizeBytes, prevSizeBytes }) => {
      if (prevSizeBytes !== previous) {
        const said = `header says ${prevSizeBytes}`;
        throw new VerifyError(`clump at ${header}: size of the one before is ${previous}, ${said}`);
      }
      previous = sizeBytes;
    });
  }

  /** Header of the first free clump of at least `need` bytes from the rotation on, once round. */
  #find(need: number): number {
    const { heap } = this.writer;
    for (let round = 0; round < 2; round++) {
      let header = round === 0 ? this.#rotation : this.#first;
      while (header !== this.#last) {
        const word = heap.loadU32(header);
        const size = (word & ~STATE_MASK) >>> 0;
        if (size >= need && (word & STATE_MASK) === ClumpState.FREE) return header;
        assert(size > 0, `clump header at ${header} has no size`);
        header += size;
      }
    }
    throw new RangeError(
      `N-store pool at ${this.#base}: no free clump of ${need} B; give the heap more room`,
    );
  }

  #setHeader(header: number, size: number, state: number, kind: number): void {
    this.writer.word(header, kind * 2 ** 32 + size + state);
  }

  #rewrite(header: number, size: number, prevSize: number): void {
    const { heap } = this.writer;
    if (heap.loadU32(header) !== size || heap.loadU32(header + 4) !== Kind.NONE) {
      this.#setHeader(header, size, ClumpState.FREE, Kind.NONE);
      this.writer.fence();
    }
    this.#setPrevSize(header, prevSize);
  }

  #setPrevSize(header: number, prevSize: number): void {
    if (this.writer.heap.loadU32(header + 8) === prevSize) return;
    this.writer.word(header + 8, prevSize);
    this.writer.fence();
  }
}
