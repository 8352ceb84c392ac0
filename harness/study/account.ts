/**
 * An account of one cell: where a transaction's time goes, how often and how long it waits, what it
 * sends, and how busy each shared resource is. Everything that `explain` says is made from these
 * numbers.
 */

import { type MirrorObserver, TIME_PARTS, type TimePart } from '../../pm/mirror.ts';
import type { HardwareProfile, Quantity, QueuePairs } from '../../rdma/index.ts';
import { compileTiming } from '../../rdma/timing.ts';
import { type CellRow, execTimeNsPerTx, ratioToBound } from '../columns.ts';
import type { SendQueueSummary } from './send-queue.ts';
import type { Watch } from './watch.ts';

/** A shared resource with how much of the time it is at work, 0 to 1. */
export interface Utilisation {
  readonly resource: string;
  /** The mean over the resource's instances (queue pairs, DIMMs). */
  readonly share: number;
}

/** How full the send queues are, and how many entries one has. */
export interface SendQueueAccount extends SendQueueSummary {
  readonly entries: number;
}

/** See the head of this file. Times in ns; "PerTx" is per measured transaction. */
export interface Account {
  readonly backend: string;
  readonly queuePairs: QueuePairs;
  readonly timeNsPerTx: number;
  readonly partNsPerTx: Readonly<Record<TimePart, number>>;
  /** Epochs: ordering and durability points with PM stores before them. */
  readonly epochsPerTx: number;
  readonly linesPerTx: number;
  readonly roundTripsPerTx: number;
  /** Waiting for replicas, per time it waited; 0 if it never did. */
  readonly waitNsPerRoundTrip: number;
  /** A line's trip to a replica's host and an answer's trip back, with nothing in between. */
  readonly bareTripNs: number;
  readonly messagesPerTx: number;
  readonly verbsPerTx: Readonly<Record<'WRITE' | 'RCOMMIT' | 'ROFENCE' | 'RDFENCE', number>>;
  readonly doorbellsPerTx: number;
  readonly linkBytesPerTx: number;
  /** ROFENCEs of one replica's queue pairs, per transaction, times the PCIe round trip of each. */
  readonly releaseChainNsPerTx: number;
  /** From leaving the core to durability at a replica, mean; undefined if nothing was sent. */
  readonly lineToDurableNs: number | undefined;
  /** Lines on that way, mean over the time, all cores and replicas. */
  readonly linesUnderWay: number;
  /** Undefined if nothing was posted. */
  readonly sendQueue: SendQueueAccount | undefined;
  /** Times the execution time of the bound. */
  readonly ratioToBound: number | undefined;
  readonly utilisations: readonly Utilisation[];
}

/** Watches lines on their way from the cores to durability at the replicas. */
export class LineObserver implements MirrorObserver {
  /** Per line, when it was sent and not yet seen durable, at each replica. */
  readonly #pending: Map<number, number[]>[] = [];
  readonly #replicas: number;
  #sumPs = 0;
  #count = 0;

  constructor(replicas: number) {
    this.#replicas = replicas;
    for (let i = 0; i < replicas; i++) this.#pending.push(new Map());
  }

