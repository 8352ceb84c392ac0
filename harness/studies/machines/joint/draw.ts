/**
 * Machines drawn from all assumptions of a profile at once: a Latin hypercube (McKay, Beckman, Conover,
 * Technometrics 1979). Each range is cut into as many strata as there are machines, and each machine
 * gets one stratum of every range, so that few machines cover all ranges evenly.
 *
 * Within a range: log where its ends differ by a factor of four or more, else linear. Whole numbers are
 * drawn as such; sizes whose ends are powers of two are powers of two. The speed of PM on both machines
 * is drawn once, since they have the same memory; all else independently, though real machines are less
 * mixed.
 */

import { Random } from '../../../../pm/random.ts';
import { type HardwareProfile, isWhole, setValues } from '../../../../rdma/index.ts';
import { rounded } from '../../../report/index.ts';
import { type Assumption, assumptionsOf, persistAssumption } from '../sensitivity/assumptions.ts';

/** A machine drawn, with its values in the order of `assumptionsOf`. */
export interface DrawnMachine {
  /** From 1 on; 0 is the profile itself. */
  readonly index: number;
  readonly values: readonly number[];
  readonly profile: HardwareProfile;
}

/** Ranges whose ends differ by this factor or more are logarithmic. */
const LOG_FROM = 4;

/** `count` machines around `profile`, the same for the same seed. */
export function drawMachines(
  profile: HardwareProfile,
  count: number,
  seed: number,
): DrawnMachine[] {
  const random = new Random(seed);
  const dimensions = dimensionsOf(profile).map((dimension) => {
    const strata = Array.from({ length: count }, (_, i) => i);
    random.shuffle(strata);
    return { dimension, places: strata.map((stratum) => (stratum + random.fraction()) / count) };
  });
  const assumptions = assumptionsOf(profile);
  return Array.from({ length: count }, (_, i) => {
    const values = new Map<string, number>();
    for (const { dimension, places } of dimensions) {
      for (const one of dimension) values.set(one.paths[0], valueAt(one, places[i]));
    }
    wholeBlocks(values);
    const ordered = assumptions.map(({ paths }) => values.get(paths[0]) ?? Number.NaN);
    return machineOf(profile, assumptions, ordered, i + 1);
  });
}

/** The assumptions of `profile`, those together that are drawn at the same place of each one's range. */
function dimensionsOf(profile: HardwareProfile): Assumption[][] {
  const { paths = [], followers = [] } = persistAssumption(profile) ?? {};
  const ofPersist = [...paths, ...followers.map(({ path }) => path)];
  const { together = [], alone = [] } = Object.groupBy(assumptionsOf(profile), (one) =>
    ofPersist.includes(one.paths[0]) ? 'together' : 'alone',
  );
  return [...(together.length > 0 ? [together] : []), ...alone.map((one) => [one])];
}

/** The value at `place`, 0 to less than 1, of an assumption's range. */
export function valueAt(
  { quantity, low, high }: Omit<Assumption, 'paths' | 'followers'>,
  place: number,
): number {
  const isLog = low > 0 && high / low >= LOG_FROM;
  const along = (from: number, to: number): number =>
    isLog ? from * (to / from) ** place : from + (to - from) * place;
  if (!isWhole(quantity.unit)) return rounded(along(low, high));
  const [first, last] = [Math.log2(low), Math.log2(high)];
  if (quantity.unit === 'B' && Number.isInteger(first) && Number.isInteger(last)) {
    return 2 ** (first + Math.floor(place * (last - first + 1)));
  }
  return Math.min(high, Math.floor(along(low, high + 1)));
}

/** A block of the media lies in one DIMM: no interleaving is finer than it. */
function wholeBlocks(values: Map<string, number>): void {
  const [interleave, block] = ['memory.interleaveBytes', 'memory.mediaBlockBytes'];
  const [bytes, blockBytes] = [values.get(interleave), values.get(block)];
  if (bytes !== undefined && blockBytes !== undefined) {
    values.set(interleave, Math.max(bytes, blockBytes));
  }
}

function machineOf(
  base: HardwareProfile,
  assumptions: readonly Assumption[],
  values: readonly number[],
  index: number,
): DrawnMachine {
  const places = assumptions.flatMap(({ paths }, i) =>
    paths.map((path) => [path, values[i]] as const),
  );
  const profile = { ...setValues(base, places), name: `${base.name}/joint-${index}` };
  return { index, values, profile };
}
