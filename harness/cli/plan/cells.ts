/** The cells of several sweeps: each is run once, whichever sweeps it is in. */

import type { SystemSpec } from '../../bench/index.ts';
import { type CellGroup, type CellResult, executionKey, systemInPlan } from '../../bench/index.ts';
import { distinct } from '../options.ts';
import type { ChosenSweep } from '../swept.ts';

/** The sweeps of one experiment as one: the systems of an execution together. */
export function joinedSweeps(sweeps: readonly ChosenSweep[]): ChosenSweep {
  const [first, ...others] = sweeps;
  if (others.length === 0) return first;
  const plans = sweeps.map(({ plan }) => plan);
  return {
    plan: {
      axes: first.plan.axes,
      groups: joinedGroups(plans.flatMap(({ groups }) => groups)),
      executionPoints: new Map(plans.flatMap(({ executionPoints }) => [...executionPoints])),
      profilePoints: new Map(plans.flatMap(({ profilePoints }) => [...profilePoints])),
    },
    systems: {
      ...first.systems,
      profiles: distinct(sweeps.flatMap(({ systems }) => systems.profiles)),
    },
    percentiles: first.percentiles,
  };
}

/** Each execution once, with all systems that any of `groups` has for it, each once. */
export function joinedGroups(groups: readonly CellGroup[]): readonly CellGroup[] {
  const joined = Map.groupBy(groups, ({ execution }) => executionKey(execution));
  return [...joined.values()].map((same) => {
    const [first, ...others] = same;
    if (others.length === 0) return first;
    const systems = new Map<string, SystemSpec>();
    for (const system of same.flatMap((group) => group.systems)) {
      const key = systemInPlan(system);
      if (!systems.has(key)) systems.set(key, system);
    }
    const percentiles = distinct(same.flatMap((group) => group.percentiles ?? []));
    return {
      execution: first.execution,
      systems: [...systems.values()],
      percentiles: percentiles.sort((a, b) => a - b),
    };
  });
}

/** `results` of joined groups as those of `groups`, in their order. */
export function resultsFor(
  groups: readonly CellGroup[],
  results: readonly (readonly CellResult[])[],
): readonly (readonly CellResult[])[] {
  const found = new Map(
    results.map((same) => [
      executionKey(same[0].execution),
      new Map(same.map((one) => [systemInPlan(one.system), one])),
    ]),
  );
  return groups.map(({ execution, systems }) => {
    const ofExecution = found.get(executionKey(execution));
    return systems.map((system) => {
      const result = ofExecution?.get(systemInPlan(system));
      if (result === undefined) throw new Error(`no result for ${systemInPlan(system)}`);
      return { ...result, system };
    });
  });
}
