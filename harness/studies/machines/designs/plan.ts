/**
 * Every design on every profile that can run it, on the programs of the suite in short runs: what a design costs
 * on which machine, beside what exists and what is possible. A new design or profile is in it by itself.
 */

import { BACKENDS, type HardwareProfile } from '../../../../rdma/index.ts';
import type { AnyWorkload } from '../../../../workloads/workload.ts';
import { type CellGroup, expandSystems, groupsOf } from '../../../bench/index.ts';
import { steadyExecutions } from '../short-suite.ts';

/** Plans the runs of `workloads`. */
export function planDesigns(
  profiles: readonly HardwareProfile[],
  workloads: readonly AnyWorkload[],
  { factor = 1 }: { readonly factor?: number } = {},
): CellGroup[] {
  const backends = BACKENDS.map(({ name }) => name);
  const systems = expandSystems({ backends, profiles, replicas: [1], whereTheyRun: true });
  return groupsOf(steadyExecutions(workloads, factor, 'o2'), systems);
}
