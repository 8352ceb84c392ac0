/**
 * Break-evens: at which value of the machine a condition begins or ceases to hold. It is searched on the
 * profile and, so that it comes with a band, on machines drawn from all assumptions of the profile at
 * once (`joint/draw.ts`). All of them take part in each round of runs, of which there are few.
 */

import type { HardwareProfile } from '../../../rdma/index.ts';
import {
  type CellGroup,
  type CellResult,
  type Execution,
  groupsOf,
  type SystemSpec,
} from '../../bench/index.ts';
import { type DrawnMachine, drawMachines } from '../machines/index.ts';
import type { Condition } from './condition.ts';
import { evaluate } from './evaluate.ts';
import { type Sample, Search } from './search.ts';
import type { Subject } from './subject.ts';

/** What to solve. */
export interface SolveRequest {
  readonly execution: Execution;
  readonly condition: Condition;
  readonly subject: Subject;
  /** The machines; the backend is of the condition. */
  readonly conditions: Omit<SystemSpec, 'backend' | 'reference'>;
  /** Machines drawn, and the seed that they are drawn with. */
  readonly machines: number;
  readonly seed: number;
  /** Values of the profile that are looked at first; as many as usual if absent. */
  readonly grid?: number;
  /** `profile` with the subject at `value`, in its name. */
  profileAt(profile: HardwareProfile, value: number): HardwareProfile;
  /** Runs groups of cells; so many may run at once. */
  run(groups: readonly CellGroup[]): Promise<readonly (readonly CellResult[])[]>;
  readonly atOnce: number;
}

/** What came out on one machine: 0 is the profile, those drawn count from 1. */
export interface MachineAnswer {
  readonly machine: number;
  readonly search: Search;
}

/** What came out. */
export interface Solution {
  readonly request: SolveRequest;
  readonly own: MachineAnswer;
  readonly drawn: readonly MachineAnswer[];
}

/** Values of the grid of the profile, and of a machine drawn. */
const GRID = 17;
const DRAWN_GRID = 5;

/** One value on one machine. */
interface Probe {
  readonly search: Search;
  readonly profile: HardwareProfile;
  readonly value: number;
}

/** Solves `request`. Throws what makes a value on the way impossible. */
export async function solve(request: SolveRequest): Promise<Solution> {
  const { subject, conditions, machines, seed, grid = GRID } = request;
  const { scale, value } = subject;
  const own = { machine: 0, search: new Search(scale, grid, [value]) };
  const machinesDrawn: readonly DrawnMachine[] =
    machines === 0 ? [] : drawMachines(conditions.profile, machines, seed);
  const drawn = machinesDrawn.map(({ index, profile }) => {
    return { machine: index, profile, search: new Search(scale, DRAWN_GRID) };
  });
  await searchAll(request, [{ profile: conditions.profile, ...own }, ...drawn]);
  return { request, own, drawn };
}

async function searchAll(
  request: SolveRequest,
  searches: readonly { readonly profile: HardwareProfile; readonly search: Search }[],
): Promise<void> {
  for (;;) {
    const probes = searches.flatMap(({ profile, search }) =>
      search.wanted().map((value) => ({ search, profile, value })),
    );
    if (probes.length === 0) return;
    const samples = await look(request, probes);
    for (const [i, sample] of samples.entries()) probes[i].search.tell(sample);
  }
}

/** Looks at all probes in one go. */
async function look(request: SolveRequest, probes: readonly Probe[]): Promise<Sample[]> {
  const { execution, condition, conditions, atOnce } = request;
  const shares = Math.min(atOnce, probes.length);
  const parts = Array.from({ length: shares }, (_, i) =>
    probes.slice(
      Math.floor((i * probes.length) / shares),
      Math.floor(((i + 1) * probes.length) / shares),
    ),
  );
  const groups = parts.flatMap((part) => {
    const systems = part.flatMap(({ profile, value }) => {
      const machines = { ...conditions, profile: request.profileAt(profile, value) };
      return condition.designs.map((backend) => ({ ...machines, backend, reference: false }));
    });
    return groupsOf([execution], systems);
  });
  const results = (await request.run(groups)).flat();
  const { length } = condition.designs;
  return probes.map(({ value }, i) => {
    const own = results.slice(i * length, (i + 1) * length);
    const byDesign = new Map(own.map((result) => [result.system.backend, result]));
    const { left, right, holds } = evaluate(condition, byDesign);
    return { value, left, gap: left - right, holds };
  });
}
