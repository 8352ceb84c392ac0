/**
 * A machine with round numbers whose queues never fill: what the tests' closed forms are derived on.
 * Not a machine anybody has, so it is not in the table of profiles.
 */

import { assumed, type HardwareProfile, type MemoryProfile } from '../profiles/profile.ts';
import { setValues } from '../profiles/schema.ts';
import type { Unit } from '../profiles/units.ts';

const round = (value: number, unit: Unit) =>
  assumed(value, unit, 'round number for tests', [value, value]);

const MEMORY: MemoryProfile = {
  persistenceDomain: 'adr',
  dimmCount: round(4, 'count'),
  interleaveBytes: round(4096, 'B'),
  wpqLines: round(4096, 'lines'),
  wpqDrainNs: round(1, 'ns'),
  mediaBufferBytes: round(65536, 'B'),
  mediaBlockBytes: round(64, 'B'),
  mediaBlockWriteNs: round(1, 'ns'),
  lineReadNs: round(0, 'ns'),
};

export const ROUND_PROFILE = Object.freeze<HardwareProfile>({
  name: 'round',
  summary: 'round numbers, queues that never fill',
  core: {
    clockGhz: round(1, 'GHz'),
    instructionsPerCycle: round(1, 'instructions/cycle'),
    storeIssueNs: round(1, 'ns'),
    clwbIssueNs: round(2, 'ns'),
    flushEvicts: round(0, 'flag'),
    fenceIssueNs: round(10, 'ns'),
    l2Bytes: round(1048576, 'B'),
    l2Ways: round(16, 'count'),
    llcHitNs: round(20, 'ns'),
    fillBuffers: round(10, 'count'),
  },
  llc: { llcBytes: round(2097152, 'B'), llcWays: round(16, 'count') },
  path: {
    loadSequentialNs: round(0, 'ns'),
    loadRandomNs: round(0, 'ns'),
    clwbPathNs: round(100, 'ns'),
    clwbLineNs: round(20, 'ns'),
    clwbMissLineNs: round(20, 'ns'),
    ntStorePathNs: round(110, 'ns'),
    ntStoreLineNs: round(15, 'ns'),
    writeCombiningBuffers: round(10, 'count'),
  },
  memory: MEMORY,
  nic: {
    workRequestNs: round(30, 'ns'),
    doorbellNs: round(50, 'ns'),
    inlineLimitBytes: round(220, 'B'),
    sendQueueEntries: round(4096, 'count'),
    batchEntries: round(4096, 'count'),
    qpRateMps: round(10, 'M/s'),
    nicRateMps: round(100, 'M/s'),
    pipelineNs: round(70, 'ns'),
    retransmitNs: round(10000, 'ns'),
    flush: round(1, 'flag'),
    numbers: round(1, 'flag'),
    pushStores: round(1, 'flag'),
    pushNs: round(4, 'ns'),
    tagBytes: round(16, 'B'),
    packLines: round(8, 'lines'),
    ackAnswers: round(1, 'flag'),
    boundPushes: round(0, 'flag'),
    stagingLines: round(4096, 'lines'),
  },
  link: {
    rateGbps: round(128, 'Gb/s'),
    headerBytes: round(96, 'B'),
    propagationNs: round(250, 'ns'),
    lossProbability: round(0, 'probability'),
  },
  pcie: {
    rateGbps: round(128, 'Gb/s'),
    headerBytes: round(32, 'B'),
    postedNs: round(200, 'ns'),
    readRoundTripNs: round(1000, 'ns'),
    hostBufferLines: round(4096, 'lines'),
  },
  ddio: {
    enabled: round(1, 'flag'),
    canTurnOff: round(1, 'flag'),
    ways: round(2, 'count'),
    randomReplacement: round(0, 'flag'),
    memoryPathNs: round(60, 'ns'),
    llcFlushLineNs: round(5, 'ns'),
  },
  replicaLlc: { llcBytes: round(2097152, 'B'), llcWays: round(16, 'count') },
  replicaMemory: MEMORY,
  replicaCpu: {
    polls: round(1, 'flag'),
    receiveNs: round(100, 'ns'),
    pauseNs: round(0, 'ns'),
    pauseEveryCount: round(1, 'count'),
  },
});

/** The same, and the replica's memory is reached over CXL too. */
export const ROUND_CXL = Object.freeze<HardwareProfile>({
  ...ROUND_PROFILE,
  cxl: {
    loadNs: round(400, 'ns'),
    hopNs: round(150, 'ns'),
    rateGbps: round(128, 'Gb/s'),
    headerBytes: round(16, 'B'),
  },
});

/** With two slow DIMMs at the replica, a queue of one line each, one after the other every eight lines. */
export const OVERTAKING = setValues(ROUND_CXL, [
  ['replicaMemory.dimmCount', 2],
  ['replicaMemory.interleaveBytes', 512],
  ['replicaMemory.wpqLines', 1],
  ['replicaMemory.mediaBufferBytes', 64],
  ['replicaMemory.mediaBlockWriteNs', 2000],
]);
