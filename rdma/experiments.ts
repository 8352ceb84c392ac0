/**
 * Small experiments on a profile, each the model's counterpart of a measurement that was made on
 * real machines: persist latency against size, write bandwidth of DIMMs, latency and rate of small
 * RDMA WRITEs. What they give is compared with the measurements by the tests and by `calibrate`.
 */

import { PS_PER_NS } from '../pm/clock.ts';
import { ATOMIC_BYTES, LINE_BYTES } from '../pm/line.ts';
import { Op, type PersistSink } from '../pm/op.ts';
import { Random } from '../pm/random.ts';
import { recordTrace } from '../pm/trace.ts';
import type { Backend } from './backend.ts';
import { noSm } from './backends/no-sm.ts';
import { smDd } from './backends/sm-dd.ts';
import { smRc } from './backends/sm-rc.ts';
import { createMirror } from './engine.ts';
import { type MirrorReport, ONE_REPLICA } from './mirror.ts';
import { Verb } from './network/verb.ts';
import type { HardwareProfile } from './profiles/profile.ts';
import { setValues, withValue } from './profiles/schema.ts';
import { compileTiming } from './profiles/timing.ts';

const HEAP_BYTES = 1 << 26;
/** Repetitions of a latency experiment. */
const REPEATS = 100;

/** How a core persists: cached stores written back, or non-temporal ones. */
export type PersistMethod = 'clwb' | 'ntstore';

/** WRITEs that bypass the replica's cache, and that nobody waits for. */
const RAW_WRITES = Object.freeze<Backend>({
  name: 'raw-writes',
  aliases: [],
  summary: 'bypassing WRITEs that nobody waits for',
  role: 'design',
  ddio: 'off',
  durability: null,
  onLine(posting, core, line) {
    posting.post(core, Verb.WRITE_BYPASS, line);
  },
  onOrderingPoint() {},
  onDurabilityPoint() {},
});

/** The same into the LLC, with nothing that asks for their durability: only evictions write PM. */
const CACHED_WRITES = Object.freeze<Backend>({
  ...RAW_WRITES,
  name: 'cached-writes',
  summary: 'WRITEs into the LLC that nobody flushes',
  ddio: 'on',
  onLine(posting, core, line) {
    posting.post(core, Verb.WRITE, line);
  },
});

/** With so many DIMMs at the replica; the primary's own must not be what limits. */
function withDimms(profile: HardwareProfile, dimms: number): HardwareProfile {
  return setValues(profile, [
    ['memory.dimmCount', 64],
    ['replicaMemory.dimmCount', dimms],
  ]);
}

/** Runs what `emit` does on each of `cores` cores. */
function run(
  profile: HardwareProfile,
  backend: Backend,
  cores: number,
  emit: (sink: PersistSink, core: number) => void,
  onDurable?: (atPs: number) => void,
): MirrorReport {
  const trace = recordTrace(cores, HEAP_BYTES, emit);
  const mirror = createMirror(
    { backend, profile, ...ONE_REPLICA },
    {
      cores,
      heapBytes: HEAP_BYTES,
      observer: onDurable && { onReplicaDurable: (_replica, _core, _line, at) => onDurable(at) },
    },
  );
  mirror.replay(trace);
  return mirror.finish();
}

function persist(sink: PersistSink, by: PersistMethod, offset: number, bytes: number): void {
  for (let at = offset; at < offset + bytes; at += LINE_BYTES) {
    sink.op(by === 'clwb' ? Op.STORE : Op.NT_STORE, at, LINE_BYTES);
    if (by === 'clwb') sink.op(Op.WRITE_BACK, at, LINE_BYTES);
  }
}

/** What an experiment on persist latency varies. */
export interface PersistLatency {
  readonly by: PersistMethod;
  /** A multiple of 64. */
  readonly bytes: number;
  readonly dimms: number;
  /** `cached`: pieces in order, their lines in the cache; `uncached`: at random places, never met before. */
  readonly lines: 'cached' | 'uncached';
}

/** Nanoseconds to persist a piece of memory and fence, on one core without mirroring, on average. */
export function persistLatencyNs(
  profile: HardwareProfile,
  { by, bytes, dimms, lines }: PersistLatency,
): number {
  const tested = withValue(profile, 'memory.dimmCount', dimms);
  const report = run(tested, noSm, 1, (sink) => {
    const random = new Random(1);
    if (lines === 'cached') sink.op(Op.LOAD, 0, REPEATS * bytes);
    sink.op(Op.MEASURE, 0, 0);
    for (let i = 0; i < REPEATS; i++) {
      const place = lines === 'cached' ? i : random.below(HEAP_BYTES / bytes);
      persist(sink, by, place * bytes, bytes);
      sink.op(Op.ORDERING_FENCE, 0, 0);
    }
  });
  return report.elapsedPs / REPEATS / PS_PER_NS;
}

