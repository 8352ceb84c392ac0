/**
 * On random small programs, under every backend: a replica never holds a state that the primary could
 * not have had between two fences of its own. For each thread there is an epoch such that everything
 * sent before it is there, nothing of later ones is, and of the epoch itself any lines may be. Wrong
 * designs with a seeded bug must be found; counter-examples are shrunk and print as programs.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import { isFence, Op } from '../../../pm/op.ts';
import { Random } from '../../../pm/random.ts';
import { extent } from '../../../pm/testing/extent.ts';
import {
  BACKENDS,
  ONE_REPLICA,
  profileNamed,
  refusal,
  type System,
  setValues,
} from '../../../rdma/index.ts';
import { withSmallCaches } from '../../../rdma/testing/runs.ts';
import { transact } from '../../../workloads/micro/transact.ts';
import { BUGGY_DESIGNS } from '../bugs/designs.ts';
import { crashTrace } from '../history/recorded-trace.ts';
import type { RecordedOp, RecordedTransaction, Recording } from '../history/recording.ts';
import { acknowledgedAt, timelineOf } from '../history/timeline.ts';
import { designConditions, machinesOf } from '../plan.ts';

const LINES_PER_THREAD = 4;
const THREADS_MAX = 3;
const HEAP_BYTES = 64 * LINES_PER_THREAD * THREADS_MAX;

/** What a thread does. Lines are its own; every store writes a number that is written only once. */
type Step =
  | { readonly kind: 'store' | 'ntStore'; readonly line: number; readonly word: number }
  | { readonly kind: 'flush'; readonly line: number }
  | { readonly kind: 'fence' }
  | { readonly kind: 'commit' };

const line = fc.nat({ max: LINES_PER_THREAD - 1 });
const word = fc.nat({ max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('store' as const), line, word }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ntStore' as const), line, word }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('flush' as const), line }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'fence' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'commit' as const }) },
);
const programs = fc.array(fc.array(step, { maxLength: 24 }), {
  minLength: 1,
  maxLength: THREADS_MAX,
});

/** The contents a line has in turn, and per epoch between which of them it must be. */
interface Model {
  readonly contents: readonly Map<string, number>[];
  readonly least: readonly (readonly number[])[];
  readonly most: readonly (readonly number[])[];
}

function textOf(threads: readonly (readonly Step[])[]): string {
  const one = (s: Step): string =>
    'line' in s ? `${s.kind} line ${s.line}${'word' in s ? ` word ${s.word}` : ''}` : s.kind;
  return threads.map((steps, i) => `thread ${i}: ${steps.map(one).join('; ')}`).join('\n');
}

/** The operations of a thread, a transaction per commit, and what its lines may be when. */
function build(steps: readonly Step[], thread: number) {
  const live = new Uint8Array(64 * LINES_PER_THREAD);
  const view = new DataView(live.buffer);
  const contentOf = (at: number): string =>
    Buffer.from(live.subarray(at * 64, at * 64 + 64)).toString('hex');
  const contents = Array.from(
    { length: LINES_PER_THREAD },
    (_, at) => new Map([[contentOf(at), 0]]),
  );
  const sent = new Array<number>(LINES_PER_THREAD).fill(0);
  const newest = (): number[] => contents.map((own) => own.size - 1);
  const [least, most]: number[][][] = [[[...sent]], []];
  const transactions: RecordedTransaction[] = [];
  let ops: RecordedOp[] = [];
  const base = thread * LINES_PER_THREAD * 64;
  const plain = (op: RecordedOp['op'], a = 0, b = 0): void => {
    ops.push({ op, a, b, bytes: null });
  };
  const fence = (op: RecordedOp['op']): void => {
    plain(op);
    most.push(newest());
    least.push([...sent]);
  };
  const commit = (): void => {
    fence(Op.DURABILITY_FENCE);
    plain(Op.TX_END);
    transactions.push({ client: thread, type: 0, ops });
    ops = [];
    plain(Op.TX_BEGIN);
  };
  plain(Op.TX_BEGIN);
  let serial = 1;
  for (const s of [...steps, { kind: 'commit' } as const]) {
    if (s.kind === 'fence') fence(Op.ORDERING_FENCE);
    else if (s.kind === 'commit') commit();
    else if (s.kind === 'flush') {
      plain(Op.WRITE_BACK, base + s.line * 64, 64);
      sent[s.line] = contents[s.line].size - 1;
    } else {
      const at = s.line * 64 + s.word * 8;
      view.setUint32(at, serial++, true);
      const op = s.kind === 'store' ? Op.STORE : Op.NT_STORE;
      ops.push({ op, a: base + at, b: 8, bytes: live.slice(at, at + 8) });
      contents[s.line].set(contentOf(s.line), contents[s.line].size);
      if (s.kind === 'ntStore') sent[s.line] = contents[s.line].size - 1;
    }
  }
  most.push(newest());
  return { transactions, model: { contents, least, most } satisfies Model };
}

function recordingOf(threads: readonly (readonly Step[])[], seed: number) {
  const built = threads.map(build);
  const recording: Recording = {
    subject: {
      configured: transact.configure({}),
      threads: threads.length,
      seed,
      transactions: 0,
    },
    heapBytes: HEAP_BYTES,
    initial: new Uint8Array(HEAP_BYTES),
    transactions: built.flatMap(({ transactions }) => transactions),
    digests: [],
  };
  return { recording, models: built.map(({ model }) => model) };
}

