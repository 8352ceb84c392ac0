/**
 * The Mirror contract: one backend on one machine pair (primary and 1..k replicas), to which the
 * threads of a program send their persist operations and which tells what they cost.
 *
 * A mirror advances virtual time and nothing else: it never sees or changes bytes. It is used in one
 * of two ways, which for one thread agree to the tick:
 *   - direct: `sink()` is attached to the heap of a one-thread program;
 *   - replay: `replay(trace)` merges all threads by virtual time (the core with the smallest clock
 *     goes next; ties by core number) and grants locks in the order that its options name.
 * Then `finish()` once. After that the mirror is spent.
 */

import type { PersistSink } from '../pm/op.ts';
import type { Trace } from '../pm/trace.ts';
import type { Backend } from './backend.ts';
import type { VerbCode } from './network/verb.ts';
import type { GrantOrder, LockOrder } from './primary/grant-order.ts';
import type { HardwareProfile } from './profiles/profile.ts';

/**
 * Where a core's time goes. Every picosecond of every core is in exactly one of these, so the parts
 * sum to elapsed time x cores. `idle`: this core has finished and others have not.
 */
export const TIME_PARTS = [
  'compute',
  'pmLoad',
  'storeFlush',
  'localFence',
  'rdmaPost',
  'sendQueueFull',
  'remoteOrdering',
  'remoteDurability',
  'lockWait',
  'idle',
] as const;

/** One of {@link TIME_PARTS}. */
export type TimePart = (typeof TIME_PARTS)[number];

/** What happened, over all cores and (where it says so) replicas, in the measured part. */
export interface MirrorCounts {
  transactions: number;
  /** Fences executed by the program; those with no PM store since the one before are `emptyFences`. */
  orderingFences: number;
  durabilityFences: number;
  emptyFences: number;
  /** Lines that a write-back or non-temporal store sent towards the local memory controller. */
  linesWrittenBack: number;
  /** Verbs posted by all cores to all replicas. */
  writes: number;
  /** FLUSHes too. */
  rcommits: number;
  rofences: number;
  /** READs and SENDs too. */
  rdfences: number;
  doorbells: number;
  /** Times a core waited for an answer of the replicas (one per wait, however many replicas). */
  blockingRoundTrips: number;
  /** Loads and stores that missed all caches. */
  pmLoadMisses: number;
  /** Bytes on the primary's links to the replicas, of its NIC or CXL, headers included. */
  linkBytes: number;
  /** Messages that were lost and sent again. */
  retransmissions: number;
  /** Capacity evictions: dirty lines pushed out of the replicas' DDIO ways. */
  ddioEvictions: number;
  /** Blocks that the DIMMs' media wrote: on the primary, and on all replicas. */
  localMediaBlocks: number;
  remoteMediaBlocks: number;
  /** Locks granted, and those of them whose holder before was another than in the trace. */
  lockGrants: number;
  lockGrantsReordered: number;
}

/** Counters of a run, all at zero. */
export function zeroCounts(): MirrorCounts {
  return {
    transactions: 0,
    orderingFences: 0,
    durabilityFences: 0,
    emptyFences: 0,
    linesWrittenBack: 0,
    writes: 0,
    rcommits: 0,
    rofences: 0,
    rdfences: 0,
    doorbells: 0,
    blockingRoundTrips: 0,
    pmLoadMisses: 0,
    linkBytes: 0,
    retransmissions: 0,
    ddioEvictions: 0,
    localMediaBlocks: 0,
    remoteMediaBlocks: 0,
    lockGrants: 0,
    lockGrantsReordered: 0,
  };
}

/** The result of a run. Times are integer picoseconds. */
export interface MirrorReport {
  /** From the MEASURE barrier (or 0) to the moment the last core finished. */
  readonly elapsedPs: number;
  /** Core-picoseconds per part; the parts sum to elapsedPs x cores. */
  readonly timePs: Readonly<Record<TimePart, number>>;
  readonly cores: number;
  readonly counts: Readonly<MirrorCounts>;
}

/**
 * Receives events as the timing model learns of them, which is not always in order of their times.
 * Every method is optional; times are picoseconds of virtual time.
 */
