/**
 * The raw word log of one thread (RAWL), after Mnemosyne (Volos et al., ASPLOS 2011; the "base"
 * physical log of its released code). A ring of 8-byte words is written in chunks of 64 bytes with
 * non-temporal stores; a descriptor has head and tail, which live in the same line.
 *
 * On media, little-endian words of 8 bytes:
 *   descriptor (32 B, so two threads share a line): flags | head | tail | reserved
 *   ring: records (address, value, mask) of three words, in any number, then an end marker and the
 *   transaction's sequence number; what follows up to the end of the chunk is ignored.
 * Head and tail count words from the start of the ring. The words from head to tail are complete:
 * they were fenced before the tail was moved. So a crash leaves either all of a fragment or none,
 * and needs no torn bits.
 */

import type { PmHeap } from '../heap.ts';
import { RedoStep } from './steps.ts';

/** A log, or the memory around it, is not what this code writes. */
export class RedoFormatError extends Error {
  override readonly name = 'RedoFormatError';
}

export const LOG_DESCRIPTOR_BYTES = 32;
const HEAD = 8;
const TAIL = 16;

const WORD_BYTES = 8;
const CHUNK_WORDS = 8;
const CHUNK_BYTES = CHUNK_WORDS * WORD_BYTES;

/** End markers, upper halves of the words 2^52 and 2^56: no address is that large. */
const COMMIT_MARKER_HIGH = 0x00100000;
const ABORT_MARKER_HIGH = 0x01000000;

/** What recovery finds in a log: one transaction that reached its end marker. */
export interface LogFragment {
  readonly committed: boolean;
  /** Order of commits over all logs. */
  readonly sequence: number;
  /** Six numbers a record: address, 0, value low, high, mask low, high. */
  readonly records: readonly number[];
}

export class RawLog {
  readonly #heap: PmHeap;
  readonly #descriptor: number;
  readonly #ring: number;
  readonly #ringWords: number;
  readonly #buffer = new Uint32Array(CHUNK_WORDS * 2);
  readonly #bufferWords: readonly Uint8Array[];
  #buffered = 0;
  #head = 0;
  #tail = 0;

  /** The log whose descriptor and ring are at these offsets; `ringBytes` is a multiple of 64. */
  constructor(heap: PmHeap, descriptor: number, ring: number, ringBytes: number) {
    this.#heap = heap;
    this.#descriptor = descriptor;
    this.#ring = ring;
    this.#ringWords = ringBytes / WORD_BYTES;
    this.#bufferWords = Array.from(
      { length: CHUNK_WORDS },
      (_, i) => new Uint8Array(this.#buffer.buffer, i * WORD_BYTES, WORD_BYTES),
    );
  }

  /** Makes the log empty on media. Not durable before the caller's next fence. */
  format(): void {
    this.#head = 0;
    this.#tail = 0;
    this.#heap.ntStoreWord(this.#descriptor + HEAD, 0);
    this.#heap.ntStoreWord(this.#descriptor + TAIL, 0);
  }

  /** Appends a record; a full chunk goes to media at once, without a fence. */
  appendRecord(
    address: number,
    low: number,
    high: number,
    maskLow: number,
    maskHigh: number,
  ): void {
    this.#append(address, 0);
    this.#append(low, high);
    this.#append(maskLow, maskHigh);
  }

  /**
   * Ends the fragment with its marker and makes it durable, tail last: two ordering fences. After
   * the second one the transaction survives a crash (or, not `committed`, is known to be void).
   */
  seal(committed: boolean, sequence: number): void {
    this.#append(0, committed ? COMMIT_MARKER_HIGH : ABORT_MARKER_HIGH);
    this.#append(sequence >>> 0, Math.floor(sequence / 2 ** 32));
    if (this.#buffered > 0) this.#writeChunk();
    this.#heap.at(RedoStep.log).orderingFence();
    this.#heap.at(RedoStep.commitMark).ntStoreWord(this.#descriptor + TAIL, this.#tail);
    this.#heap.orderingFence();
  }

  /** Forgets everything up to the tail. Not durable before the caller's next fence. */
  truncate(): void {
    this.#head = this.#tail;
    this.#heap.at(RedoStep.truncate).ntStoreWord(this.#descriptor + HEAD, this.#head);
  }

  /** Reads head, tail and the fragments between them from media, after a crash. */
  open(): LogFragment[] {
    this.#head = this.#position(HEAD);
    this.#tail = this.#position(TAIL);
    this.#buffered = 0;
    const fragments: LogFragment[] = [];
    let at = this.#head;
    while (at !== this.#tail) at = this.#readFragment(at, fragments);
    return fragments;
  }

  #append(low: number, high: number): void {
    this.#buffer[this.#buffered * 2] = low;
    this.#buffer[this.#buffered * 2 + 1] = high;
    if (++this.#buffered === CHUNK_WORDS) this.#writeChunk();
  }

  /** Eight non-temporal stores. What the buffer holds past its last word is left from before. */
  #writeChunk(): void {
    const next = (this.#tail + CHUNK_WORDS) % this.#ringWords;
    if (next === this.#head) {
      throw new RangeError(
        `a transaction does not fit its log of ${this.#ringWords * WORD_BYTES} B; ` +
          `give RedoOptions.logBytes a larger value`,
      );
    }
    const offset = this.#ring + this.#tail * WORD_BYTES;
    for (let i = 0; i < CHUNK_WORDS; i++) {
      this.#heap.at(RedoStep.log).ntStoreBytes(offset + i * WORD_BYTES, this.#bufferWords[i]);
    }
    this.#buffered = 0;
    this.#tail = next;
  }

  #position(field: number): number {
    const words = this.#heap.loadU64(this.#descriptor + field);
    if (words >= BigInt(this.#ringWords) || words % BigInt(CHUNK_WORDS) !== 0n) {
      throw new RedoFormatError(`log descriptor at ${this.#descriptor}: position ${words}`);
    }
    return Number(words);
  }

  /** Reads the fragment that starts at word `start`; returns where the next one starts. */
  #readFragment(start: number, fragments: LogFragment[]): number {
    const available = (this.#tail - start + this.#ringWords) % this.#ringWords;
    const records: number[] = [];
    for (let i = 0; i + 1 < available; i += 3) {
      const low = this.#half(start + i, 0);
      const high = this.#half(start + i, 4);
      if (low === 0 && (high === COMMIT_MARKER_HIGH || high === ABORT_MARKER_HIGH)) {
        const sequence = this.#half(start + i + 1, 4) * 2 ** 32 + this.#half(start + i + 1, 0);
        fragments.push({ committed: high === COMMIT_MARKER_HIGH, sequence, records });
        const words = Math.ceil((i + 2) / CHUNK_WORDS) * CHUNK_WORDS;
        return (start + words) % this.#ringWords;
      }
      records.push(low, high);
      for (const word of [start + i + 1, start + i + 2]) {
        records.push(this.#half(word, 0), this.#half(word, 4));
      }
    }
    throw new RedoFormatError(`log at ${this.#ring}: no end marker between head and tail`);
  }

  #half(word: number, byte: 0 | 4): number {
    return this.#heap.loadU32(this.#ring + (word % this.#ringWords) * WORD_BYTES + byte);
  }
}

/** The smallest ring: two chunks, of which one stays empty. */
export const LOG_BYTES_MIN = 2 * CHUNK_BYTES;
