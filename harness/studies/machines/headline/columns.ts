/** The columns of headline.csv, and its rows read back from a file. */

import { type Column, column, figure } from '../../../report/index.ts';
import { MEANS } from '../headline.ts';
import type { HeadlineRow, StatedMean } from './rows.ts';

/** Columns of a mean: what the name ends with, the unit, and the meaning. */
const FIGURES = {
  value: [
    'MeanSpeedup',
    'ratio',
    "mean speedup over sm-rc of the profile itself, in the whole suite's runs",
  ],
  short: ['MeanShortRuns', 'ratio', 'the same in the short runs that the interval is of'],
  p5: ['MeanP5', 'ratio', '5th percentile over the machines drawn'],
  p50: ['MeanP50', 'ratio', 'median over them'],
  p95: ['MeanP95', 'ratio', '95th percentile over them'],
  defaultPercentile: [
    'MeanDefaultPercentile',
    '%',
    'share of these machines with a mean below that of the profile itself',
  ],
  publishedPercentile: [
    'MeanPublishedPercentile',
    '%',
    'share of these machines with a mean below the published speedup',
  ],
} as const satisfies Readonly<Record<keyof StatedMean, readonly [string, string, string]>>;

const KEYS = Object.keys(FIGURES) as (keyof StatedMean)[];

// biome-ignore format: one column a line, or two
export const HEADLINE_COLUMNS: readonly Column<HeadlineRow>[] = [
  column('profile', '-', 'hardware profile', (row) => row.profile),
  column('guarantee', '-', 'what the mirror must be right for', (row) => row.guarantee),
  column('queuePairs', '-', 'policy of queue pairs that gives that', (row) => row.queuePairs),
  column('baselineQueuePairs', '-', 'policy of the sm-rc that is the baseline: the fastest that is right for the program',
    (row) => row.baselineQueuePairs),
  column('instructionCounts', '-', 'build of the originals whose instructions are charged: o2 or whisper',
    (row) => row.instructionCounts),
  column('computeModels', '-', 'models of volatile work that the interval is over', (row) => row.computeModels),
  column('backend', '-', 'mirroring design', (row) => row.design),
  column('members', 'count', 'programs that the means are over', (row) => row.programs),
  column('machines', 'count', 'machines drawn from all assumptions together, each under one of computeModels',
    (row) => row.machines),
  column('publishedSpeedup', 'ratio', 'mean speedup that the paper states (its abstract does not say which mean)',
    (row) => row.published),
  ...MEANS.flatMap((mean) => KEYS.map((key) => {
    const [suffix, unit, meaning] = FIGURES[key];
    return column<HeadlineRow>(`${mean}${suffix}`, unit, `${mean}: ${meaning}`, (row) => figure(row[mean][key]));
  })),
];

/** The rows of a headline.csv, from its records. */
export function headlineRowsOf(
  records: readonly Readonly<Record<string, string>>[],
): HeadlineRow[] {
  return records.map((record) => {
    const mean = (name: (typeof MEANS)[number]): StatedMean => {
      const value = (key: keyof StatedMean): number => Number(record[`${name}${FIGURES[key][0]}`]);
      return Object.fromEntries(KEYS.map((key) => [key, value(key)])) as unknown as StatedMean;
    };
    return {
      profile: record.profile,
      guarantee: record.guarantee,
      queuePairs: record.queuePairs,
      baselineQueuePairs: record.baselineQueuePairs,
      instructionCounts: record.instructionCounts === 'whisper' ? 'whisper' : 'o2',
      computeModels: record.computeModels,
      design: record.backend,
      programs: Number(record.members),
      machines: Number(record.machines),
      published: Number(record.publishedSpeedup),
      geometric: mean('geometric'),
      arithmetic: mean('arithmetic'),
    };
  });
}
