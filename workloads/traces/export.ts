/**
 * Writes operations as a store log of pmemcheck (the format is described in formats/pmemcheck.ts), so
 * that tools made for such logs, pmreorder of pmem/pmdk for one, can check a program of ours. Reading
 * the log back gives the same stores with the same bytes, write-backs, fences and transactions.
 *
 * A store becomes STOREs of at most 8 aligned bytes. A non-temporal one is followed by a FLUSH, as
 * libpmem reports it to pmemcheck. FLUSHes are of whole lines. Both fences are FENCE (the last one in a transaction is the durability point).
 * TX_BEGIN and TX_END are the markers NAME.BEGIN and NAME.END. What such a log cannot hold is left
 * out: loads, computation, locks, and which thread it was: all threads share the one log.
 */

import { LINE_BYTES, lastLineOf } from '../../pm/line.ts';
import { isFence, isStore, Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import { TraceInputError } from './formats/error.ts';
import { MAP_PAGE_BYTES } from './formats/page-map.ts';

/** The address of heap offset 0 in the log. */
const BASE_HIGH = 0x100;

/** Where text goes. */
export type WriteText = (text: string) => void;

/** What a log says of the program. */
export interface StoreLogOptions {
  /** The memory, whose bytes are read when a store is reported. */
  readonly bytes: Uint8Array;
  /** Markers of the transaction types, by their number. */
  readonly markers: readonly string[];
  /**
   * Path of the file that the log says is mapped: a pool of {@link poolBytes}, all zero. A reader that
   * replays the log writes the stores there, so it must not be the log.
   */
  readonly file: string;
}

/** Lines of what memory held before are fenced in groups: pmreorder looks at all of one at each flush. */
const LINES_PER_FENCE = 64;

/** The size of the pool of a heap of so many bytes: whole pages, as they are mapped. */
export function poolBytes(heapBytes: number): number {
  return Math.ceil(heapBytes / MAP_PAGE_BYTES) * MAP_PAGE_BYTES;
}

/**
 * What in `name` a reader would take for something else, in words; undefined if nothing. The format
 * has no escapes, and pmreorder looks for START and STOP anywhere in a token.
 */
export function notInLog(name: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const found = /START|STOP|[|;\u0000-\u001f\u007f]/.exec(name)?.[0];
  if (found === undefined) return undefined;
  return found.length > 1 || found === '|' || found === ';' ? `'${found}'` : 'a control character';
}

export class StoreLogWriter implements PersistSink {
  readonly #bytes: Uint8Array;
  readonly #markers: readonly string[];
  readonly #write: WriteText;
  readonly #open: string[] = [];

  /**
   * Begins the log; `start` comes next, `end` last. Throws TraceInputError for names that a log cannot
   * hold: see {@link notInLog}.
   */
  constructor(options: StoreLogOptions, write: WriteText) {
    for (const name of [options.file, ...options.markers]) {
      const found = name === '' ? 'nothing' : notInLog(name);
      if (found === undefined) continue;
      throw new TraceInputError(
        `${JSON.stringify(name)} cannot be in a store log: ${found} in it means something else there`,
      );
    }
    this.#bytes = options.bytes;
    this.#markers = options.markers;
    this.#write = write;
    const size = `0x${poolBytes(options.bytes.byteLength).toString(16)}`;
    write(`START|REGISTER_FILE;${options.file};${address(0)};${size};0x0|`);
  }

  /** What memory holds now, durable: stores of every word that is not 0, and fences. */
  start(): void {
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset);
    let lines = 0;
    for (let line = 0; line < this.#bytes.byteLength; line += LINE_BYTES) {
      let stored = false;
      for (let at = line; at < line + LINE_BYTES; at += 8) {
        if (view.getBigUint64(at) === 0n) continue;
        this.#store(at, 8);
        stored = true;
      }
      if (!stored) continue;
      this.#flush(line, LINE_BYTES);
      if (++lines % LINES_PER_FENCE === 0) this.#write('FENCE|');
    }
    this.#write('FENCE|');
  }

  op(op: OpCode, a: number, b: number): void {
    if (isStore(op)) {
      this.#stores(a, b);
      if (op === Op.NT_STORE && b > 0) this.#flush(a, b);
    } else if (op === Op.WRITE_BACK && b > 0) {
      this.#flush(a, b);
    } else if (isFence(op)) {
      this.#write('FENCE|');
    } else if (op === Op.TX_BEGIN) {
      this.#open.push(this.#markers[a] ?? `tx${a}`);
      this.#write(`${this.#open.at(-1)}.BEGIN|`);
    } else if (op === Op.TX_END) {
      this.#write(`${this.#open.pop()}.END|`);
    }
  }

  /** Ends the log. */
  end(): void {
    this.#write('STOP');
  }

  /** The range in pieces of 8, 4, 2 or 1 bytes, each aligned to its size. */
  #stores(offset: number, bytes: number): void {
    let at = offset;
    let left = bytes;
    while (left > 0) {
      let size = 8;
      while (size > left || at % size !== 0) size /= 2;
      this.#store(at, size);
      at += size;
      left -= size;
    }
  }

  #store(offset: number, size: number): void {
    let value = '';
    for (let i = offset + size - 1; i >= offset; i--) {
      value += this.#bytes[i].toString(16).padStart(2, '0');
    }
    const shown = value.replace(/^0+(?=.)/, '');
    this.#write(`STORE;${address(offset)};0x${shown};0x${size}|`);
  }

  /**
   * Whole lines, as what a processor writes back: pmreorder takes a store for flushed where the ranges
   * meet, and aligns nothing. A reader that maps page by page takes a flush apart there, so it is
   * written so.
   */
  #flush(offset: number, bytes: number): void {
    let at = offset - (offset % LINE_BYTES);
    let left = (lastLineOf(offset, bytes) + 1) * LINE_BYTES - at;
    while (left > 0) {
      let piece = Math.min(left, MAP_PAGE_BYTES - (at % MAP_PAGE_BYTES));
      // 64 B stand for the one line in which they begin.
      if (piece === LINE_BYTES) piece -= at % LINE_BYTES;
      this.#write(`FLUSH;${address(at)};0x${piece.toString(16)}|`);
      at += piece;
      left -= piece;
    }
  }
}

function address(offset: number): string {
  return `0x${BASE_HIGH.toString(16)}${offset.toString(16).padStart(8, '0')}`;
}
