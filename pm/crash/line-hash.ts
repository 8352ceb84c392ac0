/**
 * A 64-bit hash of one line's content, so that an image is recognised by the exclusive or of its
 * lines' hashes (Zobrist hashing): changing a line changes the image's hash in constant time.
 * Multiply and rotate as in MurmurHash3 (Appleby), two lanes of 32 bits.
 */

import { LINE_BYTES } from '../line.ts';

export class LineHash {
  /** The two halves of the last hash. */
  low = 0;
  high = 0;
  readonly #line = new Uint8Array(LINE_BYTES);
  readonly #words = new Int32Array(this.#line.buffer);

  /** Hashes `line` with the 64 bytes of `source` from `at` on into `low` and `high`. */
  of(line: number, source: Uint8Array, at: number): void {
    const copy = this.#line;
    for (let i = 0; i < LINE_BYTES; i++) copy[i] = source[at + i];
    let low = Math.imul(line + 1, 0x9e3779b1);
    let high = Math.imul(line + 0x7f4a7c15, 0x85ebca77);
    const words = this.#words;
    for (let i = 0; i < words.length; i += 2) {
      low = Math.imul(low ^ Math.imul(words[i], 0xcc9e2d51), 0x1b873593);
      low = ((low << 13) | (low >>> 19)) + words[i + 1];
      high = Math.imul(high ^ Math.imul(words[i + 1], 0x2545f491), 0x27d4eb2f);
      high = ((high << 17) | (high >>> 15)) + (words[i] ^ low);
    }
    this.low = mixed(low ^ high);
    this.high = mixed((high + Math.imul(low, 5)) | 0);
  }
}

function mixed(value: number): number {
  let x = value ^ (value >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}
