/**
 * What each value of a profile is, in a line for those who write one: the template shows it above the
 * value, and an editor that knows the JSON schema beside it.
 */

import type { GroupProfile, ProfileGroup } from './profile.ts';

/** What a group of values is of. */
export const GROUP_ABOUT: Readonly<Record<ProfileGroup, string>> = Object.freeze({
  core: 'a processor core of the primary',
  llc: 'the last-level cache of the primary',
  path: 'how a core of the primary reaches its persistent memory',
  memory: "the primary's persistent memory, behind one socket's memory controllers",
  nic: 'a NIC, and what posting to it costs a core',
  link: 'the wire between the NICs',
  pcie: 'PCIe between a NIC and its host',
  ddio: 'direct cache access at a replica, and the way from its cache to its memory controller',
  replicaLlc: 'the last-level cache of a replica',
  replicaMemory: "a replica's persistent memory",
  replicaCpu: 'the core of a replica that polls for requests, for designs that send it some',
  cxl: "a replica's memory as the cores of the primary reach it over CXL; left out where they do not",
});

const LLC_ABOUT = Object.freeze({ llcBytes: 'size', llcWays: 'associativity' });

const MEMORY_ABOUT = Object.freeze({
  persistenceDomain:
    "where data is safe when power fails: adr, the memory controllers' queues and the media; eadr, the " +
    'caches too',
  dimmCount: 'DIMMs that addresses are interleaved over',
  interleaveBytes: 'bytes in a row on one DIMM; a multiple of 64',
  wpqLines: "lines that one DIMM's write-pending queue holds",
  wpqDrainNs: "from the write-pending queue into the DIMM's write-combining buffer, a line",
  mediaBufferBytes: "size of the DIMM's write-combining buffer",
  mediaBlockBytes: 'the unit in which the media is written; a multiple of 64 up to 1024',
  mediaBlockWriteNs: 'time in which the media takes one such block',
  lineReadNs:
    'for how long reading a line occupies its DIMM: its share of bandwidth, not its latency',
});

type About = {
  readonly [Name in ProfileGroup]: {
    readonly [Key in keyof GroupProfile<Name>]: string;
  };
};

const ABOUT: About = Object.freeze({
  core: {
    clockGhz: 'clock',
    instructionsPerCycle: 'instructions of volatile work in a cycle',
    storeIssueNs: 'issue cost of a store, per 8 bytes',
    clwbIssueNs: 'issue cost of a clwb, per line',
    flushEvicts: '1 if writing a line back takes it out of the caches, as clflush does; 0 if not',
    fenceIssueNs: 'issue cost of a store fence with nothing outstanding',
    l2Bytes: 'size of the L2 cache',
    l2Ways: 'associativity of the L2 cache',
    llcHitNs: 'extra latency of a load that misses the L2 and hits the last-level cache',
    fillBuffers: 'lines that a core may have in flight',
  },
  llc: LLC_ABOUT,
  path: {
    loadSequentialNs: 'latency of a sequential load from persistent memory',
    loadRandomNs: 'latency of a random load from persistent memory',
    clwbPathNs: "from a clwb's departure to its line's arrival at the memory controller",
    clwbLineNs: 'least time between two lines that a core writes back',
    clwbMissLineNs: "the same before a line that the core's store had to fetch from memory",
    ntStorePathNs: "from a non-temporal line's departure to its arrival at the memory controller",
    ntStoreLineNs: 'least time between two lines of non-temporal stores',
    writeCombiningBuffers: 'non-temporal lines not yet full that a core may have',
  },
  memory: MEMORY_ABOUT,
  nic: {
    workRequestNs: 'building one work request, its payload copied inline',
    doorbellNs: 'the MMIO write that tells the NIC of a batch',
    inlineLimitBytes: 'largest payload copied at post time; at least 64',
    sendQueueEntries: 'entries of a send queue; at least 2',
    batchEntries: 'requests that a core posts at most before it rings the doorbell',
    qpRateMps: 'messages a second of one queue pair',
    nicRateMps: 'messages a second of the NIC, over all its queue pairs',
    pipelineNs:
      'one pass through a NIC; a message passes one at either end, and so does its answer',
    retransmitNs:
      'without acknowledgement for so long, a queue pair sends again from the lost message on',
    numbers: '1 if it numbers what is pushed and keeps that order at a replica, for sm-sb; else 0',
    pushStores:
      'sm-sb: 1 if lines are pushed as they are written back; 0 if posted as work requests',
    pushNs: 'sm-sb: what a pushed line costs its core beyond its write-back',
    tagBytes: "sm-sb: bytes of a line's place and number in a message",
    packLines: 'sm-sb: lines that one message may carry',
    ackAnswers:
      'sm-sb: 1 if the acknowledgement of a staged line is the answer; 0 if one is asked for',
    boundPushes: '1 if ideal pays for pushing lines as sm-sb does; 0 if it posts for nothing',
    stagingLines: "sm-sb: lines that a replica's persistent staging buffer holds; 0: it has none",
    flush:
      '1 if it has FLUSH and ATOMIC WRITE of InfiniBand annex A19, for designs that use them; else 0',
  },
  link: {
    rateGbps: 'bandwidth',
    headerBytes: 'bytes on the wire of a message beside its payload',
    propagationNs: 'one way, with the switch',
    lossProbability: 'chance that a message is lost on the way to a replica',
  },
  pcie: {
    rateGbps: 'bandwidth',
    headerBytes: 'bytes of a posted write beside its payload',
    postedNs: 'one way of a posted write: data, doorbell, completion',
    readRoundTripNs: 'round trip of a read, which pushes earlier posted writes ahead of it',
    hostBufferLines: 'posted writes that the root complex holds until cache or memory takes them',
  },
  ddio: {
    enabled:
      '1 if writes of the NIC go to the cache, where a design does not send them past it; else 0',
    canTurnOff: '1 if it can be turned off, for designs that need that; else 0',
    ways: 'ways of the last-level cache that the NIC may write; at most replicaLlc.llcWays',
    randomReplacement: '1 if a random line of these ways makes room; 0 if the least recently used',
    memoryPathNs: 'from the cache, or past it from PCIe, to the memory controller, for one line',
    llcFlushLineNs: 'least time between two lines that the cache writes back for the NIC',
  },
  replicaLlc: LLC_ABOUT,
  replicaMemory: MEMORY_ABOUT,
  replicaCpu: {
    polls: '1 if there is such a core; else 0',
    receiveNs:
      'from when a request is in memory, or the one before answered, until it is worked on',
    pauseNs: 'by how much that takes longer now and then',
    pauseEveryCount: 'every how many requests it does',
  },
  cxl: {
    loadNs: "latency of a load from the replica's memory that misses all caches",
    hopNs:
      "one way to the replica's memory controller, beyond the way to the primary's own; a completion " +
      'takes it back',
    rateGbps: 'bandwidth in each direction',
    headerBytes: 'bytes on the link of a line that is written, beside its own',
  },
});

/** What the value `key` of the group `name` is. */
export function aboutValue(name: ProfileGroup, key: string): string {
  const about: Readonly<Record<string, string>> = { ...ABOUT[name] };
  return about[key];
}
