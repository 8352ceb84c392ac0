/**
 * The headline speedups on many machines: means over programs of each published design's speedup over
 * the baseline under the same policy of queue pairs, per profile and policy.
 */

import { BASELINE, type HardwareProfile } from '../../../rdma/index.ts';
import {
  type CellResult,
  execTimeNsPerTx,
  expandSystems,
  PUBLISHED_SPEEDUPS,
  type QueuePairPolicy,
  type SystemSpec,
} from '../../bench/index.ts';
import { arithmeticMean, geometricMean } from '../../report/index.ts';

/** The designs whose speedups are published. */
export const DESIGNS = Object.keys(PUBLISHED_SPEEDUPS);

/** Mean speedups of one design over the programs that were run. */
export interface MeanSpeedups {
  readonly geometric: number;
  readonly arithmetic: number;
}

/** The kinds of mean, in the order of files and tables. */
export const MEANS = ['geometric', 'arithmetic'] as const satisfies readonly (keyof MeanSpeedups)[];

/** The headline speedups, by design. */
export type Headline = Readonly<Record<string, MeanSpeedups>>;

/** What must be run on each of `profiles` to know its headlines under `queuePairs`. */
export function headlineSystems(
  profiles: readonly HardwareProfile[],
  queuePairs: readonly QueuePairPolicy[],
): SystemSpec[] {
  return expandSystems({
    backends: [BASELINE.name, ...DESIGNS],
    profiles,
    replicas: [1],
    queuePairs,
  });
}

/**
 * The headline of every profile under one policy, by the profile's name. `results` are the groups'
 * results, one a program; those of other policies do not matter.
 */
export function headlines(
  results: readonly (readonly CellResult[])[],
  policy: QueuePairPolicy,
): Map<string, Headline> {
  const speedups = results.flatMap((all) => {
    const program = all.filter(({ system }) => system.queuePairs === policy);
    const ofBackend = Map.groupBy(program, ({ system }) => system.backend);
    const baseline = new Map(
      ofBackend.get(BASELINE.name)?.map((one) => [one.system.profile.name, execTimeNsPerTx(one)]),
    );
    return DESIGNS.flatMap((design) =>
      (ofBackend.get(design) ?? []).flatMap((result) => {
        const { name } = result.system.profile;
        const base = baseline.get(name);
        return base === undefined ? [] : { name, design, ratio: base / execTimeNsPerTx(result) };
      }),
    );
  });
  return new Map(
    [...Map.groupBy(speedups, ({ name }) => name)].map(([name, own]) => {
      const means = (design: string): MeanSpeedups => {
        const ratios = own.filter((one) => one.design === design).map(({ ratio }) => ratio);
        return { geometric: geometricMean(ratios), arithmetic: arithmeticMean(ratios) };
      };
      return [name, Object.fromEntries(DESIGNS.map((design) => [design, means(design)]))];
    }),
  );
}

/** The headline of one profile among those `found`. */
export function headlineOf(found: ReadonlyMap<string, Headline>, name: string): Headline {
  const headline = found.get(name);
  if (headline === undefined) throw new Error(`no results for profile ${name}`);
  return headline;
}
