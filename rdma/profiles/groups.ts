/**
 * Quantities of a profile that belong together: one name sets them all. The value of a group is
 * absolute: of its leading quantity or, where it has none of its own, a sum of its quantities. Those that
 * are not the value itself keep their proportion to it. What does not belong stands as it is.
 */

import { groupOf, type HardwareProfile, type Quantity, type QuantityPath } from './profile.ts';
import { isWhole, type Unit } from './units.ts';

/** One quantity of a group. */
interface GroupMember {
  readonly path: QuantityPath;
  /** How many times it counts in the group's value; 0 where it only keeps its proportion. */
  readonly times: number;
}

/** Quantities that are set together. */
export interface ValueGroup {
  /** As `--set` and `--vary` have it. */
  readonly name: string;
  readonly unit: Unit;
  /** What its value is. */
  readonly value: string;
  /** Why these belong together, and what does not. */
  readonly why: string;
  readonly members: readonly GroupMember[];
}

/** A group whose first quantity is its value. */
function ledBy(
  [leading, ...others]: readonly QuantityPath[],
  about: Pick<ValueGroup, 'name' | 'unit' | 'why'>,
): ValueGroup {
  const followers = others.map((path) => ({ path, times: 0 }));
  return { ...about, value: leading, members: [{ path: leading, times: 1 }, ...followers] };
}

/** Every group, by what it is of. */
export const VALUE_GROUPS: readonly ValueGroup[] = Object.freeze([
  {
    name: 'rtt',
    unit: 'ns',
    value: 'round trip from NIC to NIC and back: 2 x link.propagationNs + 4 x nic.pipelineNs',
    why: 'the network; not PCIe at its ends (pcie.latency), nor time on the wire (link.rateGbps)',
    members: [
      { path: 'link.propagationNs', times: 2 },
      { path: 'nic.pipelineNs', times: 4 },
    ],
  },
  ledBy(['path.clwbPathNs', 'path.ntStorePathNs', 'ddio.memoryPathNs'], {
    name: 'pm.writeLatency',
    unit: 'ns',
    why: 'a line reaches PM by these paths, at the primary and at replicas, which have the same memory',
  }),
  ledBy(['path.loadRandomNs', 'path.loadSequentialNs'], {
    name: 'pm.readLatency',
    unit: 'ns',
    why: 'loads that miss all caches; not how long a read occupies its DIMM (pm.readOccupancy)',
  }),
  ledBy(['memory.mediaBlockWriteNs', 'replicaMemory.mediaBlockWriteNs'], {
    name: 'pm.blockWrite',
    unit: 'ns',
    why: 'the bandwidth of the media, on both machines',
  }),
  ledBy(['memory.lineReadNs', 'replicaMemory.lineReadNs'], {
    name: 'pm.readOccupancy',
    unit: 'ns',
    why: 'how long a read keeps its DIMM from others, on both machines',
  }),
  ledBy(['memory.dimmCount', 'replicaMemory.dimmCount'], {
    name: 'pm.dimms',
    unit: 'count',
    why: 'both machines have the same memory',
  }),
  ledBy(['memory.wpqLines', 'replicaMemory.wpqLines'], {
    name: 'pm.queue',
    unit: 'lines',
    why: 'the write-pending queue of a DIMM, on both machines',
  }),
  ledBy(['pcie.readRoundTripNs', 'pcie.postedNs'], {
    name: 'pcie.latency',
    unit: 'ns',
    why: 'reads that push writes ahead, and posted writes, cross the same bus',
  }),
  ledBy(['nic.qpRateMps', 'nic.nicRateMps'], {
    name: 'nic.rate',
    unit: 'M/s',
    why: 'messages of one queue pair, and of all together, are handled by the same engines',
  }),
  ledBy(['nic.workRequestNs', 'nic.doorbellNs'], {
    name: 'nic.posting',
    unit: 'ns',
    why: 'what a core pays for a request and for its doorbell',
  }),
  ledBy(['llc.llcBytes', 'replicaLlc.llcBytes'], {
    name: 'cache.size',
    unit: 'B',
    why: 'both machines have the same processor',
  }),
]);

/** The group of that name, if there is one. */
export function resolveGroup(name: string): ValueGroup | undefined {
  return VALUE_GROUPS.find((group) => group.name === name);
}

/** The paths that a name stands for: of a group all of its quantities, else the name. */
export function pathsOf(name: string): readonly string[] {
  return resolveGroup(name)?.members.map(({ path }) => path) ?? [name];
}

/** The quantity at a path of the profile. */
function quantityAt(profile: HardwareProfile, path: QuantityPath): Quantity {
  const [name, key] = path.split('.') as [keyof HardwareProfile & 'nic', string];
  return groupOf(profile, name)[key] as Quantity;
}

/** The value of `group` in `profile`: in it, and at both ends of what is plausible, if that is stated. */
export function groupValue(
  profile: HardwareProfile,
  { members }: ValueGroup,
): { readonly value: number; readonly range: readonly [number, number] | undefined } {
  const counted = members.filter(({ times }) => times > 0);
  const quantities = counted.map(({ path, times }) => ({ ...quantityAt(profile, path), times }));
  const sum = (of: (quantity: Quantity) => number): number =>
    clean(quantities.reduce((total, one) => total + one.times * of(one), 0));
  const isStated = quantities.some(({ range }) => range !== undefined && range[0] < range[1]);
  const value = sum((one) => one.value);
  const low = sum((one) => one.range?.[0] ?? one.value);
  const high = sum((one) => one.range?.[1] ?? one.value);
  return { value, range: isStated ? [low, high] : undefined };
}

/** What each quantity of `group` is when the group's value is `value`; undefined if it is 0 now. */
export function scaledMembers(
  profile: HardwareProfile,
  group: ValueGroup,
  value: number,
): readonly (readonly [path: QuantityPath, value: number])[] | undefined {
  const { value: old } = groupValue(profile, group);
  if (old === 0) return undefined;
  return group.members.map(({ path }) => {
    const { value: own, unit } = quantityAt(profile, path);
    const scaled = own === old ? value : clean((own * value) / old);
    return [path, isWhole(unit) ? Math.round(scaled) : scaled];
  });
}

/** Keeps products of decimal fractions from showing their binary tails. */
function clean(value: number): number {
  return Number(value.toPrecision(12));
}
