/**
 * Durable transactions on a redo log, as in Mnemosyne (Volos et al., ASPLOS 2011), mode "pwb etl"
 * of the code that WHISPER released. Stores go to a write set and, record by record, to the
 * thread's raw word log; memory changes at commit. A writing transaction has exactly four fences:
 *
 *   log records, end marker and sequence number (non-temporal, whole chunks) |
 *   tail of the log (non-temporal, 8 B)                                      | <- it will survive
 *   the stores in place, each line written back once                         |
 *   head := tail (non-temporal, 8 B)                                         | <- reported durable
 *
 * Lines that the allocator stored to are written back before the first fence. A transaction that
 * stores to ordinary memory only has the same four fences (of which the third is empty), because
 * the write set holds those stores too; but, as in the original, they make no log record. A
 * transaction without stores touches neither log nor fence.
 *
 * On media: `redo-layout.ts`; the header holds magic, threads, log bytes, static bytes,
 * superblocks.
 *
 * Not modelled: conflicts. Transactions run one at a time, so none is aborted by another; the
 * original's retries (which reach PM as aborted log fragments) do not occur by themselves.
 */

import { strict as assert } from 'node:assert';
import type { PmHeap } from '../heap.ts';
import { LINE_BYTES, LINE_SHIFT } from '../line.ts';
import type { Step } from '../step.ts';
import { UnformattedError } from '../unformatted.ts';
import { LOG_DESCRIPTOR_BYTES, type LogFragment, RawLog, RedoFormatError } from './raw-log.ts';
import { layOut, type RedoLayout, type RedoOptions } from './redo-layout.ts';
import { StampedIndex } from './stamped-index.ts';
import { RedoStep } from './steps.ts';
import { Superblocks } from './superblocks.ts';
import { compressMask, expandMask, WHOLE_WORD, WriteSet } from './write-set.ts';

/** "PMREDO" in ASCII. */
const MAGIC = 0x4f4445524d50;

/** What keeps concurrent transactions apart in the original: its transactional memory. */
const TRANSACTIONS = 'transactional memory';

export class RedoMemory {
  readonly heap: PmHeap;
  /** Where the static area starts: a multiple of 64. */
  readonly staticOffset: number;
  readonly #logs: readonly RawLog[];
  readonly #superblocks: Superblocks;
  readonly #heapBytes: number;
  readonly #writes = new WriteSet();
  /** Lines stored to in place by the commit in progress. */
  readonly #inPlace = new StampedIndex();
  /** Per thread, the lines that the allocator stored to since that thread's last fence. */
  readonly #allocatorLines: readonly StampedIndex[];
  readonly #allocated: number[] = [];
  readonly #freed: number[] = [];
  readonly #word = new Uint32Array(2);
  readonly #wordBytes = new Uint8Array(this.#word.buffer);
  #sequence = 0;
  #thread = -1;
  #volatileStores = false;

