/**
 * Where both parsers send what they read: maps threads and addresses, splits accesses at page
 * boundaries, counts, and hands the rest to one `ThreadEmitter` per thread.
 */

import { Op, type OpCode, type PersistSink } from '../../../pm/op.ts';
import { AccessClusters, type AddressRange, pageOf } from './address-range.ts';
import { TraceInputError, type TracePosition } from './error.ts';
import { MAP_PAGE_BYTES, PageMap, type RegisteredFile } from './page-map.ts';
import { type EmitterCounts, ThreadEmitter } from './thread-emitter.ts';

/** A marker of a pmemcheck log: a NAME.BEGIN / NAME.END pair, or a name on its own. */
export interface MarkerCount {
  readonly name: string;
  readonly begins: number;
  readonly ends: number;
  /** Occurrences without .BEGIN or .END. */
  readonly plain: number;
}

/** What the parsers are given to work with. */
export interface CollectorOptions {
  /** For messages. */
  readonly file: string;
  /** The sink of the thread with this index, asked for once, when the thread first appears. */
  sinkOf(thread: number): PersistSink;
  /** Whether the flushes of the thread with this index were left out of the trace. */
  impliedFlushes(thread: number): boolean;
  readonly fenceToFence: boolean;
  readonly classifyFences: boolean;
  readonly image: Uint8Array | null;
  /** Where PM is. */
  readonly pmRanges: readonly AddressRange[];
}

/** Each thread is a core of the emulated machine, with caches and a queue pair of its own. */
const THREADS_MAX = 1024;

/** A longer flush writes back pages that were touched, of which most programs have fewer. */
const LONG_FLUSH_BYTES = 1 << 24;

/** More distinct names than this are not kept (some programs number their markers). */
const MARKER_NAMES_MAX = 1000;

