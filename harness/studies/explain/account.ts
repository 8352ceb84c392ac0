/**
 * An account of one cell: where a transaction's time goes, how often and how long it waits, what it
 * sends, and how busy each shared resource is. Everything that `explain` says is made from these
 * numbers. Times per transaction are of cores, as the execution time is; shares are of the time that
 * passes, or of the cores' time where it says so.
 *
 * All replicas get the same messages. Where they are alike but for one that is slow, that one is the
 * busiest and its resources stand for those of all; where they are different machines, each has its
 * own. Not known: how many media blocks each replica wrote. The blocks of all in equal parts are taken
 * where machines are alike, since the lines are the same; of different ones nothing is said of media.
 */

import { LINE_BYTES } from '../../../pm/line.ts';
import {
  backendNamed,
  type HardwareProfile,
  profileOfReplica,
  type Quantity,
  type QueuePairs,
} from '../../../rdma/index.ts';
import { TIME_PARTS, type TimePart } from '../../../rdma/mirror.ts';
import type { MemoryProfile } from '../../../rdma/profiles/profile.ts';
import { compileTiming } from '../../../rdma/profiles/timing.ts';
import { slowedTiming } from '../../../rdma/replica/fault.ts';
import { quorumTripPs, timingsOfReplicas } from '../../../rdma/replica/machines.ts';
import { type CellRow, execTimeNsPerTx, ratioToBound, type SystemSpec } from '../../bench/index.ts';
import type { SendQueueSummary } from './send-queue.ts';
import type { AccountWatch } from './watch.ts';

/** A shared resource with how much of the time it is at work, 0 to 1. */
export interface Utilisation {
  readonly resource: string;
  /** The mean over the resource's instances (queue pairs, DIMMs of a machine). */
  readonly share: number;
}

/** How full the send queues are, and how many entries one has. */
export interface SendQueueAccount extends SendQueueSummary {
  readonly entries: number;
}

/** Where one design spends its time, and on what. Times in ns; "PerTx" is per measured transaction. */
export interface Account {
  readonly backend: string;
  readonly queuePairs: QueuePairs;
  readonly cores: number;
  readonly timeNsPerTx: number;
  readonly partNsPerTx: Readonly<Record<TimePart, number>>;
  /** Epochs: ordering and durability points with PM stores before them. */
  readonly epochsPerTx: number;
  readonly linesPerTx: number;
  readonly roundTripsPerTx: number;
  /** Waiting for replicas, per time it waited; 0 if it never did. */
  readonly waitNsPerRoundTrip: number;
  /** Replicas there are, and of how many a wait needs the answers. */
  readonly replicas: number;
  readonly quorum: number;
  /** Per replica, the share of waits that its answer ended; empty where all are alike and waited for. */
  readonly waitEndedShare: readonly number[];
  /**
   * A line's trip to a replica's host and an answer's back, with nothing in between: to the farthest of
   * the nearest that a wait needs.
   */
  readonly bareTripNs: number;
  readonly messagesPerTx: number;
  readonly verbsPerTx: Readonly<Record<'WRITE' | 'RCOMMIT' | 'ROFENCE' | 'RDFENCE', number>>;
  readonly doorbellsPerTx: number;
  readonly linkBytesPerTx: number;
  /** Which replica holds longest: `the replica`, `each replica` or, by its number, `replica 1`. */
  readonly busiestReplica: string;
  /** Its ROFENCEs, per transaction, times the PCIe round trip of each. */
  readonly releaseChainNsPerTx: number;
  /** Share of the time for which a queue pair is so held there: the mean over its queue pairs. */
  readonly releaseHeldShare: number;
  /** From leaving the core to durability at a replica, mean; undefined if nothing was sent. */
  readonly lineToDurableNs: number | undefined;
  /** Lines in flight, mean over the time, all cores and replicas. */
  readonly linesInFlight: number;
  /** Undefined if nothing was posted. */
  readonly sendQueue: SendQueueAccount | undefined;
  /** Times the execution time of the bound. */
  readonly ratioToBound: number | undefined;
  readonly utilisations: readonly Utilisation[];
}

