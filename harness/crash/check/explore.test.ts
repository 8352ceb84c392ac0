import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PmHeap } from '../../../pm/heap.ts';
import { assertSeeded } from '../../../pm/testing/draws.ts';
import {
  addBackend,
  BACKENDS,
  backendNamed,
  ONE_REPLICA,
  PROFILES,
  profileNamed,
  runnable,
  setValues,
} from '../../../rdma/index.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import { defineWorkload, type Program, VerifyError } from '../../../workloads/workload.ts';
import type { SystemSpec } from '../../bench/index.ts';
import { crashTrace } from '../history/recorded-trace.ts';
import { record } from '../history/recording.ts';
import { acknowledgedAt, timelineOf } from '../history/timeline.ts';
import { type CrashJob, runCrashJob } from '../job.ts';
import { subjectOf } from '../plan.ts';
import { type Exploration, Explorer } from './explore.ts';
import { failureText } from './failure.ts';
import type { Thoroughness } from './judge.ts';

const THOROUGHNESS = {
  seed: 1,
  crashes: 40,
  imagesPerCrash: 8,
  resumeOneIn: 8,
  interruptOneIn: 8,
} as const;

function system(backend: string, profile: string, replicas = 1): SystemSpec {
  const plain = { queuePairs: 'per-core', faults: [], reference: false } as const;
  return { ...plain, backend, profile: profileNamed(profile), replicas };
}

function job(workload: string, threads: number, systems: readonly SystemSpec[]): CrashJob {
  return {
    subject: subjectOf({ workload, threads, transactions: 8, seed: 1, isolation: 'lines' }),
    systems,
    thoroughness: THOROUGHNESS,
    bug: null,
    image: null,
  };
}

const SYSTEMS = BACKENDS.flatMap((backend) => {
  const runs = (profile: string): boolean => runnable([backend], profileNamed(profile)).length > 0;
  const machines = runs('optane-cx5') ? ['optane-cx5', 'eadr'] : PROFILES.map(({ name }) => name);
  return machines.filter(runs).map((profile, i) => system(backend.name, profile, i === 0 ? 2 : 1));
});

for (const [workload, twice] of [
  ['ctree', ', and twice the same'],
  ['vacation', ''],
] as const) {
  test(`${workload} is sound under every backend${twice}`, () => {
    const one = job(workload, 2, SYSTEMS);
    const results = runCrashJob(one);
    let interrupted = 0;
    for (const { exploration, system } of results) {
      const { failure, images, interruptedRecoveries } = exploration;
      assert.equal(failure && failureText(failure, system.backend), null);
      assert(images > 20, `${images} images`);
      interrupted += interruptedRecoveries;
    }
    assert(interrupted > 20, `${interrupted} recoveries were interrupted`);
    if (twice !== '') assert.deepEqual(runCrashJob(one), results);
  });
}

test('clients that share lines are sound on a shared queue pair', () => {
  const one = job('vacation', 4, [
    { ...system('sm-ob', 'optane-cx5'), queuePairs: 'shared' },
    { ...system('sm-dd', 'optane-cx5'), queuePairs: 'shared' },
  ]);
  const subject = { ...one.subject, transactions: 32, isolation: 'words' } as const;
  for (const { exploration } of runCrashJob({ ...one, subject })) {
    assert.equal(exploration.failure, null);
  }
});

test('a design that turns between its ways with each transaction, and each core, is sound', () => {
  const turning = {
    ...backendNamed('sm-ad'),
    name: 'sm-ad-turning',
    aliases: [],
    createChooser: (cores: number) => {
      const begun = new Array<number>(cores).fill(0);
      return {
        begin: (core: number) => {
          begun[core]++;
        },
        end() {},
        acknowledged() {},
        wayOf: (core: number) => (core + begun[core]) % 2,
      };
    },
  };
  addBackend(turning);
  const systems = ['optane-cx5', 'paper-2018', 'eadr'].flatMap((profile): SystemSpec[] => [
    { ...system(turning.name, profile), queuePairs: 'shared' },
    { ...system(turning.name, profile, 2), queuePairs: 'shared', inflight: 4 },
  ]);
  const one = job('vacation', 4, systems);
  const subject = { ...one.subject, transactions: 24, isolation: 'words' } as const;
  for (const { exploration, system } of runCrashJob({ ...one, subject })) {
    assert.equal(exploration.failure && failureText(exploration.failure, system.backend), null);
  }
});

const COPIES = [64, 128, 192, 256] as const;
const LOG = 320;
const UNFINISHED = 384;

/**
 * Four copies of a counter, changed through a redo log. `careful`: recovery empties the log when
 * the copies are durable. `hasty`: it empties it first; `unfenced`: it does not write the copies
 * back. Both go well unless power fails again. `relapsing`: it is hasty when the one before it did
 * not come to its end, so power must fail in two recoveries. `forgetful`: a program that has redone
 * something has the right contents, and resumes with wrong ones; `shaken`: if the recovery before
 * it was cut short.
 */
