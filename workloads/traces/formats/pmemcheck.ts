/**
 * The store log of pmemcheck (valgrind with `--tool=pmemcheck --log-stores=yes`), as pmreorder of
 * pmem/pmdk reads it: tokens separated by `|`, their fields by `;`, numbers hexadecimal.
 *
 *     START | token | ... | STOP        valgrind's own lines may stand before and after
 *     STORE;address;value;size[;stack frames]     size 1, 2, 4 or 8
 *     FLUSH;address;size    FENCE                 a fence is logged even when nothing is pending
 *     REGISTER_FILE;path;base;size;offset
 *     NAME.BEGIN  NAME.END  NAME                  markers that the program emits
 *     COMMIT  DEEP_SYNC;...                       counted, no operation
 *
 * COMMIT is the withdrawn instruction pcommit, which old versions log: it orders nothing by itself,
 * the fences around it are in the log. The log has no thread ids: everything is one thread. A
 * non-temporal store looks like a store and a flush, and stays that here.
 */

import { Op } from '../../../pm/op.ts';
import type { TraceCollector } from './collector.ts';
import { startsLine } from './detect-format.ts';
import { TraceFormatError } from './error.ts';
import { FieldReader } from './field-reader.ts';
import type { RecordParser } from './records.ts';
import type { ThreadEmitter } from './thread-emitter.ts';

const SEMICOLON = 0x3b;

const TOKENS =
  'STORE;address;value;size, FLUSH;address;size, FENCE, REGISTER_FILE;path;base;size;offset, ' +
  'NAME.BEGIN, NAME.END or STOP';

/** Bytes before START are the messages with which valgrind introduces itself. */
const PREAMBLE_BYTES_MAX = 1 << 16;

type State = 'before' | 'inside' | 'after';

export class PmemcheckParser implements RecordParser {
  readonly separator = 0x7c;
  readonly #file: string;
  readonly #collector: TraceCollector;
  readonly #txMarkers: readonly string[];
  readonly #emitter: ThreadEmitter;
  readonly #fields: FieldReader;
  readonly #text = new TextDecoder('latin1');
  #state: State = 'before';
  #buffer: Uint8Array = new Uint8Array(0);
  #start = 0;
  /** Tokens by kind. */
  // biome-ignore format: in one line
  readonly events = { STORE: 0, FLUSH: 0, FENCE: 0, REGISTER_FILE: 0, DEEP_SYNC: 0, COMMIT: 0, marker: 0 };

  /** Markers named in `txMarkers` delimit transactions, whose type is the index there. */
  constructor(file: string, collector: TraceCollector, txMarkers: readonly string[]) {
    this.#file = file;
    this.#fields = new FieldReader(file, 'token');
    this.#collector = collector;
    this.#txMarkers = txMarkers;
    this.#emitter = collector.newThread();
  }

  record(buffer: Uint8Array, start: number, end: number, number: number, byteOffset: number): void {
    this.#buffer = buffer;
    this.#start = start;
    const fields = this.#fields;
    fields.open(buffer, start, end, number, byteOffset);
    if (this.#state !== 'inside') {
      if (this.#state === 'before') this.#preamble(buffer.subarray(start, end), byteOffset);
      return;
    }
    if (this.#keyword('STORE') && fields.skip(SEMICOLON)) this.#store();
    else if (this.#keyword('FLUSH') && fields.skip(SEMICOLON)) this.#flush();
    else if (this.#keyword('FENCE') && this.#atEnd()) this.#fence();
    else this.#rare(end);
  }

  tooLong(start: Uint8Array, number: number, byteOffset: number): never {
    throw this.#fields.tooLong(start, number, byteOffset, TOKENS);
  }

  end(number: number, byteOffset: number): void {
    if (this.#state === 'after') return;
    throw new TraceFormatError(
      this.#file,
      { unit: 'token', number: number + 1, byteOffset },
      'the end of the file',
      "'|STOP' at the end of the log (it may have been cut short)",
    );
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

  /** Whether the token is over, not counting messages of valgrind that broke into the log. */
  #atEnd(): boolean {
    const { at, end } = this.#fields;
    return at === end || isChatter(this.#text.decode(this.#buffer.subarray(at, end)));
  }

  #preamble(token: Uint8Array, byteOffset: number): void {
    const length = token.length;
    const at = length - 5;
    const isStart =
      at >= 0 && this.#text.decode(token.subarray(at)) === 'START' && startsLine(token, at);
    if (isStart) this.#state = 'inside';
    else if (byteOffset + length > PREAMBLE_BYTES_MAX) throw this.#fields.failure('START');
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
    this.#collector.flush(this.#emitter, high, low, fields.low >>> 0);
  }

  #fence(): void {
    this.events.FENCE++;
    this.#emitter.fence();
  }

  /** Whether a field is over: at `;`, or at the end of the token. */
  #fieldEnds(): boolean {
    return this.#fields.peek() === SEMICOLON || this.#atEnd();
  }

  #rare(end: number): void {
    const token = this.#buffer.subarray(this.#start, end);
    const whole = this.#text.decode(token);
    const lineEnd = whole.search(/[\r\n]/);
    const text = lineEnd < 0 ? whole : whole.slice(0, lineEnd);
    if (text !== 'STOP' && lineEnd >= 0 && !isChatter(whole.slice(lineEnd)))
      throw this.#fields.failure(TOKENS);
    if (text === 'STOP') {
      this.#state = 'after';
    } else if (text === 'COMMIT') {
      this.events.COMMIT++;
      this.#collector.ignoredEvents++;
    } else if (text.startsWith('DEEP_SYNC;')) {
      this.events.DEEP_SYNC++;
      this.#collector.ignoredEvents++;
    } else if (text.startsWith('REGISTER_FILE;')) {
      this.#registerFile(text);
    } else if (/^[A-Za-z_][\w.:-]*$/.test(text) && !/^(STORE|FLUSH|FENCE)$/.test(text)) {
      this.#marker(text);
    } else {
      throw this.#fields.failure(TOKENS);
    }
  }

  #registerFile(text: string): void {
    // The path may itself hold semicolons: the numbers are the last three fields.
    const match = /^REGISTER_FILE;(.+);(0x[\da-f]+);(0x[\da-f]+);(0x[\da-f]+)$/i.exec(text);
    if (match === null)
      throw this.#fields.failure('REGISTER_FILE;path;base;size;offset with hexadecimal numbers');
    const [, path, base, size, offset] = match;
    this.#collector.files.push({ path, base, size, offset });
    this.events.REGISTER_FILE++;
  }

  #marker(text: string): void {
    this.events.marker++;
    const dot = text.lastIndexOf('.');
    const suffix = dot < 0 ? '' : text.slice(dot);
    const kind = suffix === '.BEGIN' ? 'begins' : suffix === '.END' ? 'ends' : 'plain';
    const name = kind === 'plain' ? text : text.slice(0, dot);
    this.#collector.marker(name, kind);
    const type = this.#txMarkers.indexOf(name);
    if (type < 0 || kind === 'plain') return;
    this.#collector.transactionEvents++;
    if (kind === 'begins') this.#emitter.begin(type);
    else this.#emitter.end();
  }
}

/** Whether `text` starts a new line and holds nothing but valgrind's messages or empty lines. */
function isChatter(text: string): boolean {
  return /^(\r?\n(==.*|--.*|\*\*.*)?)+$/.test(text);
}
