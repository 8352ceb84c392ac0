/**
 * Takes valgrind's own messages, and the program's output, out of a store log, which is one long line
 * that they break into:
 *
 *     ==23476== START|FENCE|A.ENDWARNING: unhandled amd64-linux syscall: 451
 *     --23476-- You may be able to write your own handler.
 *     ==23476== |A.BEGIN|STORE;...
 *
 * A message that comes while the log's line is open begins in the middle of it. All of its further lines
 * begin with the process id, between `==` (as the log's own), `--` (debugging) or `**` (the client's).
 * With `--time-stamp=yes` a time stamp stands before the id. The log then goes on in a line of its own.
 * Which lines are the log's shows in what they hold: tokens. Those are passed on without their prefix,
 * each with its line feed, which so marks where the log was broken into. What stands before that line
 * feed may be a message's beginning: `mendToken` takes it out.
 */

import { opensMessage } from './mend-token.ts';
import type { TextSink } from './records.ts';

/** A line of a log. */
export interface LogLine {
  /** Where in the text it begins, its prefix left out. */
  readonly byteOffset: number;
  /** Whose it is; null if it does not say. */
  readonly pid: number | null;
  /** Whether a log starts with it. */
  readonly starts: boolean;
}

/** Learns whose lines follow. */
export interface LineListener {
  logLine(line: LogLine): void;
  /** A line that is not the log's: a message of valgrind, or the program's output. */
  otherLine(of: 'valgrind' | 'program'): void;
}

const LF = 0x0a;

const SEPARATOR = new Uint8Array([0x7c]);

/** So much of a line shows what it is. */
const HEAD_BYTES = 1 << 13;

/** `==pid== `, `--pid-- ` or `**pid** `, perhaps with a time stamp; `>` where valgrind runs itself. */
const PREFIX = /^>*(==|--|\*\*)(?:\d\d:\d\d:\d\d:\d\d\.\d{3} )?(\d+)\1 ?/;

/** Tokens by which a line shows that it is the log's. */
const TOKEN =
  '(?:(?:STORE|FLUSH|REGISTER_FILE|DEEP_SYNC);|(?:FENCE|COMMIT|STOP)(?![A-Za-z0-9_])|[^|]*?\\.(?:BEGIN|END))';
const HOLDS_TOKEN = new RegExp(`\\|${TOKEN}`);
const IS_TOKEN =
  /^(?:(?:STORE|FLUSH|REGISTER_FILE|DEEP_SYNC);|(?:FENCE|COMMIT|S?T?OP|P)\s*$|[^|]*\.(?:BEGIN|END)\s*$)/;

/** The process whose line this is, and the line without its prefix; null if it has none. */
export function prefixOf(line: string): { readonly pid: number; readonly length: number } | null {
  const match = PREFIX.exec(line);
  return match === null ? null : { pid: Number(match[2]), length: match[0].length };
}

/** Whether a line that holds `content` behind its prefix is part of a log. */
function isOfLog(content: string, prefixed: boolean): boolean {
  if (startsLog(content) || HOLDS_TOKEN.test(content)) return true;
  return prefixed && (content.startsWith('|') || IS_TOKEN.test(content));
}

/** Whether a log starts here: nothing else, or a message that has broken into it, may follow at once. */
export function startsLog(content: string): boolean {
  if (!content.startsWith('START')) return false;
  const behind = content.slice('START'.length);
  if (/^(?:$|[a-z]|[A-Z][a-z]|[A-Z]+[:[]|[^A-Za-z0-9_.])/.test(behind)) return true;
  return opensMessage(behind) || /^\d(?![^|]*\.(?:BEGIN|END))/.test(behind);
}

export class ValgrindLines implements TextSink {
  readonly #next: TextSink;
  readonly #listener: LineListener;
  /** The start of a line of which it is not known yet what it is. */
  #head: Uint8Array = new Uint8Array(0);
  #headOffset = 0;
  #line: 'unknown' | 'log' | 'other' = 'unknown';
  /** Whether there was a line of a log. */
  #begun = false;

  constructor(next: TextSink, listener: LineListener) {
    this.#next = next;
    this.#listener = listener;
  }

  push(chunk: Uint8Array, byteOffset: number): void {
    let at = 0;
    while (at < chunk.length) {
      const lineFeed = chunk.indexOf(LF, at);
      const end = lineFeed < 0 ? chunk.length : lineFeed + 1;
      this.#piece(chunk.subarray(at, end), byteOffset + at, lineFeed >= 0);
      at = end;
    }
  }

  finish(byteOffset: number): void {
    if (this.#head.length > 0) this.#decide();
    this.#next.finish(byteOffset);
  }

  /** A piece of one line, with its line feed if it is its last. */
  #piece(piece: Uint8Array, byteOffset: number, ends: boolean): void {
    if (this.#line === 'log') this.#next.push(piece, byteOffset);
    if (this.#line === 'unknown') {
      if (this.#head.length === 0) this.#headOffset = byteOffset;
      this.#head = this.#head.length === 0 ? piece : Buffer.concat([this.#head, piece]);
      if (ends || this.#head.length >= HEAD_BYTES) this.#decide();
      else this.#head = new Uint8Array(this.#head);
    }
    if (ends) this.#line = 'unknown';
  }

  #decide(): void {
    const head = this.#head;
    this.#head = new Uint8Array(0);
    const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, HEAD_BYTES));
    const line = text.toString('latin1').replace(/\r?\n$/, '');
    const prefix = prefixOf(line);
    const skipped = prefix?.length ?? 0;
    const content = line.slice(skipped);
    if (isOfLog(content, prefix !== null)) {
      const at = this.#headOffset + skipped;
      this.#line = 'log';
      const starts = startsLog(content);
      this.#listener.logLine({ byteOffset: at, pid: prefix?.pid ?? null, starts });
      // A log that begins ends the token before, whatever that is.
      if (starts && this.#begun) this.#next.push(SEPARATOR, at);
      this.#begun = true;
      this.#next.push(head.subarray(skipped), at);
    } else {
      this.#line = 'other';
      const isProgram = prefix === null;
      if (!isProgram || line.trim() !== '') {
        this.#listener.otherLine(isProgram ? 'program' : 'valgrind');
      }
    }
  }
}
