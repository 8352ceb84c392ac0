/**
 * Random programs on random systems, each made of a seed: what two ways of timing must agree on. Programs share
 * lines and locks; machines have short queues, few DIMMs and small caches, so that what is shared is fought for.
 */

import { Op, type PersistSink } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { MemoryTrace, TraceRecorder } from '../../pm/trace.ts';
import { BACKENDS } from '../backends/index.ts';
import { type MirrorRun, ONE_REPLICA, type QueuePairs, type System } from '../mirror.ts';
import { PROFILES } from '../profiles/index.ts';
import type { HardwareProfile } from '../profiles/profile.ts';
import { setValues } from '../profiles/schema.ts';
import { OVERTAKING, ROUND_CXL } from './round-profile.ts';

/** A program, and a system that times it. */
export interface RandomCase {
  readonly trace: MemoryTrace;
  readonly system: System;
  readonly run: MirrorRun;
}

const CORES_MAX = 5;
const SHARED_LINES = 96;
const OWN_LINES = 512;
const LOCKS = 3;
const QUEUE_PAIRS: readonly QueuePairs[] = ['per-core', 'words', 'release', 'shared'];

/** Values that bring queues and caches to their ends; each is taken now and then. */
const VALUES: readonly (readonly [path: string, values: readonly number[]])[] = [
  ['core.l2Bytes', [4096, 16384]],
  ['core.fillBuffers', [1, 3]],
  ['core.flushEvicts', [1]],
  ['path.writeCombiningBuffers', [1, 3]],
  ['memory.dimmCount', [1, 2]],
  ['memory.wpqLines', [1, 4]],
  ['replicaMemory.dimmCount', [1, 2]],
  ['replicaMemory.wpqLines', [1, 4]],
  ['replicaMemory.mediaBlockWriteNs', [2000]],
  ['nic.sendQueueEntries', [16, 24]],
  ['nic.batchEntries', [1, 4]],
  ['nic.qpRateMps', [1, 20]],
  ['nic.pipelineNs', [0]],
  ['nic.stagingLines', [0, 4]],
  ['nic.packLines', [1]],
  ['nic.pushStores', [0]],
  ['nic.ackAnswers', [0]],
  ['link.lossProbability', [0.03]],
  ['link.propagationNs', [0, 2000]],
  ['pcie.postedNs', [0]],
  ['pcie.hostBufferLines', [1, 8]],
  ['ddio.enabled', [0]],
  ['ddio.ways', [1]],
  ['ddio.randomReplacement', [1]],
];

/** The case of `seed`, the same for the same seed; its trace is in chunks of so many operations. */
export function randomCase(seed: number, chunkOps = 16): RandomCase {
  const random = new Random(seed);
  const cores = random.below(4) === 0 ? 1 : random.between(2, CORES_MAX);
  const isMeasured = random.below(2) === 0;
  const trace = randomTrace(random, { cores, isMeasured, chunkOps });
  const profile = randomProfile(random);
  const replicas = random.below(3) === 0 ? random.between(2, 3) : 1;
  const faults = random.below(6) === 0 ? [randomFault(random, replicas)] : [];
  const quorum = replicas > 1 && random.below(2) === 0 ? random.between(1, replicas) : undefined;
  const inflight = quorum === undefined && random.below(5) === 0 ? random.between(2, 4) : 1;
  const group = quorum === undefined && random.below(8) === 0 ? 3 : 1;
  return {
    trace,
    system: {
      ...ONE_REPLICA,
      backend: BACKENDS[random.below(BACKENDS.length)],
      profile,
      replicas,
      queuePairs: QUEUE_PAIRS[random.below(QUEUE_PAIRS.length)],
      ...{ faults, quorum, inflight, group },
    },
    run: {
      cores,
      heapBytes: trace.heapBytes,
      seed,
      warmsUp: isMeasured,
      lockOrder: random.below(2) === 0 ? 'recorded' : 'first-come',
    },
  };
}

function randomFault(random: Random, replicas: number) {
  const replica = random.below(replicas);
  if (random.below(2) === 0) return { replica, slowdown: random.between(2, 8) };
  return { replica, stallFromNs: random.below(20_000), stallForNs: random.between(1, 20_000) };
}

