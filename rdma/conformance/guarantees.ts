/**
 * Order and durability on random programs of several threads. A durability point returns only when every
 * line sent before it is durable on every replica. What is sent after an ordering point is durable no
 * earlier than what was sent before it. And of time: its parts sum, nothing is faster than not
 * mirroring, and twice the same run is the same.
 */

import { Random } from '../../pm/random.ts';
import type { MemoryTrace } from '../../pm/trace.ts';
import type { Backend } from '../backend.ts';
import { noSm } from '../backends/no-sm.ts';
import { refusal } from '../backends/refusal.ts';
import { createMirror } from '../engine.ts';
import { type MirrorReport, ONE_REPLICA, type QueuePairs, type System } from '../mirror.ts';
import { cxlAttached } from '../profiles/cxl-attached.ts';
import { optaneCx5 } from '../profiles/optane-cx5.ts';
import { paper2018 } from '../profiles/paper-2018.ts';
import type { HardwareProfile } from '../profiles/profile.ts';
import { setValues } from '../profiles/schema.ts';
import { OVERTAKING, ROUND_CXL } from '../testing/round-profile.ts';
import { withSmallCaches } from '../testing/runs.ts';
import { LINES_PER_THREAD, type Recorded, randomProgram, recorded, type Step } from './programs.ts';
import type { BackendRule, Extent } from './rule.ts';

const REPLICAS_MAX = 3;

interface Durable {
  readonly replica: number;
  readonly line: number;
  readonly at: number;
}

interface Run {
  readonly report: MirrorReport;
  readonly durable: readonly Durable[];
  /** By replica: the words of each line that were readable there. */
  readonly visible: readonly ReadonlyMap<number, number>[];
  /** When each fence of each core was done, and whether it was a durability point. */
  readonly fences: readonly (readonly { readonly durability: boolean; readonly at: number }[])[];
}

function run(
  trace: MemoryTrace,
  backend: Backend,
  profile: HardwareProfile,
  given: Partial<System> = {},
): Run {
  const durable: Durable[] = [];
  const visible = Array.from({ length: REPLICAS_MAX }, () => new Map<number, number>());
  const fences: { durability: boolean; at: number }[][] = [];
  for (let core = 0; core < trace.threads; core++) fences.push([]);
  const mirror = createMirror(
    { backend, profile, ...ONE_REPLICA, ...given },
    {
      cores: trace.threads,
      heapBytes: trace.heapBytes,
      observer: {
        onReplicaVisible: (replica, _core, line, words) =>
          visible[replica].set(line, (visible[replica].get(line) ?? 0) | words),
        onReplicaDurable: (replica, _core, line, at) => durable.push({ replica, line, at }),
        onFenceDone: (core, durability, at) => fences[core].push({ durability, at }),
      },
    },
  );
  mirror.replay(trace);
  return { report: mirror.finish(), durable, visible, fences };
}

/** The first line that breaks the guarantees of ordering or durability, and how. */
function brokenGuarantee(
  { epochOfLine, wordsOfLine }: Recorded,
  result: Run,
  replicas: number,
): string | undefined {
  for (let replica = 0; replica < replicas; replica++) {
    const at = new Map(
      result.durable.filter((e) => e.replica === replica).map((e) => [e.line, e.at]),
    );
    let thread = 0;
    let epochStart = 0;
    let earlierEpochs = 0;
    let thisEpoch = 0;
    // Lines are in order of thread, and of epoch within a thread.
    for (const [line, epoch] of epochOfLine) {
      const ofThread = Math.floor(line / LINES_PER_THREAD);
      if (ofThread !== thread || epoch !== epochStart) {
        earlierEpochs = ofThread === thread ? Math.max(earlierEpochs, thisEpoch) : 0;
        thisEpoch = 0;
        thread = ofThread;
        epochStart = epoch;
      }
      const durableAt = at.get(line) ?? Number.POSITIVE_INFINITY;
      thisEpoch = Math.max(thisEpoch, durableAt);
      const where = `line ${line} of core ${thread}, epoch ${epoch}, at replica ${replica}`;
      if (durableAt < earlierEpochs) return `${where} is durable before an earlier epoch's`;
      const stored = wordsOfLine.get(line) ?? 0;
      const there = result.visible[replica].get(line) ?? 0;
      const missing = stored & ~there;
      if (durableAt < Number.POSITIVE_INFINITY && missing !== 0) {
        return `${where} lacks stored words (mask 0x${missing.toString(16)})`;
      }
      const promise = result.fences[thread].slice(epoch).find((fence) => fence.durability);
      if (durableAt === Number.POSITIVE_INFINITY) return `${where} is never durable`;
      if (promise === undefined || durableAt > promise.at) {
        return `${where} is durable after the durability point that promised it`;
      }
    }
  }
  return undefined;
}

