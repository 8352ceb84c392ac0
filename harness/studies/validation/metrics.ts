/**
 * The figures in which a port is compared with its original, and how far each may be off. The
 * definitions are those of `pm/epoch-stats.ts`.
 */

import { DEPENDENCY_WINDOWS, type EpochSummary } from '../../../pm/epoch-stats.ts';

/** How far a figure may lie from its original: per cent of it, or percentage points of a share. */
export interface Tolerance {
  readonly kind: 'percent' | 'points';
  readonly value: number;
}

/** A figure: how it is taken from what was counted, and what is tolerated. */
export interface Metric {
  readonly unit: string;
  /** Null where the figure is reported and not judged. */
  readonly tolerance: Tolerance | null;
  of(summary: EpochSummary): number;
}

const percent = (value: number): Tolerance => ({ kind: 'percent', value });
const points = (value: number): Tolerance => ({ kind: 'points', value });

const metric = (
  unit: string,
  tolerance: Tolerance | null,
  of: (summary: EpochSummary) => number,
): Metric => ({ unit, tolerance, of });

/** The window for which dependencies were measured on the originals: 50 epochs. */
const WINDOW = DEPENDENCY_WINDOWS.indexOf(50);

/** All figures, by name. "PerTx" is over transactions that write, unless the name says "all". */
// biome-ignore format: a figure a line
export const METRICS = {
  epochsPerTxMedian: metric('epochs', percent(10), (s) => s.epochsPerTx.quantile(0.5)),
  epochsPerTxMean: metric('epochs', percent(20), (s) => s.epochsPerTx.mean),
  epochsPerTxP10: metric('epochs', percent(20), (s) => s.epochsPerTx.quantile(0.1)),
  epochsPerTxP25: metric('epochs', percent(20), (s) => s.epochsPerTx.quantile(0.25)),
  epochsPerTxP75: metric('epochs', percent(20), (s) => s.epochsPerTx.quantile(0.75)),
  epochsPerTxP90: metric('epochs', percent(20), (s) => s.epochsPerTx.quantile(0.9)),
  linesPerEpochMean: metric('lines', percent(20), (s) => s.linesPerEpoch.mean),
  linesPerEpochMedian: metric('lines', percent(20), (s) => s.linesPerEpoch.quantile(0.5)),
  linesPerEpochP95: metric('lines', percent(20), (s) => s.linesPerEpoch.quantile(0.95)),
  oneLineEpochShare: metric('fraction', points(8), (s) => s.linesPerEpoch.of(1) / s.linesPerEpoch.count),
  bytesPerTxMean: metric('B', percent(20), (s) => s.bytesPerTx.mean),
  fencesPerTxMean: metric('fences', percent(20), (s) => s.fencesPerTx.mean),
  fencesPerAllTxMean: metric('fences', percent(20), (s) => s.fences / s.transactions),
  distinctLinesPerTxMean: metric('lines', percent(20), (s) => s.distinctLinesPerTx.mean),
  selfDependentShare: metric('fraction', points(10), (s) => s.selfDependent[WINDOW] / s.linesPerEpoch.count),
  crossDependentShare: metric('fraction', null, (s) => s.crossDependent[WINDOW] / s.linesPerEpoch.count),
  emptyFenceShare: metric('fraction', percent(20), (s) => s.emptyFences / s.fences),
  /** What the published figure 3 shows; by the unit that it calls a transaction. */
  publishedEpochsPerTx: metric('epochs', null, (s) => s.epochsPerTx.quantile(0.5)),
} as const satisfies Record<string, Metric>;

/** Name of a figure. */
export type MetricName = keyof typeof METRICS;
