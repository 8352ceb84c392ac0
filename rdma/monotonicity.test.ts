/**
 * A machine with a worse value never runs one thread faster, under any design. Which way a value is worse
 * stands in a table that must name every quantity of a profile.
 *
 * Only what a thread waits for is a value of the machine in this sense. The others are named with the
 * reason why either way may cost or save time.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LINE_BYTES } from '../pm/line.ts';
import { Op, type PersistSink } from '../pm/op.ts';
import { Random } from '../pm/random.ts';
import { extent } from '../pm/testing/extent.ts';
import type { MemoryTrace } from '../pm/trace.ts';
import type { Backend } from './backend.ts';
import { BACKENDS } from './backends/index.ts';
import { runnable } from './backends/refusal.ts';
import { ATTACHED } from './profiles/cxl-attached.ts';
import { optaneCx5 } from './profiles/optane-cx5.ts';
import { paper2018 } from './profiles/paper-2018.ts';
import { type HardwareProfile, type QuantityPath, quantities } from './profiles/profile.ts';
import { setValues } from './profiles/schema.ts';
import { run, traceOf, withSmallCaches } from './testing/runs.ts';

/** Which way a value is worse, or why neither is. */
type Worse = 'more' | 'less' | { readonly neither: string };

const SETS = { neither: 'lines share sets in another way, at the same size' };
const EARLY = { neither: 'a line that is evicted early costs the flush nothing later' };
const WORSE_MEMORY = {
  dimmCount: 'less',
  interleaveBytes: { neither: 'a run of lines may be for one DIMM or for several' },
  wpqLines: 'less',
  wpqDrainNs: 'more',
  mediaBufferBytes: 'less',
  mediaBlockBytes: { neither: 'more bytes are written in the time of a block' },
  mediaBlockWriteNs: 'more',
  lineReadNs: 'more',
} as const;

const WORSE = {
  'core.clockGhz': 'less',
  'core.instructionsPerCycle': 'less',
  'core.storeIssueNs': 'more',
  'core.clwbIssueNs': 'more',
  'core.flushEvicts': 'more',
  'core.fenceIssueNs': 'more',
  'core.l2Bytes': 'less',
  'core.l2Ways': SETS,
  'core.llcHitNs': 'more',
  'core.fillBuffers': 'less',
  'llc.llcBytes': 'less',
  'llc.llcWays': SETS,
  'path.loadSequentialNs': 'more',
  'path.loadRandomNs': 'more',
  'path.clwbPathNs': 'more',
  'path.clwbLineNs': 'more',
  'path.clwbMissLineNs': 'more',
  'path.ntStorePathNs': 'more',
  'path.ntStoreLineNs': 'more',
  'path.writeCombiningBuffers': { neither: 'a line that is displaced early is accepted earlier' },
  'memory.dimmCount': WORSE_MEMORY.dimmCount,
  'memory.interleaveBytes': WORSE_MEMORY.interleaveBytes,
  'memory.wpqLines': WORSE_MEMORY.wpqLines,
  'memory.wpqDrainNs': WORSE_MEMORY.wpqDrainNs,
  'memory.mediaBufferBytes': WORSE_MEMORY.mediaBufferBytes,
  'memory.mediaBlockBytes': WORSE_MEMORY.mediaBlockBytes,
  'memory.mediaBlockWriteNs': WORSE_MEMORY.mediaBlockWriteNs,
  'memory.lineReadNs': WORSE_MEMORY.lineReadNs,
  'nic.workRequestNs': 'more',
  'nic.doorbellNs': 'more',
  'nic.inlineLimitBytes': { neither: 'all that matters is that a line fits' },
  'nic.sendQueueEntries': 'less',
  'nic.batchEntries': { neither: 'fewer doorbells cost less, earlier ones let the NIC begin' },
  'nic.qpRateMps': 'less',
  'nic.nicRateMps': 'less',
  'nic.pipelineNs': 'more',
  'nic.retransmitNs': 'more',
  'nic.numbers': { neither: 'a design that needs it is refused without' },
  'nic.pushStores': { neither: 'one way or the other to post' },
  'nic.pushNs': 'more',
  'nic.tagBytes': 'more',
  'nic.packLines': { neither: 'lines of one message arrive together, when the last of them does' },
  'nic.ackAnswers': { neither: 'one way or the other to ask' },
  'nic.boundPushes': 'more',
  'nic.stagingLines': 'less',
  'nic.flush': { neither: 'a design that needs it is refused without' },
  'link.rateGbps': 'less',
  'link.headerBytes': 'more',
  'link.propagationNs': 'more',
  'link.lossProbability': 'more',
  'pcie.rateGbps': 'less',
  'pcie.headerBytes': 'more',
  'pcie.postedNs': 'more',
  'pcie.readRoundTripNs': 'more',
  'pcie.hostBufferLines': 'less',
  'ddio.enabled': {
    neither: 'a line that goes past the cache needs no flush, and waits for its DIMM',
  },
  'ddio.canTurnOff': { neither: 'a design that needs it is refused where it is 0' },
  'ddio.ways': EARLY,
  'ddio.randomReplacement': EARLY,
  'ddio.memoryPathNs': 'more',
  'ddio.llcFlushLineNs': 'more',
  'replicaLlc.llcBytes': EARLY,
  'replicaLlc.llcWays': SETS,
  'replicaMemory.dimmCount': WORSE_MEMORY.dimmCount,
  'replicaMemory.interleaveBytes': WORSE_MEMORY.interleaveBytes,
  'replicaMemory.wpqLines': WORSE_MEMORY.wpqLines,
  'replicaMemory.wpqDrainNs': WORSE_MEMORY.wpqDrainNs,
  'replicaMemory.mediaBufferBytes': WORSE_MEMORY.mediaBufferBytes,
  'replicaMemory.mediaBlockBytes': WORSE_MEMORY.mediaBlockBytes,
  'replicaMemory.mediaBlockWriteNs': WORSE_MEMORY.mediaBlockWriteNs,
  'replicaMemory.lineReadNs': WORSE_MEMORY.lineReadNs,
  'replicaCpu.polls': { neither: 'a design that needs it is refused where it is 0' },
  'replicaCpu.receiveNs': 'more',
  'replicaCpu.pauseNs': 'more',
  'replicaCpu.pauseEveryCount': 'less',
  'cxl.loadNs': 'more',
  'cxl.hopNs': 'more',
  'cxl.rateGbps': 'less',
  'cxl.headerBytes': 'more',
} as const satisfies Record<QuantityPath, Worse>;

