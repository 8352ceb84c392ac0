/**
 * Reads traces of real PM programs: the store logs of pmemcheck and the traces of the WHISPER suite,
 * plain or compressed, as a stream, into the operations of `pm/op.ts`, one sink per thread. What becomes
 * of each kind of event stands with the parsers (`formats/pmemcheck.ts`, `formats/whisper.ts`), how
 * fences and transactions are read with `ThreadEmitter`, how addresses are mapped with `PageMap`.
 *
 * Some questions can be answered only when all of a trace has been seen: how many threads and pages
 * it has, whether it logs flushes and transactions at all. `scanTrace` reads it once for that.
 */

import { NULL_SINK, type PersistSink } from '../../pm/op.ts';
import { type AddressRange, rangeText, WHISPER_PM } from './formats/address-range.ts';
import { type CollectorOptions, type MarkerCount, TraceCollector } from './formats/collector.ts';
import { headOf, noFormat, type TraceFormat } from './formats/detect-format.ts';
import { TraceInputError, type TracePosition } from './formats/error.ts';
import type { RegisteredFile } from './formats/page-map.ts';
import { PmemcheckParser } from './formats/pmemcheck.ts';
import type { PositionWatch } from './formats/position-watch.ts';
import { type RecordParser, RecordSplitter, type TextSink } from './formats/records.ts';
import { inputName, type TraceInput, traceBytes } from './formats/source.ts';
import { ValgrindLines } from './formats/valgrind-lines.ts';
import { WhisperParser } from './formats/whisper.ts';

/** What of a trace is read, and what its parts are: where a user knows better than the file says. */
export interface TraceReading {
  /** pmemcheck: names of markers that delimit transactions; their order gives the types. */
  readonly txMarkers?: readonly string[] | undefined;
  /** pmemcheck: the process whose log is read, where the file holds those of several. */
  readonly pid?: number | undefined;
  /** Where PM is; of a WHISPER trace by default where the suite maps its pools, of a log everywhere. */
  readonly pmRanges?: readonly AddressRange[] | undefined;
  /** What messages call the file, where it is a copy of what the user named. */
  readonly shownAs?: string | undefined;
}

/** What a trace holds, and how it was read. */
export interface TraceSummary {
  readonly format: TraceFormat;
  readonly threads: number;
  /** The threads' own ids, in the order of their indices; empty where the trace has none. */
  readonly threadIds: readonly number[];
  /** Operations sent to the sinks. */
  readonly operations: number;
  /** Events of the file by kind, named as in the file. */
  readonly events: Readonly<Record<string, number>>;
  /** Complete transactions; those nested in others are counted apart. */
  readonly transactions: number;
  readonly nestedTransactions: number;
  /** Transactions of which the trace holds only the end, or only the beginning. */
  readonly partialTransactions: { readonly atStart: number; readonly atEnd: number };
  /** Distinct 4 KiB pages, and the heap that holds them (page 0 stays unused). */
  readonly pages: number;
  readonly heapBytes: number;
  /** Stores to PM, and those to stack or heap that the trace also holds. */
  readonly pmStores: number;
  readonly volatileStores: number;
  readonly volatileLoads: number;
  /** Where stores outside of PM cluster, most first. */
  readonly volatileClusters: readonly AccessCluster[];
  /** Events that became no operation: flushes of memory never touched, empty stores, commits. */
  readonly ignoredEvents: number;
  /** Stores to PM in transactions. */
  readonly storesInTransactions: number;
  /** Lines that are no events: messages of valgrind inside of a log, the program's own output. */
  readonly skippedLines: { readonly valgrind: number; readonly program: number };
  /** Events that the tracer says it lost. */
  readonly lostEvents: number;
  /** Logs in the file that were read one after the other. */
  readonly logs: number;
  /** Where the trace was cut off: what stands there was left out. */
  readonly cut: TracePosition | undefined;
  /** How often markers cross, and the first two. */
  readonly crossings: number;
  readonly crossed: readonly [string, string] | undefined;
  readonly durabilityPoints: 'every-fence' | 'last-fence-of-transaction';
  /** Per thread: whether write-backs are those traced, or implied by fences. */
  readonly flushes: readonly ('traced' | 'implied')[];
  /** Of a pmemcheck log. */
  readonly markers: readonly MarkerCount[];
  readonly files: readonly RegisteredFile[];
  /** The address, as in the trace, of an offset of the heap in a page that the trace touches. */
  addressOf(heapOffset: number): string;
}

