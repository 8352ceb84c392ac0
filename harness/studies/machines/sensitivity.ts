/**
 * How much of the headline hangs on each assumption: every assumed value of a profile is moved to
 * either end of its plausible range, one at a time; so are the speed of PM on both machines together,
 * and the choice of instruction counts. What comes out is a tornado (the assumptions by their
 * effect) and a band for each headline speedup, for each policy of queue pairs.
 */

import type { HardwareProfile } from '../../../rdma/index.ts';
import type { AnyWorkload } from '../../../workloads/workload.ts';
import { type CellGroup, groupsOf } from '../../bench/cells.ts';
import type { CellResult } from '../../bench/run.ts';
import { PUBLISHED_SPEEDUPS } from '../../bench/summary.ts';
import type { QueuePairPolicy } from '../../bench/systems.ts';
import { type Column, figure } from '../../report/column.ts';
import { deviationPercent } from '../../report/statistics.ts';
import { plainTable } from '../../report/table.ts';
import {
  type Assumption,
  assumptionName,
  assumptionsOf,
  persistAssumption,
  withAssumption,
} from './assumptions.ts';
import {
  DESIGNS,
  type Design,
  type Headline,
  headlineSystems,
  headlines,
  type MeanSpeedups,
} from './headline.ts';
import { shortExecutions } from './short-suite.ts';

/** How many times as long as the short suite's the runs of this study are. */
const LENGTH_FACTOR = 2;

/** The name under which the choice of instruction counts is listed. */
const COMPUTE = 'instruction counts';

/** What is to be run, all of it known before anything runs. */
export interface SensitivityPlan {
  readonly profile: HardwareProfile;
  readonly policies: readonly QueuePairPolicy[];
  readonly assumptions: readonly Assumption[];
  /** First the programs with the default instruction counts, then as many with the others. */
  readonly groups: readonly CellGroup[];
}

/** The effect of one assumption on one design's mean speedup. */
export interface SensitivityRow {
  readonly profile: string;
  readonly queuePairs: QueuePairPolicy;
  readonly assumption: string;
  readonly unit: string;
  readonly defaultValue: number | string;
  readonly lowValue: number | string;
  readonly highValue: number | string;
  readonly design: Design;
  readonly programs: number;
  readonly atDefault: MeanSpeedups;
  /** Undefined where the default is the only other choice. */
  readonly atLow: MeanSpeedups | undefined;
  readonly atHigh: MeanSpeedups;
  /** Larger change of the geometric mean, of the two ends and both designs: what the rows are sorted by. */
  readonly effectPercent: number;
}

/** Plans the study of `profile` over `workloads`; `factor` lengthens or shortens its runs. */
export function planSensitivity(
  profile: HardwareProfile,
  workloads: readonly AnyWorkload[],
  policies: readonly QueuePairPolicy[],
  factor = 1,
): SensitivityPlan {
  const persist = persistAssumption(profile);
  const assumptions = [...assumptionsOf(profile), ...(persist === undefined ? [] : [persist])];
  const profiles = [
    profile,
    ...assumptions.flatMap((assumption) => [
      withAssumption(profile, assumption, assumption.low),
      withAssumption(profile, assumption, assumption.high),
    ]),
  ];
  const length = factor * LENGTH_FACTOR;
  const systems = headlineSystems(profiles, policies);
  const ofDefault = headlineSystems([profile], policies);
  return {
    profile,
    policies,
    assumptions,
    groups: [
      ...groupsOf(shortExecutions(workloads, length, 'o2'), systems),
      ...groupsOf(shortExecutions(workloads, length, 'whisper'), ofDefault),
    ],
  };
}

/**
 * The rows of the study, policy by policy, largest effect first. `results` are those of the plan's
 * groups.
 */
export function sensitivityRows(
  plan: SensitivityPlan,
  results: readonly (readonly CellResult[])[],
): SensitivityRow[] {
  return plan.policies.flatMap((policy) => policyRows(plan, policy, results));
}