const floorTo = (step: number, value: number): number => Math.floor(value / step) * step;

/** Values of the quantity that are worse than its own: a little, and by far. */
function worseValues(profile: HardwareProfile, path: QuantityPath): number[] {
  const direction: Worse = WORSE[path];
  const quantity = quantities(profile).find(([at]) => at === path)?.[1];
  assert(quantity !== undefined && typeof direction === 'string');
  const { value, unit } = quantity;
  if (unit === 'flag') return [1];
  // Beside losses that there are, others come at other times.
  if (unit === 'probability') return value === 0 ? [0.01, 0.1] : [];
  // Other numbers of DIMMs than these put lines together that were apart, and the other way round.
  if (path.endsWith('dimmCount')) return [Math.max(1, value / 2), 1];
  return [1.25, 10].map((factor) => {
    if (direction === 'more') return unit === 'B' ? Math.ceil(value * factor) : value * factor;
    if (unit === 'B') return Math.max(LINE_BYTES, floorTo(LINE_BYTES, value / factor));
    return unit === 'count' || unit === 'lines'
      ? Math.max(1, Math.floor(value / factor))
      : value / factor;
  });
}

/** Beyond the caches that are made small below, and quick to set up. */
const HEAP_BYTES = 1 << 22;

/** A place of `bytes`, anywhere. */
const somewhere = (random: Random, bytes: number): number =>
  random.below(HEAP_BYTES / bytes) * bytes;