/** What a bandwidth experiment varies. */
export interface WriteBandwidth {
  readonly pattern: 'sequential' | 'random';
  /** Bytes written at a place before going to the next: a multiple of 64. */
  readonly bytes: number;
  readonly dimms: number;
  readonly threads: number;
  readonly by: PersistMethod;
}

/**
 * GB/s that `threads` cores get into `dimms` DIMMs of the primary, each into its own part of memory, with
 * one fence at the end. No line was in a cache before.
 */
export function writeBandwidthGbps(profile: HardwareProfile, what: WriteBandwidth): number {
  const { bytes, report } = writeDimms(profile, what);
  return (bytes * PS_PER_NS) / report.elapsedPs;
}

/** Bytes that the media write for each byte that the cores write, likewise. */
export function writeAmplification(profile: HardwareProfile, what: WriteBandwidth): number {
  const { bytes, report } = writeDimms(profile, what);
  return (report.counts.localMediaBlocks * profile.memory.mediaBlockBytes.value) / bytes;
}

function writeDimms(
  profile: HardwareProfile,
  what: WriteBandwidth,
): { readonly bytes: number; readonly report: MirrorReport } {
  const { pattern, bytes, dimms, threads, by } = what;
  const region = Math.floor(HEAP_BYTES / threads / 4096) * 4096;
  const places = Math.floor(region / bytes);
  // Dozens of times what the DIMMs' buffers hold.
  const writes = Math.min(places, Math.ceil((dimms * 2 ** 20) / bytes / threads));
  const tested = withValue(profile, 'memory.dimmCount', dimms);
  const report = run(tested, noSm, threads, (sink, core) => {
    const random = new Random(1, core);
    const place = (i: number) =>
      core * region + (pattern === 'random' ? random.below(places) : i) * bytes;
    sink.op(Op.MEASURE, 0, 0);
    for (let i = 0; i < writes; i++) {
      persist(sink, by, place(i), bytes);
    }
    sink.op(Op.ORDERING_FENCE, 0, 0);
  });
  return { bytes: writes * bytes * threads, report };
}

/** What an experiment on DDIO varies. */
export interface RemoteRewrite {
  /** Ways of the replica's LLC that DDIO may use, or DDIO off. */
  readonly ddio: number | 'off';
  /** Lines written between two durability points, over all cores: a multiple of eight. */
  readonly lines: number;
}

/** What came of it. */
export interface RemoteRewriteResult {
  /** Lines that DDIO's ways hold; 0 with DDIO off. */
  readonly ddioLines: number;
  /** Durable lines a second, in millions. */
  readonly durableMps: number;
  /** Dirty lines that were pushed out of DDIO's ways, per line written. */
  readonly evictionsPerLine: number;
  /** Bytes that the replica's media write per byte written. */
  readonly amplification: number;
}

/** Cores that write to the replica, enough for the DIMM to be what limits. */
const WRITING_CORES = 8;

/**
 * Eight cores write as many lines in order, each its own part of them, and then make them durable
 * at the replica: by RCOMMIT with DDIO on, by bypassing WRITEs and RDFENCE with DDIO off. They do
 * it twice, and the second time, with the cache filled, is measured. The replica has one DIMM, so
 * that what its media have to do shows.
 */
export function remoteRewrite(
  profile: HardwareProfile,
  { ddio, lines }: RemoteRewrite,
): RemoteRewriteResult {
  const part = lines / WRITING_CORES;
  const oneDimm = withDimms(profile, 1);
  const tested = ddio === 'off' ? oneDimm : withValue(oneDimm, 'ddio.ways', ddio);
  const report = run(tested, ddio === 'off' ? smDd : smRc, WRITING_CORES, (sink, core) => {
    const writeAll = () => {
      persist(sink, 'clwb', core * part * LINE_BYTES, part * LINE_BYTES);
      sink.op(Op.DURABILITY_FENCE, 0, 0);
    };
    writeAll();
    sink.op(Op.MEASURE, 0, 0);
    writeAll();
  });
  const { counts, elapsedPs } = report;
  const { ddioSets, ddioWays } = compileTiming(tested);
  const mediaBytes = counts.remoteMediaBlocks * profile.replicaMemory.mediaBlockBytes.value;
  return {
    ddioLines: ddio === 'off' ? 0 : ddioSets * ddioWays,
    durableMps: (lines * 1e6) / elapsedPs,
    evictionsPerLine: counts.ddioEvictions / lines,
    amplification: mediaBytes / (lines * LINE_BYTES),
  };
}