function policyRows(
  plan: SensitivityPlan,
  queuePairs: QueuePairPolicy,
  results: readonly (readonly CellResult[])[],
): SensitivityRow[] {
  const { profile, assumptions } = plan;
  const programs = results.length / 2;
  const found = headlines(results.slice(0, programs), queuePairs);
  const all = { profile: profile.name, queuePairs, programs };
  const at = (one: HardwareProfile): Headline => headlineOf(found, one.name);
  const base = at(profile);
  const rows = assumptions.flatMap((assumption) => {
    const { quantity, low, high } = assumption;
    const atLow = at(withAssumption(profile, assumption, low));
    const atHigh = at(withAssumption(profile, assumption, high));
    const about = {
      assumption: assumptionName(assumption),
      unit: quantity.unit,
      defaultValue: quantity.value,
      lowValue: low,
      highValue: high,
    };
    return rowsOf({ ...all, ...about }, base, atLow, atHigh);
  });
  const other = headlineOf(headlines(results.slice(programs), queuePairs), profile.name);
  const compute = {
    assumption: COMPUTE,
    unit: '-',
    defaultValue: 'o2',
    lowValue: '',
    highValue: 'whisper',
  };
  rows.push(...rowsOf({ ...all, ...compute }, base, undefined, other));
  return rows.sort((a, b) => b.effectPercent - a.effectPercent);
}

function headlineOf(found: ReadonlyMap<string, Headline>, name: string): Headline {
  const headline = found.get(name);
  if (headline === undefined) throw new Error(`no results for profile ${name}`);
  return headline;
}

function rowsOf(
  about: Omit<SensitivityRow, 'design' | 'atDefault' | 'atLow' | 'atHigh' | 'effectPercent'>,
  base: Headline,
  low: Headline | undefined,
  high: Headline,
): SensitivityRow[] {
  const change = (design: Design, end: Headline): number =>
    Math.abs(deviationPercent(end[design].geometric, base[design].geometric));
  const ends = low === undefined ? [high] : [low, high];
  const effectPercent = Math.max(
    ...DESIGNS.flatMap((design) => ends.map((end) => change(design, end))),
  );
  return DESIGNS.map((design) => ({
    ...about,
    design,
    atDefault: base[design],
    atLow: low?.[design],
    atHigh: high[design],
    effectPercent,
  }));
}

/** The default and the extremes of one mean speedup over the whole study. */
export interface Band {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** The assumptions that set the ends; a dash where the default is the end. */
  readonly lowBy: string;
  readonly highBy: string;
}

/** The band of `design` under one of the two means. `rows` are of one policy. */
export function bandOf(
  rows: readonly SensitivityRow[],
  design: Design,
  mean: keyof MeanSpeedups,
): Band {
  const own = rows.filter((row) => row.design === design);
  const value = own[0].atDefault[mean];
  let [low, high, lowBy, highBy] = [value, value, '-', '-'];
  for (const { assumption, atLow, atHigh } of own) {
    for (const end of [atLow?.[mean] ?? value, atHigh[mean]]) {
      if (end < low) [low, lowBy] = [end, assumption];
      if (end > high) [high, highBy] = [end, assumption];
    }
  }
  return { value, low, high, lowBy, highBy };
}

const change = (row: SensitivityRow, end: MeanSpeedups | undefined): number | undefined =>
  end && deviationPercent(end.geometric, row.atDefault.geometric);

