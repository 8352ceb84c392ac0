/**
 * The store log of pmemcheck (valgrind with `--tool=pmemcheck --log-stores=yes`), as pmreorder of
 * pmem/pmdk reads it: tokens separated by `|`, their fields by `;`, numbers hexadecimal.
 *
 *     START | token | ... | STOP        valgrind's own lines may stand before, after and in between
 *     STORE;address;value;size[;stack frames]     size 1, 2, 4 or 8
 *     FLUSH;address;size    FENCE                 a fence is logged even when nothing is pending
 *     REGISTER_FILE;path;base;size;offset         one file mapped twice is one memory
 *     NAME.BEGIN  NAME.END  NAME                  markers of the program; values may follow after `;`
 *     COMMIT  DEEP_SYNC;...                       counted, no operation
 *
 * COMMIT is the withdrawn instruction pcommit, which old versions log: it orders nothing by itself,
 * the fences around it are in the log. The log has no thread ids: everything is one thread.
 *
 * A flush instruction is logged as 64 B from the address it was given, aligned or not (without
 * `--flush-align=yes`); it writes one line back, so that is what a flush of 64 B is. clflush logs a fence
 * behind it.
 *
 * A non-temporal store is logged as any other, and no flush with it: pmemcheck does not tell them apart.
 * libpmem asks for a flush behind its own (`VALGRIND_DO_FLUSH`), so those look like a store and a flush.
 * One that a program makes itself looks like a store that nobody writes back, which is what pmemcheck
 * then calls it ("stores not made persistent"), and what a check here finds.
 */

import { LINE_BYTES } from '../../../pm/line.ts';
import { Op } from '../../../pm/op.ts';
import type { TraceCollector } from './collector.ts';
import { FieldReader } from './field-reader.ts';
import { LogSections } from './log-sections.ts';
import { MarkerStack } from './marker-stack.ts';
import { isWhole, mendToken } from './mend-token.ts';
import type { RecordParser } from './records.ts';
import type { ThreadEmitter } from './thread-emitter.ts';
import { type LineListener, type LogLine, startsLog } from './valgrind-lines.ts';

const SEMICOLON = 0x3b;
const BLANK = 0x20;

const TOKENS =
  'STORE;address;value;size, FLUSH;address;size, FENCE, REGISTER_FILE;path;base;size;offset, ' +
  'NAME.BEGIN, NAME.END or STOP';

/** The names of tokens that are no markers. */
const KEYWORDS = [
  'STORE',
  'FLUSH',
  'FENCE',
  'REGISTER_FILE',
  'COMMIT',
  'DEEP_SYNC',
  'START',
  'STOP',
];

/** What to read of a log. */
export interface LogChoice {
  /** Names of markers that delimit transactions, whose type is the index here. */
  readonly txMarkers: readonly string[];
  /** Of which process, where the file holds several. */
  readonly pid: number | undefined;
}

export class PmemcheckParser implements RecordParser, LineListener {
  readonly separator = 0x7c;
  readonly #collector: TraceCollector;
  readonly #emitter: ThreadEmitter;
  readonly #fields: FieldReader;
  readonly #sections: LogSections;
  readonly #stack: MarkerStack;
  readonly #utf8 = new TextDecoder();
  #buffer: Uint8Array = new Uint8Array(0);
  #start = 0;
  /** Lines that are no part of a log: between the last two that are, and behind the last. */
  #skipped = { valgrind: 0, program: 0 };
  #following = { valgrind: 0, program: 0 };
  /** Tokens by kind. */
  // biome-ignore format: in one line
  readonly events = { STORE: 0, FLUSH: 0, FENCE: 0, REGISTER_FILE: 0, DEEP_SYNC: 0, COMMIT: 0, marker: 0 };

  constructor(file: string, collector: TraceCollector, { txMarkers, pid }: LogChoice) {
    this.#fields = new FieldReader(file, 'token');
    this.#collector = collector;
    this.#sections = new LogSections(file, pid);
    this.#emitter = collector.newThread();
    this.#stack = new MarkerStack(file, collector, this.#emitter, txMarkers);
  }

  logLine(line: LogLine): void {
    this.#sections.line(line);
    // What comes before a log is no part of it.
    if (!line.starts) {
      this.#skipped.valgrind += this.#following.valgrind;
      this.#skipped.program += this.#following.program;
    }
    this.#following = { valgrind: 0, program: 0 };
  }

  otherLine(of: 'valgrind' | 'program'): void {
    this.#following[of]++;
  }