/** Small queues everywhere, so that push-back is exercised. */
const TIGHT: HardwareProfile = {
  ...setValues(optaneCx5, [
    ['nic.sendQueueEntries', 6],
    ['pcie.hostBufferLines', 1],
    ['replicaMemory.wpqLines', 1],
    ['replicaMemory.mediaBufferBytes', 256],
  ]),
  cxl: cxlAttached.cxl,
  name: 'tight',
};

/** Machines of round numbers, of real ones, of small queues, and one where lines overtake if they may. */
const MACHINES: readonly HardwareProfile[] = [
  ROUND_CXL,
  ...[optaneCx5, paper2018, cxlAttached, TIGHT].map(withSmallCaches),
  { ...OVERTAKING, name: 'overtaking' },
];

const QUEUE_PAIRS: readonly QueuePairs[] = ['per-core', 'words', 'release'];
const CROSSING_WRITES = 20;

/** A stream of one thread that crosses between two slow DIMMs, where epochs overtake if nothing orders them. */
function crossing(): Step[][] {
  const steps = Array.from({ length: CROSSING_WRITES }, (_, i): Step[] => [
    { kind: 'write', lines: 6, nonTemporal: false, words: 0xff },
    { kind: 'fence', durability: i === CROSSING_WRITES - 1 },
  ]);
  return [steps.flat()];
}

/** Whether a design is to keep anything at a replica. */
const mirrors = ({ durability }: Backend): boolean => durability !== null;

/** Order and durability on `profile`: what breaks them. */
export function brokenOn(
  backend: Backend,
  profile: HardwareProfile,
  { seed, programs }: Extent,
): string | undefined {
  const first = recorded(crossing());
  const found = brokenGuarantee(first, run(first.trace, backend, profile), 1);
  if (found !== undefined) return `${profile.name}, a stream over two DIMMs: ${found}`;
  for (let i = 0; i < programs; i++) {
    const random = new Random(seed, i);
    const program = recorded(randomProgram(random));
    const replicas = random.between(1, REPLICAS_MAX);
    const queuePairs = QUEUE_PAIRS[random.below(QUEUE_PAIRS.length)];
    const result = run(program.trace, backend, profile, { replicas, queuePairs });
    const broken = brokenGuarantee(program, result, replicas);
    if (broken !== undefined) {
      return `${profile.name}, random program ${i}, ${replicas} replicas, queue pairs ${queuePairs}: ${broken}`;
    }
  }
  return undefined;
}

/** Machines of {@link orderAndDurability} that can run `backend`: those of round numbers at least. */
export function machinesFor(backend: Backend): readonly HardwareProfile[] {
  return MACHINES.filter((profile) => refusal({ backend, profile }) === undefined);
}

export const orderAndDurability: BackendRule = {
  name: 'order',
  about:
    'nothing of a later epoch is durable before an earlier one, and a durability point returns only ' +
    'when all before it is durable at every replica',
  broken(backend, extent) {
    if (!mirrors(backend)) return undefined;
    for (const profile of machinesFor(backend)) {
      const found = brokenOn(backend, profile, extent);
      if (found !== undefined) return found;
    }
    return undefined;
  },
};

export const timeAddsUp: BackendRule = {
  name: 'time',
  about: 'the parts of time sum to the elapsed time, and it is never faster than without mirroring',
  broken(backend, { seed, programs }) {
    for (let i = 0; i < programs; i++) {
      const { trace } = recorded(randomProgram(new Random(seed, i)));
      const { timePs, elapsedPs, cores } = run(trace, backend, TIGHT).report;
      const sum = Object.values(timePs).reduce((total, ps) => total + ps, 0);
      if (sum !== elapsedPs * cores) {
        return `random program ${i}: the parts are ${sum} ps, ${cores} cores ran ${elapsedPs} ps`;
      }
      const bare = run(trace, noSm, TIGHT).report.elapsedPs;
      if (elapsedPs < bare) {
        return `random program ${i}: ${elapsedPs} ps, and ${bare} ps without mirroring`;
      }
    }
    return undefined;
  },
};

export const sameTwice: BackendRule = {
  name: 'determinism',
  about: 'the same program takes the same time, event for event, whatever ran before',
  broken(backend, { seed, programs }) {
    const tracesOf = () =>
      Array.from({ length: Math.min(programs, 10) }, (_, i) =>
        recorded(randomProgram(new Random(seed, i))),
      );
    const logs = (list: readonly Recorded[]): string[] =>
      list.map(({ trace }) => JSON.stringify(run(trace, backend, TIGHT, { replicas: 2 })));
    const first = logs(tracesOf());
    // The other way round, so that what one run leaves behind shows in another.
    const again = logs(tracesOf().reverse()).reverse();
    const i = first.findIndex((log, at) => log !== again[at]);
    return i < 0 ? undefined : `random program ${i} runs otherwise a second time`;
  },
};
