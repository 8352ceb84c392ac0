/**
 * For one thread and transactions of E epochs x W lines, each backend's time equals an expression
 * derived by hand from the stages of the model, to the picosecond. The numbers below are those of
 * ROUND_PROFILE, in ns, written out so that the derivation can be followed without the code:
 *
 *   store 1, clwb 2, work request 30 per line; a line's path to the memory controller 100, at least
 *   20 between lines; fence 10; doorbell 50; doorbell to NIC 200; queue pair 100 a message; one pass
 *   through a NIC 70; wire 10 with a line, 6 without; propagation 250; PCIe 6 a line, 200 posted,
 *   1000 for a read's round trip; LLC write-back 5 a line, then 60. A request is with the replica's processor
 *   after 2 on PCIe and 200 posted; 100 later it writes lines back as the primary does, one every 20, each
 *   there after 100; then a fence of 10, and an answer posted for 30 and 50.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op } from '../pm/op.ts';
import { backendNamed } from './backends/index.ts';
import { createMirror } from './engine.ts';
import type { MirrorReport } from './mirror.ts';
import { ONE_REPLICA } from './mirror.ts';
import { ROUND_PROFILE } from './testing/round-profile.ts';

interface Shape {
  readonly epochs: number;
  readonly lines: number;
  readonly computeNs: number;
}

/** One transaction on fresh lines; returns the report and every event by line. */
function runOne(backendName: string, shape: Shape, replicas = 1) {
  const backend = backendNamed(backendName);
  const durableAt = new Map<number, number>();
  const visibleAt = new Map<number, number>();
  const mirror = createMirror(
    { backend, profile: ROUND_PROFILE, ...ONE_REPLICA, replicas },
    {
      cores: 1,
      heapBytes: 1 << 22,
      observer: {
        onReplicaDurable: (_replica, _core, line, at) => durableAt.set(line, at),
        onReplicaVisible: (_replica, _core, line, _words, at) => visibleAt.set(line, at),
      },
    },
  );
  const sink = mirror.sink();
  let line = 1;
  sink.op(Op.TX_BEGIN, 0, 0);
  for (let epoch = 1; epoch <= shape.epochs; epoch++) {
    sink.op(Op.COMPUTE, shape.computeNs, 0);
    for (let i = 0; i < shape.lines; i++, line++) {
      sink.op(Op.STORE, line * 64, 8);
      sink.op(Op.WRITE_BACK, line * 64, 8);
    }
    sink.op(epoch === shape.epochs ? Op.DURABILITY_FENCE : Op.ORDERING_FENCE, 0, 0);
  }
  sink.op(Op.TX_END, 0, 0);
  return { report: mirror.finish(), durableAt, visibleAt };
}

/** From the doorbell's departure to the handling at the replica's NIC of message number n (from 0). */
const toReplica = (n: number, wire: number) => 200 + n * 100 + 70 + wire + 250 + 70;
/** From an answer's departure at the replica to the core that waits for it. */
const BACK = 70 + 6 + 250 + 70 + 200;
const FLUSH = 1000;

/** Local part of an epoch without mirroring: lines leave every 20 ns, the last is accepted 100 on. */
const localEpoch = ({ lines, computeNs }: Shape) => computeNs + 3 + 20 * (lines - 1) + 100;
/** Time of the core at the doorbell of a fence with `verbs` messages of its own. */
const atDoorbell = ({ lines, computeNs }: Shape, verbs: number) =>
  computeNs + 33 * lines + 30 * verbs + 50;
/** A mirrored epoch without a wait: the last line left 30 ns before its request was built. */
const postedEpoch = (shape: Shape, verbs: number) =>
  Math.max(atDoorbell(shape, verbs) + 10, shape.computeNs + 33 * shape.lines - 30 + 100);

const CLOSED_FORMS: Record<string, (shape: Shape) => number> = {
  'no-sm': (shape) => shape.epochs * localEpoch(shape),

  'sm-rc': (shape) => {
    const flushLines = 5 * shape.lines + 60;
    const commit = atDoorbell(shape, 1) + toReplica(shape.lines, 6) + FLUSH + flushLines + BACK;
    return shape.epochs * commit;
  },

  'sm-dd': (shape) => {
    const before = (shape.epochs - 1) * postedEpoch(shape, 0);
    return before + atDoorbell(shape, 1) + toReplica(shape.lines, 6) + FLUSH + BACK;
  },

  // Each fence's messages reach the replica's NIC when the core rang or, if later, when the ROFENCE
  // before has been answered over PCIe; the fence itself takes another PCIe round trip.
  'sm-ob': (shape) => {
    let coreTime = 0;
    let released = 0;
    for (let epoch = 1; epoch <= shape.epochs; epoch++) {
      const handled = coreTime + atDoorbell(shape, 1) + toReplica(shape.lines, 6);
      released = Math.max(handled, released) + FLUSH;
      coreTime += postedEpoch(shape, 1);
    }
    return released + BACK;
  },
};

