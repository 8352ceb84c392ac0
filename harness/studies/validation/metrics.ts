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

const epochsQuantile = (q: number, tolerance: Tolerance): Metric => ({
  unit: 'epochs',
  tolerance,
  of: ({ epochsPerTx }) => epochsPerTx.quantile(q),
});

const linesQuantile = (q: number): Metric => ({
  unit: 'lines',
  tolerance: percent(20),
  of: ({ linesPerEpoch }) => linesPerEpoch.quantile(q),
});

/** The window for which dependencies were measured on the originals: 50 epochs. */
const WINDOW = DEPENDENCY_WINDOWS.indexOf(50);

/** All figures, by name. "PerTx" is over transactions that write, unless the name says "all". */
export const METRICS = {
  epochsPerTxMedian: epochsQuantile(0.5, percent(10)),
  epochsPerTxMean: {
    unit: 'epochs',
    tolerance: percent(20),
    of: ({ epochsPerTx }) => epochsPerTx.mean,
  },
  epochsPerTxP10: epochsQuantile(0.1, percent(20)),
  epochsPerTxP25: epochsQuantile(0.25, percent(20)),
  epochsPerTxP75: epochsQuantile(0.75, percent(20)),
  epochsPerTxP90: epochsQuantile(0.9, percent(20)),
  linesPerEpochMean: {
    unit: 'lines',
    tolerance: percent(20),
    of: ({ linesPerEpoch }) => linesPerEpoch.mean,
  },
  linesPerEpochMedian: linesQuantile(0.5),
  linesPerEpochP95: linesQuantile(0.95),
  oneLineEpochShare: {
    unit: 'fraction',
    tolerance: points(8),
    of: ({ linesPerEpoch }) => linesPerEpoch.of(1) / linesPerEpoch.count,
  },
  bytesPerTxMean: {
    unit: 'B',
    tolerance: percent(20),
    of: ({ bytesPerTx }) => bytesPerTx.mean,
  },
  fencesPerTxMean: {
    unit: 'fences',
    tolerance: percent(20),
    of: ({ fencesPerTx }) => fencesPerTx.mean,
  },
  fencesPerAllTxMean: {
    unit: 'fences',
    tolerance: percent(20),
    of: ({ fences, transactions }) => fences / transactions,
  },
  distinctLinesPerTxMean: {
    unit: 'lines',
    tolerance: percent(20),
    of: ({ distinctLinesPerTx }) => distinctLinesPerTx.mean,
  },
  selfDependentShare: {
    unit: 'fraction',
    tolerance: points(10),
    of: ({ selfDependent, linesPerEpoch }) => selfDependent[WINDOW] / linesPerEpoch.count,
  },
  crossDependentShare: {
    unit: 'fraction',
    tolerance: null,
    of: ({ crossDependent, linesPerEpoch }) => crossDependent[WINDOW] / linesPerEpoch.count,
  },
  emptyFenceShare: {
    unit: 'fraction',
    tolerance: percent(20),
    of: ({ emptyFences, fences }) => emptyFences / fences,
  },
  /** What the published figure 3 shows; by the unit that it calls a transaction. */
  publishedEpochsPerTx: {
    unit: 'epochs',
    tolerance: null,
    of: ({ epochsPerTx }) => epochsPerTx.quantile(0.5),
  },
} as const satisfies Record<string, Metric>;

/** Name of a figure. */
export type MetricName = keyof typeof METRICS;
