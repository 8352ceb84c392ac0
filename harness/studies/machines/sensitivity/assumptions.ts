/** The assumptions of a profile: its values without a measurement, each with its plausible range. */

import {
  type HardwareProfile,
  pathsOf,
  type Quantity,
  quantities,
  withValue,
} from '../../../../rdma/index.ts';
import { rounded } from '../../../report/index.ts';

/** One assumption: a value that stands at one or more places of the profile. */
export interface Assumption {
  readonly paths: readonly string[];
  /** Other places that keep their ratio to the value. */
  readonly followers: readonly { readonly path: string; readonly ratio: number }[];
  readonly quantity: Quantity;
  readonly low: number;
  readonly high: number;
}

/** What no design depends on that the studies of assumptions compare, which are the paper's. */
const OF_OTHERS =
  /^replicaCpu\.|^nic\.(pushStores|pushNs|tagBytes|packLines|ackAnswers|boundPushes|stagingLines|numbers)$/;

/**
 * Every assumption of `profile` whose range is more than a point. A quantity that the profile holds
 * at two places as one object (as where primary and replica are alike) is one assumption.
 */
export function assumptionsOf(profile: HardwareProfile): Assumption[] {
  const places = quantities(profile).filter(
    ([path, { basis }]) => basis === 'assumed' && !OF_OTHERS.test(path),
  );
  return [...Map.groupBy(places, ([, quantity]) => quantity)].flatMap(([quantity, group]) => {
    const [low, high] = quantity.range ?? [quantity.value, quantity.value];
    const paths = group.map(([path]) => path);
    return low === high ? [] : [{ paths, followers: [], quantity, low, high }];
  });
}

/**
 * The speed of PM as one assumption, if it is one: primary and replicas have the same memory, so what
 * a persist takes on the one and on the others goes up and down together.
 */
export function persistAssumption(profile: HardwareProfile): Assumption | undefined {
  const [leading, ...others] = pathsOf('pm.writeLatency');
  const values = new Map(quantities(profile));
  const quantity = values.get(leading);
  if (quantity?.basis !== 'assumed' || quantity.range === undefined) return undefined;
  const [low, high] = quantity.range;
  const followers = others.map((path) => ({
    path,
    ratio: (values.get(path)?.value ?? Number.NaN) / quantity.value,
  }));
  return { paths: [leading], followers, quantity, low, high };
}

/** The name of an assumption: its places. */
export function assumptionName({ paths, followers }: Assumption): string {
  const others = followers.map(({ path }) => path).join(', ');
  return paths.join(' = ') + (others === '' ? '' : `, in step ${others}`);
}

/** `profile` with the assumption at `value`, which its name tells. */
export function withAssumption(
  profile: HardwareProfile,
  assumption: Assumption,
  value: number,
): HardwareProfile {
  let changed = profile;
  for (const path of assumption.paths) changed = withValue(changed, path, value);
  for (const { path, ratio } of assumption.followers) {
    changed = withValue(changed, path, rounded(value * ratio));
  }
  return { ...changed, name: `${profile.name}+${assumptionName(assumption)}=${value}` };
}
