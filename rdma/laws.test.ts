/**
 * A law for each part of the time and for each counter: equal, on random programs, to what a naive second
 * model says; where that has no say, a closed form. Types see to it that all have one: a new counter
 * without a law does not compile.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Op } from '../pm/op.ts';
import { Random } from '../pm/random.ts';
import { backendNamed } from './backends/index.ts';
import {
  type MirrorCounts,
  type MirrorReport,
  type MirrorRun,
  type System,
  TIME_PARTS,
  type TimePart,
} from './mirror.ts';
import { setValues } from './profiles/schema.ts';
import { NAIVE_PROFILE, type NaiveDesign, type Predicted, predict } from './testing/naive.ts';
import { listed, type Operation, run } from './testing/runs.ts';

const DESIGNS: readonly NaiveDesign[] = [
  'no-sm',
  'ideal',
  'sm-rc',
  'sm-ob',
  'sm-dd',
  'sm-ad',
  'sm-sb',
];

// ---- random programs ----

/** Lines of each core; from NT_FROM on they are stored to past the caches, too. */
const LINES = 40;
const NT_FROM = 32;
/** Lines of one operation: so few that a replica has them durable before its NIC asks. */
const LINES_MAX = 3;

type Step =
  | {
      readonly op: typeof Op.LOAD | typeof Op.STORE | typeof Op.NT_STORE | typeof Op.WRITE_BACK;
      readonly offset: number;
      readonly bytes: number;
    }
  | { readonly op: typeof Op.ORDERING_FENCE | typeof Op.DURABILITY_FENCE }
  | { readonly op: typeof Op.COMPUTE; readonly instructions: number }
  | { readonly op: typeof Op.TX_BEGIN | typeof Op.TX_END | typeof Op.LOCK };

/** Bytes within lines `firstLine` to `beyond` - 1, from a multiple of `unit` on. */
const range = (firstLine: number, beyond: number, unit: 1 | 8) =>
  fc.record({
    offset: fc
      .integer({ min: firstLine * 64, max: (beyond - LINES_MAX) * 64 - 1 })
      .map((offset) => offset - (offset % unit)),
    bytes: fc.integer({ min: 0, max: 64 * LINES_MAX }),
  });
const access = (op: 1 | 2 | 3 | 4, firstLine: number, beyond: number, unit: 1 | 8 = 1) =>
  range(firstLine, beyond, unit).map((place): Step => ({ op, ...place }));

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: access(Op.STORE, 0, LINES) },
  { weight: 4, arbitrary: access(Op.WRITE_BACK, 0, LINES) },
  { weight: 2, arbitrary: access(Op.LOAD, 0, LINES) },
  { weight: 2, arbitrary: access(Op.NT_STORE, NT_FROM, LINES, 8) },
  { weight: 1, arbitrary: fc.nat(3000).map((n): Step => ({ op: Op.COMPUTE, instructions: n })) },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Step>(
      { op: Op.ORDERING_FENCE },
      { op: Op.DURABILITY_FENCE },
      { op: Op.ORDERING_FENCE },
      { op: Op.TX_BEGIN },
      { op: Op.TX_END },
      { op: Op.LOCK },
    ),
  },
);

/** A core's warm-up, and what is measured. */
const program = fc.tuple(fc.array(step, { maxLength: 25 }), fc.array(step, { maxLength: 25 }));

/** The operations of `core`: both parts end durable, and MEASURE is between them. */
function operationsOf(core: number, parts: readonly (readonly Step[])[]): Operation[] {
  let ticket = 0;
  const operations = (one: Step): Operation[] => {
    if ('bytes' in one) return [[one.op, core * LINES * 64 + one.offset, one.bytes]];
    if ('instructions' in one) return [[one.op, one.instructions, 0]];
    if (one.op === Op.TX_BEGIN)
      return [
        [Op.TX_END, 0, 0],
        [Op.TX_BEGIN, 0, 0],
      ];
    // One within the other, which is no transaction more.
    if (one.op === Op.TX_END) {
      return [
        [Op.TX_BEGIN, 1, 0],
        [Op.TX_END, 0, 0],
      ];
    }
    if (one.op === Op.LOCK)
      return [
        [Op.LOCK, core, ticket++],
        [Op.UNLOCK, core, 0],
      ];
    return [[one.op, 0, 0]];
  };
  const [warmup, measured] = parts.map((part): Operation[] => [
    [Op.TX_BEGIN, 0, 0],
    ...part.flatMap(operations),
    [Op.DURABILITY_FENCE, 0, 0],
    [Op.TX_END, 0, 0],
  ]);
  return [...warmup, [Op.MEASURE, 0, 0], ...measured];
}

function runNaive(
  design: NaiveDesign,
  programs: readonly (readonly Operation[])[],
  options: Partial<System & MirrorRun> = {},
): MirrorReport {
  const backend = backendNamed(design);
  return run(listed(programs), { backend, profile: NAIVE_PROFILE, ...options });
}

