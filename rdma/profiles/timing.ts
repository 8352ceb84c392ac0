/**
 * A profile made ready for the timing model: whole picoseconds and counts in one flat, frozen
 * object, so that the hot path reads numbers and nothing else.
 */

import { nsToPs } from '../../pm/clock.ts';
import { LINE_BYTES } from '../../pm/line.ts';
import {
  type HardwareProfile,
  type MemoryProfile,
  type NicProfile,
  type PersistenceDomain,
  type Quantity,
  quantities,
} from './profile.ts';
import { isPossible, possibleValues } from './units.ts';

/** Timing of one machine's PM. */
export interface MemoryTiming {
  readonly domain: PersistenceDomain;
  readonly dimms: number;
  readonly interleaveLines: number;
  readonly wpqLines: number;
  readonly wpqDrainPs: number;
  readonly bufferBlocks: number;
  readonly blockLines: number;
  readonly blockWritePs: number;
}

/** Times in ps, sizes in lines or messages. Names as in the profile. */
export interface Timing {
  readonly psPerInstruction: number;
  readonly storeIssuePs: number;
  readonly clwbIssuePs: number;
  readonly fenceIssuePs: number;
  readonly l2Sets: number;
  readonly l2Ways: number;
  readonly llcSets: number;
  readonly llcWays: number;
  readonly llcHitPs: number;
  readonly loadSequentialPs: number;
  readonly loadRandomPs: number;
  readonly clwbPathPs: number;
  readonly clwbLinePs: number;
  readonly ntStorePathPs: number;
  readonly ntStoreLinePs: number;
  readonly writeCombiningBuffers: number;
  readonly workRequestPs: number;
  readonly doorbellPs: number;
  readonly sendQueueEntries: number;
  readonly qpMessagePs: number;
  readonly nicMessagePs: number;
  readonly pipelinePs: number;
  readonly retransmitPs: number;
  /** A message is lost when a draw of 32 bits is below this. */
  readonly lossBelow: number;
  readonly headerBytes: number;
  /** Time on the wire of a message that carries a line, and of one that carries nothing. */
  readonly lineWirePs: number;
  readonly emptyWirePs: number;
  readonly propagationPs: number;
  /** Time on the replica's PCIe of a posted write of one line. */
  readonly pcieLinePs: number;
  readonly pciePostedPs: number;
  /** Half of a non-posted read's round trip. */
  readonly pcieReadHalfPs: number;
  /** A line's way to a replica's host and an answer's way back, with nothing in between. */
  readonly tripPs: number;
  readonly hostBufferLines: number;
  readonly ddioSets: number;
  readonly ddioWays: number;
  readonly memoryPathPs: number;
  readonly llcFlushLinePs: number;
  readonly memory: MemoryTiming;
  readonly replicaMemory: MemoryTiming;
}