type Recovery = 'careful' | 'hasty' | 'unfenced' | 'relapsing' | 'forgetful' | 'shaken';

const copies = (recovery: Recovery) =>
  defineWorkload({
    name: 'copies',
    summary: 'a test',
    protocol: 'a test',
    group: 'micro',
    parameters: {},
    smallParameters: {},
    threadsMax: 1,
    threadsDefault: 1,
    orderNeeded: 'none',
    transactionsDefault: 1,
    txTypes: ['add'],
    instructionsPerTx: () => [100],
    heapBytes: () => 512,
    create: (heap) => new Copies(heap, 1),
    recover(heap) {
      const logged = heap.loadWord(LOG);
      if (logged === 0) return new Copies(heap, 1);
      const set = (at: number, value: number): void => {
        heap.storeWord(at, value);
        heap.persist(at, 8);
      };
      const isSecond = heap.loadWord(UNFINISHED) === 1;
      if (recovery === 'relapsing' || recovery === 'shaken') set(UNFINISHED, 1);
      const isHasty = recovery === 'hasty' || (recovery === 'relapsing' && isSecond);
      if (isHasty) set(LOG, 0);
      for (const copy of COPIES) heap.storeWord(copy, logged);
      if (recovery !== 'unfenced') heap.persist(COPIES[0], 256);
      if (!isHasty) set(LOG, 0);
      if (recovery === 'relapsing' || recovery === 'shaken') set(UNFINISHED, 0);
      const isWrong = recovery === 'forgetful' || (recovery === 'shaken' && isSecond);
      return new Copies(heap, isWrong ? 2 : 1);
    },
  });

class Copies implements Program {
  /** How many are there that nobody has closed. */
  static open = 0;
  readonly #heap: PmHeap;
  readonly #step: number;

  constructor(heap: PmHeap, step: number) {
    this.#heap = heap;
    this.#step = step;
    Copies.open++;
  }

  close(): void {
    Copies.open--;
  }

  transaction(): void {
    const heap = this.#heap;
    heap.txBegin(0);
    const value = heap.loadWord(COPIES[0]) + this.#step;
    heap.storeWord(LOG, value);
    heap.persist(LOG, 8);
    for (const copy of COPIES) heap.storeWord(copy, value);
    heap.persist(COPIES[0], 256);
    heap.storeWord(LOG, 0);
    heap.writeBack(LOG, 8);
    heap.durabilityFence();
    heap.txEnd();
  }

