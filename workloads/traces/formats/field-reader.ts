/**
 * Reads numbers out of a record, byte by byte. A 64-bit number is kept as two 32-bit halves, as
 * JavaScript's integers cannot hold it and a bigint per event would be far too slow.
 */

import { excerpt, TraceFormatError, type TracePosition } from './error.ts';
import { RECORD_BYTES_MAX } from './records.ts';

/** The value of each byte as a hexadecimal digit; 255 for other bytes. */
const HEX_DIGIT = new Uint8Array(256).fill(255);
for (let i = 0; i < 16; i++) {
  HEX_DIGIT[i.toString(16).charCodeAt(0)] = i;
  HEX_DIGIT[i.toString(16).toUpperCase().charCodeAt(0)] = i;
}

const NIL = new TextEncoder().encode('(nil)');

export class FieldReader {
  /** The next byte to read, and the record's end. */
  at = 0;
  end = 0;
  /** The halves of the last number that {@link hex} read; both are signed 32-bit patterns. */
  high = 0;
  low = 0;
  readonly #file: string;
  readonly #unit: TracePosition['unit'];
  #buffer: Uint8Array = new Uint8Array(0);
  #start = 0;
  #number = 0;
  #byteOffset = 0;

  /** File, and what its records are called, are for messages. */
  constructor(file: string, unit: TracePosition['unit']) {
    this.#file = file;
    this.#unit = unit;
  }

  /** Starts on bytes [start, end) of `buffer`: record `number`, which begins at `byteOffset`. */
  open(buffer: Uint8Array, start: number, end: number, number: number, byteOffset: number): void {
    this.#buffer = buffer;
    this.#start = start;
    this.#number = number;
    this.#byteOffset = byteOffset;
    this.at = start;
    this.end = end;
  }

  /** Where the record is. */
  get position(): TracePosition {
    return { unit: this.#unit, number: this.#number, byteOffset: this.#byteOffset };
  }

  /** What to throw where the record is not what is `expected`. */
  failure(expected: string): TraceFormatError {
    const found = excerpt(this.#buffer, this.#start, this.end);
    return new TraceFormatError(this.#file, this.position, found, expected);
  }

  /** The same of a record that starts with `start` and is too long for one. */
  tooLong(start: Uint8Array, number: number, byteOffset: number, expected: string) {
    const position = { unit: this.#unit, number, byteOffset };
    const found = `${excerpt(start, 0, start.length)}, longer than ${RECORD_BYTES_MAX} bytes`;
    return new TraceFormatError(this.#file, position, found, expected);
  }

  /** The byte at the cursor; -1 at the end. */
  peek(): number {
    return this.at < this.end ? this.#buffer[this.at] : -1;
  }

  /** Steps over `byte` if it comes next, and says whether it did. */
  skip(byte: number): boolean {
    if (this.at >= this.end || this.#buffer[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  /**
   * Reads 1 to 16 hexadecimal digits, after "0x", "0X" or nothing (some C libraries print pointers so),
   * into `high` and `low`; "(nil)", as others print the null pointer, is 0. False if something else is there.
   */
  hex(): boolean {
    const buffer = this.#buffer;
    const prefixed = buffer[this.at] === 0x30 && (buffer[this.at + 1] | 0x20) === 0x78;
    const from = prefixed && this.at + 2 <= this.end ? this.at + 2 : this.at;
    if (buffer[from] === NIL[0] && this.#nil()) return true;
    let high = 0;
    let low = 0;
    let at = from;
    for (; at < this.end; at++) {
      const digit = HEX_DIGIT[buffer[at]];
      if (digit === 255) break;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
    }
    if (at === from || at - from > 16) return false;
    this.at = at;
    this.high = high;
    this.low = low;
    return true;
  }

  #nil(): boolean {
    if (!NIL.every((byte, i) => this.#buffer[this.at + i] === byte)) return false;
    this.at += NIL.length;
    this.high = 0;
    this.low = 0;
    return this.at <= this.end;
  }

  /** Reads a decimal number below 2^53; -1 if something else is there. */
  decimal(): number {
    const buffer = this.#buffer;
    const from = this.at;
    let value = 0;
    let at = from;
    for (; at < this.end; at++) {
      const digit = buffer[at] - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === from || value > Number.MAX_SAFE_INTEGER) return -1;
    this.at = at;
    return value;
  }

  /** Steps over digits, whose value does not matter; false if there is none. */
  skipDigits(): boolean {
    const buffer = this.#buffer;
    const from = this.at;
    while (this.at < this.end && (buffer[this.at] - 0x30) >>> 0 <= 9) this.at++;
    return this.at > from;
  }

  /** Steps to the next `byte` or to the end; false if not even one other byte comes before it. */
  skipTo(byte: number): boolean {
    const buffer = this.#buffer;
    const from = this.at;
    while (this.at < this.end && buffer[this.at] !== byte) this.at++;
    return this.at > from;
  }
}
