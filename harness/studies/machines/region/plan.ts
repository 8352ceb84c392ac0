/**
 * The inverse question: which machines give both published speedups at once? A grid over the values
 * of `paper-2018` that matter most, in steps of equal ratio, times the two sets of instruction
 * counts, times policies of queue pairs.
 */

import { type HardwareProfile, withValue } from '../../../../rdma/index.ts';
import type { ComputeModel } from '../../../../workloads/compute-model.ts';
import type { AnyWorkload } from '../../../../workloads/workload.ts';
import { type CellGroup, groupsOf, type QueuePairPolicy } from '../../../bench/index.ts';
import { rounded } from '../../../report/index.ts';
import { headlineSystems } from '../headline.ts';
import { shortExecutions } from '../short-suite.ts';

/** Sets of instruction counts that every machine is tried with. */
export const COMPUTE_MODELS: readonly ComputeModel[] = ['o2', 'whisper'];

/** A point of the grid, without the instruction counts and the policy of queue pairs. */
export interface GridPoint {
  /**
   * From a write-back's departure to its acceptance as durable, on the primary; the replica's way
   * from the LLC to its memory is scaled with it.
   */
  readonly persistNs: number;
  /** PCIe round trip with which the replica's NIC learns that lines are durable. */
  readonly flushNs: number;
  /** Factor on NIC pipelines and propagation. */
  readonly networkScale: number;
  readonly instructionsPerCycle: number;
}

/** The values of the grid. */
export type GridAxes = { readonly [K in keyof GridPoint]: readonly number[] };

/** What is to be run. */
export interface RegionPlan {
  /** Around which the grid is; timed too, to compare. */
  readonly profile: HardwareProfile;
  readonly policies: readonly QueuePairPolicy[];
  readonly machines: readonly { readonly machine: GridPoint; readonly profile: HardwareProfile }[];
  /** The programs under the first compute model, then under the second. */
  readonly groups: readonly CellGroup[];
}

/** Plans the grid over `axes` around `profile`, in runs `length` times as long as the short suite's. */
export function planRegion(
  profile: HardwareProfile,
  workloads: readonly AnyWorkload[],
  policies: readonly QueuePairPolicy[],
  axes: GridAxes,
  length: number,
): RegionPlan {
  const machines: RegionPlan['machines'][number][] = [];
  for (const persistNs of axes.persistNs) {
    for (const flushNs of axes.flushNs) {
      for (const networkScale of axes.networkScale) {
        for (const instructionsPerCycle of axes.instructionsPerCycle) {
          const machine = { persistNs, flushNs, networkScale, instructionsPerCycle };
          machines.push({ machine, profile: machineProfile(profile, machine) });
        }
      }
    }
  }
  const systems = headlineSystems([profile, ...machines.map((point) => point.profile)], policies);
  const groups = COMPUTE_MODELS.flatMap((model) =>
    groupsOf(shortExecutions(workloads, length, model), systems),
  );
  return { profile, policies, machines, groups };
}

/** `base` as `machine` says, named after it. */
export function machineProfile(base: HardwareProfile, machine: GridPoint): HardwareProfile {
  const { persistNs, flushNs, networkScale, instructionsPerCycle } = machine;
  const replicaShare = base.ddio.memoryPathNs.value / base.path.clwbPathNs.value;
  const values: readonly (readonly [path: string, value: number])[] = [
    ['path.clwbPathNs', persistNs],
    ['path.ntStorePathNs', persistNs],
    ['ddio.memoryPathNs', rounded(persistNs * replicaShare)],
    ['pcie.readRoundTripNs', flushNs],
    ['nic.pipelineNs', rounded(base.nic.pipelineNs.value * networkScale)],
    ['link.propagationNs', rounded(base.link.propagationNs.value * networkScale)],
    ['core.instructionsPerCycle', instructionsPerCycle],
  ];
  let profile = base;
  for (const [path, value] of values) profile = withValue(profile, path, value);
  const name = [base.name, persistNs, flushNs, networkScale, instructionsPerCycle].join('/');
  return { ...profile, name };
}