  private constructor(heap: PmHeap, options: RedoOptions, layout: RedoLayout) {
    this.heap = heap;
    this.#heapBytes = heap.sizeBytes;
    this.staticOffset = layout.statics;
    const threads = Array.from({ length: options.threads }, (_, thread) => thread);
    this.#logs = threads.map(
      (thread) =>
        new RawLog(
          heap,
          layout.descriptors + thread * LOG_DESCRIPTOR_BYTES,
          layout.logs + thread * options.logBytes,
          options.logBytes,
        ),
    );
    this.#superblocks = new Superblocks(heap, layout, options.threads);
    this.#allocatorLines = threads.map(() => new StampedIndex());
  }

  /** Lays out `heap`, which must be all zero. Durable when it returns. */
  static format(heap: PmHeap, options: RedoOptions): RedoMemory {
    const layout = layOut(heap.sizeBytes, options);
    const memory = new RedoMemory(heap, options, layout);
    for (const log of memory.#logs) log.format();
    heap.storeWord(8, options.threads);
    heap.storeWord(16, options.logBytes);
    heap.storeWord(24, options.staticBytes);
    heap.storeWord(32, layout.count);
    heap.persist(8, 32);
    heap.storeWord(0, MAGIC);
    heap.persist(0, 8);
    return memory;
  }

  /**
   * Takes over a crash image of memory that `format` laid out with the same options: every
   * transaction whose log was complete is carried out again, in order of their sequence numbers,
   * and the logs are emptied. May be run again after a crash in the middle. The program must call
   * `reclaim` before its first transaction. Throws UnformattedError if `format` has not come to its
   * end, and RedoFormatError if this is no such image.
   */
  static recover(heap: PmHeap, options: RedoOptions): RedoMemory {
    const layout = layOut(heap.sizeBytes, options);
    const found = [0, 8, 16, 24, 32].map((offset) => heap.loadU64(offset));
    if (found[0] === 0n) throw new UnformattedError('there is no redo memory: no magic number');
    const wanted = [MAGIC, options.threads, options.logBytes, options.staticBytes, layout.count];
    if (wanted.some((value, i) => BigInt(value) !== found[i])) {
      throw new RedoFormatError(`redo memory: header is ${found}, expected ${wanted}`);
    }
    const memory = new RedoMemory(heap, options, layout);
    memory.#replayLogs();
    return memory;
  }

  /** The blocks in use, each once, everything else being free: see `Superblocks.reclaim`. */
  reclaim(live: readonly number[]): void {
    this.#superblocks.reclaim(live);
  }

  /** Blocks handed out and not freed. */
  get liveBlocks(): number {
    return this.#superblocks.liveBlocks;
  }

  // ---- transactions ----

  /** The heap's running thread begins a transaction. Nothing is stored to PM. */
  begin(): void {
    assert(this.#thread < 0, 'a transaction is running');
    assert(this.heap.thread < this.#logs.length, `no log for thread ${this.heap.thread}`);
    this.#thread = this.heap.thread;
    this.heap.enter(TRANSACTIONS);
  }

  /** Ends the transaction; its stores are durable when this returns. */
  commit(): void {
    const thread = this.#running();
    if (this.#writes.size > 0 || this.#volatileStores) {
      const log = this.#logs[thread];
      this.#writeBack(this.#allocatorLines[thread], RedoStep.inPlace);
      log.seal(true, ++this.#sequence);
      this.#storeInPlace();
      this.#writeBack(this.#inPlace, RedoStep.inPlace);
      this.heap.orderingFence();
      log.truncate();
      this.heap.durabilityFence();
    }
    this.#end(this.#freed);
  }

  /** Gives the transaction up: marks its log fragment as void. Blocks allocated in it are freed. */
  abort(): void {
    const thread = this.#running();
    const log = this.#logs[thread];
    this.#writeBack(this.#allocatorLines[thread]);
    log.seal(false, 0);
    log.truncate();
    this.heap.orderingFence();
    this.#end(this.#allocated);
  }

  /** The transaction stores to ordinary memory, which its commit must order; nothing is logged. */
  noteVolatileStore(): void {
    this.#running();
    this.#volatileStores = true;
  }

  /** The 8-byte word at `offset` (aligned) as the transaction sees it; at most 2^53 - 1. */
  loadWord(offset: number): number {
    const entry = this.#writes.size === 0 ? -1 : this.#writes.find(offset);
    if (entry < 0) return this.heap.loadWord(offset);
    this.#mergedWord(entry);
    return this.#word[1] * 2 ** 32 + this.#word[0];
  }

  /** Two bytes at `offset` (a multiple of 2) as the transaction sees them. */
  loadU16(offset: number): number {
    return (this.loadU32(offset & ~3) >>> ((offset & 2) * 8)) & 0xffff;
  }

  /** Four bytes at `offset` (a multiple of 4) as the transaction sees them. */
  loadU32(offset: number): number {
    const entry = this.#writes.size === 0 ? -1 : this.#writes.find(offset & ~7);
    if (entry < 0) return this.heap.loadU32(offset);
    this.#mergedWord(entry);
    return this.#word[(offset >>> 2) & 1];
  }

  /** One byte at `offset` as the transaction sees it. */
  loadU8(offset: number): number {
    const entry = this.#writes.size === 0 ? -1 : this.#writes.find(offset & ~7);
    if (entry < 0) return this.heap.loadU8(offset);
    this.#mergedWord(entry);
    return this.#wordBytes[offset & 7];
  }

  /** Stores the 8-byte word at `offset` (aligned): an integer from 0 to 2^53 - 1. */
  storeWord(offset: number, value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, `not a word: ${value}`);
    this.#store(offset, value >>> 0, Math.floor(value / 2 ** 32), WHOLE_WORD);
  }

  /** Stores four bytes at `offset` (a multiple of 4). */
  storeU32(offset: number, value: number): void {
    if ((offset & 4) === 0) this.#store(offset, value, 0, 0x0f);
    else this.#store(offset - 4, 0, value, 0xf0);
  }

  /** Stores two bytes at `offset` (a multiple of 2). */
  storeU16(offset: number, value: number): void {
    this.#storePart(offset, value & 0xffff, 0x3);
  }

  storeU8(offset: number, value: number): void {
    this.#storePart(offset, value & 0xff, 0x1);
  }

  /** A block for the transaction, given back if it does not commit. See `Superblocks.alloc`. */
  alloc(bytes: number): number {
    const thread = this.#running();
    const offset = this.#superblocks.alloc(thread, bytes, this.#allocatorLines[thread]);
    this.#allocated.push(offset);
    return offset;
  }

  /** Frees the block once the transaction has committed. */
  free(offset: number): void {
    this.#running();
    this.#freed.push(offset);
  }

  #running(): number {
    assert(this.#thread >= 0 && this.#thread === this.heap.thread, 'no transaction of this thread');
    return this.#thread;
  }

  #store(offset: number, low: number, high: number, mask: number): void {
    const thread = this.#running();
    assert((offset & 7) === 0 && offset >= this.staticOffset, `store to ${offset}`);
    const writes = this.#writes;
    const entry = writes.put(offset, low, high, mask);
    const whole = writes.maskAt(entry);
    this.#logs[thread].appendRecord(
      offset,
      writes.lowAt(entry),
      writes.highAt(entry),
      expandMask(whole & 0xf),
      expandMask(whole >>> 4),
    );
  }

  /** Stores the low bytes of `value`, those in `mask`, at `offset`; they lie in one half word. */
  #storePart(offset: number, value: number, mask: number): void {
    const byte = offset & 7;
    const bits = value << ((byte & 3) * 8);
    this.#store(offset - byte, byte < 4 ? bits : 0, byte < 4 ? 0 : bits, mask << byte);
  }

  /** Puts the word of `entry`, completed from memory where the mask leaves gaps, into #word. */
  #mergedWord(entry: number): void {
    const writes = this.#writes;
    const mask = writes.maskAt(entry);
    this.#word[0] = writes.lowAt(entry);
    this.#word[1] = writes.highAt(entry);
    if (mask === WHOLE_WORD) return;
    const offset = writes.offsetAt(entry);
    this.heap.touch(offset, 8);
    for (let i = 0; i < 8; i++) {
      if (((mask >>> i) & 1) === 0) this.#wordBytes[i] = this.heap.bytes[offset + i];
    }
  }

  /** Whole words as one store, others byte by byte, as the original's masked store does. */
  #storeInPlace(): void {
    const writes = this.#writes;
    for (let entry = 0; entry < writes.size; entry++) {
      const offset = writes.offsetAt(entry);
      const mask = writes.maskAt(entry);
      this.#word[0] = writes.lowAt(entry);
      this.#word[1] = writes.highAt(entry);
      if (mask === WHOLE_WORD) {
        this.heap.at(RedoStep.inPlace).storeBytes(offset, this.#wordBytes);
      } else {
        for (let i = 0; i < 8; i++) {
          if (((mask >>> i) & 1) === 0) continue;
          this.heap.at(RedoStep.inPlace).storeU8(offset + i, this.#wordBytes[i]);
        }
      }
      this.#inPlace.add(offset >>> LINE_SHIFT);
    }
  }

  #writeBack(lines: StampedIndex, step?: Step): void {
    for (let i = 0; i < lines.size; i++) {
      this.heap.at(step).writeBack(lines.keyAt(i) * LINE_BYTES, LINE_BYTES);
    }
    lines.clear();
  }

  /** Frees `blocks`: their bits are stored now and written back by this thread's next commit. */
  #end(blocks: readonly number[]): void {
    this.heap.leave(TRANSACTIONS);
    for (let i = 0; i < blocks.length; i++) {
      this.#superblocks.free(blocks[i], this.#allocatorLines[this.#thread]);
    }
    this.#allocated.length = 0;
    this.#freed.length = 0;
    this.#writes.clear();
    this.#volatileStores = false;
    this.#thread = -1;
  }

  // ---- recovery ----

  /**
   * Logs are emptied one after another, oldest first: were a younger one emptied before an older
   * one and power failed again, the older values would be put back over the younger ones.
   */
  #replayLogs(): void {
    const found: { log: RawLog; fragment: LogFragment }[] = [];
    for (const log of this.#logs) {
      for (const fragment of log.open()) found.push({ log, fragment });
    }
    found.sort((x, y) => x.fragment.sequence - y.fragment.sequence);
    for (const { fragment } of found) {
      if (fragment.committed) this.#redo(fragment);
    }
    if (found.length > 0) this.heap.orderingFence();
    for (const { log, fragment } of found) {
      log.truncate();
      this.heap.orderingFence();
      this.#sequence = Math.max(this.#sequence, fragment.sequence);
    }
  }

  #redo(fragment: LogFragment): void {
    const { records } = fragment;
    for (let i = 0; i < records.length; i += 6) {
      const [offset, high, valueLow, valueHigh, maskLow, maskHigh] = records.slice(i, i + 6);
      const inside = offset >= this.staticOffset && offset + 8 <= this.#heapBytes;
      const low = compressMask(maskLow);
      const upper = compressMask(maskHigh);
      if (high !== 0 || offset % 8 !== 0 || !inside || low < 0 || upper < 0) {
        throw new RedoFormatError(`log record ${i / 6}: address ${offset}, mask ${maskLow}`);
      }
      this.#writes.put(offset, valueLow, valueHigh, low | (upper << 4));
    }
    this.#storeInPlace();
    this.#writeBack(this.#inPlace, RedoStep.restore);
    this.#writes.clear();
  }
}
