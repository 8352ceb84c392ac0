/**
 * How much of the headline hangs on each assumption: a tornado (the assumptions by their effect), and
 * a band for each headline speedup, for each policy of queue pairs.
 */

import type { HardwareProfile } from '../../../../rdma/index.ts';
import type { CellResult, QueuePairPolicy } from '../../../bench/index.ts';
import { deviationPercent } from '../../../report/index.ts';
import { DESIGNS, type Headline, headlineOf, headlines, type MeanSpeedups } from '../headline.ts';
import { assumptionName, withAssumption } from './assumptions.ts';
import { OTHER_MODELS, type SensitivityPlan } from './plan.ts';

/** The names under which the choices of what is charged as volatile work are listed. */
const COMPUTE = { whisper: 'instruction counts', native: 'instruction speed' } as const;

/** The effect of one assumption on one design's mean speedup. */
export interface SensitivityRow {
  readonly profile: string;
  readonly queuePairs: QueuePairPolicy;
  readonly assumption: string;
  /** Empty where it is none. */
  readonly unit: string;
  readonly defaultValue: number | string;
  readonly lowValue: number | string;
  readonly highValue: number | string;
  readonly design: string;
  readonly programs: number;
  readonly atDefault: MeanSpeedups;
  /** Undefined where the default is the only other choice. */
  readonly atLow: MeanSpeedups | undefined;
  readonly atHigh: MeanSpeedups;
  /** Larger change of the geometric mean, of the two ends and both designs: what the rows are sorted by. */
  readonly effectPercent: number;
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
  const programs = results.length / (1 + OTHER_MODELS.length);
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
  for (const [i, model] of OTHER_MODELS.entries()) {
    const own = results.slice((i + 1) * programs, (i + 2) * programs);
    const other = headlineOf(headlines(own, queuePairs), profile.name);
    const about = { assumption: COMPUTE[model], unit: '', defaultValue: 'o2' };
    const ends = { lowValue: '', highValue: model };
    rows.push(...rowsOf({ ...all, ...about, ...ends }, base, undefined, other));
  }
  return rows.sort((a, b) => b.effectPercent - a.effectPercent);
}

function rowsOf(
  about: Omit<SensitivityRow, 'design' | 'atDefault' | 'atLow' | 'atHigh' | 'effectPercent'>,
  base: Headline,
  low: Headline | undefined,
  high: Headline,
): SensitivityRow[] {
  const change = (design: string, end: Headline): number =>
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
  design: string,
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

/** The change of the geometric mean at one end of an assumption's range. */
export function changePercent(
  row: SensitivityRow,
  end: MeanSpeedups | undefined,
): number | undefined {
  return end && deviationPercent(end.geometric, row.atDefault.geometric);
}
