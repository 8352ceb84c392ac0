/**
 * How groups are shared out among worker threads: one that takes longer than a worker's share, or has very
 * many systems, is cut into parts, each of which executes the program anew and times some of its systems. A system's result does not
 * depend on what else is in its group, so neither does it on the cuts.
 */

import type { CellGroup } from './cells.ts';
import type { Part } from './resumption.ts';
import { configure, type Registry } from './run.ts';
import type { SystemSpec } from './systems.ts';

/**
 * No part is smaller, in instructions of volatile work times systems: about a second, beside which the
 * program's own run would be long.
 */
const PART_WORK = 1e9;

/**
 * No part has many more systems: what is done is kept when a whole part is. Each part runs the program anew,
 * so that with 100 a study of ctree took half as much processor time again.
 */
const SYSTEMS_MAX = 250;

/** What a transaction takes at least: microbenchmarks have no volatile work. */
const TRANSACTION_WORK = 1000;

/** The parts of `groups` for so many `workers`, those that take longest first. */
export function partsOf(
  groups: readonly CellGroup[],
  { workers, least = PART_WORK }: { readonly workers: number; readonly least?: number },
  registry: Pick<Registry, 'resolveWorkload'>,
): readonly Part<CellGroup>[] {
  const works = groups.map((group) => workOf(group, registry));
  const share = Math.max(least, works.reduce((sum, work) => sum + work, 0) / workers);
  return groups
    .flatMap((group, of) => {
      const fewest = Math.ceil(group.systems.length / SYSTEMS_MAX);
      const parts = cut(group, Math.max(fewest, Math.ceil(works[of] / share)));
      const work = works[of] / parts.length;
      return parts.map((indices) => ({ of, indices, item: only(group, indices), work }));
    })
    .sort((one, other) => other.work - one.work);
}

/**
 * About how long a group takes, to compare groups by: its volatile work. How many operations it has is known
 * only when it has run. Of a trace that is not known either; to read it again would take longest.
 */
function workOf(
  { execution, systems }: CellGroup,
  registry: Pick<Registry, 'resolveWorkload'>,
): number {
  if (execution.kind === 'trace') return 0;
  const instructions = configure(execution, registry).instructionsPerTx(execution.computeModel);
  const mean = instructions.reduce((sum, one) => sum + one, 0) / instructions.length;
  return Math.max(TRANSACTION_WORK, mean) * execution.transactions * systems.length;
}

/** The places of a group's systems, cut into up to `count` parts. */
function cut({ systems }: CellGroup, count: number): readonly (readonly number[])[] {
  const places = [...systems.keys()];
  // Whether a replica stalls at all is a question to all designs together.
  if (count <= 1 || systems.some(stalls)) return [places];
  // Together stay what shares a run without mirroring, and policies that may come to the same.
  const byProfile = Map.groupBy(places, (i) => systems[i].profile.name);
  const together = [...byProfile.values()].flatMap((own) => [
    ...Map.groupBy(own, (i) => systems[i].backend).values(),
  ]);
  const parts = Math.min(count, together.length);
  return Array.from({ length: parts }, (_, i) => {
    const at = (part: number) => Math.round((part * together.length) / parts);
    return together.slice(at(i), at(i + 1)).flat();
  });
}

const stalls = ({ faults }: SystemSpec): boolean =>
  faults.some(({ stallForNs }) => stallForNs !== undefined);

const only = (group: CellGroup, indices: readonly number[]): CellGroup => ({
  ...group,
  systems: indices.map((i) => group.systems[i]),
});