export interface MirrorObserver {
  /** All threads have passed MEASURE: what was reported before belongs to the warm-up. */
  onMeasure?(atPs: number): void;
  /**
   * Of the time of `core`, fromPs to toPs was `part`; told in order, without gaps in the measured part.
   * `idle` is told once the run has ended. Never empty.
   */
  onTime?(core: number, part: TimePart, fromPs: number, toPs: number): void;
  /** A transaction of `type` begins on `core`: the outermost, where they are nested. */
  onTransactionBegin?(core: number, type: number, atPs: number): void;
  /**
   * A transaction of `type` ran on `core` from beginPs to endPs; where several may be in flight, until it was
   * acknowledged.
   */
  onTransaction?(core: number, type: number, beginPs: number, endPs: number): void;
  /**
   * Where several may be in flight: the first `transactions` of `core`, the outermost, are acknowledged at
   * atPs, in this order.
   */
  onAcknowledged?(core: number, transactions: number, atPs: number): void;
  /**
   * `core` performed its next operation (in program order; each is reported once); its clock is
   * then atPs. A fence is reported when its posting is done, before it waits: see onFenceDone.
   */
  onOperation?(core: number, atPs: number): void;
  /** `line` leaves `core`, as it is at that operation: sent to memory and to every replica. */
  onSend?(core: number, line: number, atPs: number): void;
  /** `line`, which left `core` at sentPs, is accepted by the primary's memory controller. */
  onAccepted?(core: number, line: number, sentPs: number, acceptedPs: number): void;
  /** A line takes fill buffer `buffer` of `core`: anew, or for longer than was told before. */
  onFill?(core: number, buffer: number, fromPs: number, untilPs: number): void;
  /**
   * `line` reaches a memory controller of `machine`, a replica or {@link PRIMARY}; it is in the
   * write-pending queue from acceptedPs to leftPs.
   */
  onQueued?(
    machine: number,
    line: number,
    reachedPs: number,
    acceptedPs: number,
    leftPs: number,
  ): void;
  /**
   * `words` of `line`, as they are now, are posted to every replica: a WRITE for each contiguous run.
   * They arrive in this order on their queue pair. Without a verb: by stores over CXL.
   */
  onWrite?(core: number, verb: VerbCode | null, line: number, words: number): void;
  /** The words of a WRITE are readable at `replica` (in its LLC or memory controller). */
  onReplicaVisible?(replica: number, core: number, line: number, words: number, atPs: number): void;
  /** `line`, all that came of it, is inside the persistence domain of `replica`. */
  onReplicaDurable?(replica: number, core: number, line: number, atPs: number): void;
  /**
   * A fence that `core` posted is satisfied at `replica`: its NIC knows that the lines before the
   * fence on its queue pair are durable, as far as `onReplicaDurable` was called for them.
   */
  onReplicaFence?(replica: number, core: number, atPs: number): void;
  /** `replica` is stalled, and keeps a message waiting that came at atPs. */
  onStalled?(replica: number, atPs: number): void;
  /**
   * A message was posted to send queue `queuePair` (owner x replicas + replica; the owner is a core,
   * or 0 where all share) and takes `entry`, a number that no other occupied entry has. It is on behalf
   * of `core`; `line` and `words` are of a WRITE.
   */
  onPost?(
    queuePair: number,
    entry: number,
    atPs: number,
    core: number,
    verb: VerbCode,
    line: number,
    words: number,
  ): void;
  /**
   * The message in `entry` was taken by the NIC at takenPs, is on the wire from wireFromPs to wireToPs
   * and at its replica at arrivedPs. Of one that is lost nothing is told until it is sent again.
   */
  onTransmit?(
    entry: number,
    takenPs: number,
    wireFromPs: number,
    wireToPs: number,
    arrivedPs: number,
  ): void;
  /**
   * The NIC of the replica is through with the next message of `queuePair` at throughPs, and hands it on
   * at handedPs: later where a ROFENCE holds the queue pair.
   */
  onReplicaHanded?(queuePair: number, throughPs: number, handedPs: number): void;
  /**
   * The acknowledgement for `entry` is back. Entries are free in the order in which they were taken:
   * this one not before those ahead of it.
   */
  onAcknowledge?(queuePair: number, entry: number, atPs: number): void;
  /**
   * What `core` waited for is durable at `replica`: it answers then. Answers of a replica to a core come in
   * the order of the core's waits.
   */
  onReplicaAnswer?(replica: number, core: number, atPs: number): void;
  /**
   * `core` resumes after a wait for replicas, at a fence, or before it releases a lock or posts a line: told once
   * for each answer that it had asked for. That of `replica` ended the wait: the last of all, or of a quorum.
   */
  onResume?(core: number, atPs: number, replica: number): void;
  /** A fence of `core` lets the program resume; `durability` tells the two kinds apart. */
  onFenceDone?(core: number, durability: boolean, atPs: number): void;
}

