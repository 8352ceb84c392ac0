/**
 * The joint study: how far the headline may be off if all assumptions are at once. Machines are drawn
 * from all of them together and timed in short runs. The profile itself is timed so too, and in the
 * whole suite's runs, which say how close short ones are.
 *
 * Every machine is timed with the instruction counts of either build. Those of the optimised builds take
 * the machine's own speed on every other machine, and each program's native speed on the rest.
 */

import type { HardwareProfile } from '../../../../rdma/index.ts';
import { COMPUTE_MODELS, type ComputeModel } from '../../../../workloads/compute-model.ts';
import type { AnyWorkload } from '../../../../workloads/workload.ts';
import { type CellGroup, DEFAULT_SEED, groupsOf } from '../../../bench/index.ts';
import { GUARANTEES } from '../guarantees.ts';
import { guaranteeSystems } from '../headline.ts';
import { type Assumption, assumptionsOf } from '../sensitivity/assumptions.ts';
import { steadyExecutions, wholeExecutions } from '../short-suite.ts';
import { type DrawnMachine, drawMachines } from './draw.ts';

/** The models whose headline is stated, by the instruction counts that they charge. */
export const STATED_MODELS = ['o2', 'whisper'] as const satisfies readonly ComputeModel[];

/** The programs under one model of volatile work, and the machines that they are timed on. */
export interface JointStratum {
  readonly computeModel: ComputeModel;
  /** The profile itself first. */
  readonly machines: readonly DrawnMachine[];
}

/** What is to be run. */
export interface JointPlan {
  readonly profile: HardwareProfile;
  readonly assumptions: readonly Assumption[];
  readonly strata: readonly JointStratum[];
  /** How many programs there are. */
  readonly programs: number;
  /**
   * The programs' short runs, stratum by stratum; then their whole runs on the profile itself under each
   * of {@link STATED_MODELS}.
   */
  readonly groups: readonly CellGroup[];
}

/** How much is run; what may be changed for tests, and to make a part of it anew. */
export interface JointChoice {
  /** How many machines are drawn. */
  readonly machines: number;
  /** Lengthens or shortens the short runs. */
  readonly factor?: number;
  /** Of the machines drawn only those with these numbers. */
  readonly only?: readonly number[];
  /** Whether the whole suite is run too, which the stated headline needs. */
  readonly whole?: boolean;
}

/** Whether the machine of that number is timed under `model`. */
function isTimed(model: ComputeModel, index: number): boolean {
  if (index === 0 || model === 'whisper') return true;
  return (index % 2 === 1) === (model === 'o2');
}

/** Plans the study of `profile` over `workloads`. */
export function planJoint(
  profile: HardwareProfile,
  workloads: readonly AnyWorkload[],
  { machines: count, factor = 1, only, whole = true }: JointChoice,
): JointPlan {
  const assumptions = assumptionsOf(profile);
  const drawn = drawMachines(profile, count, DEFAULT_SEED).filter(
    ({ index }) => only?.includes(index) ?? true,
  );
  const itself = { index: 0, values: assumptions.map(({ quantity }) => quantity.value), profile };
  const strata = COMPUTE_MODELS.map((computeModel): JointStratum => {
    const machines = [itself, ...drawn].filter(({ index }) => isTimed(computeModel, index));
    return { computeModel, machines };
  });
  const systemsOf = (machines: readonly DrawnMachine[]) =>
    guaranteeSystems(
      machines.map((machine) => machine.profile),
      GUARANTEES,
    );
  const short = strata.flatMap(({ computeModel, machines }) => {
    return groupsOf(steadyExecutions(workloads, factor, computeModel), systemsOf(machines));
  });
  const stated = STATED_MODELS.flatMap((model) =>
    groupsOf(wholeExecutions(workloads, model), systemsOf([itself])),
  );
  const groups = [...short, ...(whole ? stated : [])];
  return { profile, assumptions, strata, programs: workloads.length, groups };
}
