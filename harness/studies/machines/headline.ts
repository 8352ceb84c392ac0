/**
 * The two headline speedups on many machines: means over programs of the speedups of `sm-ob` and
 * `sm-dd` over `sm-rc` under the same policy of queue pairs, per profile and policy.
 */

import type { HardwareProfile } from '../../../rdma/index.ts';
import { execTimeNsPerTx } from '../../bench/columns.ts';
import type { CellResult } from '../../bench/run.ts';
import { expandSystems, type QueuePairPolicy, type SystemSpec } from '../../bench/systems.ts';
import { arithmeticMean, geometricMean } from '../../report/statistics.ts';

/** The designs whose speedups are published. */
export const DESIGNS = ['sm-ob', 'sm-dd'] as const;

/** One of them. */
export type Design = (typeof DESIGNS)[number];

/** What the speedups are over. */
const BASELINE = 'sm-rc';

/** Mean speedups of one design over the programs that were run. */
export interface MeanSpeedups {
  readonly geometric: number;
  readonly arithmetic: number;
}

/** Both headline speedups. */
export type Headline = Readonly<Record<Design, MeanSpeedups>>;

/** What must be run on each of `profiles` to know its headlines under `queuePairs`. */
export function headlineSystems(
  profiles: readonly HardwareProfile[],
  queuePairs: readonly QueuePairPolicy[],
): SystemSpec[] {
  return expandSystems({ backends: [BASELINE, ...DESIGNS], profiles, replicas: [1], queuePairs });
}

/**
 * The headline of every profile under one policy, by the profile's name. `results` are the groups'
 * results, one a program; those of other policies do not matter.
 */
export function headlines(
  results: readonly (readonly CellResult[])[],
  policy: QueuePairPolicy,
): Map<string, Headline> {
  const speedups = new Map<string, Record<Design, number[]>>();
  for (const all of results) {
    const program = all.filter(({ system }) => system.queuePairs === policy);
    const baseline = new Map<string, number>();
    for (const result of program) {
      if (result.system.backend !== BASELINE) continue;
      baseline.set(result.system.profile.name, execTimeNsPerTx(result));
    }
    for (const result of program) {
      const design = DESIGNS.find((name) => name === result.system.backend);
      const base = baseline.get(result.system.profile.name);
      if (design === undefined || base === undefined) continue;
      const { name } = result.system.profile;
      const found = speedups.get(name) ?? { 'sm-ob': [], 'sm-dd': [] };
      found[design].push(base / execTimeNsPerTx(result));
      speedups.set(name, found);
    }
  }
  const means = (values: readonly number[]): MeanSpeedups => ({
    geometric: geometricMean(values),
    arithmetic: arithmeticMean(values),
  });
  return new Map(
    [...speedups].map(([name, found]) => [
      name,
      { 'sm-ob': means(found['sm-ob']), 'sm-dd': means(found['sm-dd']) },
    ]),
  );
}
