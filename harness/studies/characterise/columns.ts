/** An analysis as tidy rows for CSV, a row a figure. */

import { type Column, column } from '../../report/index.ts';
import { type Analysis, DISTRIBUTIONS, QUANTILE_NAMES } from './analysis.ts';

/** One figure of an analysis, as a row of a tidy CSV. */
export interface AnalysisRow {
  readonly subject: string;
  readonly threads: number;
  readonly metric: string;
  /** total, share, mean, min, max, p10 ... p99, ratio, or bin. */
  readonly statistic: string;
  /** Bounds of a histogram's bin, or the window of a dependency; empty otherwise. */
  readonly lower: number | '';
  readonly upper: number | '';
  readonly unit: string;
  /** Empty where it cannot be known. */
  readonly value: number | '';
}

/** The columns of the CSV. */
// biome-ignore format: one column a line, or two
export const ANALYSIS_COLUMNS: readonly Column<AnalysisRow>[] = [
  column('subject', '-', 'workload, or trace: and the name of the trace', (row) => row.subject),
  column('threads', 'count', 'threads of the program', (row) => row.threads),
  column('metric', '-', 'what is counted', (row) => row.metric),
  column('statistic', '-', 'total, share, ratio, mean, min, max, p10 to p99, or bin (a bin of the histogram)',
    (row) => row.statistic),
  column('lower', '-', 'smallest value in the bin; 1 for a window of epochs', (row) => row.lower),
  column('upper', '-', 'largest value in the bin; size of a window of epochs', (row) => row.upper),
  column('unit', '-', 'unit of the value', (row) => row.unit),
  column('value', 'as in unit', 'the figure; empty where it cannot be known', (row) => row.value),
];

/** Every figure of the analysis as a row. */
export function toCsvRows(analysis: Analysis): AnalysisRow[] {
  const { subject, threads } = analysis;
  const rows: AnalysisRow[] = [];
  const add = (
    metric: string,
    statistic: string,
    unit: string,
    value: number | null,
    lower: number | '' = '',
    upper: number | '' = '',
  ): void => {
    rows.push({ subject, threads, metric, statistic, lower, upper, unit, value: value ?? '' });
  };
  for (const [metric, unit, value] of totals(analysis)) add(metric, 'total', unit, value);
  for (const [metric, value] of shares(analysis)) add(metric, 'share', 'fraction', value);
  add('writeAmplification', 'ratio', 'bytes per byte', analysis.writeAmplification);
  for (const [metric] of DISTRIBUTIONS) {
    const distribution = analysis[metric];
    add(metric, 'mean', 'count', distribution.mean);
    add(metric, 'min', 'count', distribution.min);
    for (const name of QUANTILE_NAMES) add(metric, name, 'count', distribution.quantiles[name]);
    add(metric, 'max', 'count', distribution.max);
    for (const { lower, upper, count } of distribution.histogram) {
      add(metric, 'bin', 'occurrences', count, lower, upper);
    }
  }
  for (const metric of ['selfDependencies', 'crossDependencies'] as const) {
    for (const { window, share } of analysis[metric]) {
      add(metric, 'share', 'fraction', share, 1, window);
    }
  }
  for (const { type, transactions } of analysis.transactionTypes) {
    add(`transactions:${type}`, 'total', 'count', transactions);
  }
  return rows;
}

function totals(analysis: Analysis): readonly (readonly [string, string, number])[] {
  return [
    ['transactions', 'count', analysis.transactions],
    ['writingTransactions', 'count', analysis.writingTransactions],
    ['epochs', 'count', analysis.epochs],
    ['fences', 'count', analysis.fences],
    ['emptyFences', 'count', analysis.emptyFences],
    ['storeBytes', 'bytes', analysis.storeBytes],
    ['ntStoreBytes', 'bytes', analysis.ntStoreBytes],
    ['linesWrittenBack', 'lines', analysis.linesWrittenBack],
    ['loads', 'count', analysis.loads],
    ['loadBytes', 'bytes', analysis.loadBytes],
  ];
}

function shares(analysis: Analysis): readonly (readonly [string, number | null])[] {
  return [
    ['oneLineEpochShare', analysis.oneLineEpochShare],
    ['emptyFenceShare', analysis.emptyFenceShare],
    ['nonTemporalShare', analysis.nonTemporalShare],
    ['pmShareOfWrites', analysis.pmShareOfWrites.share],
  ];
}
