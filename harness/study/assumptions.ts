/** The assumptions of a profile: its values without a measurement, each with its plausible range. */

import { type HardwareProfile, type Quantity, quantities, withValue } from '../../rdma/index.ts';

/** One assumption: a value that stands at one or more places of the profile. */
export interface Assumption {
  readonly paths: readonly string[];
  readonly quantity: Quantity;
  readonly low: number;
  readonly high: number;
}

/**
 * Every assumption of `profile` whose range is more than a point. A quantity that the profile holds
 * at two places as one object (as where primary and replica are alike) is one assumption.
 */
export function assumptionsOf(profile: HardwareProfile): Assumption[] {
  const found = new Map<Quantity, string[]>();
  for (const [path, quantity] of quantities(profile)) {
    if (quantity.basis !== 'assumed' || quantity.range === undefined) continue;
    const paths = found.get(quantity);
    if (paths === undefined) found.set(quantity, [path]);
    else paths.push(path);
  }
  return [...found].flatMap(([quantity, paths]) => {
    const [low, high] = quantity.range ?? [quantity.value, quantity.value];
    return low === high ? [] : [{ paths, quantity, low, high }];
  });
}

/** The name of an assumption: its places. */
export function assumptionName({ paths }: Assumption): string {
  return paths.join(' = ');
}

/** `profile` with the assumption at `value`, which its name tells. */
export function withAssumption(
  profile: HardwareProfile,
  { paths }: Assumption,
  value: number,
): HardwareProfile {
  let changed = profile;
  for (const path of paths) changed = withValue(changed, path, String(value));
  return { ...changed, name: `${profile.name}+${paths[0]}=${value}` };
}