  verify(): void {
    const values = new Set(COPIES.map((copy) => this.#heap.loadWord(copy)));
    if (values.size > 1) throw new VerifyError(`copies differ: ${[...values]}`);
  }

  digest(): string {
    return String(this.#heap.loadWord(COPIES[0]));
  }
}

function exploreCopies(recovery: Recovery, choice: Partial<Thoroughness> = {}): Exploration {
  const configured = copies(recovery).configure({});
  const trace = crashTrace(record({ configured, threads: 1, seed: 1, transactions: 3 }));
  const thoroughness = { ...EVERYTHING, ...choice };
  const [, , backend] = BACKENDS;
  const under = { backend, profile: profileNamed('optane-cx5'), ...ONE_REPLICA, replicas: 2 };
  return new Explorer(trace, thoroughness).explore(timelineOf(trace, under));
}

test('what is in flight may be lost, and what is acknowledged may not', () => {
  const systems = ['sm-ob', 'sm-dd', 'ibta-flush'].map((backend) => ({
    ...system(backend, 'optane-cx5'),
    queuePairs: 'auto' as const,
    inflight: 4,
    group: 2,
  }));
  for (const { exploration, system: under } of runCrashJob(job('ctree', 1, systems))) {
    assert.equal(exploration.failure && failureText(exploration.failure, under.backend), null);
    assert(exploration.images > 20);
  }
  const configured = resolveWorkload('ctree')?.configure({}) ?? assert.fail();
  const trace = crashTrace(record({ configured, threads: 1, seed: 1, transactions: 12 }));
  const [, , , backend] = BACKENDS;
  const machine = { backend, profile: profileNamed('optane-cx5'), ...ONE_REPLICA, inflight: 4 };
  const timeline = timelineOf(trace, machine);
  const moments = timeline.spans[0].map(({ acknowledgedPs }) => acknowledgedPs - 1);
  const inFlight = moments.map((ps) => {
    const { least, most } = acknowledgedAt(timeline, ps);
    return most[0] - least[0];
  });
  assert(Math.max(...inFlight) > 1 && Math.min(...inFlight) >= 1, `${inFlight}`);
});

const NEVER = 2 ** 32;
const EVERYTHING = {
  seed: 1,
  crashes: 1000,
  imagesPerCrash: 64,
  resumeOneIn: NEVER,
  interruptOneIn: NEVER,
};

test('a recovery that must not be interrupted is found out by interrupting it, and only so', () => {
  assert.equal(exploreCopies('careful', { interruptOneIn: 1 }).failure, null);
  for (const wrong of ['hasty', 'unfenced'] as const) {
    assert.equal(exploreCopies(wrong).failure, null);
    const { failure } = exploreCopies(wrong, { interruptOneIn: 1 });
    assert.match(failure?.problem ?? '', /again during recovery: VerifyError: copies differ/);
  }
});

test('recoveries are interrupted twice deep: what only the second failure shows is found', () => {
  assert.equal(exploreCopies('relapsing').failure, null);
  const { failure } = exploreCopies('relapsing', { interruptOneIn: 1 });
  assert.match(failure?.problem ?? '', /again during recovery: VerifyError: copies differ/);
  const careful = exploreCopies('careful', { interruptOneIn: 1 });
  const { interruptedRecoveries, interruptedTwice } = careful;
  assert(interruptedTwice > 0 && interruptedTwice < interruptedRecoveries, `${interruptedTwice}`);
});

test('a program that resumes wrongly after an interrupted recovery only is found out', () => {
  assert.equal(exploreCopies('shaken', { interruptOneIn: 1 }).failure, null);
  assert.equal(exploreCopies('shaken', { resumeOneIn: 1 }).failure, null);
  const both = { interruptOneIn: 1, resumeOneIn: 1 };
  const { failure } = exploreCopies('shaken', both);
  assert.match(failure?.problem ?? '', /during recovery: recovered contents 1, then resumed to 9/);
  const careful = exploreCopies('careful', both);
  assert.equal(careful.failure, null);
  assert.equal(careful.resumedInterrupted, careful.interruptedRecoveries);
});

test('a program that recovers the right contents and resumes to wrong ones is found out', () => {
  const careful = exploreCopies('careful', { resumeOneIn: 1 });
  assert.equal(careful.failure, null);
  assert.equal(careful.resumed, careful.distinctImages);
  assert.equal(exploreCopies('forgetful').failure, null);
  const { failure } = exploreCopies('forgetful', { resumeOneIn: 1 });
  assert.match(failure?.problem ?? '', /contents 1, then resumed to 9 instead of 5/);
});

test('what is recovered is closed, whatever becomes of it', () => {
  for (const recovery of ['careful', 'hasty'] as const) {
    const before = Copies.open;
    exploreCopies(recovery, { resumeOneIn: 2, interruptOneIn: 2 });
    assert.equal(Copies.open, before, recovery);
  }
});

test('fewer moments than transactions are not all between transactions', () => {
  const one = job('ctree', 1, [system('sm-ob', 'optane-cx5')]);
  const subject = { ...one.subject, transactions: 120 };
  const thoroughness = { ...THOROUGHNESS, crashes: 60 };
  const [{ exploration }] = runCrashJob({
    ...one,
    subject,
    thoroughness,
    bug: 'ctree-truncated-early',
  });
  assert(exploration.failure !== null);
});

test('all machines crash at the same moments: at every one, or at as many as are asked for', () => {
  const all = exploreCopies('careful');
  assert.equal(all.machines, 5);
  assert.equal(all.momentsCrashed, all.moments);
  assert.equal(all.crashPoints, all.moments * all.machines);
  assert.equal(all.crashPointsExhausted, all.crashPoints);
  assert.equal(all.recoveries, all.distinctImages);
  const some = exploreCopies('careful', { crashes: 10, imagesPerCrash: 4 });
  assert.deepEqual([some.moments, some.momentsCrashed, some.crashPoints], [all.moments, 10, 50]);
  assert(some.crashPointsExhausted < some.crashPoints);
  // However few they are, the last acknowledgement is among them.
  for (const crashes of [3, 10, 1000]) {
    assert.equal(exploreCopies('careful', { crashes }).acknowledged, 3, `${crashes}`);
  }
});

test('another seed crashes another run, at other moments, with other images', async () => {
  const profile = setValues(profileNamed('optane-cx5'), [['link.lossProbability', 0.1]]);
  const explored: string[] = [];
  await assertSeeded((seed) => {
    const one = job('ctree', 2, [{ ...system('sm-ob', 'optane-cx5'), profile }]);
    const thoroughness = { ...THOROUGHNESS, seed, crashes: 5 };
    const [result] = runCrashJob({ ...one, subject: { ...one.subject, seed }, thoroughness });
    explored.push(JSON.stringify(result.exploration));
  });
  // Of one and the same run, too, other images are drawn.
  for (const seed of [2, 3]) {
    const one = job('ctree', 2, [system('sm-ob', 'optane-cx5')]);
    const [result] = runCrashJob({ ...one, thoroughness: { ...THOROUGHNESS, seed, crashes: 5 } });
    explored.push(JSON.stringify(result.exploration));
  }
  assert.equal(new Set(explored).size, 4);
});