// Every line is one word here, so nothing waits for a FLUSH but the ATOMIC_WRITEs behind it, at the replica.
Object.assign(CLOSED_FORMS, {
  apm: (shape: Shape) =>
    shape.epochs * (atDoorbell(shape, 1) + toReplica(shape.lines, 6) + FLUSH + BACK),

  gpspm: (shape: Shape) => {
    const writeBack = 100 + 20 * (shape.lines - 1) + 100 + 10 + 30 + 50;
    const sent = atDoorbell(shape, 1) + toReplica(shape.lines, 6) + 2 + 200;
    return shape.epochs * (sent + writeBack + 200 + BACK);
  },

  'ibta-flush': (shape: Shape) => {
    let coreTime = 0;
    let released = 0;
    for (let epoch = 1; epoch <= shape.epochs; epoch++) {
      const handled = coreTime + atDoorbell(shape, 1) + toReplica(shape.lines, 6);
      released = Math.max(handled, released) + FLUSH + 5 * shape.lines + 60;
      coreTime += postedEpoch(shape, 1);
    }
    return released + BACK;
  },
});

const SHAPES: readonly Shape[] = [
  { epochs: 1, lines: 1, computeNs: 0 },
  { epochs: 1, lines: 4, computeNs: 500 },
  { epochs: 4, lines: 1, computeNs: 0 },
  { epochs: 4, lines: 3, computeNs: 700 },
  { epochs: 12, lines: 2, computeNs: 250 },
  { epochs: 12, lines: 1, computeNs: 3000 },
];

describe('closed forms of one transaction of E epochs x W lines', () => {
  for (const [name, closedForm] of Object.entries(CLOSED_FORMS)) {
    for (const shape of SHAPES) {
      it(`${name}: E=${shape.epochs} W=${shape.lines} compute=${shape.computeNs} ns`, () => {
        const { report } = runOne(name, shape);
        assert.equal(report.elapsedPs, closedForm(shape) * 1000);
      });
    }
  }
});

describe('where the time of 4 epochs x 3 lines goes, each behind 700 ns of work', () => {
  // Work, and the issue of three stores and write-backs; a fence costs 10 ns at least.
  const own = { compute: 4 * 700, storeFlush: 4 * 9 };
  const post = 3 * 30 + 30 + 50;
  // From the end of a fence's issue: handled behind three lines, the fence's 10 ns being over.
  const handled = toReplica(3, 6) - 10;
  const expected: Record<string, Partial<MirrorReport['timePs']>> = {
    // The third line leaves 34 ns after it was written back and is accepted 100 ns later.
    'no-sm': { ...own, localFence: 4 * 134 },
    'sm-rc': {
      ...own,
      rdmaPost: 4 * post,
      localFence: 4 * 10,
      remoteOrdering: 3 * (handled + FLUSH + 75 + BACK),
      remoteDurability: handled + FLUSH + 75 + BACK,
    },
    // Where no fence is posted, the doorbell and its 10 ns end 10 ns before the last line is accepted.
    'sm-dd': {
      ...own,
      rdmaPost: 3 * (post - 30) + post,
      localFence: 3 * 20 + 10,
      remoteDurability: handled + FLUSH + BACK,
    },
    // The core is past a fence every 889 ns; they are answered at the replica 1000 ns apart.
    'sm-ob': {
      ...own,
      rdmaPost: 4 * post,
      localFence: 4 * 10,
      remoteDurability: 889 + handled + 4 * FLUSH + BACK - 4 * 889,
    },
  };
  for (const [name, partsNs] of Object.entries(expected)) {
    it(name, () => {
      const { timePs } = runOne(name, { epochs: 4, lines: 3, computeNs: 700 }).report;
      const spent = Object.entries(timePs).filter(([, ps]) => ps > 0);
      assert.deepEqual(Object.fromEntries(spent.map(([part, ps]) => [part, ps / 1000])), partsNs);
    });
  }
});

describe('durability at the edge', () => {
  const durableAtPs = (events: Map<number, number>, line: number, timePs: number) =>
    (events.get(line) ?? Number.POSITIVE_INFINITY) <= timePs;

  // One epoch, one line: at the replica's NIC at 83 + 650 (the line is message 0 of two, the
  // doorbell rings after 33 + 30 + 50).
  const handledNs = 113 + toReplica(0, 10);
  const expectedNs: Record<string, number> = {
    // The RCOMMIT is handled 100 + 6 - 10 later (behind on the queue pair, smaller on the wire).
    'sm-rc': handledNs + 100 - 4 + 500 + 5 + 60,
    'sm-ob': handledNs + 6 + 200 + 5 + 60,
    'sm-dd': handledNs + 6 + 200 + 60,
  };
  for (const [name, atNs] of Object.entries(expectedNs)) {
    it(`${name}: the line is not durable at t - 1 ps and durable at t`, () => {
      const { durableAt } = runOne(name, { epochs: 1, lines: 1, computeNs: 0 });
      assert.equal(durableAtPs(durableAt, 1, atNs * 1000 - 1), false);
      assert.equal(durableAtPs(durableAt, 1, atNs * 1000), true);
    });
  }

  it('with DDIO on a line is visible before it is durable; with DDIO off at the same moment', () => {
    for (const name of ['sm-rc', 'sm-ob', 'sm-dd']) {
      const { durableAt, visibleAt } = runOne(name, { epochs: 1, lines: 1, computeNs: 0 });
      const visible = visibleAt.get(1) ?? Number.NaN;
      const durable = durableAt.get(1) ?? Number.NaN;
      if (name === 'sm-dd') assert.equal(visible, durable);
      else assert(visible === (handledNs + 6 + 200) * 1000 && durable > visible);
    }
  });
});