/** The account of a cell that was watched. */
export function accountOf(row: CellRow, { lines, sendQueues, waits }: AccountWatch): Account {
  const { report, system } = row.result;
  const { counts, timePs, elapsedPs } = report;
  const perTx = (count: number): number => count / counts.transactions;
  const { meanNs, sumPs } = lines.summary();
  const waitsPs = timePs.remoteOrdering + timePs.remoteDurability;
  const trips = counts.blockingRoundTrips;
  const { replicas, quorum = replicas } = system;
  const isPlain = replicas === quorum && system.profile.others === undefined;
  const machines = machinesOf(system);
  return {
    backend: system.backend,
    queuePairs: row.result.queuePairsUsed,
    cores: report.cores,
    timeNsPerTx: execTimeNsPerTx(row.result),
    partNsPerTx: Object.fromEntries(
      TIME_PARTS.map((part) => [part, perTx(timePs[part]) / 1000]),
    ) as Record<TimePart, number>,
    epochsPerTx: perTx(counts.orderingFences + counts.durabilityFences - counts.emptyFences),
    linesPerTx: perTx(counts.linesWrittenBack),
    roundTripsPerTx: perTx(trips),
    waitNsPerRoundTrip: trips === 0 ? 0 : waitsPs / trips / 1000,
    replicas,
    quorum,
    waitEndedShare: isPlain && system.faults.length === 0 ? [] : waits.shares(),
    bareTripNs: bareTripNs(system),
    messagesPerTx: perTx(messagesOf(row)),
    verbsPerTx: {
      WRITE: perTx(counts.writes),
      RCOMMIT: perTx(counts.rcommits),
      ROFENCE: perTx(counts.rofences),
      RDFENCE: perTx(counts.rdfences),
    },
    doorbellsPerTx: perTx(counts.doorbells),
    linkBytesPerTx: perTx(counts.linkBytes),
    busiestReplica: slowestOf(machines).name,
    releaseChainNsPerTx: perTx(releaseNs(row, slowestOf(machines))),
    releaseHeldShare: heldShare(row, slowestOf(machines)),
    lineToDurableNs: meanNs,
    linesInFlight: sumPs / elapsedPs,
    sendQueue:
      messagesOf(row) === 0
        ? undefined
        : {
            ...sendQueues.summary(elapsedPs),
            entries: system.profile.nic.sendQueueEntries.value,
          },
    ratioToBound: ratioToBound(row),
    utilisations: utilisationsOf(row),
  };
}

/** A replica, or all of them where one stands for all. */
interface Machine {
  readonly name: string;
  readonly profile: HardwareProfile;
  readonly slowdown: number;
}

/** The replicas that are looked at: each, if they are different machines; else the one that is slowed most. */
function machinesOf({ profile, faults, replicas }: SystemSpec): readonly Machine[] {
  const each = Array.from({ length: replicas }, (_, i) => ({
    name: `replica ${i}`,
    profile: profileOfReplica(profile, i),
    slowdown: faults.find(({ replica }) => replica === i)?.slowdown ?? 1,
  }));
  if (profile.others !== undefined) return each;
  const slowest = slowestOf(each);
  const name = replicas === 1 ? 'the replica' : 'each replica';
  return [slowest.slowdown > 1 ? slowest : { ...slowest, name }];
}

/** The machine at which a ROFENCE holds its queue pair longest; of equals the first. */
function slowestOf(machines: readonly Machine[]): Machine {
  return machines.reduce((slowest, one) => (holdNs(one) > holdNs(slowest) ? one : slowest));
}

/** For how long a ROFENCE holds its queue pair, at least. */
const holdNs = ({ profile, slowdown }: Machine): number =>
  profile.pcie.readRoundTripNs.value * slowdown;

function bareTripNs(system: SystemSpec): number {
  const { profile, replicas, quorum, faults } = system;
  const own = timingsOfReplicas({ profile, replicas }, compileTiming(profile));
  const timings = own.map((timing, i) =>
    slowedTiming(timing, faults.find(({ replica }) => replica === i)?.slowdown ?? 1),
  );
  return quorumTripPs(timings, quorum) / 1000;
}