/** Columns of sensitivity.csv. */
export const SENSITIVITY_COLUMNS: readonly Column<SensitivityRow>[] = (
  [
    ['profile', '-', 'hardware profile whose assumptions are varied', (row) => row.profile],
    [
      'queuePairs',
      '-',
      'policy of queue pairs, of sm-rc too: as in whisper.csv',
      (row) => row.queuePairs,
    ],
    [
      'assumption',
      '-',
      'the value that is varied, by its places in the profile',
      (row) => row.assumption,
    ],
    ['unit', '-', 'unit of the three values', (row) => row.unit],
    ['defaultValue', 'see unit', "the profile's own value", (row) => row.defaultValue],
    ['lowValue', 'see unit', 'lower end of the plausible range', (row) => row.lowValue],
    ['highValue', 'see unit', 'upper end of the plausible range', (row) => row.highValue],
    ['backend', '-', 'mirroring design', (row) => row.design],
    ['members', 'count', 'programs that the means are over', (row) => row.programs],
    [
      'geometricMeanAtDefault',
      'ratio',
      'geometric mean speedup over sm-rc',
      (row) => figure(row.atDefault.geometric),
    ],
    ['geometricMeanAtLow', 'ratio', 'the same at lowValue', (row) => figure(row.atLow?.geometric)],
    [
      'geometricMeanAtHigh',
      'ratio',
      'the same at highValue',
      (row) => figure(row.atHigh.geometric),
    ],
    [
      'changeAtLowPercent',
      '%',
      'geometricMeanAtLow against geometricMeanAtDefault',
      (row) => figure(change(row, row.atLow)),
    ],
    [
      'changeAtHighPercent',
      '%',
      'geometricMeanAtHigh against geometricMeanAtDefault',
      (row) => figure(change(row, row.atHigh)),
    ],
    [
      'arithmeticMeanAtDefault',
      'ratio',
      'arithmetic mean speedup over sm-rc',
      (row) => figure(row.atDefault.arithmetic),
    ],
    [
      'arithmeticMeanAtLow',
      'ratio',
      'the same at lowValue',
      (row) => figure(row.atLow?.arithmetic),
    ],
    [
      'arithmeticMeanAtHigh',
      'ratio',
      'the same at highValue',
      (row) => figure(row.atHigh.arithmetic),
    ],
    [
      'effectPercent',
      '%',
      'larger change of the geometric mean, of both ends and both designs',
      (row) => figure(row.effectPercent),
    ],
  ] as const satisfies readonly (readonly [
    string,
    string,
    string,
    (row: SensitivityRow) => string | number,
  ])[]
).map(([name, unit, meaning, value]) => ({ name, unit, meaning, value }));

/** For each policy the tornado as a table, and the band of each headline speedup beneath. */
export function sensitivityTable(rows: readonly SensitivityRow[]): string {
  const policies = [...new Set(rows.map(({ queuePairs }) => queuePairs))];
  const texts = policies.map((policy) => {
    const own = rows.filter(({ queuePairs }) => queuePairs === policy);
    return `queue pairs ${policy}\n\n${tornado(own)}\n\n${bandTable(own)}`;
  });
  return texts.join('\n\n');
}

function tornado(rows: readonly SensitivityRow[]): string {
  const head = ['assumption', 'unit', 'default', 'low', 'high'];
  head.push(...DESIGNS.flatMap((design) => [`${design}: low`, 'high', 'change']));
  const signed = (value: number | undefined): string =>
    value === undefined ? '-' : `${value >= 0 ? '+' : ''}${value.toFixed(1)} %`;
  const names = [...new Set(rows.map(({ assumption }) => assumption))];
  const lines = names.map((name) => {
    const own = DESIGNS.map((design) =>
      rows.find((row) => row.assumption === name && row.design === design),
    ).filter((row) => row !== undefined);
    const [{ unit, defaultValue, lowValue, highValue }] = own;
    const ends = own.flatMap((row) => [
      row.atLow?.geometric.toFixed(2) ?? '-',
      row.atHigh.geometric.toFixed(2),
      `${signed(change(row, row.atLow))}, ${signed(change(row, row.atHigh))}`,
    ]);
    return [name, unit, String(defaultValue), String(lowValue), String(highValue), ...ends];
  });
  return plainTable(head, lines);
}

function bandTable(rows: readonly SensitivityRow[]): string {
  const head = [
    'speedup over sm-rc',
    'mean',
    'ours',
    'low',
    'high',
    'published',
    'low by',
    'high by',
  ];
  const lines = DESIGNS.flatMap((design) =>
    (['geometric', 'arithmetic'] as const).map((mean) => {
      const { value, low, high, lowBy, highBy } = bandOf(rows, design, mean);
      const numbers = [value, low, high].map((number) => number.toFixed(2));
      return [design, mean, ...numbers, PUBLISHED_SPEEDUPS[design].toFixed(1), lowBy, highBy];
    }),
  );
  return plainTable(head, lines);
}
