/**
 * What `pmirror analyze` says of a program: the figures with which WHISPER (Nalli et al., ASPLOS
 * 2017) characterises programs on persistent memory, as plain data. Definitions of epochs,
 * transactions and dependencies are those of `pm/epoch-stats.ts`.
 */

import { DEPENDENCY_WINDOWS, type EpochSummary, type Tally } from '../../../pm/epoch-stats.ts';
import { LINE_BYTES } from '../../../pm/line.ts';
import { rounded } from '../../report/index.ts';
import type { PmShare } from './pm-share.ts';

/** Quantiles that are reported, by name. */
export const QUANTILES = { p10: 0.1, p25: 0.25, p50: 0.5, p75: 0.75, p90: 0.9, p99: 0.99 } as const;

/** Name of a reported quantile. */
export type QuantileName = keyof typeof QUANTILES;

export const QUANTILE_NAMES = Object.keys(QUANTILES) as QuantileName[];

/** How often values from `lower` to `upper` (both included) occurred. */
export interface Bin {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** A distribution of whole numbers. Everything but `count` is null where nothing was counted. */
export interface Distribution {
  readonly count: number;
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly quantiles: Readonly<Record<QuantileName, number | null>>;
  /** Bins that are not empty, ascending. */
  readonly histogram: readonly Bin[];
}

/** The distributions of an analysis, with their names in CSV and on the terminal. */
export const DISTRIBUTIONS = [
  ['epochsPerTx', 'epochs per transaction'],
  ['fencesPerTx', 'fences per transaction'],
  ['bytesPerTx', 'bytes stored per transaction'],
  ['distinctLinesPerTx', 'distinct lines per transaction'],
  ['linesPerEpoch', 'lines per epoch'],
] as const;

/** Epochs that depend on one of the `window` epochs before them. */
export interface Dependency {
  readonly window: number;
  readonly epochs: number;
  readonly share: number | null;
}

/** Transactions of one type. */
export interface TypeCount {
  readonly type: string;
  readonly transactions: number;
}

/** Everything that is said of one program. Shares are 0 to 1, null where there is nothing to share. */
export interface Analysis {
  /** The workload's name, or `trace:` and the file's. */
  readonly subject: string;
  readonly threads: number;
  readonly transactions: number;
  /** Those that close at least one epoch: per-transaction figures are over these. */
  readonly writingTransactions: number;
  readonly transactionTypes: readonly TypeCount[];
  readonly epochs: number;
  readonly epochsPerTx: Distribution;
  readonly bytesPerTx: Distribution;
  readonly fencesPerTx: Distribution;
  readonly distinctLinesPerTx: Distribution;
  readonly linesPerEpoch: Distribution;
  readonly oneLineEpochShare: number | null;
  readonly fences: number;
  /** Fences with no PM store since the one before. */
  readonly emptyFences: number;
  readonly emptyFenceShare: number | null;
  /** Bytes stored through the cache, and past it. */
  readonly storeBytes: number;
  readonly ntStoreBytes: number;
  readonly nonTemporalShare: number | null;
  readonly selfDependencies: readonly Dependency[];
  readonly crossDependencies: readonly Dependency[];
  /** Lines of all epochs x 64 / bytes stored. */
  readonly writeAmplification: number | null;
  readonly linesWrittenBack: number;
  readonly loads: number;
  readonly loadBytes: number;
  readonly pmShareOfWrites: PmShare;
  /** What a reader should know, in sentences. */
  readonly notes: readonly string[];
}

/** What {@link analysisOf} needs beside the epochs. */
export interface AnalysisContext {
  readonly subject: string;
  readonly threads: number;
  readonly transactionTypes: readonly TypeCount[];
  readonly linesWrittenBack: number;
  readonly loads: number;
  readonly loadBytes: number;
  readonly pmShareOfWrites: PmShare;
  readonly notes: readonly string[];
}

/** The figures of a program, from what was counted. */
export function analysisOf(epochs: EpochSummary, context: AnalysisContext): Analysis {
  const { linesPerEpoch } = epochs;
  const bytes = epochs.storeBytes + epochs.ntStoreBytes;
  const dependencies = (counts: readonly number[]): Dependency[] =>
    DEPENDENCY_WINDOWS.map((window, i) => ({
      window,
      epochs: counts[i],
      share: ratio(counts[i], linesPerEpoch.count),
    }));
  return {
    subject: context.subject,
    threads: context.threads,
    transactions: epochs.transactions,
    writingTransactions: epochs.writingTransactions,
    transactionTypes: context.transactionTypes,
    epochs: linesPerEpoch.count,
    epochsPerTx: distributionOf(epochs.epochsPerTx),
    bytesPerTx: distributionOf(epochs.bytesPerTx),
    fencesPerTx: distributionOf(epochs.fencesPerTx),
    distinctLinesPerTx: distributionOf(epochs.distinctLinesPerTx),
    linesPerEpoch: distributionOf(linesPerEpoch),
    oneLineEpochShare: ratio(linesPerEpoch.of(1), linesPerEpoch.count),
    fences: epochs.fences,
    emptyFences: epochs.emptyFences,
    emptyFenceShare: ratio(epochs.emptyFences, epochs.fences),
    storeBytes: epochs.storeBytes,
    ntStoreBytes: epochs.ntStoreBytes,
    nonTemporalShare: ratio(epochs.ntStoreBytes, bytes),
    selfDependencies: dependencies(epochs.selfDependent),
    crossDependencies: dependencies(epochs.crossDependent),
    writeAmplification: ratio(linesPerEpoch.sum * LINE_BYTES, bytes),
    linesWrittenBack: context.linesWrittenBack,
    loads: context.loads,
    loadBytes: context.loadBytes,
    pmShareOfWrites: {
      ...context.pmShareOfWrites,
      share: context.pmShareOfWrites.share === null ? null : rounded(context.pmShareOfWrites.share),
    },
    notes: context.notes,
  };
}

/** The distribution that a tally holds. */
export function distributionOf(tally: Tally): Distribution {
  const entries = tally.entries();
  const known = (value: number): number | null => (tally.count === 0 ? null : rounded(value));
  const quantiles = Object.fromEntries(
    Object.entries(QUANTILES).map(([name, q]) => [name, known(tally.quantile(q))]),
  ) as Record<QuantileName, number | null>;
  return {
    count: tally.count,
    mean: known(tally.mean),
    min: known(entries[0]?.[0] ?? 0),
    max: known(entries.at(-1)?.[0] ?? 0),
    quantiles,
    histogram: histogramOf(entries),
  };
}

/** Values up to this have a bin each. */
const EXACT_BINS_MAX = 8;

/**
 * Bins of [value, times] pairs in ascending order: one a value up to 8, then two an octave (9-12,
 * 13-16, 17-24, 25-32, ...), which suits distributions from a few epochs to thousands.
 */
function histogramOf(entries: readonly (readonly [number, number])[]): Bin[] {
  const bins: { lower: number; upper: number; count: number }[] = [];
  for (const [value, times] of entries) {
    const last = bins.at(-1);
    if (last !== undefined && value <= last.upper) last.count += times;
    else bins.push({ ...binOf(value), count: times });
  }
  return bins;
}

function binOf(value: number): { lower: number; upper: number } {
  if (value <= EXACT_BINS_MAX) return { lower: value, upper: value };
  let octave = EXACT_BINS_MAX;
  while (octave * 2 < value) octave *= 2;
  const middle = octave * 1.5;
  return value <= middle
    ? { lower: octave + 1, upper: middle }
    : { lower: middle + 1, upper: octave * 2 };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : rounded(part / whole);
}