const PROGRAMS: Record<string, (sink: PersistSink, random: Random) => void> = {
  // A search tree: computing, loads, and a few scattered lines an epoch.
  tree(sink, random) {
    for (let epoch = 0; epoch < 50; epoch++) {
      sink.op(Op.COMPUTE, random.below(800), 0);
      for (let i = random.below(4); i > 0; i--) sink.op(Op.LOAD, somewhere(random, 256), 256);
      for (let i = random.between(1, 3); i > 0; i--) {
        const place = somewhere(random, 64);
        sink.op(Op.STORE, place, 8 * random.between(1, 8));
        sink.op(Op.WRITE_BACK, place, 64);
        sink.op(Op.LOAD, place, 8);
      }
      sink.op(epoch % 7 === 6 ? Op.DURABILITY_FENCE : Op.ORDERING_FENCE, 0, 0);
    }
  },
  // A file system: whole pages, past the caches and through them, and a little metadata.
  pages(sink, random) {
    for (let epoch = 0; epoch < 8; epoch++) {
      const page = somewhere(random, 4096);
      if (epoch % 2 === 0) sink.op(Op.NT_STORE, page, 4096);
      else {
        sink.op(Op.STORE, page, 4096);
        sink.op(Op.WRITE_BACK, page, 4096);
      }
      sink.op(Op.ORDERING_FENCE, 0, 0);
      sink.op(Op.STORE, somewhere(random, 64), 8);
      sink.op(epoch % 4 === 3 ? Op.DURABILITY_FENCE : Op.ORDERING_FENCE, 0, 0);
    }
  },
  // One commit of more lines than any queue holds, in no order, some of them met again.
  commit(sink, random) {
    const places = Array.from({ length: 300 }, () => somewhere(random, 64));
    for (let i = 0; i < 400; i++) {
      const place = places[random.below(places.length)];
      sink.op(Op.STORE, place, 16);
      sink.op(Op.WRITE_BACK, place, 16);
    }
    sink.op(Op.DURABILITY_FENCE, 0, 0);
    for (const place of places) sink.op(Op.LOAD, place, 8);
  },
};
const TRACES = Object.entries(PROGRAMS).map(([name, program]): [string, MemoryTrace] => [
  name,
  traceOf([(sink) => program(sink, new Random(3))], HEAP_BYTES),
]);

const elapsed = (trace: MemoryTrace, backend: Backend, profile: HardwareProfile): number =>
  run(trace, { backend, profile }).elapsedPs;

/** With these the programs meet the limits of caches, queues and media, and losses. */
const TIGHT = [
  ['core.l2Bytes', 16384],
  ['llc.llcBytes', 45056],
  ['memory.dimmCount', 1],
  ['replicaMemory.dimmCount', 1],
  ['pcie.hostBufferLines', 4],
  ['link.lossProbability', 0.02],
  ['nic.stagingLines', 4],
] as const;
/** What waits longer goes in fewer messages, where one carries several lines: other lines come first, others are lost. */
const UNPACKED = [['nic.packLines', 1]] as const;
const MACHINES = [paper2018, { ...optaneCx5, cxl: ATTACHED }].flatMap((profile) => [
  { ...setValues(withSmallCaches(profile), UNPACKED), name: profile.name },
  { ...setValues(profile, [...TIGHT, ...UNPACKED]), name: `${profile.name}, tight` },
]);

/**
 * Of a value, a program and a design, one combination in so many is tried: each value with each program and
 * each design on some machine or other.
 */
const ONE_IN = extent({ short: 4, long: 1 });

describe('one thread', () => {
  const directed = quantities({ ...paper2018, cxl: ATTACHED }).flatMap(([path]) => {
    const at = path as QuantityPath;
    return typeof WORSE[at] === 'string' ? [at] : [];
  });
  /** Values that made something slower. */
  const seen = new Set<QuantityPath>();
  let combination = 0;

  for (const profile of MACHINES) {
    it(`is never faster with a worse value: ${profile.name}`, () => {
      const cells = TRACES.flatMap(([program, trace]) =>
        runnable(BACKENDS, profile).map((backend) => {
          return { program, trace, backend, base: elapsed(trace, backend, profile) };
        }),
      );
      const own = new Set(quantities(profile).map(([path]) => path));
      for (const path of directed.filter((one) => own.has(one))) {
        for (const value of worseValues(profile, path)) {
          const changed = setValues(profile, [[path, value]]);
          for (const { program, trace, backend, base } of cells) {
            if (combination++ % ONE_IN !== 0) continue;
            const worse = elapsed(trace, backend, changed);
            const what = `${program}, ${backend.name}, ${path} = ${value}`;
            assert(worse >= base, `${what}: ${base - worse} ps faster`);
            if (worse > base) seen.add(path);
          }
        }
      }
    });
  }

  it('notices every value in one of the programs, but how replicas read, which they do not', () => {
    assert.deepEqual(
      directed.filter((path) => !seen.has(path)),
      ['replicaMemory.lineReadNs'],
    );
  });
});
