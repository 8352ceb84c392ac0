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
 * PM is the 1 TiB from 0x1000_0000_0000 on, where the suite maps its pools. Other addresses are
 * stack or heap that the instrumented code happened to write: counted, no operation. PM_C marks the
 * withdrawn instruction pcommit, which orders nothing by itself: it stands between fences, and those
 * are traced. Times were taken under tracing, so they say nothing of the program; they are not
 * used, and lines are taken in the order of the file. Threads get indices in the order in which
 * they first do anything but access volatile memory.
 */

import { Op } from '../../../pm/op.ts';
import type { TraceCollector } from './collector.ts';
import { FieldReader } from './field-reader.ts';
import type { RecordParser } from './records.ts';
import type { ThreadEmitter } from './thread-emitter.ts';

const COLON = 0x3a;
const CR = 0x0d;

/** High halves of the addresses where PM starts and ends (0x1000_0000_0000, 1 TiB on). */
const PM_START_HIGH = 0x1000;
const PM_END_HIGH = 0x1100;

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
    if (end > start && buffer[end - 1] === CR) end--;
    if (end === start) return;
    const fields = this.#fields;
    fields.open(buffer, start, end, number, byteOffset);
    const tid = fields.decimal();
    if (tid < 0 || !fields.skip(COLON))
      throw fields.failure('a thread id, as in tid:time:PM_W:...');
    if (!fields.skipDigits() || !fields.skip(COLON))
      throw fields.failure('a time, as in tid:time:PM_W:...');
    const event = this.#event();
    this.#counts[event]++;
    if (event <= O) this.#addressed(tid, event);
    else this.#plain(tid, event);
  }

  tooLong(start: Uint8Array, number: number, byteOffset: number): never {
    throw this.#fields.tooLong(start, number, byteOffset, 'tid:time:EVENT:...');
  }

  end(): void {}

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
    // Flushes and non-temporal stores say how much was done, then how much was asked for.
    if (fields.skipDigits() && !fields.skip(COLON))
      throw fields.failure('function:line after the sizes');
    this.#location();
    const collector = this.#collector;
    if (high < PM_START_HIGH || high >= PM_END_HIGH) {
      if (event <= DI) collector.volatileStores++;
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
      emitter = this.#collector.newThread();
      this.#emitters.set(tid, emitter);
    }
    this.#lastTid = tid;
    this.#lastEmitter = emitter;
    return emitter;
  }
}
