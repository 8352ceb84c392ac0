/**
 * A profile made ready for the timing model: whole picoseconds and counts in one flat, frozen
 * object, so that the hot path reads numbers and nothing else.
 */

import { nsToPs } from '../../pm/clock.ts';
import { ATOMIC_BYTES, LINE_BYTES } from '../../pm/line.ts';
import {
  type GroupProfile,
  groupOf,
  type HardwareProfile,
  type NicProfile,
  type PersistenceDomain,
  type ProfileGroup,
  type Quantity,
  quantities,
} from './profile.ts';
import { isPossible, possibleValues } from './units.ts';

/** Which line of a set makes room for another: the least recently used, or any. */
export type Replacement = 'lru' | 'random';

const LINE_WORDS = LINE_BYTES / ATOMIC_BYTES;

/** What a quantity that is a number of things is called at its end. */
const COUNTS = ['Count', 'Lines', 'Entries', 'Ways', 'Buffers'] as const;

/** Times and counts of a group of a profile: a `...Ns` as `...Ps`, a number of things as it is. */
type Compiled<Name extends ProfileGroup> = {
  readonly [Key in keyof GroupProfile<Name> as Key extends `${infer Time}Ns`
    ? `${Time}Ps`
    : Key extends `${string}${(typeof COUNTS)[number]}`
      ? Key
      : never]: number;
};

/** Timing of one machine's PM. */
export interface MemoryTiming extends Compiled<'memory'> {
  readonly persistenceDomain: PersistenceDomain;
  readonly interleaveLines: number;
  readonly bufferBlocks: number;
  readonly blockLines: number;
}

/** Timing of a replica's memory that the cores of the primary reach over CXL. */
export interface CxlTiming extends Compiled<'cxl'> {
  readonly headerBytes: number;
  /** Time on the link of a line, by how many of its words are written. */
  readonly wordsWirePs: readonly number[];
}

/** Times in ps, sizes in lines or messages: those of the profile, and what follows from them. */
export interface Timing
  extends Compiled<'core'>,
    Compiled<'llc'>,
    Compiled<'path'>,
    Compiled<'nic'>,
    Compiled<'link'>,
    Compiled<'pcie'>,
    Compiled<'ddio'>,
    Compiled<'replicaCpu'> {
  /** Of the core that polls at a replica: a line's way to memory, the time between two, its fence, its answer. */
  readonly cpuPathPs: number;
  readonly cpuLinePs: number;
  readonly cpuFencePs: number;
  readonly cpuAnswerPs: number;
  readonly psPerInstruction: number;
  readonly flushEvicts: boolean;
  readonly l2Sets: number;
  readonly llcSets: number;
  /** Least time between two messages of a queue pair, and of the NIC. */
  readonly qpMessagePs: number;
  readonly nicMessagePs: number;
  /** A message is lost when a draw of 32 bits is below this. */
  readonly lossBelow: number;
  readonly headerBytes: number;
  /** Time on the wire of a message that carries nothing, and of one by how many words it carries. */
  readonly emptyWirePs: number;
  readonly wordsWirePs: readonly number[];
  /** Time on the wire of a line with its tag, by how many words it has, in a message that carries several. */
  readonly taggedWirePs: readonly number[];
  readonly tagBytes: number;
  readonly pushesLines: boolean;
  readonly ackAnswers: boolean;
  /** What a line costs its core in the bound. */
  readonly boundPostPs: number;
  /** Time on the replica's PCIe of a posted write, by how many words of a line it has. */
  readonly pcieWordsPs: readonly number[];
  /** Half of a non-posted read's round trip. */
  readonly readHalfPs: number;
  /** A line's way through the NICs to a replica's host and an answer's way back, with nothing in between. */
  readonly tripPs: number;
  readonly ddioSets: number;
  readonly ddioWays: number;
  readonly ddioEnabled: boolean;
  readonly ddioReplacement: Replacement;
  readonly memory: MemoryTiming;
  readonly replicaMemory: MemoryTiming;
  /** Null where there is no CXL. */
  readonly cxl: CxlTiming | null;
}