describe('persistent caches', () => {
  it('a fence waits until the line is in the cache, and not for memory', () => {
    const { path, memory } = ROUND_PROFILE;
    const loadRandomNs = { ...path.loadRandomNs, value: 300 };
    for (const [domain, expectedNs] of [
      // Then 15 ns at least behind the first line, or at once, and 110 ns to memory.
      ['adr', 300 + 100 + 110],
      ['eadr', 300 + 15 + 110],
    ] as const) {
      const mirror = createMirror(
        {
          backend: backendNamed('no-sm'),
          profile: {
            ...ROUND_PROFILE,
            path: { ...path, loadRandomNs },
            memory: { ...memory, persistenceDomain: domain },
          },
          ...ONE_REPLICA,
        },
        { cores: 1, heapBytes: 4096 },
      );
      const sink = mirror.sink();
      sink.op(Op.STORE, 64, 8);
      sink.op(Op.WRITE_BACK, 64, 8);
      sink.op(Op.DURABILITY_FENCE, 0, 0);
      // A write-combining buffer is no cache: the fence waits for memory on either machine.
      sink.op(Op.NT_STORE, 1024, 64);
      sink.op(Op.DURABILITY_FENCE, 0, 0);
      assert.equal(mirror.finish().elapsedPs, expectedNs * 1000, domain);
    }
  });
});

describe('verbs, fences and blocking round trips per transaction', () => {
  const shape = { epochs: 7, lines: 3, computeNs: 100 };
  type Expected = Partial<Record<keyof MirrorReport['counts'], number>>;
  const expected: Record<string, Expected> = {
    'no-sm': {
      writes: 0,
      rcommits: 0,
      rofences: 0,
      rdfences: 0,
      blockingRoundTrips: 0,
      doorbells: 0,
      linkBytes: 0,
    },
    'sm-rc': {
      writes: 21,
      rcommits: 7,
      rofences: 0,
      rdfences: 0,
      blockingRoundTrips: 7,
      doorbells: 7,
      linkBytes: 21 * (96 + 64) + 7 * 96,
    },
    'sm-ob': {
      writes: 21,
      rcommits: 0,
      rofences: 6,
      rdfences: 1,
      blockingRoundTrips: 1,
      doorbells: 7,
      linkBytes: 21 * (96 + 64) + 7 * 96,
    },
    'sm-dd': {
      writes: 21,
      rcommits: 0,
      rofences: 0,
      rdfences: 1,
      blockingRoundTrips: 1,
      doorbells: 7,
      linkBytes: 21 * (96 + 64) + 96,
    },
  };
  for (const [name, counts] of Object.entries(expected)) {
    it(name, () => {
      const { report } = runOne(name, shape);
      for (const [key, value] of Object.entries(counts)) {
        assert.equal(report.counts[key as keyof typeof report.counts], value, key);
      }
      assert.equal(report.counts.orderingFences, 6);
      assert.equal(report.counts.durabilityFences, 1);
      assert.equal(report.counts.transactions, 1);
      assert.equal(report.counts.linesWrittenBack, 21);
    });
  }

  it('an empty epoch posts nothing and waits for nobody', () => {
    for (const name of ['sm-rc', 'sm-ob', 'sm-dd']) {
      const system = { backend: backendNamed(name), profile: ROUND_PROFILE, ...ONE_REPLICA };
      const mirror = createMirror(system, { cores: 1, heapBytes: 4096 });
      const sink = mirror.sink();
      sink.op(Op.ORDERING_FENCE, 0, 0);
      sink.op(Op.DURABILITY_FENCE, 0, 0);
      const { counts, elapsedPs } = mirror.finish();
      assert.equal(counts.blockingRoundTrips, 0);
      assert.equal(counts.doorbells, 0);
      assert.equal(counts.emptyFences, 2);
      assert.equal(elapsedPs, 20_000);
    }
  });

  it('k replicas: k verbs each, still one wait, and never faster', () => {
    const one = runOne('sm-ob', shape, 1).report;
    const three = runOne('sm-ob', shape, 3).report;
    assert.equal(three.counts.writes, 3 * one.counts.writes);
    assert.equal(three.counts.blockingRoundTrips, one.counts.blockingRoundTrips);
    assert(three.elapsedPs > one.elapsedPs);
  });
});