function randomProfile(random: Random): HardwareProfile {
  const machines = [...PROFILES, ROUND_CXL, OVERTAKING];
  const machine = machines[random.below(machines.length)];
  const values: [string, number][] = [
    ['llc.llcBytes', machine.llc.llcWays.value * 64 * random.between(1, 32)],
    ['replicaLlc.llcBytes', machine.replicaLlc.llcWays.value * 64 * random.between(1, 32)],
  ];
  const often = random.between(2, 12);
  for (const [path, choices] of VALUES) {
    if (random.below(often) === 0) values.push([path, choices[random.below(choices.length)]]);
  }
  return setValues(machine, values);
}

/**
 * A run of several threads. Sections under a lock are recorded one after the other, so that the recorded order
 * of locks is one that can be repeated.
 */
function randomTrace(
  random: Random,
  { cores, isMeasured, chunkOps }: { cores: number; isMeasured: boolean; chunkOps: number },
): MemoryTrace {
  const steps: ((sink: PersistSink) => void)[][] = Array.from({ length: cores }, () => []);
  const tickets = new Uint32Array(LOCKS);
  const rounds = random.between(3, 40);
  const measuredFrom = isMeasured ? random.below(rounds) : -1;
  const linesMax = random.below(4) === 0 ? 40 : 4;
  for (let round = 0; round < rounds; round++) {
    for (let core = 0; core < cores; core++) {
      if (round === measuredFrom) steps[core].push((sink) => sink.op(Op.MEASURE, 0, 0));
      const drawn = new Random(random.next());
      const lock = random.below(3) === 0 ? random.below(LOCKS) : -1;
      const ticket = lock < 0 ? 0 : tickets[lock]++;
      steps[core].push((sink) => {
        sink.op(Op.TX_BEGIN, drawn.below(3), 0);
        if (lock >= 0) sink.op(Op.LOCK, lock, ticket);
        emitEpochs(sink, drawn, core, linesMax);
        if (lock >= 0) sink.op(Op.UNLOCK, lock, 0);
        sink.op(Op.TX_END, 0, 0);
      });
    }
  }
  const trace = new MemoryTrace(cores, (SHARED_LINES + cores * OWN_LINES) * 64);
  for (const [core, ofCore] of steps.entries()) {
    const sink = new TraceRecorder((chunk) => trace.append(core, chunk), null, chunkOps);
    for (const step of ofCore) step(sink);
    sink.flush();
  }
  return trace;
}

function emitEpochs(sink: PersistSink, random: Random, core: number, linesMax: number): void {
  const epochs = random.below(4);
  for (let epoch = 0; epoch <= epochs; epoch++) {
    const writes = random.below(linesMax);
    for (let i = 0; i <= writes; i++) emitWrite(sink, random, core);
    if (random.below(3) === 0) sink.op(Op.COMPUTE, random.below(4000), 0);
    if (random.below(8) > 0) sink.op(Op.ORDERING_FENCE, 0, 0);
  }
  if (random.below(8) > 0) sink.op(Op.DURABILITY_FENCE, 0, 0);
}

function emitWrite(sink: PersistSink, random: Random, core: number): void {
  const isShared = random.below(3) === 0;
  const lines = isShared ? SHARED_LINES : OWN_LINES;
  const first = isShared ? 0 : SHARED_LINES + core * OWN_LINES;
  const bytes = [0, 8, 8, 24, 64, 200][random.below(6)];
  const at = (first + random.below(lines - 4)) * 64 + 8 * random.below(8);
  if (random.below(3) === 0) sink.op(Op.LOAD, at, bytes);
  if (random.below(4) === 0) {
    sink.op(Op.NT_STORE, at, bytes);
    return;
  }
  sink.op(Op.STORE, at, bytes);
  if (random.below(3) === 0) sink.op(Op.STORE, at + 16, bytes);
  if (random.below(6) > 0) sink.op(Op.WRITE_BACK, at, bytes + random.below(2) * 64);
}