/** A range in which there are so many accesses. */
interface AccessCluster {
  readonly range: AddressRange;
  readonly count: number;
}

/** What one pass over a trace finds out. */
export interface TraceScan {
  readonly format: TraceFormat;
  readonly threads: number;
  /** A heap that holds every page of the trace, a multiple of 4096. */
  readonly heapBytes: number;
  /** Per thread, whether it logs any flush. */
  readonly flushing: readonly boolean[];
  /** Whether a WHISPER trace has transaction events. */
  readonly hasTransactions: boolean;
  /** Stores to PM, and to other addresses. */
  readonly pmStores: number;
  readonly volatileStores: number;
  /** Where stores outside of PM cluster, most first. */
  readonly volatileClusters: readonly AccessCluster[];
  readonly markers: readonly MarkerCount[];
}

/** How to read a trace. */
export interface ImportOptions extends TraceReading {
  /** The sink of the thread with this index, asked for once, when the thread first appears. */
  sinkOf(thread: number): PersistSink;
  /**
   * Whether write-backs are those in the trace ('traced') or implied by fences ('implied'). 'auto',
   * the default: implied for each thread that logs no flush at all.
   */
  readonly flushes?: 'auto' | 'traced' | 'implied' | undefined;
  /** The result of `scanTrace`; without it a WHISPER trace given as a path is read twice. */
  readonly scan?: TraceScan | undefined;
  /** False: all fences order and nothing is held back, so that threads keep the file's order. */
  readonly classifyFences?: boolean | undefined;
  /**
   * pmemcheck: values of stores are written here just before the sink learns of the store, as a
   * heap's bytes would be. At least `heapBytes` of the scan.
   */
  readonly image?: Uint8Array | undefined;
  /** Told where in the file the record is that is read next. */
  readonly watch?: PositionWatch | undefined;
}

/**
 * Reads a trace into `options.sinkOf(thread)` and says what it held. A transaction that the trace ends
 * in is left open: its TX_BEGIN has no TX_END, so sinks that hold back until then must be flushed.
 * Throws TraceInputError: file unreadable, a marker that does not occur, too many pages, a stream
 * that would have to be read twice; TraceFormatError, one of these, if the trace is malformed. Sinks
 * may have received operations by then.
 */
export async function importTrace(
  input: TraceInput,
  options: ImportOptions,
): Promise<TraceSummary> {
  const file = options.shownAs ?? inputName(input);
  const txMarkers = options.txMarkers ?? [];
  const start = async (format: TraceFormat): Promise<Run> => {
    const scan = format === 'whisper' ? await scanOf(input, options) : undefined;
    checkOptions(file, format, options);
    if (options.scan !== undefined) checkMarkers(file, txMarkers, options.scan.markers);
    return startRun(format, options, {
      file,
      sinkOf: (thread) => options.sinkOf(thread),
      impliedFlushes: (thread) => impliedFlushes(format, options, scan, thread),
      fenceToFence: format === 'whisper' ? scan?.hasTransactions === false : txMarkers.length === 0,
      classifyFences: options.classifyFences ?? true,
      image: options.image ?? null,
      pmRanges: rangesOf(format, options),
    });
  };
  const run = await readTrace(input, file, start, options);
  run.collector.finish();
  const summary = summarise(run);
  checkMarkers(file, txMarkers, summary.markers);
  return summary;
}

/**
 * Reads a trace once, to size a heap and to know its threads before it is imported.
 * Throws as `importTrace`, also for what of `reading` the trace does not have.
 */
