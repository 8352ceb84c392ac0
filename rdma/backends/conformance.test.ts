/**
 * What every mirroring backend must guarantee, on random programs of several threads. A durability
 * point returns only when every line sent before it is durable on every replica. What is sent after
 * an ordering point is durable no earlier than what was sent before it. The time breakdown sums;
 * nothing is faster than not mirroring. Backends with a seeded bug must be caught.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Op } from '../../pm/op.ts';
import { type MemoryTrace, recordTrace } from '../../pm/trace.ts';
import type { Backend } from '../backend.ts';
import { createMirror } from '../engine.ts';
import { type MirrorReport, ONE_REPLICA, type System } from '../mirror.ts';
import { Verb } from '../network/verb.ts';
import { optaneCx5 } from '../profiles/optane-cx5.ts';
import { paper2018 } from '../profiles/paper-2018.ts';
import type { HardwareProfile } from '../profiles/profile.ts';
import { OVERTAKING, ROUND_PROFILE } from '../testing/round-profile.ts';
import { BACKENDS, resolveBackend } from './index.ts';
import { smOb } from './sm-ob.ts';
import { smRc } from './sm-rc.ts';

/** One step of a random program. Every write goes to lines of its own, so that each is known by its line. */
type Step =
  | {
      readonly kind: 'write';
      readonly lines: number;
      readonly nonTemporal: boolean;
      /** Every other word of each line only. */
      readonly scattered: boolean;
    }
  | { readonly kind: 'compute'; readonly instructions: number }
  | { readonly kind: 'fence'; readonly durability: boolean }
  /** A lock of the thread's own, released at once. */
  | { readonly kind: 'release' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('write' as const),
        lines: fc.integer({ min: 1, max: 6 }),
        nonTemporal: fc.boolean(),
        scattered: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('compute' as const),
        instructions: fc.integer({ min: 0, max: 5000 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('fence' as const), durability: fc.boolean() }),
    },
  ),
  { maxLength: 60 },
);
const programs = fc.array(steps, { minLength: 1, maxLength: 3 });

const LINES_PER_THREAD = 512;

/** Records the programs and says, for each line, in which epoch of its thread it was sent. */
function record(threads: readonly (readonly Step[])[]) {
  const epochOfLine = new Map<number, number>();
  const heapBytes = threads.length * LINES_PER_THREAD * 64;
  const trace = recordTrace(threads.length, heapBytes, (sink, thread) => {
    let line = thread * LINES_PER_THREAD;
    let epoch = 0;
    let ticket = 0;
    sink.op(Op.TX_BEGIN, 0, 0);
    for (const step of [...threads[thread], { kind: 'fence', durability: true } as const]) {
      if (step.kind === 'compute') {
        sink.op(Op.COMPUTE, step.instructions, 0);
      } else if (step.kind === 'fence') {
        sink.op(step.durability ? Op.DURABILITY_FENCE : Op.ORDERING_FENCE, 0, 0);
        epoch++;
      } else if (step.kind === 'release') {
        sink.op(Op.LOCK, thread, ticket++);
        sink.op(Op.UNLOCK, thread, 0);
      } else {
        const store = step.nonTemporal ? Op.NT_STORE : Op.STORE;
        if (!step.scattered) sink.op(store, line * 64, step.lines * 64);
        for (let word = 0; step.scattered && word < step.lines * 8; word += 2) {
          sink.op(store, line * 64 + word * 8, 8);
        }
        if (!step.nonTemporal) sink.op(Op.WRITE_BACK, line * 64, step.lines * 64);
        for (let i = 0; i < step.lines; i++, line++) epochOfLine.set(line, epoch);
      }
    }
    sink.op(Op.TX_END, 0, 0);
  });
  return { trace, epochOfLine };
}

interface Durable {
  readonly replica: number;
  readonly line: number;
  readonly at: number;
}

interface Run {
  readonly report: MirrorReport;
  readonly durable: readonly Durable[];
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
  const fences: { durability: boolean; at: number }[][] = [];
  for (let core = 0; core < trace.threads; core++) fences.push([]);
  const mirror = createMirror(
    { backend, profile, ...ONE_REPLICA, ...given },
    {
      cores: trace.threads,
      heapBytes: trace.heapBytes,
      observer: {
        onReplicaDurable: (replica, _core, line, at) => durable.push({ replica, line, at }),
        onFenceDone: (core, durability, at) => fences[core].push({ durability, at }),
      },
    },
  );
  mirror.replay(trace);
  return { report: mirror.finish(), durable, fences };
}

