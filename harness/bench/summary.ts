/**
 * The summary of a suite run: per backend, the mean speedup over sm-rc and slowdown over no-sm, beside
 * the published figures. Published (Tavakkol et al., arXiv 1810.09360, abstract): the two designs
 * outperform the remote-commit design by 1.8x and 2.9x. The abstract does not say which mean that
 * is, so both are given, each with its deviation.
 */

import { BACKENDS, TIME_PARTS, type TimePart } from '../../rdma/index.ts';
import {
  arithmeticMean,
  bootstrapInterval,
  type Column,
  column,
  deviationPercent,
  ENOUGH_VALUES,
  figure,
  geometricMean,
  type Interval,
} from '../report/index.ts';
import {
  type CellRow,
  slowdownOverUnmirrored,
  speedupOverRemoteCommit,
  speedupOverSoundCommit,
} from './columns.ts';
import { type ResultSet, resultSetOf } from './suite.ts';
import type { SystemSpec } from './systems.ts';

/** Published mean speedups over sm-rc, by backend. */
export const PUBLISHED_SPEEDUPS: Readonly<Record<string, number>> = Object.fromEntries(
  BACKENDS.flatMap(({ name, published }) => (published ? [[name, published.value]] : [])),
);

/** The means of one backend over the members of a set, in the same conditions. */
export interface SummaryRow extends SystemSpec {
  readonly set: ResultSet;
  /** How many programs the means are over, and how many seeds each was run with. */
  readonly members: number;
  readonly seeds: number;
  /** Of every program under every seed; fewer where the baseline was not run. */
  readonly speedups: readonly number[];
  /** The same over sm-rc under the policy `auto`. */
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
  const gathered = Map.groupBy(rows, ({ result: { execution, system } }) => {
    const { backend, profile, replicas, quorum, queuePairs, faults } = system;
    const conditions = [profile.name, replicas, quorum ?? replicas, queuePairs, faults];
    return JSON.stringify([resultSetOf(execution), ...conditions, backend]);
  });
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

/** A mean of ratios, as {@link geometricMean}. */
export type Mean = (ratios: readonly number[]) => number;

/** Ratios of which a summary has means. */
export type RatioKey = 'speedups' | 'soundSpeedups' | 'slowdowns';

/** The mean of a row's ratios, or undefined where some are missing: a mean over fewer would mislead. */
export function meanOf(row: SummaryRow, key: RatioKey, mean: Mean): number | undefined {
  const ratios = row[key];
  return ratios.length === row.members * row.seeds ? mean(ratios) : undefined;
}

/** Where the mean speedup lies, by bootstrap over the seeds; undefined for a single seed. */
export function speedupInterval(row: SummaryRow, mean: Mean): Interval | undefined {
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

/** The two means of a column's ratios, in the order of the file. */
const MEANS = [
  ['geometric', geometricMean],
  ['arithmetic', arithmeticMean],
] as const;

// biome-ignore format: one column a line, or two
const IDENTITY: readonly Column<SummaryRow>[] = [
  column('set', '-',
    'what the means are over: whisper (the applications of the suite: the headline), extra ' +
    '(further programs), trace (traces of real programs)', (row) => row.set),
  column('backend', '-', 'mirroring design', (row) => row.backend),
  column('profile', '-', 'hardware profile', (row) => row.profile.name),
  column('replicas', 'count', 'machines that hold a mirror', (row) => row.replicas),
  column('quorum', 'count', 'replicas that a wait is for; empty where it is for all',
    (row) => row.quorum ?? ''),
  column('queuePairs', '-', 'policy of queue pairs, of the baselines too: as in whisper.csv',
    (row) => row.queuePairs),
  column('members', 'count', 'programs or traces that the means are over', (row) => row.members),
  column('seeds', 'count', 'seeds that every program was run with', (row) => row.seeds),
];

/** The ratios whose means are columns, with what the name says after `Mean`. */
// biome-ignore format: one ratio a line
const RATIOS = [
  ['speedups', 'SpeedupOverSmRc', 'speedupOverSmRc'],
  ['soundSpeedups', 'SpeedupOverSoundSmRc',
    'the speedup over sm-rc under the policy auto, the fastest that is right for the program'],
  ['slowdowns', 'SlowdownOverNoSm', 'slowdownOverNoSm'],
] as const;

/** Columns of whisper-summary.csv. */
export const SUMMARY_COLUMNS: readonly Column<SummaryRow>[] = [
  ...IDENTITY,
  ...RATIOS.flatMap(([key, name, what]) =>
    MEANS.map(([kind, mean]) =>
      column<SummaryRow>(`${kind}Mean${name}`, 'ratio', `${kind} mean of ${what}`, (row) =>
        figure(meanOf(row, key, mean)),
      ),
    ),
  ),
  column(
    'publishedSpeedupOverSmRc',
    'ratio',
    'mean speedup that the paper states (its abstract does not say which mean)',
    (row) => figure(publishedSpeedup(row)),
  ),
  ...MEANS.map(([kind, mean]) =>
    column<SummaryRow>(
      `${kind}MeanDeviationPercent`,
      '%',
      `${kind}MeanSpeedupOverSmRc against publishedSpeedupOverSmRc`,
      (row) => figure(publishedDeviation(row, meanOf(row, 'speedups', mean))),
    ),
  ),
  ...MEANS.flatMap(([kind, mean]) =>
    (['low', 'high'] as const).map((end) =>
      column<SummaryRow>(
        `${kind}MeanSpeedup${end === 'low' ? 'Low' : 'High'}`,
        'ratio',
        `${end === 'low' ? 'lower' : 'upper'} end of the 95 % interval of the ${kind} mean speedup, ` +
          `by bootstrap over seeds; too narrow below ${ENOUGH_VALUES} seeds, empty for one`,
        (row) => figure(speedupInterval(row, mean)?.[end]),
      ),
    ),
  ),
  ...TIME_PARTS.map((part) =>
    column<SummaryRow>(
      `${part}Percent`,
      '%',
      `share of core time in ${part}: the mean over programs (parts as in whisper.csv)`,
      (row) => figure(row.partPercent[part]),
    ),
  ),
];
