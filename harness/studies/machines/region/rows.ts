/**
 * What each machine of the grid gives, and how far that is from what is published. What is inside
 * tells what the paper's machine must have been like if its designs are what we take them for; it is
 * a finding about that machine and never a reason to choose a default.
 */

import { type HardwareProfile, plainWriteNs } from '../../../../rdma/index.ts';
import type { ComputeModel } from '../../../../workloads/compute-model.ts';
import { type CellResult, PUBLISHED_SPEEDUPS, type QueuePairPolicy } from '../../../bench/index.ts';
import { deviationPercent } from '../../../report/index.ts';
import { DESIGNS, type Headline, headlineOf, headlines, type MeanSpeedups } from '../headline.ts';
import { COMPUTE_MODELS, type GridPoint, type RegionPlan } from './plan.ts';

/** How far from both published speedups a point may be to count as inside, in per cent. */
export const TOLERANCE_PERCENT = 5;

/** What a machine gives. */
export interface RegionOutcome {
  readonly queuePairs: QueuePairPolicy;
  readonly computeModel: ComputeModel;
  readonly headline: Headline;
}

/** A point of the grid with what it gives. */
export interface RegionRow extends GridPoint, RegionOutcome {
  /** What a plain 64 B WRITE takes on this machine, until acknowledged. */
  readonly writeAckNs: number;
  readonly programs: number;
}

/** The rows of the grid, in its order, policy by policy. `results` are those of the plan's groups. */
export function regionRows(
  plan: RegionPlan,
  results: readonly (readonly CellResult[])[],
): RegionRow[] {
  const programs = results.length / COMPUTE_MODELS.length;
  const ackNs = new Map<number, number>();
  for (const { machine, profile } of plan.machines) {
    if (!ackNs.has(machine.networkScale)) ackNs.set(machine.networkScale, plainWriteNs(profile));
  }
  return outcomesOf(plan, results).flatMap(({ at, ...common }) =>
    plan.machines.map(({ machine, profile }) => {
      const writeAckNs = ackNs.get(machine.networkScale) ?? Number.NaN;
      return { ...machine, ...common, writeAckNs, programs, headline: at(profile) };
    }),
  );
}

/** What the profile gives around which the grid is. */
export function defaultOutcomes(
  plan: RegionPlan,
  results: readonly (readonly CellResult[])[],
): RegionOutcome[] {
  return outcomesOf(plan, results).map(({ at, ...common }) => ({
    ...common,
    headline: at(plan.profile),
  }));
}

/** Every policy and set of instruction counts, with a way to ask what a profile gives under them. */
function outcomesOf(plan: RegionPlan, results: readonly (readonly CellResult[])[]) {
  const programs = results.length / COMPUTE_MODELS.length;
  return plan.policies.flatMap((queuePairs) =>
    COMPUTE_MODELS.map((computeModel, i) => {
      const found = headlines(results.slice(i * programs, (i + 1) * programs), queuePairs);
      const at = ({ name }: HardwareProfile): Headline => headlineOf(found, name);
      return { queuePairs, computeModel, at };
    }),
  );
}

/** The larger of the two speedups' distances from what is published, in per cent. */
export function distancePercent(
  { headline }: Pick<RegionOutcome, 'headline'>,
  mean: keyof MeanSpeedups,
): number {
  return Math.max(
    ...DESIGNS.map((design) =>
      Math.abs(deviationPercent(headline[design][mean], PUBLISHED_SPEEDUPS[design])),
    ),
  );
}

/** Whether both speedups are within the tolerance. */
export function isInside(row: Pick<RegionOutcome, 'headline'>, mean: keyof MeanSpeedups): boolean {
  return distancePercent(row, mean) <= TOLERANCE_PERCENT;
}