/** A system that takes a program's operations, once, and tells what they cost. */
export interface Mirror {
  readonly cores: number;
  /** The sink of a one-thread program. Throws if this mirror has more than one core. */
  sink(): PersistSink;
  /** Runs a whole trace; its threads must be `cores`. */
  replay(trace: Trace): void;
  /** The grants of a run whose lock order was `first-come`; of any other run, none. */
  readonly grantOrder: GrantOrder;
  /** Ends the run and reports. Throws if a core still waits for a lock that nobody will release. */
  finish(): MirrorReport;
}

/**
 * Which queue pairs there are to each replica, and what is posted on them:
 *
 *   per-core  one for each core; lines;
 *   words     one for each core; of a line, the words that the core stored to since it last posted them,
 *             each contiguous run a WRITE of its own. So no core posts a copy of another's words;
 *   release   as words; and before a core releases a lock it waits until all that it posted is durable
 *             at every replica. A core that has all answers releases at once;
 *   shared    one for all cores; lines. Everything is in the order in which it was posted.
 *
 * With words a core posts what it stored itself: of another's words nothing, though it writes back the
 * line. (A store to part of a word counts as one to all of it.)
 */
export type QueuePairs = 'per-core' | 'words' | 'release' | 'shared';

/** Whether words are posted, not lines. */
export function postsWords(queuePairs: QueuePairs): boolean {
  return queuePairs === 'words' || queuePairs === 'release';
}

/** A replica that is not like the others: slow for good, or silent for a while. */
export interface ReplicaFault {
  /** Which replica, from 0. */
  readonly replica: number;
  /** Its NIC, PCIe, processor, caches and memory take this many times as long (at least 1). */
  readonly slowdown?: number | undefined;
  /**
   * So long after MEASURE its NIC takes no message, for `stallForNs`. In a run without warm-up: after the
   * start.
   */
  readonly stallFromNs?: number | undefined;
  readonly stallForNs?: number | undefined;
}

/** The primary among machines, where replicas are numbered from 0. */
export const PRIMARY = -1;

export const CORES_MAX = 256;
export const REPLICAS_MAX = 16;
export const IN_FLIGHT_MAX = 1024;

/** A system under test: one mirroring design on a pair of machines. What a mirror is made of. */
export interface System {
  readonly backend: Backend;
  readonly profile: HardwareProfile;
  /** Machines that hold a mirror: 1 to 16. Without meaning for `no-sm`. */
  readonly replicas: number;
  readonly queuePairs: QueuePairs;
  /** Replicas that are slow or stop for a while. */
  readonly faults: readonly ReplicaFault[];
  /**
   * A wait is over when so many replicas have answered: 1 to all; all if it is not given. Everything is
   * posted to all of them, and a full send queue to any one holds up the core.
   */
  readonly quorum?: number | undefined;
  /** Durability points that a client may have unanswered, and transactions that share one; 1 if absent. */
  readonly inflight?: number | undefined;
  readonly group?: number | undefined;
}

/** The plainest mirror: all of a {@link System} but its backend and machines. */
export const ONE_REPLICA = Object.freeze({
  replicas: 1,
  queuePairs: 'per-core',
  faults: [],
} as const satisfies Partial<System>);

/** The program that a mirror is run for, and who watches. */
export interface MirrorRun {
  /** Cores of the primary, one a thread of the program: 1 to 256. */
  readonly cores: number;
  /** Size of the program's heap. */
  readonly heapBytes: number;
  /** Of what the profile has happen at random: losses on the link, what a cache replaces. Default 0. */
  readonly seed?: number | undefined;
  /** Of a trace of several threads. Default `recorded`. */
  readonly lockOrder?: LockOrder | undefined;
  /** Whether a MEASURE comes, from which stalls of replicas are counted. Default false. */
  readonly warmsUp?: boolean | undefined;
  readonly observer?: MirrorObserver | undefined;
}

/** Throws RangeError that names what is out of range and what is accepted. */
export function checkCounts(
  { replicas, faults, quorum = replicas, inflight = 1, group = 1 }: System,
  { cores }: MirrorRun,
): void {
  checkCount('cores', cores, CORES_MAX);
  checkCount('replicas', replicas, REPLICAS_MAX);
  checkCount('quorum', quorum, replicas);
  checkCount('inflight', inflight, IN_FLIGHT_MAX);
  checkCount('group', group, IN_FLIGHT_MAX);
  if (quorum < replicas && (inflight > 1 || group > 1)) {
    throw new RangeError('with a quorum a client has one transaction in flight');
  }
  for (const { replica } of faults) {
    if (!(replica >= 0 && replica < replicas)) {
      throw new RangeError(`fault of replica ${replica}: there are ${replicas}`);
    }
  }
}

function checkCount(name: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new RangeError(`${name} = ${value}: must be a whole number from 1 to ${max}`);
  }
}