const NEVER = { retransmissions: 0, ddioEvictions: 0, lockGrantsReordered: 0 };

/** The sum of each counter over the cores, where there are so many replicas. */
function countsOf(predicted: readonly Predicted[], replicas: number): MirrorCounts {
  const sum = (key: keyof Predicted['counts']): number =>
    predicted.reduce((total, { counts }) => total + counts[key], 0);
  const toAll = (key: keyof Predicted['counts']): number => replicas * sum(key);
  return {
    ...NEVER,
    transactions: sum('transactions'),
    orderingFences: sum('orderingFences'),
    durabilityFences: sum('durabilityFences'),
    emptyFences: sum('emptyFences'),
    linesWrittenBack: sum('linesWrittenBack'),
    blockingRoundTrips: sum('blockingRoundTrips'),
    pmLoadMisses: sum('pmLoadMisses'),
    localMediaBlocks: sum('localMediaBlocks'),
    lockGrants: sum('lockGrants'),
    writes: toAll('writes'),
    rcommits: toAll('rcommits'),
    rofences: toAll('rofences'),
    rdfences: toAll('rdfences'),
    doorbells: toAll('doorbells'),
    linkBytes: toAll('linkBytes'),
    remoteMediaBlocks: toAll('remoteMediaBlocks'),
  };
}

/** What was not zero in some run. */
const shown = new Set<string>();

function show(report: MirrorReport): void {
  for (const [name, value] of [
    ...Object.entries(report.timePs),
    ...Object.entries(report.counts),
  ]) {
    if (value !== 0) shown.add(name);
  }
}

describe('random programs', () => {
  for (const design of DESIGNS) {
    it(`one core under ${design}: each part of its time and each counter is as predicted`, () => {
      fc.assert(
        fc.property(program, (parts) => {
          const operations = operationsOf(0, parts);
          const report = runNaive(design, [operations]);
          const predicted = predict(design, operations);
          const none = { sendQueueFull: 0, lockWait: 0, idle: 0 };
          const timeNs = TIME_PARTS.map((part) => [part, report.timePs[part] / 1000]);
          assert.deepEqual(Object.fromEntries(timeNs), { ...predicted.timeNs, ...none });
          assert.deepEqual({ ...report.counts }, countsOf([predicted], 1));
          show(report);
        }),
        { numRuns: 100, seed: 1 },
      );
    });
  }

  it('several cores and replicas: parts sum to elapsed time x cores, counters are as predicted', () => {
    const setting = fc.record({
      programs: fc.array(program, { minLength: 2, maxLength: 3 }),
      replicas: fc.integer({ min: 1, max: 3 }),
      // What cores learn together is not what each would by itself.
      design: fc.constantFrom(...DESIGNS.filter((design) => design !== 'sm-ad')),
    });
    fc.assert(
      fc.property(setting, ({ programs, replicas, design }) => {
        const operations = programs.map((parts, core) => operationsOf(core, parts));
        const report = runNaive(design, operations, { replicas });
        const { timePs, elapsedPs, cores } = report;
        const parts = Object.values(timePs);
        assert.equal(
          parts.reduce((sum, ps) => sum + ps, 0),
          elapsedPs * cores,
        );
        const predicted = operations.map((own) => predict(design, own));
        assert.deepEqual({ ...report.counts }, countsOf(predicted, replicas));
        const own = (part: 'compute' | 'pmLoad' | 'storeFlush' | 'rdmaPost'): number =>
          predicted.reduce((sum, { timeNs }) => sum + timeNs[part], 0) * 1000;
        // What a core does itself takes as long, whatever the others do.
        for (const part of ['compute', 'pmLoad', 'storeFlush'] as const) {
          assert.equal(timePs[part], own(part), part);
        }
        assert.equal(timePs.rdmaPost, own('rdmaPost') * replicas);
        show(report);
      }),
      { numRuns: 150, seed: 1 },
    );
  });
});

// ---- where the naive model has no say ----

/** One value of a report and what it must be: nanoseconds, or a count. */
interface ClosedForm {
  readonly report: MirrorReport;
  readonly expected: number;
}

const write = (line: number): Operation[] => [
  [Op.STORE, line * 64, 8],
  [Op.WRITE_BACK, line * 64, 8],
];
const durable: Operation = [Op.DURABILITY_FENCE, 0, 0];
const compute = (ns: number): Operation => [Op.COMPUTE, ns, 0];
const held = (ticket: number, ns: number): Operation[] => [
  [Op.LOCK, 1, ticket],
  compute(ns),
  [Op.UNLOCK, 1, 0],
];

const profileWith = (...values: readonly (readonly [path: string, value: number])[]) =>
  setValues(NAIVE_PROFILE, values);

/** Lines 1 to n, written and made durable. */
const written = (lines: number): Operation[] => [
  ...Array.from({ length: lines }, (_, i) => write(i + 1)).flat(),
  durable,
];

