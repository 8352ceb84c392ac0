/**
 * Reads traces of real PM programs: the store logs of pmemcheck and the traces of the WHISPER suite,
 * plain or gzip, as a stream, into the operations of `pm/op.ts`, one sink per thread. What becomes
 * of each kind of event stands with the parsers (`formats/pmemcheck.ts`, `formats/whisper.ts`), how
 * fences and transactions are read with `ThreadEmitter`, how addresses are mapped with `PageMap`.
 *
 * Some questions can be answered only when all of a trace has been seen: how many threads and pages
 * it has, whether it logs flushes and transactions at all. `scanTrace` reads it once for that.
 */

import { NULL_SINK, type PersistSink } from '../../pm/op.ts';
import {
  type CollectorOptions,
  type MarkerCount,
  type RegisteredFile,
  TraceCollector,
} from './formats/collector.ts';
import { detectFormat, HEAD_BYTES, type TraceFormat } from './formats/detect-format.ts';
import { TraceInputError } from './formats/error.ts';
import { PmemcheckParser } from './formats/pmemcheck.ts';
import type { PositionWatch } from './formats/position-watch.ts';
import { type RecordParser, RecordSplitter } from './formats/records.ts';
import { inputName, type TraceInput, traceBytes } from './formats/source.ts';
import { WhisperParser } from './formats/whisper.ts';

/** What a trace holds, and how it was read. */
export interface TraceSummary {
  readonly format: TraceFormat;
  readonly threads: number;
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
  /** Events that became no operation: flushes of memory never touched, empty stores, commits. */
  readonly ignoredEvents: number;
  readonly durabilityPoints: 'every-fence' | 'last-fence-of-transaction';
  /** Per thread: whether write-backs are those traced, or implied by fences. */
  readonly flushes: readonly ('traced' | 'implied')[];
  /** Of a pmemcheck log. */
  readonly markers: readonly MarkerCount[];
  readonly files: readonly RegisteredFile[];
  /** The address, as in the trace, of an offset of the heap in a page that the trace touches. */
  addressOf(heapOffset: number): string;
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
  readonly markers: readonly MarkerCount[];
}

/** How to read a trace. */
export interface ImportOptions {
  /** The sink of the thread with this index, asked for once, when the thread first appears. */
  sinkOf(thread: number): PersistSink;
  /** pmemcheck: names of markers that delimit transactions; their order gives the types. */
  readonly txMarkers?: readonly string[] | undefined;
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
  const file = inputName(input);
  const txMarkers = options.txMarkers ?? [];
  const start = async (format: TraceFormat): Promise<Run> => {
    const scan = format === 'whisper' ? await scanOf(input, options) : undefined;
    checkOptions(file, format, options);
    if (options.scan !== undefined) checkMarkers(file, txMarkers, options.scan.markers);
    return startRun(file, format, txMarkers, {
      file,
      sinkOf: (thread) => options.sinkOf(thread),
      impliedFlushes: (thread) => impliedFlushes(format, options, scan, thread),
      fenceToFence: format === 'whisper' ? scan?.hasTransactions === false : txMarkers.length === 0,
      classifyFences: options.classifyFences ?? true,
      image: options.image ?? null,
    });
  };
  const run = await readTrace(input, start, options.watch);
  run.collector.finish();
  const summary = summarise(run);
  checkMarkers(file, txMarkers, summary.markers);
  return summary;
}

/**
 * Reads a trace once, to size a heap and to know its threads before it is imported.
 * Throws as `importTrace`; with `txMarkers`, also if one of them does not occur.
 */
export async function scanTrace(
  input: TraceInput,
  txMarkers: readonly string[] = [],
): Promise<TraceScan> {
  const file = inputName(input);
  const nothing = { sinkOf: () => NULL_SINK, impliedFlushes: () => false, fenceToFence: false };
  const options = { file, ...nothing, classifyFences: false, image: null };
  const run = await readTrace(input, (format) => startRun(file, format, [], options));
  const { collector } = run;
  const markers = collector.markers();
  if (run.format === 'whisper') refuseMarkers(file, txMarkers);
  else checkMarkers(file, txMarkers, markers);
  return {
    format: run.format,
    threads: collector.threads,
    heapBytes: collector.pages.heapBytes,
    flushing: collector.flushingThreads(),
    hasTransactions: collector.transactionEvents > 0,
    markers,
  };
}

interface Run {
  readonly format: TraceFormat;
  readonly collector: TraceCollector;
  readonly parser: RecordParser & { readonly events: Readonly<Record<string, number>> };
  readonly options: CollectorOptions;
}

function startRun(
  file: string,
  format: TraceFormat,
  txMarkers: readonly string[],
  options: CollectorOptions,
): Run {
  const collector = new TraceCollector(options);
  const parser =
    format === 'whisper'
      ? new WhisperParser(file, collector)
      : new PmemcheckParser(file, collector, txMarkers);
  return { format, collector, parser, options };
}

/** Reads all of a trace by the run that `start` makes for its format. */
async function readTrace(
  input: TraceInput,
  start: (format: TraceFormat) => Run | Promise<Run>,
  watch?: PositionWatch,
): Promise<Run> {
  const chunks = traceBytes(input);
  try {
    // First what tells the format.
    const parts: Uint8Array[] = [];
    for (let bytes = 0; bytes < HEAD_BYTES; ) {
      const next = await chunks.next();
      if (next.done === true) break;
      parts.push(next.value);
      bytes += next.value.length;
    }
    const head = Buffer.concat(parts);
    const run = await start(detectFormat(head, inputName(input)));
    const splitter = new RecordSplitter(watch?.over(run.parser) ?? run.parser);
    splitter.push(head);
    for await (const chunk of chunks) splitter.push(chunk);
    splitter.finish();
    return run;
  } finally {
    await chunks.return(undefined);
  }
}

/** The scan of a WHISPER trace, made now if need be. */
async function scanOf(input: TraceInput, options: ImportOptions): Promise<TraceScan> {
  if (options.scan !== undefined) return options.scan;
  if (typeof input === 'string') return scanTrace(input);
  throw new TraceInputError(
    `${inputName(input)}: a WHISPER trace must be read twice (once to learn whether it logs flushes ` +
      'and transactions); give a file, or the result of a scan',
  );
}

function checkOptions(file: string, format: TraceFormat, options: ImportOptions): void {
  if (format !== 'whisper') return;
  refuseMarkers(file, options.txMarkers ?? []);
  if (options.image !== undefined) {
    throw new TraceInputError(
      `${file}: a WHISPER trace holds no values of stores to build an image`,
    );
  }
}

function refuseMarkers(file: string, txMarkers: readonly string[]): void {
  if (txMarkers.length === 0) return;
  throw new TraceInputError(
    `${file}: is a WHISPER trace, which has no markers (given: ${txMarkers.join(', ')}); ` +
      'its own transaction events are used',
  );
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
    throw new TraceInputError(
      `${file}: no marker ${name}.BEGIN; markers in this file: ${known === '' ? 'none' : known}`,
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
    ignoredEvents: collector.ignoredEvents,
    durabilityPoints: run.options.fenceToFence ? 'every-fence' : 'last-fence-of-transaction',
    flushes,
    markers: collector.markers(),
    files: collector.files,
    addressOf: (heapOffset) => pages.addressOf(heapOffset),
  };
}