/** Compiles `profile`. Throws RangeError that names the value if it makes no sense. */
export function compileTiming(profile: HardwareProfile): Timing {
  const { core, llc, nic, link, pcie, ddio, replicaLlc } = profile;
  for (const [path, { value, unit }] of quantities(profile)) {
    if (!isPossible({ unit, path }, value)) {
      throw new RangeError(`${path} = ${value}: must be ${possibleValues({ unit, path })}`);
    }
  }
  checkNic(nic);
  if (ddio.ways.value > replicaLlc.llcWays.value) {
    throw new RangeError(
      `ddio.ways = ${ddio.ways.value}: must be at most replicaLlc.llcWays, ` +
        `${replicaLlc.llcWays.value}`,
    );
  }
  const timing = {
    ...compiled(profile, 'core'),
    ...compiled(profile, 'llc'),
    ...compiled(profile, 'path'),
    ...compiled(profile, 'nic'),
    ...compiled(profile, 'link'),
    ...compiled(profile, 'pcie'),
    ...compiled(profile, 'ddio'),
    ...compiled(profile, 'replicaCpu'),
  };
  const { postedPs, pipelinePs, propagationPs, readRoundTripPs } = timing;
  const wordsWirePs = byWords(link.headerBytes, link.rateGbps);
  const [emptyWirePs] = wordsWirePs;
  // Core to NIC, NIC, wire, NIC, and NIC to host; the same on the way back.
  const onePassPs = postedPs + 2 * pipelinePs + propagationPs;
  return Object.freeze({
    ...timing,
    flushEvicts: core.flushEvicts.value === 1,
    psPerInstruction: 1000 / (core.clockGhz.value * core.instructionsPerCycle.value),
    l2Sets: cacheSets(core.l2Bytes, core.l2Ways, 'core.l2Bytes'),
    llcSets: cacheSets(llc.llcBytes, llc.llcWays, 'llc.llcBytes'),
    qpMessagePs: ratePs(nic.qpRateMps),
    nicMessagePs: ratePs(nic.nicRateMps),
    lossBelow: Math.round(link.lossProbability.value * 2 ** 32),
    headerBytes: link.headerBytes.value,
    emptyWirePs,
    wordsWirePs,
    taggedWirePs: byWords(nic.tagBytes, link.rateGbps),
    tagBytes: nic.tagBytes.value,
    pushesLines: nic.pushStores.value === 1,
    ackAnswers: nic.ackAnswers.value === 1,
    boundPostPs: nic.boundPushes.value * timing.pushPs,
    pcieWordsPs: byWords(pcie.headerBytes, pcie.rateGbps),
    readHalfPs: Math.round(readRoundTripPs / 2),
    tripPs: 2 * onePassPs + postedPs + wordsWirePs[LINE_WORDS] + emptyWirePs,
    cpuPathPs: timing.clwbPathPs,
    cpuLinePs: timing.clwbLinePs,
    cpuFencePs: timing.fenceIssuePs,
    cpuAnswerPs: timing.workRequestPs + timing.doorbellPs,
    ddioSets: cacheSets(replicaLlc.llcBytes, replicaLlc.llcWays, 'replicaLlc.llcBytes'),
    ddioWays: ddio.ways.value,
    ddioEnabled: ddio.enabled.value === 1,
    ddioReplacement: ddio.randomReplacement.value === 1 ? 'random' : 'lru',
    memory: compileMemory(profile, 'memory'),
    replicaMemory: compileMemory(profile, 'replicaMemory'),
    cxl: compileCxl(profile),
  });
}

/**
 * The timing of a replica that is another machine, of the timing `own` of a profile: what is the
 * replica's, and the way to it; the rest is the primary's.
 */
