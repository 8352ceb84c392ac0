/**
 * The summary of a suite run: per backend, the mean speedup over sm-rc and slowdown over no-sm, beside
 * the published figures. Published (Tavakkol et al., arXiv 1810.09360, abstract): the two designs
 * outperform the remote-commit design by 1.8x and 2.9x. The abstract does not say which mean that
 * is, so both are given, each with its deviation.
 */

import { TIME_PARTS, type TimePart } from '../../rdma/mirror.ts';
import { bootstrapInterval, ENOUGH_VALUES, type Interval } from '../report/bootstrap.ts';
import { type Column, figure } from '../report/column.ts';
import { arithmeticMean, deviationPercent, geometricMean } from '../report/statistics.ts';
import {
  type CellRow,
  slowdownOverUnmirrored,
  speedupOverRemoteCommit,
  speedupOverSoundCommit,
} from './columns.ts';
import { type ResultSet, resultSetOf } from './suite.ts';
import type { SystemSpec } from './systems.ts';

/** Published mean speedups over sm-rc, by backend. */
export const PUBLISHED_SPEEDUPS: Readonly<Record<string, number>> = Object.freeze({
  'sm-ob': 1.8,
  'sm-dd': 2.9,
});

/** The means of one backend over the members of a set, in the same conditions. */
export interface SummaryRow extends SystemSpec {
  readonly set: ResultSet;
  /** How many programs the means are over, and how many seeds each was run with. */
  readonly members: number;
  readonly seeds: number;
  /** Of every program under every seed; fewer where the baseline was not run. */
  readonly speedups: readonly number[];
  /** The same over sm-rc under the policy `sound`. */
  readonly soundSpeedups: readonly number[];
  readonly slowdowns: readonly number[];
  /** The speedups of one seed's programs together, seed by seed. */
  readonly speedupsBySeed: readonly (readonly number[])[];
  /** Part of core time, in per cent: the mean over programs and seeds, each counting the same. */
  readonly partPercent: Readonly<Record<TimePart, number>>;
}

/** Sets in the order in which they are reported. */
const SETS: readonly ResultSet[] = ['whisper', 'extra', 'trace', 'micro'];

/** One row per set, conditions and backend, in a fixed order. */
export function summarise(rows: readonly CellRow[]): SummaryRow[] {
  const gathered = new Map<string, CellRow[]>();
  for (const row of rows) {
    const { backend, profile, replicas, queuePairs, faults } = row.result.system;
    const conditions = [profile.name, replicas, queuePairs, faults];
    const key = JSON.stringify([resultSetOf(row.result.execution), ...conditions, backend]);
    const members = gathered.get(key) ?? [];
    members.push(row);
    gathered.set(key, members);
  }
  const summary = [...gathered.values()].map(summaryRow);
  return summary.sort((a, b) => SETS.indexOf(a.set) - SETS.indexOf(b.set));
}

const isDefined = (value: number | undefined): value is number =>
  value !== undefined && Number.isFinite(value);

function summaryRow(rows: readonly CellRow[]): SummaryRow {
  const [{ result }] = rows;
  const seeds = [...new Set(rows.map((row) => row.result.execution.seed))];
  const speedupsOf = (some: readonly CellRow[]) =>
    some.map(speedupOverRemoteCommit).filter(isDefined);
  return {
    set: resultSetOf(result.execution),
    ...result.system,
    members: rows.length / seeds.length,
    seeds: seeds.length,
    speedups: speedupsOf(rows),
    soundSpeedups: rows.map(speedupOverSoundCommit).filter(isDefined),
    slowdowns: rows.map(slowdownOverUnmirrored).filter(isDefined),
    speedupsBySeed: seeds.map((seed) =>
      speedupsOf(rows.filter((row) => row.result.execution.seed === seed)),
    ),
    partPercent: partPercent(rows),
  };
}

function partPercent(rows: readonly CellRow[]): Record<TimePart, number> {
  const meanOfPart = (part: TimePart): number =>
    arithmeticMean(
      rows.map(({ result: { report } }) => {
        return (100 * report.timePs[part]) / (report.elapsedPs * report.cores);
      }),
    );
  return Object.fromEntries(TIME_PARTS.map((part) => [part, meanOfPart(part)])) as Record<
    TimePart,
    number
  >;
}

/** The mean of ratios, or undefined where some are missing: a mean over fewer would mislead. */
function meanOf(
  row: SummaryRow,
  ratios: readonly number[],
  mean: (ratios: readonly number[]) => number,
): number | undefined {
  return ratios.length === row.members * row.seeds ? mean(ratios) : undefined;
}

/** Geometric mean of a summary row's speedups over sm-rc. */
export function geometricSpeedup(row: SummaryRow): number | undefined {
  return meanOf(row, row.speedups, geometricMean);
}

/** Arithmetic mean of a summary row's speedups over sm-rc. */
export function arithmeticSpeedup(row: SummaryRow): number | undefined {
  return meanOf(row, row.speedups, arithmeticMean);
}

/** As {@link geometricSpeedup}, over sm-rc under the policy `sound`. */
export function geometricSoundSpeedup(row: SummaryRow): number | undefined {
  return meanOf(row, row.soundSpeedups, geometricMean);
}

/** As {@link arithmeticSpeedup}, over sm-rc under the policy `sound`. */
export function arithmeticSoundSpeedup(row: SummaryRow): number | undefined {
  return meanOf(row, row.soundSpeedups, arithmeticMean);
}

/** Geometric mean of a summary row's slowdowns over no-sm. */
export function geometricSlowdown(row: SummaryRow): number | undefined {
  return meanOf(row, row.slowdowns, geometricMean);
}