/** Nanoseconds from posting a 64 B WRITE to its acknowledgement. */
export function plainWriteNs(profile: HardwareProfile): number {
  // A send queue of two entries, one kept back, makes the core wait for each acknowledgement.
  const oneAtATime = withValue(profile, 'nic.sendQueueEntries', 2);
  const { timePs } = run(oneAtATime, RAW_WRITES, 1, (sink) => {
    persist(sink, 'clwb', 0, (REPEATS + 1) * LINE_BYTES);
  });
  // The last one posted is not waited for.
  const postPs = (timePs.rdmaPost * REPEATS) / (REPEATS + 1);
  return (timePs.sendQueueFull + postPs) / REPEATS / PS_PER_NS;
}

/** Nanoseconds to make one 64 B line durable at the replica with DDIO off, waiting for it. */
export function durableWriteNs(profile: HardwareProfile): number {
  const { timePs } = run(profile, smDd, 1, (sink) => {
    sink.op(Op.LOAD, 0, REPEATS * LINE_BYTES);
    sink.op(Op.MEASURE, 0, 0);
    for (let i = 0; i < REPEATS; i++) {
      persist(sink, 'clwb', i * LINE_BYTES, LINE_BYTES);
      sink.op(Op.DURABILITY_FENCE, 0, 0);
    }
  });
  // The local part of the fence runs while the remote part does.
  return (timePs.rdmaPost + timePs.localFence + timePs.remoteDurability) / REPEATS / PS_PER_NS;
}

/** A way to make a line durable at a replica, and how many of a hundred lines take no longer than is asked. */
export interface DurableLine {
  readonly by: Backend;
  readonly percentile: number;
}

/** Nanoseconds to make one 64 B line durable at the replica by a design, waiting for it. */
export function durableLineNs(profile: HardwareProfile, { by, percentile }: DurableLine): number {
  const doneNs: number[] = [];
  const trace = recordTrace(1, HEAP_BYTES, (sink) => {
    sink.op(Op.LOAD, 0, REPEATS * LINE_BYTES);
    for (let i = 0; i < REPEATS; i++) {
      persist(sink, 'clwb', i * LINE_BYTES, LINE_BYTES);
      sink.op(Op.DURABILITY_FENCE, 0, 0);
    }
  });
  const mirror = createMirror(
    { backend: by, profile, ...ONE_REPLICA },
    {
      cores: 1,
      heapBytes: HEAP_BYTES,
      observer: { onFenceDone: (_core, _durability, atPs) => doneNs.push(atPs / PS_PER_NS) },
    },
  );
  mirror.replay(trace);
  mirror.finish();
  // Between two fences the next line is stored and written back, which is not part of it.
  const { storeIssueNs, clwbIssueNs } = profile.core;
  const issueNs = (LINE_BYTES / ATOMIC_BYTES) * storeIssueNs.value + clwbIssueNs.value;
  const times = doneNs.slice(1).map((ns, i) => ns - doneNs[i] - issueNs);
  return times.sort((a, b) => a - b)[Math.ceil((percentile / 100) * times.length) - 1];
}

/** Random 64 B WRITEs a second, in millions, that eight cores get into `dimms` remote DIMMs. */
export function remoteWriteRateMps(profile: HardwareProfile, dimms: number): number {
  const writes = 4000;
  let lastPs = 0;
  const { counts } = run(
    withDimms(profile, dimms),
    RAW_WRITES,
    WRITING_CORES,
    (sink, core) => {
      const random = new Random(7, core);
      for (let i = 0; i < writes; i++) {
        persist(sink, 'clwb', random.below(HEAP_BYTES / LINE_BYTES) * LINE_BYTES, LINE_BYTES);
      }
    },
    (at) => {
      if (at > lastPs) lastPs = at;
    },
  );
  return (counts.writes * 1e6) / lastPs;
}

/**
 * GB/s that reach one DIMM of the replica when eight cores stream lines in order, with DDIO on
 * (lines leave the LLC only when its few ways overflow) or off.
 */
export function remoteStreamGbps(profile: HardwareProfile, ddio: 'on' | 'off'): number {
  const cores = WRITING_CORES;
  const region = HEAP_BYTES / cores;
  const durable: number[] = [];
  run(
    withDimms(profile, 1),
    ddio === 'on' ? CACHED_WRITES : RAW_WRITES,
    cores,
    (sink, core) => persist(sink, 'clwb', core * region, region),
    (at) => durable.push(at),
  );
  // The first half fills the cache's ways; what reaches PM in the second is the steady state.
  durable.sort((x, y) => x - y);
  const from = durable.length >> 1;
  const lines = durable.length - from - 1;
  return (lines * LINE_BYTES * PS_PER_NS) / (durable[durable.length - 1] - durable[from]);
}