export function replicaTiming(primary: Timing, own: Timing): Timing {
  const { nicMessagePs, pipelinePs, propagationPs, pcieWordsPs, postedPs, readHalfPs } = own;
  const { hostBufferLines, memoryPathPs, llcFlushLinePs, replicaMemory, cxl, stagingLines } = own;
  const { ddioSets, ddioWays, ddioEnabled, ddioReplacement } = own;
  const { cpuPathPs, cpuLinePs, cpuFencePs, cpuAnswerPs } = own;
  const { receivePs, pausePs, pauseEveryCount } = own;
  // Of a round trip, two passes through a NIC, two ways over the link and one of PCIe are the replica's.
  const ownTripPs = (timing: Timing): number =>
    2 * (timing.pipelinePs + timing.propagationPs) + timing.postedPs;
  return Object.freeze({
    ...primary,
    ...{ nicMessagePs, pipelinePs, propagationPs, pcieWordsPs, postedPs, readHalfPs },
    ...{ hostBufferLines, memoryPathPs, llcFlushLinePs, replicaMemory, cxl, stagingLines },
    ...{ ddioSets, ddioWays, ddioEnabled, ddioReplacement },
    ...{ cpuPathPs, cpuLinePs, cpuFencePs, cpuAnswerPs, receivePs, pausePs, pauseEveryCount },
    tripPs: primary.tripPs - ownTripPs(primary) + ownTripPs(own),
  });
}

/** In one order of keys, whatever the order in a profile's file: all timings have one shape. */
function compiled<Name extends ProfileGroup>(profile: HardwareProfile, name: Name): Compiled<Name> {
  const values: Record<string, number> = {};
  const group = groupOf(profile, name);
  for (const key of Object.keys(group).sort()) {
    const quantity = group[key];
    if (typeof quantity === 'string') continue;
    if (key.endsWith('Ns')) values[key.replace(/Ns$/, 'Ps')] = nsToPs(quantity.value);
    else if (COUNTS.some((end) => key.endsWith(end))) values[key] = quantity.value;
  }
  return values as Compiled<Name>;
}

function compileMemory(profile: HardwareProfile, at: 'memory' | 'replicaMemory'): MemoryTiming {
  const memory = profile[at];
  const blockLines = memory.mediaBlockBytes.value / LINE_BYTES;
  if (!Number.isInteger(blockLines) || blockLines < 1 || blockLines > 16) {
    throw new RangeError(
      `${at}.mediaBlockBytes = ${memory.mediaBlockBytes.value}: must be a multiple of ` +
        `${LINE_BYTES} from ${LINE_BYTES} to ${16 * LINE_BYTES}`,
    );
  }
  const { persistenceDomain } = memory;
  const blocks = Math.floor(memory.mediaBufferBytes.value / memory.mediaBlockBytes.value);
  return Object.freeze({
    ...compiled(profile, at),
    persistenceDomain,
    interleaveLines: wholeLines(memory.interleaveBytes, `${at}.interleaveBytes`),
    bufferBlocks: Math.max(1, blocks),
    blockLines,
  });
}

function compileCxl(profile: HardwareProfile): CxlTiming | null {
  const { cxl } = profile;
  if (cxl === undefined) return null;
  return Object.freeze({
    ...compiled(profile, 'cxl'),
    headerBytes: cxl.headerBytes.value,
    wordsWirePs: byWords(cxl.headerBytes, cxl.rateGbps),
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

/** Picoseconds that none to all words of a line, behind a header, take at a rate in Gb/s. */
function byWords(header: Quantity, rate: Quantity): readonly number[] {
  const times = Array.from({ length: LINE_WORDS + 1 }, (_, words) =>
    wirePs(header.value + words * ATOMIC_BYTES, rate),
  );
  return Object.freeze(times);
}

/** Picoseconds that `bytes` take at a rate in Gb/s. */
function wirePs(bytes: number, rate: Quantity): number {
  return Math.round((bytes * 8 * 1000) / rate.value);
}