/** Arithmetic mean of a summary row's slowdowns over no-sm. */
export function arithmeticSlowdown(row: SummaryRow): number | undefined {
  return meanOf(row, row.slowdowns, arithmeticMean);
}

/** Where the mean speedup lies, by bootstrap over the seeds; undefined for a single seed. */
export function speedupInterval(
  row: SummaryRow,
  mean: (ratios: readonly number[]) => number,
): Interval | undefined {
  if (row.speedups.length !== row.members * row.seeds) return undefined;
  return bootstrapInterval(row.speedupsBySeed.map(mean));
}

/**
 * The published mean speedup of a row's backend. What is published is about the applications of
 * the suite, so only their means are held against it.
 */
export function publishedSpeedup(row: SummaryRow): number | undefined {
  return row.set === 'whisper' ? PUBLISHED_SPEEDUPS[row.backend] : undefined;
}

/** Deviation of `speedup` from the published one, in per cent; undefined where none is published. */
export function publishedDeviation(
  row: SummaryRow,
  speedup: number | undefined,
): number | undefined {
  const published = publishedSpeedup(row);
  if (published === undefined || speedup === undefined) return undefined;
  return deviationPercent(speedup, published);
}

/** Columns of whisper-summary.csv. */
export const SUMMARY_COLUMNS: readonly Column<SummaryRow>[] = [
  {
    name: 'set',
    unit: '-',
    meaning:
      'what the means are over: whisper (the applications of the suite: the headline), extra ' +
      '(further programs), trace (traces of real programs)',
    value: (row) => row.set,
  },
  { name: 'backend', unit: '-', meaning: 'mirroring design', value: (row) => row.backend },
  { name: 'profile', unit: '-', meaning: 'hardware profile', value: (row) => row.profile.name },
  {
    name: 'replicas',
    unit: 'count',
    meaning: 'machines that hold a mirror',
    value: (row) => row.replicas,
  },
  {
    name: 'queuePairs',
    unit: '-',
    meaning: 'policy of queue pairs, of the baselines too: as in whisper.csv',
    value: (row) => row.queuePairs,
  },
  {
    name: 'members',
    unit: 'count',
    meaning: 'programs or traces that the means are over',
    value: (row) => row.members,
  },
  {
    name: 'seeds',
    unit: 'count',
    meaning: 'seeds that every program was run with',
    value: (row) => row.seeds,
  },
  {
    name: 'geometricMeanSpeedupOverSmRc',
    unit: 'ratio',
    meaning: 'geometric mean of speedupOverSmRc',
    value: (row) => figure(geometricSpeedup(row)),
  },
  {
    name: 'arithmeticMeanSpeedupOverSmRc',
    unit: 'ratio',
    meaning: 'arithmetic mean of speedupOverSmRc',
    value: (row) => figure(arithmeticSpeedup(row)),
  },
  {
    name: 'geometricMeanSpeedupOverSoundSmRc',
    unit: 'ratio',
    meaning: 'the same over sm-rc under the policy sound, the fastest that is correct for it',
    value: (row) => figure(geometricSoundSpeedup(row)),
  },
  {
    name: 'arithmeticMeanSpeedupOverSoundSmRc',
    unit: 'ratio',
    meaning: 'the same over sm-rc under the policy sound',
    value: (row) => figure(arithmeticSoundSpeedup(row)),
  },
  {
    name: 'geometricMeanSlowdownOverNoSm',
    unit: 'ratio',
    meaning: 'geometric mean of slowdownOverNoSm',
    value: (row) => figure(geometricSlowdown(row)),
  },
  {
    name: 'arithmeticMeanSlowdownOverNoSm',
    unit: 'ratio',
    meaning: 'arithmetic mean of slowdownOverNoSm',
    value: (row) => figure(arithmeticSlowdown(row)),
  },
  {
    name: 'publishedSpeedupOverSmRc',
    unit: 'ratio',
    meaning: 'mean speedup that the paper states (its abstract does not say which mean)',
    value: (row) => figure(publishedSpeedup(row)),
  },
  {
    name: 'geometricMeanDeviationPercent',
    unit: '%',
    meaning: 'geometricMeanSpeedupOverSmRc against publishedSpeedupOverSmRc',
    value: (row) => figure(publishedDeviation(row, geometricSpeedup(row))),
  },
  {
    name: 'arithmeticMeanDeviationPercent',
    unit: '%',
    meaning: 'arithmeticMeanSpeedupOverSmRc against publishedSpeedupOverSmRc',
    value: (row) => figure(publishedDeviation(row, arithmeticSpeedup(row))),
  },
  ...(
    [
      ['geometric', 'Low', geometricMean],
      ['geometric', 'High', geometricMean],
      ['arithmetic', 'Low', arithmeticMean],
      ['arithmetic', 'High', arithmeticMean],
    ] as const
  ).map(([kind, end, mean]) => ({
    name: `${kind}MeanSpeedup${end}`,
    unit: 'ratio',
    meaning: `${end === 'Low' ? 'lower' : 'upper'} end of the 95 % interval of the ${kind} mean speedup, by bootstrap over seeds; too narrow below ${ENOUGH_VALUES} seeds, empty for one`,
    value: (row: SummaryRow) =>
      figure(speedupInterval(row, mean)?.[end === 'Low' ? 'low' : 'high']),
  })),
  ...TIME_PARTS.map((part) => ({
    name: `${part}Percent`,
    unit: '%',
    meaning: `share of core time in ${part}: the mean over programs (parts as in whisper.csv)`,
    value: (row: SummaryRow) => figure(row.partPercent[part]),
  })),
];