  /** Forgets the warm-up. */
  onMeasure(): void {
    for (const pending of this.#pending) pending.clear();
    this.#sumPs = 0;
    this.#count = 0;
  }

  onSend(_core: number, line: number, atPs: number): void {
    for (let i = 0; i < this.#replicas; i++) {
      const times = this.#pending[i].get(line);
      if (times === undefined) this.#pending[i].set(line, [atPs]);
      else times.push(atPs);
    }
  }

  /** What was sent before is durable now: a line that was sent twice may be written back once. */
  onReplicaDurable(replica: number, _core: number, line: number, atPs: number): void {
    const times = this.#pending[replica].get(line);
    if (times === undefined) return;
    const later = times.filter((sentPs) => sentPs > atPs);
    for (const sentPs of times) {
      if (sentPs > atPs) continue;
      this.#sumPs += atPs - sentPs;
      this.#count++;
    }
    if (later.length === 0) this.#pending[replica].delete(line);
    else this.#pending[replica].set(line, later);
  }

  /** Mean time on the way in ns, and its sum, from which the mean number on the way follows. */
  summary(): { readonly meanNs: number | undefined; readonly sumPs: number } {
    const meanNs = this.#count === 0 ? undefined : this.#sumPs / this.#count / 1000;
    return { meanNs, sumPs: this.#sumPs };
  }
}

/** The account of a cell that was watched. */
export function accountOf(row: CellRow, { lines, sendQueues }: Watch): Account {
  const { report, target } = row.result;
  const { counts, timePs, elapsedPs } = report;
  const perTx = (count: number): number => count / counts.transactions;
  const { meanNs, sumPs } = lines.summary();
  const waitsPs = timePs.remoteOrdering + timePs.remoteDurability;
  const trips = counts.blockingRoundTrips;
  return {
    backend: target.backend,
    queuePairs: row.result.queuePairsUsed,
    timeNsPerTx: execTimeNsPerTx(row.result),
    partNsPerTx: Object.fromEntries(
      TIME_PARTS.map((part) => [part, perTx(timePs[part]) / 1000]),
    ) as Record<TimePart, number>,
    epochsPerTx: perTx(counts.orderingFences + counts.durabilityFences - counts.emptyFences),
    linesPerTx: perTx(counts.linesWrittenBack),
    roundTripsPerTx: perTx(trips),
    waitNsPerRoundTrip: trips === 0 ? 0 : waitsPs / trips / 1000,
    bareTripNs: compileTiming(target.profile).tripPs / 1000,
    messagesPerTx: perTx(messagesOf(row)),
    verbsPerTx: {
      WRITE: perTx(counts.writes),
      RCOMMIT: perTx(counts.rcommits),
      ROFENCE: perTx(counts.rofences),
      RDFENCE: perTx(counts.rdfences),
    },
    doorbellsPerTx: perTx(counts.doorbells),
    linkBytesPerTx: perTx(counts.linkBytes),
    releaseChainNsPerTx:
      (perTx(counts.rofences) / target.replicas) * target.profile.pcie.readRoundTripNs.value,
    lineToDurableNs: meanNs,
    linesUnderWay: sumPs / elapsedPs,
    sendQueue:
      messagesOf(row) === 0
        ? undefined
        : {
            ...sendQueues.summary(elapsedPs),
            entries: target.profile.nic.sendQueueEntries.value,
          },
    ratioToBound: ratioToBound(row),
    utilisations: utilisationsOf(row),
  };
}

function messagesOf({ result }: CellRow): number {
  const { writes, rcommits, rofences, rdfences, retransmissions } = result.report.counts;
  return writes + rcommits + rofences + rdfences + retransmissions;
}

/** Shares of the time that the resources are at work, as the profile's rates have it. */
function utilisationsOf(row: CellRow): Utilisation[] {
  const { report, target, queuePairsUsed } = row.result;
  const { counts, cores, elapsedPs } = report;
  const { profile, replicas } = target;
  const elapsedNs = elapsedPs / 1000;
  const messages = messagesOf(row);
  const owners = queuePairsUsed === 'shared' ? 1 : cores;
  const share = (busyNs: number, instances = 1): number => busyNs / elapsedNs / instances;
  const media = (blocks: number, memory: HardwareProfile['memory'], machines: number): number =>
    share(blocks * memory.mediaBlockWriteNs.value, memory.dimmCount.value * machines);
  return [
    {
      resource: 'queue pair',
      share: share(messages / perNs(profile.nic.qpRateMps), owners * replicas),
    },
    { resource: 'NIC of the primary', share: share(messages / perNs(profile.nic.nicRateMps)) },
    { resource: 'link', share: share((counts.linkBytes * 8) / profile.link.rateGbps.value) },
    { resource: "replica's PCIe", share: pcieShare(counts.writes, profile, share, replicas) },
    {
      resource: "replica's PM media",
      share: media(counts.remoteMediaBlocks, profile.replicaMemory, replicas),
    },
    { resource: "primary's PM media", share: media(counts.localMediaBlocks, profile.memory, 1) },
    {
      resource: "replica's hold of queue pairs for ROFENCEs",
      share: share(counts.rofences * profile.pcie.readRoundTripNs.value, owners * replicas),
    },
  ];
}

/** Events per nanosecond of a rate in millions a second. */
const perNs = (rate: Quantity): number => rate.value / 1000;

function pcieShare(
  writes: number,
  { pcie }: HardwareProfile,
  share: (busyNs: number, instances: number) => number,
  replicas: number,
): number {
  const lineBits = (64 + pcie.headerBytes.value) * 8;
  return share((writes * lineBits) / pcie.rateGbps.value, replicas);
}