/** Time for which ROFENCEs hold queue pairs at `machine`, at least, over the run. */
function releaseNs({ result: { report, system } }: CellRow, machine: Machine): number {
  return (report.counts.rofences / system.replicas) * holdNs(machine);
}

/** The same as a share of the time that passes, for one queue pair. */
function heldShare(row: CellRow, machine: Machine): number {
  return (releaseNs(row, machine) * 1000) / row.result.report.elapsedPs / ownersOf(row);
}

/** Queue pairs to each replica. */
function ownersOf({ result }: CellRow): number {
  return result.queuePairsUsed === 'shared' ? 1 : result.report.cores;
}

function messagesOf({ result }: CellRow): number {
  const { writes, rcommits, rofences, rdfences, retransmissions, linkBytes } = result.report.counts;
  const { backend, profile } = result.system;
  const { headerBytes } = profile.link;
  // Several lines may be in a message, which has one header. Of words their number is not told: as if each had its own.
  const areLines = ['per-core', 'shared'].includes(result.queuePairsUsed);
  if (backendNamed(backend).numbered !== undefined && areLines && headerBytes.value > 0) {
    const tagBytes = profile.nic.tagBytes.value;
    const carried = writes * (LINE_BYTES + tagBytes) + rdfences * tagBytes;
    // What is sent again is a header more, and lines again.
    if (retransmissions === 0) return (linkBytes - carried) / headerBytes.value;
  }
  return writes + rcommits + rofences + rdfences + retransmissions;
}

/** Shares of the time that the resources are at work, as the profile's rates have it. */
function utilisationsOf(row: CellRow): Utilisation[] {
  const { report, system } = row.result;
  const { counts, elapsedPs } = report;
  const { profile, replicas } = system;
  const { nic, link, memory } = profile;
  const messages = messagesOf(row);
  const share = (busyNs: number): number => (busyNs * 1000) / elapsedPs;
  const queuePairs = ownersOf(row) * replicas;
  return [
    { resource: 'queue pair', share: share(messages / perNs(nic.qpRateMps) / queuePairs) },
    { resource: 'NIC of the primary', share: share(messages / perNs(nic.nicRateMps)) },
    { resource: 'link', share: share((counts.linkBytes * 8) / link.rateGbps.value) },
    { resource: 'PM media of the primary', share: share(mediaNs(counts.localMediaBlocks, memory)) },
    ...machinesOf(system).flatMap((machine) => utilisationsAt(machine, row)),
  ];
}

function mediaNs(blocks: number, { mediaBlockWriteNs, dimmCount }: MemoryProfile): number {
  return (blocks * mediaBlockWriteNs.value) / dimmCount.value;
}

/** The same of what is at a replica. */
function utilisationsAt(machine: Machine, row: CellRow): Utilisation[] {
  const { report, system } = row.result;
  const { counts, elapsedPs } = report;
  const { name, slowdown, profile } = machine;
  const { nic, pcie, replicaMemory } = profile;
  /** Of what is done at all replicas together, the share at this one. */
  const atThis = (busyNs: number): number =>
    (((busyNs * slowdown) / system.replicas) * 1000) / elapsedPs;
  const arriving = messagesOf(row) - counts.retransmissions;
  const lineBits = (LINE_BYTES + pcie.headerBytes.value) * 8;
  const media = {
    resource: `PM media of ${name}`,
    share: atThis(mediaNs(counts.remoteMediaBlocks, replicaMemory)),
  };
  return [
    { resource: `NIC of ${name}`, share: atThis(arriving / perNs(nic.nicRateMps)) },
    {
      resource: `PCIe of ${name}`,
      share: atThis((counts.writes * lineBits) / pcie.rateGbps.value),
    },
    ...(system.profile.others === undefined ? [media] : []),
    {
      resource: `hold of queue pairs for ROFENCEs at ${name}`,
      share: heldShare(row, machine),
    },
  ];
}

/** Events per nanosecond of a rate in millions a second. */
const perNs = (rate: Quantity): number => rate.value / 1000;