export async function scanTrace(
  input: TraceInput,
  reading: TraceReading & ReadOptions = {},
): Promise<TraceScan> {
  const file = reading.shownAs ?? inputName(input);
  const nothing = { sinkOf: () => NULL_SINK, impliedFlushes: () => false, fenceToFence: false };
  const options = { file, ...nothing, classifyFences: false, image: null };
  const start = (format: TraceFormat): Run => {
    checkOptions(file, format, reading);
    // Transactions that cross are refused at once.
    return startRun(format, reading, { ...options, pmRanges: rangesOf(format, reading) });
  };
  const run = await readTrace(input, file, start, reading);
  const { collector } = run;
  const markers = collector.markers();
  checkMarkers(file, reading.txMarkers ?? [], markers);
  return {
    format: run.format,
    threads: collector.threads,
    heapBytes: collector.pages.heapBytes,
    flushing: collector.flushingThreads(),
    hasTransactions: collector.transactionEvents > 0,
    pmStores: collector.pmStores,
    volatileStores: collector.volatileStores,
    volatileClusters: collector.volatileClusters(),
    markers,
  };
}

/**
 * Throws TraceInputError if no store of the trace hits PM, so that mirroring it would cost nothing: with
 * where PM was looked for, and where the stores are instead.
 */
export function requirePmStores(
  input: TraceInput,
  { pmStores, volatileStores, volatileClusters, format }: TraceScan | TraceSummary,
  reading: TraceReading,
): void {
  if (pmStores > 0) return;
  const file = reading.shownAs ?? inputName(input);
  if (volatileStores === 0) {
    throw new TraceInputError(`${file}: holds no store, so there is nothing to mirror`);
  }
  const ranges = rangesOf(format, reading).map(rangeText).join(', ');
  const usual = reading.pmRanges === undefined ? ', where the WHISPER suite maps its pools' : '';
  const places = volatileClusters
    .slice(0, CLUSTERS_SHOWN)
    .map(({ range, count }) => `${rangeText(range)} (${count} stores)`)
    .join(', ');
  throw new TraceInputError(
    `${file}: no store hits persistent memory: ${volatileStores} of ${volatileStores} are outside of ${ranges}${usual}. ` +
      `They are in ${places}; --pm-range START-END says where persistent memory is`,
  );
}

/** Places shown where stores cluster. */
const CLUSTERS_SHOWN = 3;

/** Where PM is in a trace of this format. */
function rangesOf(format: TraceFormat, { pmRanges }: TraceReading): readonly AddressRange[] {
  if (pmRanges !== undefined) return pmRanges;
  return format === 'whisper' ? [WHISPER_PM] : [EVERYWHERE];
}

/** pmemcheck logs stores to registered memory only. */
const EVERYWHERE: AddressRange = { start: 0, end: 2 ** 52 };

interface Run {
  readonly format: TraceFormat;
  readonly collector: TraceCollector;
  readonly parser: RecordParser & { readonly events: Readonly<Record<string, number>> };
  readonly options: CollectorOptions;
  /** Where the text goes, its records to the parser. */
  text(parser: RecordParser): TextSink;
}

function startRun(
  format: TraceFormat,
  { txMarkers = [], pid }: TraceReading,
  options: CollectorOptions,
): Run {
  const collector = new TraceCollector(options);
  const { file } = options;
  if (format === 'whisper') {
    const parser = new WhisperParser(file, collector);
    return { format, collector, parser, options, text: (one) => new RecordSplitter(one) };
  }
  const parser = new PmemcheckParser(file, collector, { txMarkers, pid });
  const text = (one: RecordParser): TextSink => new ValgrindLines(new RecordSplitter(one), parser);
  return { format, collector, parser, options, text };
}

/** How a trace is read, whatever it holds. */
interface ReadOptions {
  /** Told where in the file the record is that is read next. */
  readonly watch?: PositionWatch | undefined;
}

/** Reads all of a trace by the run that `start` makes for its format. */
async function readTrace(
  input: TraceInput,
  file: string,
  start: (format: TraceFormat) => Run | Promise<Run>,
  { watch }: ReadOptions,
): Promise<Run> {
  const chunks = traceBytes(input, file);
  try {
    const { head, format } = await headOf(chunks);
    if (format === undefined) throw noFormat(head, file);
    const run = await start(format);
    const text = run.text(watch?.over(run.parser) ?? run.parser);
    text.push(head, 0);
    let byteOffset = head.length;
    for await (const chunk of chunks) {
      text.push(chunk, byteOffset);
      byteOffset += chunk.length;
    }
    text.finish(byteOffset);
    return run;
  } finally {
    await chunks.return(undefined);
  }
}

