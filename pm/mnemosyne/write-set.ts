/**
 * The stores of a running transaction, word by word, as Mnemosyne's write-back transactions keep
 * them (mtm, mode "pwb etl"): an 8-byte aligned address, the new bytes, and a mask that tells which
 * of the eight bytes are new. Memory itself stays as it was until the transaction commits.
 */

import { doubled } from '../columns.ts';
import { StampedIndex } from './stamped-index.ts';

/** A mask with all eight bytes new. */
export const WHOLE_WORD = 0xff;

export class WriteSet {
  readonly #index = new StampedIndex();
  #low = new Uint32Array(this.#index.capacity);
  #high = new Uint32Array(this.#index.capacity);
  #masks = new Uint8Array(this.#index.capacity);

  /** How many different words have been stored to. */
  get size(): number {
    return this.#index.size;
  }

  /** The entry of the word at `offset` (a multiple of 8), or -1. */
  find(offset: number): number {
    return this.#index.find(offset);
  }

  offsetAt(entry: number): number {
    return this.#index.keyAt(entry);
  }

  lowAt(entry: number): number {
    return this.#low[entry];
  }

  highAt(entry: number): number {
    return this.#high[entry];
  }

  /** Bit i tells whether byte i of the word is new. */
  maskAt(entry: number): number {
    return this.#masks[entry];
  }

  /**
   * Stores the bytes that `mask` selects of the word (low, high) at `offset`, over what the
   * transaction stored there before. Bytes outside of the mask are ignored. Returns the entry.
   */
  put(offset: number, low: number, high: number, mask: number): number {
    const isNew = this.#index.add(offset);
    if (this.#index.capacity > this.#low.length) this.#grow();
    const entry = isNew ? this.#index.size - 1 : this.#index.find(offset);
    const lowBits = expandMask(mask & 0xf);
    const highBits = expandMask(mask >>> 4);
    const oldLow = isNew ? 0 : this.#low[entry];
    const oldHigh = isNew ? 0 : this.#high[entry];
    this.#low[entry] = (oldLow & ~lowBits) | (low & lowBits);
    this.#high[entry] = (oldHigh & ~highBits) | (high & highBits);
    this.#masks[entry] = isNew ? mask : this.#masks[entry] | mask;
    return entry;
  }

  clear(): void {
    this.#index.clear();
  }

  #grow(): void {
    this.#low = doubled(this.#low);
    this.#high = doubled(this.#high);
    this.#masks = doubled(this.#masks);
  }
}

/** 32 bits of which byte i is all ones where bit i of the four-bit `mask` is set. */
export function expandMask(mask: number): number {
  return (
    ((mask & 1) * 0xff) |
    (((mask >>> 1) & 1) * 0xff00) |
    (((mask >>> 2) & 1) * 0xff0000) |
    (((mask >>> 3) & 1) * 0xff000000)
  );
}

/** The inverse of {@link expandMask}, or -1 if a byte of `bits` is neither all ones nor zero. */
export function compressMask(bits: number): number {
  let mask = 0;
  for (let i = 0; i < 4; i++) {
    const byte = (bits >>> (8 * i)) & 0xff;
    if (byte === 0xff) mask |= 1 << i;
    else if (byte !== 0) return -1;
  }
  return mask;
}
