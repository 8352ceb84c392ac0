/**
 * The trace of the WHISPER suite's instrumentation (its header pm_instr.h): a line an event,
 *
 *     tid:time:PM_W:address:size:function:line            cached store (PM_DW: of user data)
 *     tid:time:PM_I:address:copied:count:function:line    non-temporal store (PM_DI: of user data)
 *     tid:time:PM_L:address:done:count:function:line      flush (PM_O: optimised flush)
 *     tid:time:PM_R:address:size:function:line            load
 *     tid:time:PM_N:function:line                         fence (PM_B: barrier)
 *     tid:time:PM_C:function:line                         pcommit
 *     tid:time:PM_XS:function:line  tid:time:PM_XE:...    transaction begins, ends; they nest
 *
 * or the same from "PM_" on, as the suite writes it to the kernel's trace (`trace_marker`), which puts
 *
 *     task-tid  [cpu]  flags  time: tracing_mark_write: PM_W:address:size:function:line
 *
 * before it (ftrace; `trace-cmd report`, `perf script` and `trace_printk` look alike). A line without either is of
 * thread 0. Lines that begin with `#`, and those of the program's own output, are skipped, the latter
 * counted; a line that names an event must be one. The last line may be cut off.
 *
 * A non-temporal store has stored what was copied; the count asked for says nothing of memory. PM is the
 * 1 TiB from 0x1000_0000_0000 on, where the suite maps its pools, unless the user says otherwise
 * (`--pm-range`). Other addresses are stack or heap that the instrumented code happened to write: counted, no operation. PM_C marks the
 * withdrawn instruction pcommit, which orders nothing by itself: it stands between fences, and those
 * are traced. Times were taken under tracing, so they say nothing of the program; they are not
 * used, and lines are taken in the order of the file. Threads get indices in the order in which
 * they first do anything but access volatile memory.
 */

import { Op } from '../../../pm/op.ts';
import { isInRanges, pageOf } from './address-range.ts';
import type { TraceCollector } from './collector.ts';
import { TraceFormatError } from './error.ts';
import { FieldReader } from './field-reader.ts';
import type { RecordParser } from './records.ts';
import type { ThreadEmitter } from './thread-emitter.ts';

const COLON = 0x3a;
const CR = 0x0d;
const HASH = 0x23;

const BEFORE_EVENT =
  'a thread id and a time before the event, as in tid:time:PM_W:..., or what ftrace writes before it';

// biome-ignore format: in their order
const EVENTS = [
  'PM_W', 'PM_DW', 'PM_I', 'PM_DI', 'PM_R', 'PM_L', 'PM_O', 'PM_N', 'PM_B', 'PM_C', 'PM_XS', 'PM_XE',
] as const;

/** Numbers of the events: those up to O have an address, and those up to DI are stores. */
const [W, DW, I, DI, R, L, O, N, B, C, XS, XE] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/** Event number by the one letter after "PM_", and by the second after "PM_D" and "PM_X". */
const BY_LETTER = table({ W, I, R, L, O, N, B, C });
const AFTER_D = table({ W: DW, I: DI });
const AFTER_X = table({ S: XS, E: XE });

function table(codes: Record<string, number>): Int8Array {
  const all = new Int8Array(256).fill(-1);
  for (const [letter, code] of Object.entries(codes)) all[letter.charCodeAt(0)] = code;
  return all;
}

/** All that a store touches is in memory; a pool that is filled at once is set-up, to be cut off. */
const ACCESS_BYTES_MAX = 2 ** 26;

/** What ftrace puts before an event: `task-tid  (tgid)  [cpu]  flags  time: function: `. */
const FTRACE =
  /^.*?[-\s](?:\d+\/)?(\d+)\s+(?:\(\s*[-\d]+\)\s+)?\[\d+\]\s.*?:\s+(?:\d+:\d+:)?(?=PM_)/;

/** ftrace says so where its buffer was full. */
const LOST = /\[LOST (\d+) EVENTS\]/;

/** An event, wherever in a line. */
const ANY_EVENT = /(?:^|[^A-Za-z0-9_])PM_(?:D?[WI]|[RLONBC]|X[SE]):/;

/** Whether `line` is of one of the forms that the parser knows. */
export function isEventLine(line: string): boolean {
  return /^\s*\d+:\d+:PM_/.test(line) || /^\s*PM_[A-Z]{1,2}:/.test(line) || FTRACE.test(line);
}

export class WhisperParser implements RecordParser {
  readonly separator = 0x0a;
  readonly #collector: TraceCollector;
  readonly #emitters = new Map<number, ThreadEmitter>();
  readonly #fields: FieldReader;
  readonly #counts = new Float64Array(EVENTS.length);
  #lastTid = -1;
  #lastEmitter: ThreadEmitter | undefined;
  #buffer: Uint8Array = new Uint8Array(0);

  constructor(file: string, collector: TraceCollector) {
    this.#fields = new FieldReader(file, 'line');
    this.#collector = collector;
  }

  /** Lines by kind. */
  get events(): Record<string, number> {
    const events: Record<string, number> = {};
    for (let i = 0; i < EVENTS.length; i++) events[EVENTS[i]] = this.#counts[i];
    return events;
  }

  record(buffer: Uint8Array, start: number, end: number, number: number, byteOffset: number): void {
    this.#buffer = buffer;
    while (end > start && isBlank(buffer[end - 1])) end--;
    let from = start;
    while (from < end && isBlank(buffer[from])) from++;
    if (from === end) return;
    const fields = this.#fields;
    fields.open(buffer, from, end, number, byteOffset + from - start);
    const tid = this.#threadAndTime(from, end);
    if (tid < 0) return;
    const event = this.#event();
    if (event <= O) this.#addressed(tid, event);
    else this.#plain(tid, event);
    this.#counts[event]++;
  }