/** The scan of a WHISPER trace, made now if need be. */
async function scanOf(input: TraceInput, options: ImportOptions): Promise<TraceScan> {
  if (options.scan !== undefined) return options.scan;
  if (typeof input === 'string') return scanTrace(input, options);
  throw new TraceInputError(
    `${options.shownAs ?? inputName(input)}: a WHISPER trace must be read twice (once to learn whether it logs flushes ` +
      'and transactions); give a file, or the result of a scan',
  );
}

function checkOptions(
  file: string,
  format: TraceFormat,
  { txMarkers = [], pid, image }: TraceReading & Pick<ImportOptions, 'image'>,
): void {
  if (format !== 'whisper') return;
  if (txMarkers.length > 0) {
    throw new TraceInputError(
      `${file}: is a WHISPER trace, which has no markers (given: ${txMarkers.join(', ')}); ` +
        'its own transaction events are used',
    );
  }
  if (pid !== undefined) {
    throw new TraceInputError(
      `${file}: is a WHISPER trace, whose lines say which thread it was; --pid ${pid} chooses a ` +
        'process of a pmemcheck log',
    );
  }
  if (image !== undefined) {
    throw new TraceInputError(
      `${file}: a WHISPER trace holds no values of stores to build an image`,
    );
  }
}

function checkMarkers(
  file: string,
  txMarkers: readonly string[],
  seen: readonly MarkerCount[],
): void {
  for (const name of txMarkers) {
    if (seen.some((marker) => marker.name === name && marker.begins > 0)) continue;
    const pairs = seen.filter((marker) => marker.begins > 0);
    const known = pairs.map((marker) => `${marker.name} (${marker.begins})`).join(', ');
    const comma = pairs.find((marker) => marker.name.includes(','));
    const escaped = comma?.name.replaceAll(',', '\\,');
    const how = comma === undefined ? '' : `; a comma in a name is \\,: --tx-marker '${escaped}'`;
    throw new TraceInputError(
      `${file}: no marker ${name}.BEGIN; markers in this file: ${known === '' ? 'none' : known}${how}`,
    );
  }
}

function impliedFlushes(
  format: TraceFormat,
  options: ImportOptions,
  scan: TraceScan | undefined,
  thread: number,
): boolean {
  const choice = options.flushes ?? 'auto';
  if (choice !== 'auto') return choice === 'implied';
  return format === 'whisper' && scan?.flushing[thread] === false;
}

function summarise(run: Run): TraceSummary {
  const { collector, parser } = run;
  const { counts, pages } = collector;
  const flushes = Array.from({ length: collector.threads }, (_, thread) =>
    run.options.impliedFlushes(thread) ? ('implied' as const) : ('traced' as const),
  );
  return {
    format: run.format,
    threads: collector.threads,
    threadIds: collector.threadIds,
    operations: counts.operations,
    events: { ...parser.events },
    transactions: counts.transactions,
    nestedTransactions: counts.nestedTransactions,
    partialTransactions: { atStart: counts.partialAtStart, atEnd: counts.partialAtEnd },
    pages: pages.pages,
    heapBytes: pages.heapBytes,
    pmStores: collector.pmStores,
    volatileStores: collector.volatileStores,
    volatileLoads: collector.volatileLoads,
    volatileClusters: collector.volatileClusters(),
    ignoredEvents: collector.ignoredEvents,
    storesInTransactions: counts.storesInTransactions,
    skippedLines: { valgrind: collector.valgrindLines, program: collector.programLines },
    lostEvents: collector.lostEvents,
    logs: collector.logs,
    cut: collector.cut,
    crossings: collector.crossings,
    crossed: collector.crossed,
    durabilityPoints: run.options.fenceToFence ? 'every-fence' : 'last-fence-of-transaction',
    flushes,
    markers: collector.markers(),
    files: collector.files,
    addressOf: (heapOffset) => pages.addressOf(heapOffset),
  };
}
