/** Runs a workload, or imports a trace, and analyses the operations that it performs. */

import { basename } from 'node:path';
import { EpochStats } from '../../../pm/epoch-stats.ts';
import { Op, type PersistSink } from '../../../pm/op.ts';
import type { ComputeModel } from '../../../workloads/compute-model.ts';
import {
  importTrace,
  requirePmStores,
  scanTrace,
  type TraceReading,
  type TraceSummary,
} from '../../../workloads/traces/import.ts';
import type { ConfiguredWorkload } from '../../../workloads/workload.ts';
import { markerNames, readingNotes, readingOf, runFunctionally } from '../../bench/index.ts';
import { type Analysis, analysisOf, type TypeCount } from './analysis.ts';
import { OperationCounts } from './operation-counts.ts';
import { measuredPmShare, tracedPmShare } from './pm-share.ts';

/** What to run of a workload. */
export interface AnalyzeWorkloadOptions {
  readonly threads: number;
  /** Transactions that are counted, over all clients, and those before them, which are not. */
  readonly transactions: number;
  readonly warmupTransactions?: number | undefined;
  readonly seed: number;
  /** Chooses the build whose PM share of stores is quoted; 'o2' by default. */
  readonly computeModel?: ComputeModel | undefined;
  /** Told which share of the transactions was run. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** How to read a trace. */
export interface AnalyzeTraceOptions extends TraceReading {
  /** As `ImportOptions.flushes`. */
  readonly flushes?: 'auto' | 'traced' | 'implied' | undefined;
  /** What the analysis calls it; the file's name by default. */
  readonly name?: string | undefined;
  /** Names of the transaction types; by default the markers. */
  readonly txTypes?: readonly string[] | undefined;
}

/**
 * Runs the program functionally and analyses its measured part. Deterministic in its arguments.
 * Throws VerifyError if the program's own check fails afterwards.
 */
export function analyzeWorkload(
  configured: ConfiguredWorkload,
  options: AnalyzeWorkloadOptions,
): Analysis {
  const { threads, transactions, seed } = options;
  const computeModel = options.computeModel ?? 'o2';
  const { workload, parameters } = configured;
  const observer = new Observer(threads);
  runFunctionally(
    configured,
    {
      kind: 'workload',
      workload: workload.name,
      parameters,
      threads,
      seed,
      transactions,
      warmupTransactions: options.warmupTransactions ?? 0,
      computeModel,
    },
    observer.sinks,
    options.onProgress,
  );
  return observer.analysis({
    subject: workload.name,
    txTypes: workload.txTypes,
    pmShareOfWrites: measuredPmShare(workload, computeModel),
    notes: [],
  });
}

/**
 * Imports the trace in `file` and analyses it.
 * Throws TraceInputError (of which TraceFormatError is one), as `importTrace` does.
 */
export async function analyzeTrace(
  file: string,
  options: AnalyzeTraceOptions = {},
): Promise<Analysis> {
  const txMarkers = options.txMarkers ?? [];
  const scan = await scanTrace(file, options);
  requirePmStores(file, scan, options);
  const observer = new Observer(scan.threads);
  const summary = await importTrace(file, {
    sinkOf: (thread) => observer.sinks[thread],
    ...readingOf(options),
    flushes: options.flushes,
    scan,
    // The kind of a fence does not matter here; the order in which threads write does.
    classifyFences: false,
  });
  const named = options.txTypes ?? txMarkers;
  return observer.analysis({
    subject: `trace:${options.name ?? basename(file)}`,
    txTypes: named.length > 0 ? named : ['transaction'],
    pmShareOfWrites: tracedPmShare(summary.pmStores, summary.volatileStores),
    notes: traceNotes(summary),
  });
}

/** Counts the operations of all threads; a MEASURE starts the counts anew. */
class Observer {
  readonly sinks: readonly PersistSink[];
  readonly #epochs: EpochStats;
  readonly #counts: readonly OperationCounts[];

  constructor(threads: number) {
    this.#epochs = new EpochStats(threads);
    this.#counts = Array.from({ length: threads }, () => new OperationCounts());
    this.sinks = this.#counts.map((counts, thread) => this.#sink(counts, thread));
  }

  #sink(counts: OperationCounts, thread: number): PersistSink {
    const epochs = this.#epochs.sink(thread);
    return {
      op: (op, a, b) => {
        if (op === Op.MEASURE) {
          // All threads reach it before any resumes, so the first may reset what they share.
          this.#epochs.reset();
          counts.reset();
          return;
        }
        counts.op(op, a, b);
        epochs.op(op, a, b);
      },
    };
  }

  analysis(about: {
    readonly subject: string;
    readonly txTypes: readonly string[];
    readonly pmShareOfWrites: Analysis['pmShareOfWrites'];
    readonly notes: readonly string[];
  }): Analysis {
    const sum = (of: (counts: OperationCounts) => number): number =>
      this.#counts.reduce((total, counts) => total + of(counts), 0);
    const transactionTypes: TypeCount[] = about.txTypes.map((type, i) => ({
      type,
      transactions: sum((counts) => counts.transactionsOf(i)),
    }));
    return analysisOf(this.#epochs.summary(), {
      subject: about.subject,
      threads: this.#counts.length,
      transactionTypes,
      linesWrittenBack: sum((counts) => counts.linesWrittenBack),
      loads: sum((counts) => counts.loads),
      loadBytes: sum((counts) => counts.loadBytes),
      pmShareOfWrites: about.pmShareOfWrites,
      notes: about.notes,
    });
  }
}

/** What a reader of a trace's figures should know. */
function traceNotes(summary: TraceSummary): string[] {
  const notes = readingNotes(summary).map((note) => `${note[0].toUpperCase()}${note.slice(1)}.`);
  const seen = markerNames(summary.markers);
  if (summary.durabilityPoints === 'every-fence') {
    const hint = seen === '' ? '' : ` Markers that could delimit some, by --tx-marker: ${seen}.`;
    notes.push(
      'The trace delimits no transactions: each fence is a durability point, and a transaction is ' +
        `what lies between two.${hint}`,
    );
  }
  const implied = summary.flushes.filter((flushes) => flushes === 'implied').length;
  if (implied > 0) {
    notes.push(
      `${implied} of ${summary.threads} threads log no flush: each fence is taken to write back what ` +
        'they stored since the one before.',
    );
  }
  const { atStart, atEnd } = summary.partialTransactions;
  if (atStart + atEnd > 0) {
    notes.push(
      `Not counted as transactions: ${atStart} that began before the trace, ${atEnd} that it ends in.`,
    );
  }
  return notes;
}
