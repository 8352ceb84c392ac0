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
  /** The same of a record that no separator ends: the file does, so it may be cut off. */
  last(buffer: Uint8Array, number: number, byteOffset: number): void;
  /** No separator in the last `bytes` bytes, more than any record has: must throw. */
  tooLong(start: Uint8Array, number: number, byteOffset: number): never;
  /** The trace is over, after `number` records and `byteOffset` bytes. */
  end(number: number, byteOffset: number): void;
}

/** Takes the text of a trace. */
export interface TextSink {
  /** The next bytes, which start at `byteOffset` of the text: more than before, if some are left out. */
  push(chunk: Uint8Array, byteOffset: number): void;
  /** The text is over. */
  finish(byteOffset: number): void;
}

/** A longer record is no record: stack frames of a logged store come to a few KiB at most. */
export const RECORD_BYTES_MAX = 1 << 20;

export class RecordSplitter implements TextSink {
  readonly #parser: RecordParser;
  #rest: Uint8Array = new Uint8Array(0);
  /** Where in the text `#rest` starts. */
  #restOffset = 0;
  #number = 0;

  constructor(parser: RecordParser) {
    this.#parser = parser;
  }

  push(chunk: Uint8Array, byteOffset: number): void {
    const parser = this.#parser;
    const separator = parser.separator;
    const held = this.#rest.length;
    const buffer = held === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    // What is left over from before has no separator in it: no need to look there again.
    let end = buffer.indexOf(separator, held);
    let start = 0;
    let startOffset = held === 0 ? byteOffset : this.#restOffset;
    while (end >= 0) {
      parser.record(buffer, start, end, ++this.#number, startOffset);
      start = end + 1;
      startOffset = byteOffset + start - held;
      end = buffer.indexOf(separator, start);
    }
    this.#rest = new Uint8Array(buffer.subarray(start));
    this.#restOffset = startOffset;
    if (this.#rest.length > RECORD_BYTES_MAX) {
      parser.tooLong(this.#rest, this.#number + 1, startOffset);
    }
  }

  finish(byteOffset: number): void {
    const rest = this.#rest;
    if (rest.length > 0) this.#parser.last(rest, ++this.#number, this.#restOffset);
    this.#parser.end(this.#number, byteOffset);
  }
}
