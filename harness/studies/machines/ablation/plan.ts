/**
 * What each idea of `sm-sb` gives: all of them, each one left out, each one alone and none, as values of a
 * profile, on the programs of the suite in short runs. Beside them no mirroring, the bound, and the bound if
 * cores push their lines.
 */

import { BOUND, type HardwareProfile, setValues, UNMIRRORED } from '../../../../rdma/index.ts';
import type { AnyWorkload } from '../../../../workloads/workload.ts';
import { type CellGroup, expandSystems, groupsOf, type SystemSpec } from '../../../bench/index.ts';
import { steadyExecutions } from '../short-suite.ts';

/** The design that is taken apart. */
export const DESIGN = 'sm-sb';

/** Each idea, and the value that turns it off. */
const OFF = {
  push: ['nic.pushStores', 0],
  pack: ['nic.packLines', 1],
  stage: ['nic.stagingLines', 0],
  acknowledge: ['nic.ackAnswers', 0],
} as const;

type Idea = keyof typeof OFF;
const IDEAS = Object.keys(OFF) as Idea[];

/** A choice of ideas. */
export interface Variant {
  readonly name: string;
  readonly ideas: readonly Idea[];
  /** All cores on one queue pair, so that numbers are not needed for any order. */
  readonly isShared: boolean;
}

const variant = (name: string, ideas: readonly Idea[], isShared = false): Variant => ({
  name,
  ideas,
  isShared,
});

/** Those of the study. Only what is staged is answered by its acknowledgement, so alone that is none. */
export const VARIANTS: readonly Variant[] = [
  variant('all', IDEAS),
  ...IDEAS.map((idea) =>
    variant(
      `without ${idea}`,
      IDEAS.filter((one) => one !== idea),
    ),
  ),
  variant('one queue pair', IDEAS, true),
  ...IDEAS.map((idea) => variant(`${idea} alone`, [idea])),
  variant('none', []),
];

/** The machines of `profile` with the ideas of `variant` only. */
export function machinesWith(profile: HardwareProfile, { name, ideas }: Variant): HardwareProfile {
  const off = IDEAS.filter((idea) => !ideas.includes(idea)).map((idea) => OFF[idea]);
  return off.length === 0
    ? profile
    : { ...setValues(profile, off), name: `${profile.name}, ${name}` };
}

/** The machines on which the bound pays for pushes. */
export function machinesPushing(profile: HardwareProfile): HardwareProfile {
  const name = `${profile.name}, bound that pushes`;
  return { ...setValues(profile, [['nic.boundPushes', 1]]), name };
}

/** What is timed of the design for `variant`. */
export function systemOf(profile: HardwareProfile, variant: Variant): SystemSpec {
  const [system] = expandSystems({
    backends: [DESIGN],
    profiles: [machinesWith(profile, variant)],
    replicas: [1],
    queuePairs: [variant.isShared ? 'shared' : 'any'],
  });
  return system;
}

/** Plans the runs of `workloads` on the machines of `profile`. Throws UsageError if they cannot run the design. */
export function planAblation(
  profile: HardwareProfile,
  workloads: readonly AnyWorkload[],
  { factor = 1 }: { readonly factor?: number } = {},
): CellGroup[] {
  const backends = [UNMIRRORED.name, BOUND.name];
  const compared = expandSystems({ backends, profiles: [profile], replicas: [1] });
  const pushing = [machinesPushing(profile)];
  const bound = expandSystems({ backends: [BOUND.name], profiles: pushing, replicas: [1] });
  const systems = [...compared, ...bound, ...VARIANTS.map((variant) => systemOf(profile, variant))];
  return groupsOf(steadyExecutions(workloads, factor, 'o2'), systems);
}
