/**
 * A hardware profile: one machine pair (a primary and its replicas, which are alike) as data. Every
 * latency, rate and size of the timing model comes from here, each with its unit, the kind of
 * evidence behind it and where that is to be found. No hardware number stands in the model itself.
 */

import type { Unit } from './units.ts';

/**
 * The kind of evidence: seen in the source, of such a machine; computed from values so seen; or
 * assumed, as is what was taken over from another machine.
 */
export type Basis = 'measured' | 'derived' | 'assumed';

/**
 * A number of a profile. `range` is what is plausible; every assumption has one, to be swept. One of
 * a single point is not varied.
 */
export interface Quantity {
  readonly value: number;
  readonly unit: Unit;
  readonly basis: Basis;
  readonly source: string;
  readonly range?: readonly [number, number];
}

/**
 * Where data is safe when power fails: `adr`, the memory controllers' queues and the media; `eadr`,
 * the caches too.
 */
export type PersistenceDomain = 'adr' | 'eadr';

/** A processor core of the primary. */
export interface CoreProfile {
  readonly clockGhz: Quantity;
  readonly instructionsPerCycle: Quantity;
  /** Issue cost of a store, per 8 bytes. */
  readonly storeIssueNs: Quantity;
  /** Issue cost of a clwb, per line. */
  readonly clwbIssueNs: Quantity;
  /** Whether writing a line back also takes it out of the caches, as clflush does: then it is fetched anew. */
  readonly flushEvicts: Quantity;
  /** Issue cost of a store fence. */
  readonly fenceIssueNs: Quantity;
  readonly l2Bytes: Quantity;
  readonly l2Ways: Quantity;
  /** Extra latency of a load that misses L2 and hits the LLC. */
  readonly llcHitNs: Quantity;
  /**
   * Lines that a core may have in flight: each is held from a store's miss until the line is here, and
   * from when it leaves the core until the memory controller has accepted it.
   */
  readonly fillBuffers: Quantity;
}

/** A last-level cache, of the primary or a replica. */
export interface LlcProfile {
  readonly llcBytes: Quantity;
  readonly llcWays: Quantity;
}

/**
 * Persistent memory behind one socket's memory controllers. A line is accepted when the queue of its
 * DIMM has room, moves on to the DIMM's buffer, and leaves that for the media in blocks.
 */
export interface MemoryProfile {
  readonly persistenceDomain: PersistenceDomain;
  readonly dimmCount: Quantity;
  readonly interleaveBytes: Quantity;
  /** Lines that one DIMM's write-pending queue holds. */
  readonly wpqLines: Quantity;
  /** Time to move one line from the WPQ into the DIMM's write-combining buffer. */
  readonly wpqDrainNs: Quantity;
  readonly mediaBufferBytes: Quantity;
  /** The unit in which the media is written. A multiple of 64 B. */
  readonly mediaBlockBytes: Quantity;
  readonly mediaBlockWriteNs: Quantity;
  /** For how long reading a line occupies its DIMM: its share of the bandwidth, not its latency. */
  readonly lineReadNs: Quantity;
}

/** How a core of the primary reaches its PM. */
export interface PathProfile {
  readonly loadSequentialNs: Quantity;
  readonly loadRandomNs: Quantity;
  /** From a clwb's departure to its line's arrival at the memory controller. */
  readonly clwbPathNs: Quantity;
  /** Least time between two lines that a core writes back, be they for one DIMM or for several. */
  readonly clwbLineNs: Quantity;
  /** The same before a line that the core's store had to fetch from memory. */
  readonly clwbMissLineNs: Quantity;
  /** Path and least time between two lines of non-temporal stores. */
  readonly ntStorePathNs: Quantity;
  readonly ntStoreLineNs: Quantity;
  /** Write-combining buffers of a core: non-temporal lines that are not yet full. */
  readonly writeCombiningBuffers: Quantity;
}

