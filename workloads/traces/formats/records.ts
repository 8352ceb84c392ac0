/**
 * Cuts a stream of byte chunks into records at a separator byte. A record that spans chunks is put
 * together; nothing else is copied or kept, so memory is bounded by the longest record.
 */

/** Receives the records of a trace in order. */
export interface RecordParser {
  /** The byte that ends a record: `|` or line feed. */
  readonly separator: number;
  /**
   * One record: bytes [start, end) of `buffer`, without the separator. `number` counts from 1;
   * `byteOffset` is where in the text it starts. The buffer is valid during the call only.
   */
  record(buffer: Uint8Array, start: number, end: number, number: number, byteOffset: number): void;
  /** No separator in the last `bytes` bytes, more than any record has: must throw. */
  tooLong(start: Uint8Array, number: number, byteOffset: number): never;
  /** The trace is over, after `number` records and `byteOffset` bytes. */
  end(number: number, byteOffset: number): void;
}

/** A longer record is no record: stack frames of a logged store come to a few KiB at most. */
export const RECORD_BYTES_MAX = 1 << 20;

export class RecordSplitter {
  readonly #parser: RecordParser;
  #rest: Uint8Array = new Uint8Array(0);
  #number = 0;
  #byteOffset = 0;

  constructor(parser: RecordParser) {
    this.#parser = parser;
  }

  /** The next bytes of the trace. */
  push(chunk: Uint8Array): void {
    const parser = this.#parser;
    const separator = parser.separator;
    const buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    // What is left over from before has no separator in it: no need to look there again.
    let end = buffer.indexOf(separator, this.#rest.length);
    let start = 0;
    while (end >= 0) {
      parser.record(buffer, start, end, ++this.#number, this.#byteOffset + start);
      start = end + 1;
      end = buffer.indexOf(separator, start);
    }
    this.#byteOffset += start;
    this.#rest = new Uint8Array(buffer.subarray(start));
    if (this.#rest.length > RECORD_BYTES_MAX) {
      parser.tooLong(this.#rest, this.#number + 1, this.#byteOffset);
    }
  }

  /** The trace is over: what follows the last separator, if anything, is a record too. */
  finish(): void {
    const rest = this.#rest;
    if (rest.length > 0) {
      this.#parser.record(rest, 0, rest.length, ++this.#number, this.#byteOffset);
    }
    this.#parser.end(this.#number, this.#byteOffset + rest.length);
  }
}