/** The epochs in which `thread`'s lines may have been as `image` has them. */
function epochsOf(model: Model, image: Uint8Array, thread: number): number[] {
  const now = model.contents.map((own, at) => {
    const from = (thread * LINES_PER_THREAD + at) * 64;
    return own.get(Buffer.from(image.subarray(from, from + 64)).toString('hex')) ?? -1;
  });
  return model.most
    .map((_, epoch) => epoch)
    .filter((epoch) =>
      now.every((v, at) => v >= model.least[epoch][at] && v <= model.most[epoch][at]),
    );
}

const IMAGES_MAX = 24;

/** Throws unless every image of every replica is a state of the primary, acknowledged commits in it. */
function checkReplicas(threads: readonly (readonly Step[])[], system: System, seed = 1): void {
  const { recording, models } = recordingOf(threads, seed);
  const timeline = timelineOf(crashTrace(recording), system);
  const random = new Random(1);
  const acknowledgements = timeline.spans.flat().map((span) => span.acknowledgedPs);
  for (const { name, history } of timeline.machines.slice(1)) {
    const sweep = new CrashSweep(history);
    const moments = [...new Set([...history.times(), ...acknowledgements])].sort((x, y) => x - y);
    for (const ps of moments) {
      sweep.advanceTo(ps, () => {});
      const count = sweep.imageCount(IMAGES_MAX + 1);
      for (let i = 0; i < Math.min(count, IMAGES_MAX); i++) {
        if (count <= IMAGES_MAX) sweep.choose(i, IMAGES_MAX + 1);
        else sweep.chooseAtRandom(random, 0.5);
        const image = sweep.floor.slice();
        sweep.apply(image);
        const { least } = acknowledgedAt(timeline, ps);
        for (const [thread, model] of models.entries()) {
          const promised = commitEpoch(recording, thread, least[thread]);
          const epochs = epochsOf(model, image, thread).filter((epoch) => epoch >= promised);
          const what = `${name} at ${ps} ps: thread ${thread} is in no state of the primary`;
          assert(epochs.length > 0, `${what}\n${textOf(threads)}`);
        }
      }
    }
  }
}

/** The first epoch after so many commits of `thread`. */
function commitEpoch({ transactions }: Recording, thread: number, commits: number): number {
  const own = transactions.filter(({ client }) => client === thread).slice(0, commits);
  return own.flatMap(({ ops }) => ops).filter(({ op }) => isFence(op)).length;
}

/** Lossy, with a DDIO cache of four lines. */
const LOSSY = setValues(profileNamed('optane-cx5'), [
  ['link.lossProbability', '0.2'],
  ['ddio.ways', '1'],
  ['replicaLlc.llcBytes', '4096'],
]);

const small = (name: string) => withSmallCaches(profileNamed(name));

const MACHINES = {
  'optane-cx5': { profile: small('optane-cx5') },
  eadr: { profile: small('eadr') },
  'a slow replica of two': {
    profile: small('slow-pm'),
    replicas: 2,
    faults: [{ replica: 0, slowdown: 8 }],
  },
  'losses and evictions': { profile: LOSSY },
  'a shared queue pair': {
    profile: small('paper-2018'),
    queuePairs: 'shared',
  },
  'cxl-attached': { profile: small('cxl-attached') },
  'a slow one of two behind a switch': {
    profile: small('cxl-switched'),
    replicas: 2,
    faults: [{ replica: 0, slowdown: 8 }],
  },
} as const satisfies Record<string, Partial<System>>;

/** Of each design on each machine, with a seed of its own. Designs with a bug fail within some fifty. */
const PROGRAMS = extent({ short: 20, long: 80 });

for (const backend of BACKENDS.filter(({ ddio }) => ddio !== 'none')) {
  for (const [at, [name, machines]] of Object.entries(MACHINES).entries()) {
    if (refusal({ ...machines, backend }) !== undefined) continue;
    test(`${backend.name}, ${name}: replicas hold states of the primary only`, () => {
      fc.assert(
        fc.property(programs, fc.nat(), (threads, seed) => {
          checkReplicas(threads, { ...ONE_REPLICA, ...machines, backend }, seed);
        }),
        { numRuns: PROGRAMS, seed: 1 + at },
      );
    });
  }
}

// Programs here take no locks, so what is wrong between threads cannot show: the crash check finds it.
for (const design of BUGGY_DESIGNS.filter(({ takes }) => takes?.workload !== 'echo')) {
  test(`${design.backend.name} is found by a small program`, () => {
    const profile = withSmallCaches(machinesOf(designConditions(design)));
    const system = { ...ONE_REPLICA, ...design, profile };
    const result = fc.check(
      fc.property(programs, (threads) => checkReplicas(threads, system)),
      { numRuns: 200, seed: 1 },
    );
    assert(result.failed, `${design.about}: not found`);
    const steps = (result.counterexample?.[0] ?? []).flat();
    assert(steps.length <= 6, `shrunk to ${steps.length} steps`);
    assert.match(String(result.errorInstance), /thread 0: /);
  });
}