  record(buffer: Uint8Array, start: number, end: number, number: number, byteOffset: number): void {
    this.#open(buffer, start, end, number, byteOffset);
    if (this.#sections.hasLine) this.#atLine(byteOffset);
    else this.#token();
  }

  /** A token at which a line of the log begins. */
  #atLine(byteOffset: number): void {
    const sections = this.#sections;
    sections.linesUpTo(byteOffset);
    const wasRead = sections.isRead;
    // Another line begins before its end: it was broken into, or another log starts.
    if (!sections.hasLine) this.#token();
    else if (sections.startsNext !== 'no') this.#lastOfLog();
    else this.#broken();
    this.#countSkipped(wasRead);
  }

  /** Counts what was skipped since the line of the log before, if that and this are of one that is read. */
  #countSkipped(wasRead: boolean): void {
    const { valgrind, program } = this.#skipped;
    this.#skipped = { valgrind: 0, program: 0 };
    if (this.#sections.startsNext !== 'no' || !(wasRead || this.#sections.isRead)) return;
    this.#collector.valgrindLines += valgrind;
    this.#collector.programLines += program;
  }

  last(buffer: Uint8Array, number: number, byteOffset: number): void {
    this.#open(buffer, 0, buffer.length, number, byteOffset);
    this.#sections.linesUpTo(byteOffset);
    const wasRead = this.#sections.isRead;
    this.#lastOfLog();
    this.#countSkipped(wasRead);
  }

  /** The token that no separator ends: none but STOP is known to be whole, unless its log goes on. */
  #lastOfLog(): void {
    const text = this.#text().trim();
    const { token, messages = 0 } = mendToken(text, () => false) ?? {};
    const goesOn = this.#sections.startsNext === 'another' && isWhole(text);
    if (token === 'STOP') this.#skipped.valgrind += messages;
    if (token === 'STOP' && this.#sections.isRead) this.#sections.stop();
    else if (token === 'STOP') this.#sections.foreign(token, this.#fields.position);
    else if (!this.#sections.isRead) this.#outside();
    else if (goesOn) this.#read(text);
    else if (text !== '') this.#collector.cut = this.#fields.position;
  }

  tooLong(start: Uint8Array, number: number, byteOffset: number): never {
    throw this.#fields.tooLong(start, number, byteOffset, TOKENS);
  }

  end(number: number, byteOffset: number): void {
    this.#collector.logs = this.#sections.finish();
    if (!this.#sections.isRead) return;
    this.#collector.cut ??= { unit: 'token', number: number + 1, byteOffset };
  }

  #open(buffer: Uint8Array, start: number, end: number, number: number, byteOffset: number): void {
    this.#buffer = buffer;
    this.#start = start;
    this.#fields.open(buffer, start, end, number, byteOffset);
  }

  /** A token that spans lines. */
  #broken(): void {
    const mended = mendToken(this.#text(), (name) => this.#stack.knows(name));
    this.#skipped.valgrind += mended?.messages ?? 0;
    if (mended === undefined) this.#token();
    else if (mended.token !== '') this.#read(mended.token);
  }

  /** A token in the place of the one that is read. */
  #read(token: string): void {
    const { number, byteOffset } = this.#fields.position;
    const bytes = new TextEncoder().encode(token);
    this.#open(bytes, 0, bytes.length, number, byteOffset);
    this.#token();
  }

