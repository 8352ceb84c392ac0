/** An analysis as a table for the terminal, as JSON, and as tidy rows for CSV. */

import type { Column } from '../../report/column.ts';
import { listTable, plainTable } from '../../report/table.ts';
import {
  type Analysis,
  type Dependency,
  type Distribution,
  QUANTILES,
  type QuantileName,
} from './analysis.ts';

const QUANTILE_NAMES = Object.keys(QUANTILES) as QuantileName[];

/** The distributions of an analysis, with their names in CSV and on the terminal. */
const DISTRIBUTIONS = [
  ['epochsPerTx', 'epochs per transaction'],
  ['fencesPerTx', 'fences per transaction'],
  ['bytesPerTx', 'bytes stored per transaction'],
  ['distinctLinesPerTx', 'distinct lines per transaction'],
  ['linesPerEpoch', 'lines per epoch'],
] as const;

/** Longest bar of a histogram on the terminal, in characters. */
const BAR_CHARS = 40;

/** Text for the terminal: figures, distributions, dependencies, two histograms, notes. */
export function renderTable(analysis: Analysis): string {
  const sections = [
    figures(analysis),
    distributions(analysis),
    dependencies(analysis),
    `Epochs per transaction\n${histogram(analysis.epochsPerTx)}`,
    `Lines per epoch\n${histogram(analysis.linesPerEpoch)}`,
  ];
  if (analysis.notes.length > 0) sections.push(analysis.notes.join('\n'));
  return sections.join('\n\n');
}

/** JSON text with the field names of `Analysis`; what cannot be known is null, never NaN. */
export function toJson(analysis: Analysis): string {
  return JSON.stringify(analysis, null, 2);
}

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
export const ANALYSIS_COLUMNS: readonly Column<AnalysisRow>[] = [
  {
    name: 'subject',
    unit: '-',
    meaning: 'workload, or trace: and the name of the trace',
    value: (row) => row.subject,
  },
  { name: 'threads', unit: '-', meaning: 'threads of the program', value: (row) => row.threads },
  { name: 'metric', unit: '-', meaning: 'what is counted', value: (row) => row.metric },
  {
    name: 'statistic',
    unit: '-',
    meaning: 'total, share, ratio, mean, min, max, p10 to p99, or bin (a bin of the histogram)',
    value: (row) => row.statistic,
  },
  {
    name: 'lower',
    unit: '-',
    meaning: 'smallest value in the bin; 1 for a window of epochs',
    value: (row) => row.lower,
  },
  {
    name: 'upper',
    unit: '-',
    meaning: 'largest value in the bin; size of a window of epochs',
    value: (row) => row.upper,
  },
  { name: 'unit', unit: '-', meaning: 'unit of the value', value: (row) => row.unit },
  { name: 'value', unit: 'as in unit', meaning: 'the figure', value: (row) => row.value },
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

function figures(analysis: Analysis): string {
  const types = analysis.transactionTypes
    .map(({ type, transactions }) => `${type} ${transactions}`)
    .join(', ');
  const share = analysis.pmShareOfWrites;
  const whole = analysis.transactionTypes.length > 1 ? ` (${types})` : '';
  return listTable([
    ['program', `${analysis.subject}, ${counted(analysis.threads, 'thread')}`],
    ['transactions', `${analysis.transactions}${whole}, ${analysis.writingTransactions} write`],
    ['epochs', `${analysis.epochs}, ${percent(analysis.oneLineEpochShare)} of one line`],
    [
      'fences',
      `${analysis.fences}, ${analysis.emptyFences} of them empty (${percent(analysis.emptyFenceShare)})`,
    ],
    [
      'bytes stored',
      `${analysis.storeBytes + analysis.ntStoreBytes}, ${percent(analysis.nonTemporalShare)} non-temporal`,
    ],
    ['write amplification', `${number(analysis.writeAmplification)} (lines x 64 B / bytes stored)`],
    ['loads', `${analysis.loads} (${analysis.loadBytes} B)`],
    ['PM share of writes', `${percent(share.share)} (${share.basis})`],
  ]);
}

function distributions(analysis: Analysis): string {
  const head = ['', 'mean', 'min', ...QUANTILE_NAMES, 'max'];
  const rows = DISTRIBUTIONS.map(([metric, title]) => {
    const { mean, min, max, quantiles } = analysis[metric];
    const middle = QUANTILE_NAMES.map((name) => number(quantiles[name]));
    return [title, number(mean), number(min), ...middle, number(max)];
  });
  return plainTable(head, rows);
}

function dependencies(analysis: Analysis): string {
  const row = (title: string, all: readonly Dependency[]): string[] => [
    title,
    ...all.map(({ share }) => percent(share)),
  ];
  const head = analysis.selfDependencies.map(({ window }) => counted(window, 'epoch'));
  return plainTable(
    ['depends on one of the last', ...head],
    [
      row('of its own thread', analysis.selfDependencies),
      row('of another thread', analysis.crossDependencies),
    ],
  );
}

function histogram({ histogram: bins, count }: Distribution): string {
  if (bins.length === 0) return '(none)';
  const most = Math.max(...bins.map((bin) => bin.count));
  return plainTable(
    ['', 'count', 'share', ''],
    bins.map((bin) => [
      bin.lower === bin.upper ? String(bin.lower) : `${bin.lower}-${bin.upper}`,
      String(bin.count),
      percent(bin.count / count),
      '#'.repeat(Math.ceil((BAR_CHARS * bin.count) / most)).padEnd(BAR_CHARS),
    ]),
  );
}

function number(value: number | null): string {
  if (value === null) return 'n/a';
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

function percent(share: number | null): string {
  return share === null ? 'n/a' : `${(share * 100).toFixed(1)} %`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