  last(buffer: Uint8Array, number: number, byteOffset: number): void {
    try {
      this.record(buffer, 0, buffer.length, number, byteOffset);
    } catch (error) {
      if (!(error instanceof TraceFormatError)) throw error;
      this.#collector.cut = { unit: 'line', number, byteOffset };
    }
  }

  tooLong(start: Uint8Array, number: number, byteOffset: number): never {
    throw this.#fields.tooLong(start, number, byteOffset, 'tid:time:EVENT:...');
  }

  end(): void {}

  /** The thread of the line; the cursor is then at "PM_". -1: the line, which is skipped, is no event. */
  #threadAndTime(from: number, end: number): number {
    const fields = this.#fields;
    const tid = fields.decimal();
    if (tid >= 0 && fields.skip(COLON) && fields.skipDigits() && fields.skip(COLON)) {
      if (this.#buffer[fields.at] === 0x50) return tid;
    }
    return this.#otherLine(from, end);
  }

  /** The same of a line that does not begin with tid:time:PM_. */
  #otherLine(from: number, end: number): number {
    const fields = this.#fields;
    if (this.#buffer[from] === HASH) return -1;
    const { buffer, byteOffset } = this.#buffer;
    const text = Buffer.from(buffer, byteOffset + from, end - from).toString('latin1');
    fields.at = from;
    if (/^PM_[A-Z]{1,2}:/.test(text)) return 0;
    const ftrace = FTRACE.exec(text);
    if (ftrace !== null) {
      fields.at = from + ftrace[0].length;
      return Number(ftrace[1]);
    }
    if (ANY_EVENT.test(text)) throw fields.failure(BEFORE_EVENT);
    const lost = LOST.exec(text);
    if (lost !== null) this.#collector.lostEvents += Number(lost[1]);
    else this.#collector.programLines++;
    return -1;
  }

  /** The event's number; the cursor is then behind the colon after it. */
  #event(): number {
    const fields = this.#fields;
    const buffer = this.#buffer;
    const at = fields.at;
    let code = -1;
    if (buffer[at] === 0x50 && buffer[at + 1] === 0x4d && buffer[at + 2] === 0x5f) {
      const letter = buffer[at + 3];
      fields.at = at + 4;
      if (letter === 0x44) code = AFTER_D[buffer[fields.at++]];
      else if (letter === 0x58) code = AFTER_X[buffer[fields.at++]];
      else code = BY_LETTER[letter];
    }
    // The reads above may have run past the line's end; then there is no colon to be skipped.
    if (code < 0 || !fields.skip(COLON))
      throw fields.failure(`one of ${EVENTS.join(', ')} after the time`);
    return code;
  }

  #addressed(tid: number, event: number): void {
    const fields = this.#fields;
    if (!fields.hex() || !fields.skip(COLON))
      throw fields.failure('a hexadecimal address after the event');
    const { high, low } = fields;
    const bytes = fields.decimal();
    if (bytes < 0 || bytes >= 2 ** 32 || !fields.skip(COLON)) {
      throw fields.failure('a size in bytes, below 4 GiB, after the address');
    }
    if (event <= R && bytes > ACCESS_BYTES_MAX) {
      throw fields.failure(`a store or load of at most ${ACCESS_BYTES_MAX} bytes (64 MiB)`);
    }
    // Flushes and non-temporal stores say how much was done, then how much was asked for.
    if (fields.skipDigits() && !fields.skip(COLON))
      throw fields.failure('function:line after the sizes');
    this.#location();
    const collector = this.#collector;
    const page = pageOf(high, low);
    if (!isInRanges(collector.pmRanges, page)) {
      if (event <= DI) collector.volatileStore(page);
      else if (event === R) collector.volatileLoads++;
      else collector.ignoredEvents++;
      return;
    }
    const emitter = this.#emitter(tid);
    if (event <= DW) collector.store(emitter, Op.STORE, high, low, bytes, 0, 0);
    else if (event <= DI) collector.store(emitter, Op.NT_STORE, high, low, bytes, 0, 0);
    else if (event === R) collector.load(emitter, high, low, bytes);
    else collector.flush(emitter, high, low, bytes);
  }

  #plain(tid: number, event: number): void {
    this.#location();
    const emitter = this.#emitter(tid);
    const collector = this.#collector;
    if (event <= B) {
      emitter.fence();
    } else if (event === C) {
      collector.ignoredEvents++;
    } else {
      collector.transactionEvents++;
      if (event === XS) emitter.begin(0);
      else emitter.end();
    }
  }

  /** Steps over function:line, which must end the line. */
  #location(): void {
    const fields = this.#fields;
    const ok =
      fields.skipTo(COLON) && fields.skip(COLON) && fields.skipDigits() && fields.at === fields.end;
    if (!ok) throw fields.failure('function:line at the end of the line');
  }

  #emitter(tid: number): ThreadEmitter {
    if (tid === this.#lastTid && this.#lastEmitter !== undefined) return this.#lastEmitter;
    let emitter = this.#emitters.get(tid);
    if (emitter === undefined) {
      emitter = this.#collector.newThread(tid);
      this.#emitters.set(tid, emitter);
    }
    this.#lastTid = tid;
    this.#lastEmitter = emitter;
    return emitter;
  }
}

/** A blank, a tab, or the CR before a line feed. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === CR;
}