const LOSS = 0.3;
const LOSSY_LINES = 20;

/** Of a lossy link, how often each message is sent: drawn for each attempt, in order. */
function attempts(seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: LOSSY_LINES + 1 }, () => {
    let sent = 1;
    while (random.next() < LOSS * 2 ** 32) sent++;
    return sent;
  });
}

function lossy(seed: number): MirrorReport {
  const profile = profileWith(['link.lossProbability', LOSS]);
  return runNaive('sm-dd', [written(LOSSY_LINES)], { profile, seed });
}

/** Where each is shown: above, or by closed forms. */
const LAWS = {
  compute: 'random programs',
  pmLoad: 'random programs',
  storeFlush: 'random programs',
  localFence: 'random programs',
  rdmaPost: 'random programs',
  remoteOrdering: 'random programs',
  remoteDurability: 'random programs',
  sendQueueFull: () => [
    // Two entries for lines. The third line rings when two are posted, at 117 ns. The first is at the
    // replica's NIC 600 ns later, and its acknowledgement back after another 596.
    {
      report: runNaive('sm-dd', [written(3)], {
        profile: profileWith(['nic.sendQueueEntries', 3]),
      }),
      expected: 600 + 596,
    },
    {
      report: runNaive('sm-dd', [written(3)], {
        profile: profileWith(['nic.sendQueueEntries', 4]),
      }),
      expected: 0,
    },
  ],
  lockWait: () =>
    // Asked for 1 ns before it is free, when it is, and after; and by two, one after the other.
    [
      { asksAt: [49], expected: 1 },
      { asksAt: [50], expected: 0 },
      { asksAt: [51], expected: 0 },
      { asksAt: [20, 30], expected: 30 + (20 + 10) },
    ].map(({ asksAt, expected }) => ({
      report: runNaive('no-sm', [
        held(0, 50),
        ...asksAt.map((ns, i) => [compute(ns), ...held(i + 1, 10)]),
      ]),
      expected,
    })),
  idle: () => [
    { report: runNaive('no-sm', [[compute(100)], [compute(250)]]), expected: 150 },
    { report: runNaive('no-sm', [[compute(250)], [compute(250)]]), expected: 0 },
  ],
  transactions: 'random programs',
  orderingFences: 'random programs',
  durabilityFences: 'random programs',
  emptyFences: 'random programs',
  linesWrittenBack: 'random programs',
  writes: 'random programs',
  rcommits: 'random programs',
  rofences: 'random programs',
  rdfences: 'random programs',
  doorbells: 'random programs',
  blockingRoundTrips: 'random programs',
  pmLoadMisses: 'random programs',
  localMediaBlocks: 'random programs',
  remoteMediaBlocks: 'random programs',
  lockGrants: 'random programs',
  linkBytes: () =>
    // Every attempt takes the link: 96 B of header, and 64 of a line; the last is of the fence.
    [1, 2].map((seed) => ({
      report: lossy(seed),
      expected: attempts(seed).reduce((sum, n, i) => sum + n * (i < LOSSY_LINES ? 160 : 96), 0),
    })),
  retransmissions: () =>
    [1, 2].map((seed) => ({
      report: lossy(seed),
      expected: attempts(seed).reduce((sum, sent) => sum + sent - 1, 0),
    })),
  ddioEvictions: () =>
    // Two lines fit: each further one pushes one out, unless it was flushed.
    [2, 3, 7].map((lines) => ({
      report: runNaive('sm-rc', [[...written(lines), ...written(lines)]], {
        profile: profileWith(['replicaLlc.llcBytes', 1024], ['ddio.ways', 2]),
      }),
      expected: 2 * (lines - 2),
    })),
  lockGrantsReordered: () => [
    // The second of the trace asks first: neither is granted behind whom it followed there.
    {
      report: runNaive('no-sm', [[compute(20), ...held(0, 5)], held(1, 5)], {
        lockOrder: 'first-come',
      }),
      expected: 2,
    },
    {
      report: runNaive('no-sm', [held(0, 5), [compute(20), ...held(1, 5)]], {
        lockOrder: 'first-come',
      }),
      expected: 0,
    },
  ],
} satisfies Record<
  TimePart | keyof MirrorCounts,
  'random programs' | (() => readonly ClosedForm[])
>;

describe('each part and counter has a law', () => {
  for (const [name, law] of Object.entries(LAWS)) {
    it(name, () => {
      if (law === 'random programs') {
        assert.ok(shown.has(name), 'no random program shows it');
        return;
      }
      const forms = law();
      assert.ok(forms.some(({ expected }) => expected > 0));
      for (const { report, expected } of forms) {
        const { timePs, counts } = report;
        const found =
          name in timePs ? timePs[name as TimePart] / 1000 : counts[name as keyof MirrorCounts];
        assert.equal(found, expected);
      }
    });
  }
});
