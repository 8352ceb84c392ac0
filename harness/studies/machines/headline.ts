/**
 * The headline speedups on many machines: means over programs of each published design's speedup over
 * the baseline, per profile and policy of queue pairs.
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
import type { Guarantee } from './guarantees.ts';

/** The designs whose speedups are published. */
export const DESIGNS = Object.keys(PUBLISHED_SPEEDUPS);

/** `SmOb` of `sm-ob`. */
export const inColumn = (design: string): string =>
  design.replaceAll(/(?:^|-)(.)/g, (_, first: string) => first.toUpperCase());

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

/** The same for guarantees: each design under its policies, the baseline under theirs. */
export function guaranteeSystems(
  profiles: readonly HardwareProfile[],
  guarantees: readonly Pick<Guarantee, 'queuePairs' | 'baselineQueuePairs'>[],
): SystemSpec[] {
  const of = (backends: readonly string[], queuePairs: readonly QueuePairPolicy[]) =>
    expandSystems({ backends, profiles, replicas: [1], queuePairs: [...new Set(queuePairs)] });
  const baselines = guarantees.map((guarantee) => guarantee.baselineQueuePairs);
  return [
    ...of([BASELINE.name], baselines),
    ...of(
      DESIGNS,
      guarantees.map(({ queuePairs }) => queuePairs),
    ),
  ];
}

/**
 * The headline of every profile under one policy, by the profile's name, over the baseline under
 * `baselinePolicy`. `results` are the groups' results, one a program; those of other policies do not
 * matter.
 */
export function headlines(
  results: readonly (readonly CellResult[])[],
  policy: QueuePairPolicy,
  baselinePolicy: QueuePairPolicy = policy,
): Map<string, Headline> {
  const speedups = results.flatMap((program) => {
    const ofBackend = Map.groupBy(
      program.filter(({ system: { backend, queuePairs } }) =>
        backend === BASELINE.name ? queuePairs === baselinePolicy : queuePairs === policy,
      ),
      ({ system }) => system.backend,
    );
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