/** Throws unless the guarantees of ordering and durability hold. */
function checkGuarantees(epochOfLine: Map<number, number>, result: Run, replicas: number): void {
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
      assert(durableAt >= earlierEpochs, `line ${line} overtook an earlier epoch`);
      const promise = result.fences[thread].slice(epoch).find((fence) => fence.durability);
      assert(promise !== undefined && durableAt <= promise.at, `line ${line} late or lost`);
    }
  }
}

const MIRRORING = BACKENDS.filter((backend) => backend.ddio !== 'none');

/** Small queues everywhere, so that push-back is exercised. */
const TIGHT: HardwareProfile = {
  ...optaneCx5,
  name: 'tight',
  nic: { ...optaneCx5.nic, sendQueueEntries: { ...optaneCx5.nic.sendQueueEntries, value: 5 } },
  pcie: { ...optaneCx5.pcie, hostBufferLines: { ...optaneCx5.pcie.hostBufferLines, value: 1 } },
  replicaMemory: {
    ...optaneCx5.replicaMemory,
    wpqLines: { ...optaneCx5.replicaMemory.wpqLines, value: 1 },
    mediaBufferBytes: { ...optaneCx5.replicaMemory.mediaBufferBytes, value: 256 },
  },
};

const PROFILES_UNDER_TEST = [ROUND_PROFILE, optaneCx5, paper2018, TIGHT];

describe('every mirroring backend', () => {
  for (const backend of MIRRORING) {
    for (const profile of PROFILES_UNDER_TEST) {
      it(`${backend.name} keeps order and durability on ${profile.name}`, () => {
        fc.assert(
          fc.property(
            programs,
            fc.integer({ min: 1, max: 3 }),
            fc.constantFrom('per-core' as const, 'words' as const, 'release' as const),
            (threads, replicas, queuePairs) => {
              const { trace, epochOfLine } = record(threads);
              const result = run(trace, backend, profile, { replicas, queuePairs });
              checkGuarantees(epochOfLine, result, replicas);
            },
          ),
          { numRuns: 60, seed: 1 },
        );
      });
    }

    it(`${backend.name}: the parts of time sum, and it is never faster than no-sm`, () => {
      const noSm = BACKENDS[0];
      fc.assert(
        fc.property(programs, (threads) => {
          const { trace } = record(threads);
          const { report } = run(trace, backend, TIGHT);
          const sum = Object.values(report.timePs).reduce((total, ps) => total + ps, 0);
          assert.equal(sum, report.elapsedPs * report.cores);
          assert(report.elapsedPs >= run(trace, noSm, TIGHT).report.elapsedPs);
        }),
        { numRuns: 40, seed: 1 },
      );
    });
  }

  it('states a name, aliases and DDIO setting that no other has', () => {
    const names = BACKENDS.flatMap((backend) => [backend.name, ...backend.aliases]);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.equal(resolveBackend(name)?.ddio !== undefined, true);
    assert.equal(resolveBackend('sm-xx'), undefined);
  });
});

describe('a wrong backend is caught', () => {
  const wrong: Record<string, Backend> = {
    'posts no ROFENCE': { ...smOb, onOrderingPoint() {} },
    'never commits': { ...smRc, onOrderingPoint() {}, onDurabilityPoint() {} },
    'fences without flushing the LLC': {
      ...smRc,
      onDurabilityPoint(posting, core) {
        if (posting.linesSinceAnswer(core) === 0) return;
        posting.post(core, Verb.RDFENCE, 0);
        posting.awaitAnswer(core);
      },
    },
    'skips one line in seven': {
      ...smOb,
      onLine(posting, core, line) {
        if (line % 7 !== 6) posting.post(core, Verb.WRITE_THROUGH, line);
      },
    },
  };
  for (const [what, backend] of Object.entries(wrong)) {
    it(what, () => {
      // Lines of an epoch overtake earlier ones only past a full queue at another DIMM, so the
      // one without ROFENCE needs two slow DIMMs and a stream that crosses between them.
      const threads: Step[][] = [[]];
      for (let i = 0; i < 20; i++) {
        threads[0].push({ kind: 'write', lines: 6, nonTemporal: false, scattered: false });
        threads[0].push({ kind: 'fence', durability: i === 19 });
      }
      const { trace, epochOfLine } = record(threads);
      assert.throws(() => checkGuarantees(epochOfLine, run(trace, backend, OVERTAKING), 1));
    });
  }
});