/** A NIC, and what posting to it costs a core. */
export interface NicProfile {
  /** Building one work request, its payload copied inline. */
  readonly workRequestNs: Quantity;
  /** The MMIO write that tells the NIC of a batch. */
  readonly doorbellNs: Quantity;
  /** Largest payload copied at post time; must hold a line. */
  readonly inlineLimitBytes: Quantity;
  readonly sendQueueEntries: Quantity;
  /** Requests that a core posts at most before it rings the doorbell, though no fence has come. */
  readonly batchEntries: Quantity;
  readonly qpRateMps: Quantity;
  readonly nicRateMps: Quantity;
  /** Latency of one pass through the NIC (a message passes one at either end; so does its answer). */
  readonly pipelineNs: Quantity;
  /** After how long without acknowledgement a queue pair sends again from the lost message on. */
  readonly retransmitNs: Quantity;
  /** Whether it has FLUSH and ATOMIC WRITE of InfiniBand's annex A19, for designs that use them. */
  readonly flush: Quantity;
  /** Whether it numbers what cores post, and takes it in that order at a replica: for the design that needs it. */
  readonly numbers: Quantity;
  /** There: whether a line that is written back is pushed to it; else a core posts a work request and rings. */
  readonly pushStores: Quantity;
  /** There: what a line that is pushed costs its core beyond its write-back. */
  readonly pushNs: Quantity;
  /** There: bytes of a line's place and number in a message, and lines that one message may carry. */
  readonly tagBytes: Quantity;
  readonly packLines: Quantity;
  /** There: whether an acknowledgement, which says durable if lines are staged, is the answer that a core waits for. */
  readonly ackAnswers: Quantity;
  /** Whether the bound pays for pushing its lines, too. */
  readonly boundPushes: Quantity;
  /** There: lines that a replica's persistent staging buffer holds; none, if it is 0. */
  readonly stagingLines: Quantity;
}

/** The wire between the NICs. */
export interface LinkProfile {
  readonly rateGbps: Quantity;
  /** Bytes on the wire of a message beside its payload. */
  readonly headerBytes: Quantity;
  /** One way, with the switch. */
  readonly propagationNs: Quantity;
  /** Chance that a message is lost on the way to a replica: 0 to less than 1. */
  readonly lossProbability: Quantity;
}

/** PCIe between a NIC and its host. */
export interface PcieProfile {
  readonly rateGbps: Quantity;
  readonly headerBytes: Quantity;
  /** One way of a posted write (data, doorbell, completion). */
  readonly postedNs: Quantity;
  /** A non-posted read that pushes earlier posted writes ahead of it: its round trip. */
  readonly readRoundTripNs: Quantity;
  /** Posted writes that the root complex holds until cache or memory takes them. */
  readonly hostBufferLines: Quantity;
}

/** Direct cache access at the replica, and the way from its LLC to its memory controller. */
export interface DdioProfile {
  /** Whether the NIC's writes go to the LLC, under designs that do not send them past it themselves. */
  readonly enabled: Quantity;
  /** Whether it can be turned off, for designs that need that. */
  readonly canTurnOff: Quantity;
  readonly ways: Quantity;
  /** Whether a line that comes takes the place of a random one of these ways, or of the least recently used. */
  readonly randomReplacement: Quantity;
  /** From the LLC, or past it from PCIe, to the memory controller, for one line. */
  readonly memoryPathNs: Quantity;
  /** Least time between two lines that the LLC writes back for the NIC. */
  readonly llcFlushLineNs: Quantity;
}

/**
 * The one core of the replica that polls for what clients send to it, and serves them in order of arrival. Its
 * write-backs take what those of the primary's cores take (`path`), its answers what posting takes there.
 */
export interface ReplicaCpuProfile {
  /** Whether there is one. */
  readonly polls: Quantity;
  /** From when a request is in memory, or the one before it answered, until it is worked on. */
  readonly receiveNs: Quantity;
  /** Now and then that takes longer by this: every so many requests. */
  readonly pauseNs: Quantity;
  readonly pauseEveryCount: Quantity;
}

/**
 * The replica's memory as the primary's cores reach it by load and store, beside the NIC. It is safe there
 * once its memory controller has accepted a line (`replicaMemory`), by a battery of its own or GPF.
 */
