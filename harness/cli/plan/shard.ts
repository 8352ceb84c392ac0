/**
 * Shards: the parts of a plan that run by themselves, on any machine. Which cells are in which depends on the
 * plan and on the number of shards, and on nothing else: neither on what is done nor on the machine.
 */

import type { CellGroup } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import { one } from '../options.ts';
import { assumedSeconds } from './cost.ts';

/** A shard, from 1 on, of so many. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

const SHARDS_MAX = 10_000;

/** The option. */
export const SHARD_OPTION = {
  shard: one((word, name): Shard => {
    const [, index, count] = (/^(\d{1,6})\/(\d{1,6})$/.exec(word) ?? []).map(Number);
    if (index >= 1 && index <= count && count <= SHARDS_MAX) return { index, count };
    throw new UsageError(
      `${name} '${word}' is not I/N, shard I of N with I from 1 to N, and N up to ${SHARDS_MAX}`,
    );
  })({
    help: 'I/N: only the cells of part I of N, balanced by estimated cost; for machines that share the work',
  }),
};

/** Some cells of one execution, and what they are estimated to take. */
interface Piece {
  readonly group: CellGroup;
  readonly seconds: number;
  readonly order: number;
}

/**
 * The cells of `shard`, in the order of `groups`. Cells of an execution stay together, unless it is more than
 * an equal share. The longest is given first, each to the shard that has least.
 */
export function groupsOfShard(groups: readonly CellGroup[], shard: Shard): readonly CellGroup[] {
  const { index, count } = shard;
  const costs = groups.map((group) => assumedSeconds(group) * group.systems.length);
  const share = costs.reduce((sum, cost) => sum + cost, 0) / count;
  const pieces = groups
    .flatMap((group, i) => piecesOf(group, Math.ceil(costs[i] / share)))
    .map((group, order): Piece => {
      return { group, order, seconds: assumedSeconds(group) * group.systems.length };
    });
  const longest = pieces.toSorted((a, b) => b.seconds - a.seconds || a.order - b.order);
  const loads = new Float64Array(count);
  const own = longest.filter(({ seconds }) => {
    const least = leastOf(loads);
    loads[least] += seconds;
    return least === index - 1;
  });
  return own.sort((a, b) => a.order - b.order).map(({ group }) => group);
}

/** Where the least of `loads` is, the first of equals. */
function leastOf(loads: Float64Array): number {
  let least = 0;
  for (let i = 1; i < loads.length; i++) if (loads[i] < loads[least]) least = i;
  return least;
}

/** `group` in up to `count` pieces of its systems, as even as may be. */
function piecesOf(group: CellGroup, count: number): readonly CellGroup[] {
  const { systems } = group;
  // Whether a stall is met is a question to all designs together.
  const isWhole = systems.some(({ faults }) =>
    faults.some(({ stallForNs }) => stallForNs !== undefined),
  );
  const pieces = isWhole ? 1 : Math.min(count, systems.length);
  if (pieces <= 1) return [group];
  const at = (piece: number) => Math.round((piece * systems.length) / pieces);
  return Array.from({ length: pieces }, (_, piece) => ({
    ...group,
    systems: systems.slice(at(piece), at(piece + 1)),
  }));
}