  #token(): void {
    const fields = this.#fields;
    if (!this.#sections.isRead) this.#outside();
    else if (this.#keyword('STORE') && fields.skip(SEMICOLON)) this.#store();
    else if (this.#keyword('FLUSH') && fields.skip(SEMICOLON)) this.#flush();
    else if (this.#keyword('FENCE') && fields.at === fields.end) this.#fence();
    else this.#rare();
  }

  /** Bytes of the token as text; the path of a file and the name of a marker may be any UTF-8. */
  #text(): string {
    return this.#utf8.decode(this.#buffer.subarray(this.#start, this.#fields.end));
  }

  /** Steps over `word` if the token starts with it; else leaves the cursor at the token's start. */
  #keyword(word: string): boolean {
    const fields = this.#fields;
    fields.at = this.#start;
    for (let i = 0; i < word.length; i++) {
      if (!fields.skip(word.charCodeAt(i))) {
        fields.at = this.#start;
        return false;
      }
    }
    return true;
  }

  /** A token that is of no log that is read: the start of one, or of another process, or left over. */
  #outside(): void {
    const text = this.#text().trim();
    if (startsLog(text)) this.#starts(text);
    else if (text !== '' && this.#sections.foreign(text, this.#fields.position)) this.#token();
  }

  /** A log starts, perhaps with the beginning of a message behind its first word. */
  #starts(text: string): void {
    this.#sections.start();
    if (!this.#sections.isRead) return;
    if (text !== 'START') this.#collector.valgrindLines++;
    this.#stack.restart();
  }

  #store(): void {
    const fields = this.#fields;
    if (!fields.hex()) throw fields.failure('STORE;address;value;size with a hexadecimal address');
    const { high, low } = fields;
    if (!fields.skip(SEMICOLON) || !fields.hex()) {
      throw fields.failure('STORE;address;value;size with a hexadecimal value');
    }
    const valueHigh = fields.high;
    const valueLow = fields.low;
    if (!fields.skip(SEMICOLON) || !fields.hex() || !this.#fieldEnds()) {
      throw fields.failure('STORE;address;value;size with a hexadecimal size');
    }
    const size = fields.low;
    if (fields.high !== 0 || (size !== 1 && size !== 2 && size !== 4 && size !== 8)) {
      throw fields.failure('STORE;address;value;size with a size of 0x1, 0x2, 0x4 or 0x8');
    }
    this.events.STORE++;
    this.#sections.token();
    this.#collector.store(this.#emitter, Op.STORE, high, low, size, valueHigh, valueLow);
  }

  #flush(): void {
    const fields = this.#fields;
    if (!fields.hex()) throw fields.failure('FLUSH;address;size with a hexadecimal address');
    const { high, low } = fields;
    if (!fields.skip(SEMICOLON) || !fields.hex() || !this.#fieldEnds()) {
      throw fields.failure('FLUSH;address;size with a hexadecimal size');
    }
    if (fields.high !== 0) throw fields.failure('FLUSH;address;size with a size below 4 GiB');
    this.events.FLUSH++;
    this.#sections.token();
    // An instruction writes back the one line that its address is in.
    const from = fields.low === LINE_BYTES ? low & ~(LINE_BYTES - 1) : low;
    this.#collector.flush(this.#emitter, high, from, fields.low >>> 0);
  }

  #fence(): void {
    this.events.FENCE++;
    this.#sections.token();
    this.#emitter.fence();
  }

  /** Whether a field is over: at `;`, or at the end of the token. */
  #fieldEnds(): boolean {
    const fields = this.#fields;
    while (fields.skip(BLANK));
    return fields.at === fields.end || fields.peek() === SEMICOLON;
  }

  #rare(): void {
    const text = this.#text().trim();
    const id = text.split(';', 1)[0];
    if (startsLog(text)) this.#starts(text);
    else if (text === 'STOP') this.#sections.stop();
    else if (text === 'FENCE') this.#fence();
    else this.#counted(text, id);
  }

  #counted(text: string, id: string): void {
    this.#sections.token();
    if (text === 'COMMIT') {
      this.events.COMMIT++;
      this.#collector.ignoredEvents++;
    } else if (text.startsWith('DEEP_SYNC;')) {
      this.events.DEEP_SYNC++;
      this.#collector.ignoredEvents++;
    } else if (text.startsWith('REGISTER_FILE;')) {
      this.#registerFile(text);
    } else if (isMarker(id)) {
      this.events.marker++;
      this.#stack.marker(id, this.#fields.position);
    } else {
      throw this.#fields.failure(TOKENS);
    }
  }

  #registerFile(text: string): void {
    // The path may itself hold semicolons: the numbers are the last three fields.
    const match =
      /^REGISTER_FILE;(.+);(?:0x)?([\da-f]{1,16});(?:0x)?([\da-f]{1,16});(?:0x)?([\da-f]{1,16})$/is.exec(
        text,
      );
    if (match === null)
      throw this.#fields.failure('REGISTER_FILE;path;base;size;offset with hexadecimal numbers');
    const [, path, ...numbers] = match;
    const [base, size, offset] = numbers.map((digits) => `0x${digits.toLowerCase()}`);
    this.#collector.registerFile({ path, base, size, offset });
    this.events.REGISTER_FILE++;
  }
}

/**
 * Whether a token of this name is a marker: with its suffix it may be called anything, as with pmreorder;
 * without, a word, such as the names of pmreorder's engines.
 */
function isMarker(id: string): boolean {
  if (/^[^\n]+\.(?:BEGIN|END)$/.test(id)) return true;
  return /^[\p{L}_][\p{L}\p{N}_.:-]*$/u.test(id) && !KEYWORDS.includes(id.toUpperCase());
}
