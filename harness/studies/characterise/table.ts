/** An analysis as a table for the terminal. */

import {
  barOf,
  fittedTable,
  listTable,
  plainTable,
  prose,
  threeDigits,
} from '../../report/index.ts';
import {
  type Analysis,
  type Dependency,
  DISTRIBUTIONS,
  type Distribution,
  QUANTILE_NAMES,
} from './analysis.ts';

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
  if (analysis.notes.length > 0) sections.push(prose(analysis.notes.join('\n'), 2));
  return sections.join('\n\n');
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
  return fittedTable(
    [{ text: '' }, { text: 'count' }, { text: 'share' }, { text: '', words: true }],
    bins.map((bin) => [
      bin.lower === bin.upper ? String(bin.lower) : `${bin.lower}-${bin.upper}`,
      String(bin.count),
      percent(bin.count / count),
      barOf(bin.count / most, BAR_CHARS),
    ]),
    false,
  );
}

function number(value: number | null): string {
  if (value === null) return 'n/a';
  return Number.isInteger(value) ? String(value) : threeDigits(value);
}

function percent(share: number | null): string {
  return share === null ? 'n/a' : `${threeDigits(share * 100)} %`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