/** Compiles `profile`. Throws RangeError that names the value if it makes no sense. */
export function compileTiming(profile: HardwareProfile): Timing {
  const { core, llc, path, nic, link, pcie, ddio, replicaLlc } = profile;
  for (const [name, { value, unit }] of quantities(profile)) {
    if (!isPossible(unit, value)) {
      throw new RangeError(`${name} = ${value}: must be ${possibleValues(unit)}`);
    }
  }
  checkNic(nic);
  if (ddio.ways.value > replicaLlc.llcWays.value) {
    throw new RangeError(
      `ddio.ways = ${ddio.ways.value}: must be at most replicaLlc.llcWays, ` +
        `${replicaLlc.llcWays.value}`,
    );
  }
  const lineWirePs = wirePs(LINE_BYTES + link.headerBytes.value, link.rateGbps);
  const emptyWirePs = wirePs(link.headerBytes.value, link.rateGbps);
  // Core to NIC, NIC, wire, NIC, and NIC to host; the same on the way back.
  const onePassPs =
    nsToPs(pcie.postedNs.value) +
    2 * nsToPs(nic.pipelineNs.value) +
    nsToPs(link.propagationNs.value);
  return Object.freeze({
    psPerInstruction: 1000 / (core.clockGhz.value * core.instructionsPerCycle.value),
    storeIssuePs: nsToPs(core.storeIssueNs.value),
    clwbIssuePs: nsToPs(core.clwbIssueNs.value),
    fenceIssuePs: nsToPs(core.fenceIssueNs.value),
    l2Sets: cacheSets(core.l2Bytes, core.l2Ways, 'core.l2Bytes'),
    l2Ways: core.l2Ways.value,
    llcSets: cacheSets(llc.llcBytes, llc.llcWays, 'llc.llcBytes'),
    llcWays: llc.llcWays.value,
    llcHitPs: nsToPs(core.llcHitNs.value),
    loadSequentialPs: nsToPs(path.loadSequentialNs.value),
    loadRandomPs: nsToPs(path.loadRandomNs.value),
    clwbPathPs: nsToPs(path.clwbPathNs.value),
    clwbLinePs: nsToPs(path.clwbLineNs.value),
    ntStorePathPs: nsToPs(path.ntStorePathNs.value),
    ntStoreLinePs: nsToPs(path.ntStoreLineNs.value),
    writeCombiningBuffers: path.writeCombiningBuffers.value,
    workRequestPs: nsToPs(nic.workRequestNs.value),
    doorbellPs: nsToPs(nic.doorbellNs.value),
    sendQueueEntries: nic.sendQueueEntries.value,
    qpMessagePs: ratePs(nic.qpRateMps),
    nicMessagePs: ratePs(nic.nicRateMps),
    pipelinePs: nsToPs(nic.pipelineNs.value),
    retransmitPs: nsToPs(nic.retransmitNs.value),
    lossBelow: Math.round(link.lossProbability.value * 2 ** 32),
    headerBytes: link.headerBytes.value,
    lineWirePs,
    emptyWirePs,
    tripPs: 2 * onePassPs + nsToPs(pcie.postedNs.value) + lineWirePs + emptyWirePs,
    propagationPs: nsToPs(link.propagationNs.value),
    pcieLinePs: wirePs(LINE_BYTES + pcie.headerBytes.value, pcie.rateGbps),
    pciePostedPs: nsToPs(pcie.postedNs.value),
    pcieReadHalfPs: Math.round(nsToPs(pcie.readRoundTripNs.value) / 2),
    hostBufferLines: pcie.hostBufferLines.value,
    ddioSets: cacheSets(replicaLlc.llcBytes, replicaLlc.llcWays, 'replicaLlc.llcBytes'),
    ddioWays: ddio.ways.value,
    memoryPathPs: nsToPs(ddio.memoryPathNs.value),
    llcFlushLinePs: nsToPs(ddio.llcFlushLineNs.value),
    memory: compileMemory(profile.memory, 'memory'),
    replicaMemory: compileMemory(profile.replicaMemory, 'replicaMemory'),
  });
}

function compileMemory(memory: MemoryProfile, at: string): MemoryTiming {
  const blockLines = memory.mediaBlockBytes.value / LINE_BYTES;
  if (!Number.isInteger(blockLines) || blockLines < 1 || blockLines > 16) {
    throw new RangeError(
      `${at}.mediaBlockBytes = ${memory.mediaBlockBytes.value}: must be a multiple of ` +
        `${LINE_BYTES} from ${LINE_BYTES} to ${16 * LINE_BYTES}`,
    );
  }
  return Object.freeze({
    domain: memory.persistenceDomain,
    dimms: memory.dimmCount.value,
    interleaveLines: wholeLines(memory.interleaveBytes, `${at}.interleaveBytes`),
    wpqLines: memory.wpqLines.value,
    wpqDrainPs: nsToPs(memory.wpqDrainNs.value),
    bufferBlocks: Math.max(
      1,
      Math.floor(memory.mediaBufferBytes.value / memory.mediaBlockBytes.value),
    ),
    blockLines,
    blockWritePs: nsToPs(memory.mediaBlockWriteNs.value),
  });
}

function checkNic({ inlineLimitBytes, sendQueueEntries }: NicProfile): void {
  if (inlineLimitBytes.value < LINE_BYTES) {
    throw new RangeError(
      `nic.inlineLimitBytes = ${inlineLimitBytes.value}: must be at least ${LINE_BYTES}, so that a ` +
        'line is copied at post time and the CPU cannot race the NIC',
    );
  }
  if (sendQueueEntries.value < 2) {
    throw new RangeError(
      `nic.sendQueueEntries = ${sendQueueEntries.value}: must be at least 2, a line and its fence`,
    );
  }
}

function wholeLines(bytes: Quantity, name: string): number {
  const lines = bytes.value / LINE_BYTES;
  if (!Number.isInteger(lines) || lines < 1) {
    throw new RangeError(`${name} = ${bytes.value}: must be a multiple of ${LINE_BYTES}`);
  }
  return lines;
}

function cacheSets(bytes: Quantity, ways: Quantity, name: string): number {
  const setBytes = ways.value * LINE_BYTES;
  if (bytes.value < setBytes) {
    throw new RangeError(`${name} = ${bytes.value}: must be at least ${setBytes}, one line a way`);
  }
  return Math.floor(bytes.value / setBytes);
}

/** Picoseconds between two events at a rate in millions a second. */
function ratePs(rate: Quantity): number {
  return Math.round(1e6 / rate.value);
}

/** Picoseconds that `bytes` take at a rate in Gb/s. */
function wirePs(bytes: number, rate: Quantity): number {
  return Math.round((bytes * 8 * 1000) / rate.value);
}
