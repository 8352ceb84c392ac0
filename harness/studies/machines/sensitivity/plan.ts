/**
 * The sensitivity study: every assumed value of a profile is moved to either end of its plausible
 * range, one at a time; so are the speed of PM on both machines together, and what is charged as
 * volatile work.
 */

import type { HardwareProfile } from '../../../../rdma/index.ts';
import type { ComputeModel } from '../../../../workloads/compute-model.ts';
import type { AnyWorkload } from '../../../../workloads/workload.ts';
import { type CellGroup, groupsOf, type QueuePairPolicy } from '../../../bench/index.ts';
import { headlineSystems } from '../headline.ts';
import { shortExecutions } from '../short-suite.ts';
import {
  type Assumption,
  assumptionName,
  assumptionsOf,
  persistAssumption,
  withAssumption,
} from './assumptions.ts';

/** What else than 'o2' is charged as volatile work, on the profile as it is. */
export const OTHER_MODELS = ['whisper', 'native'] as const satisfies readonly ComputeModel[];

/** What is to be run, all of it known before anything runs. */
export interface SensitivityPlan {
  readonly profile: HardwareProfile;
  readonly policies: readonly QueuePairPolicy[];
  readonly assumptions: readonly Assumption[];
  /** First the programs under 'o2', then as many under each of {@link OTHER_MODELS}. */
  readonly groups: readonly CellGroup[];
}

/**
 * Plans the study of `profile` over `workloads`, in runs `length` times as long as the short suite's. Of
 * the assumptions only those with one of `names` are varied, if they are given.
 */
export function planSensitivity(
  profile: HardwareProfile,
  workloads: readonly AnyWorkload[],
  policies: readonly QueuePairPolicy[],
  length: number,
  names?: readonly string[],
): SensitivityPlan {
  const persist = persistAssumption(profile);
  const all = [...assumptionsOf(profile), ...(persist === undefined ? [] : [persist])];
  const assumptions = all.filter((one) => names?.includes(assumptionName(one)) ?? true);
  const profiles = [
    profile,
    ...assumptions.flatMap((assumption) => [
      withAssumption(profile, assumption, assumption.low),
      withAssumption(profile, assumption, assumption.high),
    ]),
  ];
  const systems = headlineSystems(profiles, policies);
  const ofDefault = headlineSystems([profile], policies);
  return {
    profile,
    policies,
    assumptions,
    groups: [
      ...groupsOf(shortExecutions(workloads, length, 'o2'), systems),
      ...OTHER_MODELS.flatMap((model) =>
        groupsOf(shortExecutions(workloads, length, model), ofDefault),
      ),
    ],
  };
}