export interface CxlProfile {
  /** Latency of a load of a line that no cache has. */
  readonly loadNs: Quantity;
  /** What the way to the memory there takes beyond that to the primary's own; and the way back. */
  readonly hopNs: Quantity;
  /** Bandwidth in each direction. */
  readonly rateGbps: Quantity;
  /** Bytes on the link of a line that is written, beside its own. */
  readonly headerBytes: Quantity;
}

/** A replica that is another machine than a profile's replicas, in what `REPLICA_PATHS` has. */
export interface OtherReplica {
  /** Which one, from 0. */
  readonly replica: number;
  /** The profile whose replica it is like; the one that it belongs to, if there is none. */
  readonly like?: HardwareProfile | undefined;
  /** Values that it has besides, by path. */
  readonly values: readonly (readonly [path: string, value: string])[];
}

/** A machine pair, the primary and a replica, as data. */
export interface HardwareProfile {
  readonly name: string;
  /** One line for `list`. */
  readonly summary: string;
  readonly core: CoreProfile;
  readonly llc: LlcProfile;
  readonly path: PathProfile;
  /** The primary's PM. */
  readonly memory: MemoryProfile;
  readonly nic: NicProfile;
  readonly link: LinkProfile;
  readonly pcie: PcieProfile;
  readonly ddio: DdioProfile;
  readonly replicaLlc: LlcProfile;
  /** Each replica's PM. */
  readonly replicaMemory: MemoryProfile;
  readonly replicaCpu: ReplicaCpuProfile;
  /** Absent where the cores of the primary do not reach a replica's memory themselves. */
  readonly cxl?: CxlProfile | undefined;
  /** Replicas that are other machines; the profile's name tells of them. */
  readonly others?: readonly OtherReplica[] | undefined;
}

/** The groups of quantities that a profile has, in order. */
// biome-ignore format: all in one line
export const PROFILE_GROUPS = [
  'core', 'llc', 'path', 'memory', 'nic', 'link', 'pcie', 'ddio', 'replicaLlc', 'replicaMemory',
  'replicaCpu', 'cxl',
] as const satisfies readonly (keyof HardwareProfile)[];

/** One of {@link PROFILE_GROUPS}. */
export type ProfileGroup = (typeof PROFILE_GROUPS)[number];

/** Groups that every profile has. */
export const COMMON_GROUPS: readonly ProfileGroup[] = PROFILE_GROUPS.filter(
  (name) => name !== 'cxl',
);

/** The quantities of a group. */
export type GroupProfile<Name extends ProfileGroup> = NonNullable<HardwareProfile[Name]>;

/** Where a quantity stands in a profile, as in `pcie.postedNs`. */
export type QuantityPath = {
  [Name in ProfileGroup]: {
    [Key in keyof GroupProfile<Name> & string]: GroupProfile<Name>[Key] extends Quantity
      ? `${Name}.${Key}`
      : never;
  }[keyof GroupProfile<Name> & string];
}[ProfileGroup];

/** Quantities, and the persistence domain, of a group by their keys; none if the profile has no such group. */
export function groupOf(
  profile: HardwareProfile,
  name: ProfileGroup,
): Readonly<Record<string, Quantity | PersistenceDomain>> {
  return { ...profile[name] };
}

/** Every quantity of a profile by its path, as in `pcie.postedNs`. */
export function quantities(profile: HardwareProfile): [path: string, quantity: Quantity][] {
  return PROFILE_GROUPS.flatMap((name) =>
    Object.entries(groupOf(profile, name)).flatMap(([key, quantity]): [string, Quantity][] =>
      typeof quantity === 'string' ? [] : [[`${name}.${key}`, quantity]],
    ),
  );
}

/** A value seen in `source`. */
export function measured(value: number, unit: Unit, source: string): Quantity {
  return { value, unit, basis: 'measured', source };
}

/** A value computed from seen ones; `source` says how. */
export function derived(value: number, unit: Unit, source: string): Quantity {
  return { value, unit, basis: 'derived', source };
}

/** An assumption: why this value, and between which bounds it is plausible. */
export function assumed(
  value: number,
  unit: Unit,
  source: string,
  range: readonly [number, number],
): Quantity {
  return { value, unit, basis: 'assumed', source, range };
}
