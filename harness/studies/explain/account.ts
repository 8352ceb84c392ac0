/**
 * An account of one cell: where a transaction's time goes, how often and how long it waits, what it
 * sends, and how busy each shared resource is. Everything that `explain` says is made from these
 * numbers. Times per transaction are of cores, as the execution time is; shares are of the time that
 * passes, or of the cores' time where it says so.
 *
 * All replicas get the same messages, so the busiest is the slowest; its resources stand for those
 * of all. Not known: how many media blocks each replica wrote; the blocks of all in equal parts are
 * taken, since the lines are the same.
 */

import { LINE_BYTES } from '../../../pm/line.ts';
import type { Quantity, QueuePairs } from '../../../rdma/index.ts';
import { TIME_PARTS, type TimePart } from '../../../rdma/mirror.ts';
import type { MemoryProfile } from '../../../rdma/profiles/profile.ts';
import { compileTiming } from '../../../rdma/profiles/timing.ts';
import { slowedTiming } from '../../../rdma/replica/fault.ts';
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
  /** A line's trip to the slowest replica's host and an answer's back, with nothing in between. */
  readonly bareTripNs: number;
  readonly messagesPerTx: number;
  readonly verbsPerTx: Readonly<Record<'WRITE' | 'RCOMMIT' | 'ROFENCE' | 'RDFENCE', number>>;
  readonly doorbellsPerTx: number;
  readonly linkBytesPerTx: number;
  /** Which replica is the busiest: `the replica`, `each replica` or, by its number, `replica 1`. */
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
export function accountOf(row: CellRow, { lines, sendQueues }: AccountWatch): Account {
  const { report, system } = row.result;
  const { counts, timePs, elapsedPs } = report;
  const perTx = (count: number): number => count / counts.transactions;
  const { meanNs, sumPs } = lines.summary();
  const waitsPs = timePs.remoteOrdering + timePs.remoteDurability;
  const trips = counts.blockingRoundTrips;
  const { name: busiestReplica, slowdown } = busiestOf(system);
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
    bareTripNs: slowedTiming(compileTiming(system.profile), slowdown).tripPs / 1000,
    messagesPerTx: perTx(messagesOf(row)),
    verbsPerTx: {
      WRITE: perTx(counts.writes),
      RCOMMIT: perTx(counts.rcommits),
      ROFENCE: perTx(counts.rofences),
      RDFENCE: perTx(counts.rdfences),
    },
    doorbellsPerTx: perTx(counts.doorbells),
    linkBytesPerTx: perTx(counts.linkBytes),
    busiestReplica,
    releaseChainNsPerTx: perTx(releaseNs(row)),
    releaseHeldShare: heldShare(row),
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

/** The replica that is slowed most, or whichever where all are alike. */
function busiestOf({ faults, replicas }: SystemSpec): { name: string; slowdown: number } {
  let busiest = { name: replicas === 1 ? 'the replica' : 'each replica', slowdown: 1 };
  for (const { replica, slowdown = 1 } of faults) {
    if (slowdown > busiest.slowdown) busiest = { name: `replica ${replica}`, slowdown };
  }
  return busiest;
}

/** Time for which ROFENCEs hold queue pairs at the busiest replica, at least, over the run. */
function releaseNs({ result: { report, system } }: CellRow): number {
  const { slowdown } = busiestOf(system);
  const rofences = report.counts.rofences / system.replicas;
  return rofences * system.profile.pcie.readRoundTripNs.value * slowdown;
}

/** The same as a share of the time that passes, for one queue pair. */
function heldShare(row: CellRow): number {
  return (releaseNs(row) * 1000) / row.result.report.elapsedPs / ownersOf(row);
}

/** Queue pairs to each replica. */
function ownersOf({ result }: CellRow): number {
  return result.queuePairsUsed === 'shared' ? 1 : result.report.cores;
}

function messagesOf({ result }: CellRow): number {
  const { writes, rcommits, rofences, rdfences, retransmissions } = result.report.counts;
  return writes + rcommits + rofences + rdfences + retransmissions;
}

/** Shares of the time that the resources are at work, as the profile's rates have it. */
function utilisationsOf(row: CellRow): Utilisation[] {
  const { report, system } = row.result;
  const { counts, elapsedPs } = report;
  const { profile, replicas } = system;
  const { nic, link, pcie, memory, replicaMemory } = profile;
  const { name, slowdown } = busiestOf(system);
  const messages = messagesOf(row);
  const share = (busyNs: number): number => (busyNs * 1000) / elapsedPs;
  /** Of what is done at all replicas together, the share at the busiest. */
  const atBusiest = (busyNs: number): number => share((busyNs * slowdown) / replicas);
  const mediaNs = (blocks: number, { mediaBlockWriteNs, dimmCount }: MemoryProfile): number =>
    (blocks * mediaBlockWriteNs.value) / dimmCount.value;
  const arriving = messages - counts.retransmissions;
  const lineBits = (LINE_BYTES + pcie.headerBytes.value) * 8;
  const queuePairs = ownersOf(row) * replicas;
  return [
    { resource: 'queue pair', share: share(messages / perNs(nic.qpRateMps) / queuePairs) },
    { resource: 'NIC of the primary', share: share(messages / perNs(nic.nicRateMps)) },
    { resource: 'link', share: share((counts.linkBytes * 8) / link.rateGbps.value) },
    { resource: 'PM media of the primary', share: share(mediaNs(counts.localMediaBlocks, memory)) },
    { resource: `NIC of ${name}`, share: atBusiest(arriving / perNs(nic.nicRateMps)) },
    {
      resource: `PCIe of ${name}`,
      share: atBusiest((counts.writes * lineBits) / pcie.rateGbps.value),
    },
    {
      resource: `PM media of ${name}`,
      share: atBusiest(mediaNs(counts.remoteMediaBlocks, replicaMemory)),
    },
    {
      resource: `hold of queue pairs for ROFENCEs at ${name}`,
      share: heldShare(row),
    },
  ];
}

/** Events per nanosecond of a rate in millions a second. */
const perNs = (rate: Quantity): number => rate.value / 1000;