export class TraceCollector {
  readonly pages: PageMap;
  readonly counts: EmitterCounts = {
    operations: 0,
    transactions: 0,
    nestedTransactions: 0,
    storesInTransactions: 0,
    partialAtStart: 0,
    partialAtEnd: 0,
  };
  /** Events that became no operation and are counted nowhere else. */
  ignoredEvents = 0;
  pmStores = 0;
  volatileStores = 0;
  volatileLoads = 0;
  transactionEvents = 0;
  readonly files: RegisteredFile[] = [];
  /** The threads' own ids, in the order in which they appeared; empty where the trace has none. */
  readonly threadIds: number[] = [];
  /** Lines of valgrind inside of a log, and of the program's own output among events. */
  valgrindLines = 0;
  programLines = 0;
  /** Events that ftrace says it had no room for. */
  lostEvents = 0;
  /** Logs that were read, one after the other. */
  logs = 1;
  /** Where the trace was cut off, if it was: what stands there was left out. */
  cut: TracePosition | undefined;
  /** How often markers cross, and the first two that do. */
  crossings = 0;
  crossed: readonly [string, string] | undefined;
  /** Where PM is. */
  readonly pmRanges: readonly AddressRange[];
  readonly #options: CollectorOptions;
  readonly #clusters = new AccessClusters();
  readonly #emitters: ThreadEmitter[] = [];
  readonly #markers = new Map<string, { begins: number; ends: number; plain: number }>();

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.pmRanges = options.pmRanges;
    this.pages = new PageMap(options.file);
  }

  get threads(): number {
    return this.#emitters.length;
  }

  /** Per thread, whether it has flushed anything. */
  flushingThreads(): readonly boolean[] {
    return this.#emitters.map((emitter) => emitter.sawFlush);
  }

  /** The emitter of a thread that has not appeared before; `id` is its own, where the trace has ids. */
  newThread(id?: number): ThreadEmitter {
    if (id !== undefined) this.threadIds.push(id);
    const thread = this.#emitters.length;
    const options = this.#options;
    if (thread === THREADS_MAX) {
      throw new TraceInputError(
        `${options.file}: holds more than ${THREADS_MAX} threads; cut the trace into shorter ones, or give ` +
          'threads that do not run at the same time one id',
      );
    }
    const emitter = new ThreadEmitter(
      options.sinkOf(thread),
      {
        file: options.file,
        impliedFlushes: options.impliedFlushes(thread),
        fenceToFence: options.fenceToFence,
        classifyFences: options.classifyFences,
        image: options.image,
      },
      this.counts,
    );
    this.#emitters.push(emitter);
    return emitter;
  }

  /** A store of `bytes` bytes; the value's halves are valueHigh, valueLow (0 where not traced). */
  store(
    emitter: ThreadEmitter,
    op: OpCode,
    high: number,
    low: number,
    bytes: number,
    valueHigh: number,
    valueLow: number,
  ): void {
    this.pmStores++;
    const inPage = low & (MAP_PAGE_BYTES - 1);
    if (bytes > 0 && inPage + bytes <= MAP_PAGE_BYTES) {
      emitter.access(op, this.pages.touch(high, low), bytes, valueHigh, valueLow);
    } else if (bytes === 0) {
      this.ignoredEvents++;
    } else {
      this.#split(emitter, op, high, low, bytes, valueHigh, valueLow);
    }
  }

  /** A store to a page outside of PM. */
  volatileStore(page: number): void {
    this.volatileStores++;
    this.#clusters.add(page);
  }

  /** Where stores outside of PM cluster, most first. */
  volatileClusters(): ReturnType<AccessClusters['clusters']> {
    return this.#clusters.clusters();
  }

  /** A mapping of a file: one file is one memory, wherever it is mapped. */
  registerFile(file: RegisteredFile): void {
    this.files.push(file);
    this.pages.mapFile(file);
  }

  load(emitter: ThreadEmitter, high: number, low: number, bytes: number): void {
    if (bytes === 0) this.ignoredEvents++;
    else this.#split(emitter, Op.LOAD, high, low, bytes, 0, 0);
  }

  /**
   * A flush of `bytes` bytes. Pages that the trace has not touched before hold nothing to write
   * back (the log may flush memory that is not PM, or was stored to before the trace began).
   */
  flush(emitter: ThreadEmitter, high: number, low: number, bytes: number): void {
    emitter.sawFlush = true;
    if (bytes > LONG_FLUSH_BYTES) {
      this.#longFlush(emitter, high, low, bytes);
      return;
    }
    let sent = false;
    let left = bytes;
    while (left > 0) {
      const piece = Math.min(left, MAP_PAGE_BYTES - (low & (MAP_PAGE_BYTES - 1)));
      const offset = this.pages.find(high, low);
      if (offset !== 0) {
        emitter.access(Op.WRITE_BACK, offset, piece, 0, 0);
        sent = true;
      }
      left -= piece;
      low = (low + piece) | 0;
      if (low === 0) high = (high + 1) | 0;
    }
    if (!sent) this.ignoredEvents++;
  }

  /** The same of a flush of so much that its pages are not looked at one by one. */
  #longFlush(emitter: ThreadEmitter, high: number, low: number, bytes: number): void {
    const first = pageOf(high, low);
    const from = low & (MAP_PAGE_BYTES - 1);
    const pages = Math.ceil((from + bytes) / MAP_PAGE_BYTES);
    const touched = this.pages.touchedIn(first, first + pages);
    for (const { page, offset } of touched) {
      const start = page === first ? from : 0;
      const end = Math.min(MAP_PAGE_BYTES, from + bytes - (page - first) * MAP_PAGE_BYTES);
      emitter.access(Op.WRITE_BACK, offset + start, end - start, 0, 0);
    }
    if (touched.length === 0) this.ignoredEvents++;
  }

  /** A marker token of a pmemcheck log. */
  marker(name: string, kind: 'begins' | 'ends' | 'plain'): void {
    let count = this.#markers.get(name);
    if (count === undefined) {
      if (this.#markers.size >= MARKER_NAMES_MAX) return;
      count = { begins: 0, ends: 0, plain: 0 };
      this.#markers.set(name, count);
    }
    count[kind]++;
  }

  /** Whether a marker of this name was seen. */
  hasMarker(name: string): boolean {
    return this.#markers.has(name);
  }

  /** The first marker ends although the second began after it. */
  crossing(outer: string, inner: string): void {
    this.crossings++;
    this.crossed ??= [outer, inner];
  }

  /** The markers seen, by name. */
  markers(): MarkerCount[] {
    return [...this.#markers]
      .map(([name, count]) => ({ name, ...count }))
      .sort((x, y) => (x.name < y.name ? -1 : 1));
  }

  /** The trace is over: all threads pass on what they hold back. */
  finish(): void {
    for (const emitter of this.#emitters) emitter.finish();
  }

  #split(
    emitter: ThreadEmitter,
    op: OpCode,
    high: number,
    low: number,
    bytes: number,
    valueHigh: number,
    valueLow: number,
  ): void {
    let left = bytes;
    while (left > 0) {
      const piece = Math.min(left, MAP_PAGE_BYTES - (low & (MAP_PAGE_BYTES - 1)));
      emitter.access(op, this.pages.touch(high, low), piece, valueHigh, valueLow);
      left -= piece;
      low = (low + piece) | 0;
      if (low === 0) high = (high + 1) | 0;
      // A value has at most 8 bytes: the next piece starts with those that are not stored yet.
      for (let i = 0; i < piece && i < 8; i++) {
        valueLow = (valueLow >>> 8) | (valueHigh << 24);
        valueHigh >>>= 8;
      }
    }
  }
}
