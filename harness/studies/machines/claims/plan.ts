/**
 * What may be said of every program: each one, and each trace, in short runs on every profile under
 * several policies, so that a sentence about all of them is a finding and not a habit.
 */

import { type HardwareProfile, UNMIRRORED } from '../../../../rdma/index.ts';
import type { AnyWorkload } from '../../../../workloads/workload.ts';
import {
  type CellGroup,
  DEFAULT_SEED,
  exampleExecutions,
  expandSystems,
  groupsOf,
} from '../../../bench/index.ts';
import { GUARANTEES, type Guarantee } from '../guarantees.ts';
import { guaranteeSystems } from '../headline.ts';
import { steadyExecutions } from '../short-suite.ts';

/** The policies that claims are of: those of the guarantees, and one queue pair for all cores. */
export const CLAIMED: readonly Pick<Guarantee, 'queuePairs' | 'baselineQueuePairs'>[] = [
  ...GUARANTEES,
  { queuePairs: 'shared', baselineQueuePairs: 'auto' },
];

/** Plans the runs of `workloads`, and of the example traces that `traces` names. */
export function planClaims(
  profiles: readonly HardwareProfile[],
  workloads: readonly AnyWorkload[],
  { traces, factor = 1 }: { readonly traces: readonly string[]; readonly factor?: number },
): CellGroup[] {
  const unmirrored = { backends: [UNMIRRORED.name], profiles, replicas: [1] };
  const systems = [...guaranteeSystems(profiles, CLAIMED), ...expandSystems(unmirrored)];
  const executions = [
    ...steadyExecutions(workloads, factor, 'o2'),
    ...exampleExecutions('o2', DEFAULT_SEED).filter(({ name }) => traces.includes(name)),
  ];
  return groupsOf(executions, systems);
}
