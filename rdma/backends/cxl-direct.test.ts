/**
 * Stores over CXL on ROUND_CXL, to the picosecond. In ns: a store of 8 B 1, clwb 2. A line to the memory
 * controller 100, past the caches 110, at least 20 (15) between lines. Over CXL 5 on the link, 150 more
 * each way, and 400 to fetch a line.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op, type PersistSink } from '../../pm/op.ts';
import type { MirrorObserver, MirrorRun, System } from '../mirror.ts';
import { optaneCx5 } from '../profiles/optane-cx5.ts';
import type { HardwareProfile } from '../profiles/profile.ts';
import { setValues } from '../profiles/schema.ts';
import { ROUND_CXL, ROUND_PROFILE } from '../testing/round-profile.ts';
import { run, traceOf, writeLine } from '../testing/runs.ts';
import { cxlDirect } from './cxl-direct.ts';
import { ideal } from './ideal.ts';
import { BACKENDS } from './index.ts';
import { refusal, runnable } from './refusal.ts';

type Program = (sink: PersistSink) => void;

const fence: Program = (sink) => sink.op(Op.DURABILITY_FENCE, 0, 0);

/** `program`, and a durability point behind it. */
const fenced =
  (program: Program): Program =>
  (sink) => {
    program(sink);
    fence(sink);
  };

function timed(programs: readonly Program[], given: Partial<System & MirrorRun> = {}) {
  const durableNs = new Map<number, number[]>();
  const fencesNs: number[] = [];
  const observer: MirrorObserver = {
    onReplicaDurable: (_replica, _core, line, atPs) =>
      durableNs.set(line, [...(durableNs.get(line) ?? []), atPs / 1000]),
    onFenceDone: (_core, _durability, atPs) => fencesNs.push(atPs / 1000),
  };
  const options = { backend: cxlDirect, profile: ROUND_CXL, observer, ...given };
  const report = run(traceOf(programs, 1 << 20), options);
  return { report, durableNs, fencesNs, elapsedNs: report.elapsedPs / 1000 };
}

/** From a line's departure to its acceptance there, and until the core knows. */
const THERE = 5 + 100 + 150;
const BACK = 150;

describe('lines stored over CXL', () => {
  it('take E x W times what each does: fetched, written back here and there, and waited for', () => {
    for (const [epochs, lines, computeNs] of [
      [1, 1, 0],
      [1, 4, 500],
      [4, 3, 700],
    ]) {
      const { elapsedNs, report } = timed([
        (sink) => {
          for (let epoch = 0; epoch < epochs; epoch++) {
            sink.op(Op.COMPUTE, computeNs, 0);
            for (let i = 0; i < lines; i++) writeLine(sink, epoch * lines + i);
            sink.op(epoch === epochs - 1 ? Op.DURABILITY_FENCE : Op.ORDERING_FENCE, 0, 0);
          }
        },
      ]);
      // The first line leaves once it has been fetched, the others 20 ns behind each local one.
      const first = 1 + 2 + 400;
      const epochNs = computeNs + first + 40 * (lines - 1) + THERE + BACK;
      assert.equal(elapsedNs, epochs * epochNs);
      const { linkBytes, blockingRoundTrips, ...counts } = report.counts;
      assert.deepEqual([linkBytes, blockingRoundTrips], [epochs * lines * (64 + 16), epochs]);
      const { writes, rcommits, rofences, rdfences, doorbells } = counts;
      assert.deepEqual([writes, rcommits, rofences, rdfences, doorbells], [0, 0, 0, 0, 0]);
    }
  });

  it('are fetched once: a line that the caches have leaves 20 ns behind its local copy', () => {
    const { fencesNs, durableNs } = timed([
      (sink) => {
        for (let i = 0; i < 2; i++) {
          writeLine(sink, 7);
          fence(sink);
        }
      },
    ]);
    const [first, second] = fencesNs;
    assert.equal(second - first, 3 + 20 + THERE + BACK);
    assert.deepEqual(durableNs.get(7), [first - BACK, second - BACK]);
  });

  it('go past the caches where the program went past them, and fetch nothing', () => {
    const { elapsedNs } = timed([fenced((sink) => sink.op(Op.NT_STORE, 0, 64))]);
    assert.equal(elapsedNs, 15 + 5 + 110 + 150 + BACK);
  });

  it('hold a fence until the last completion is here, and not a picosecond longer', () => {
    const donePs = (hopNs: number) => {
      const profile = setValues(ROUND_CXL, [['cxl.hopNs', hopNs]]);
      return timed([fenced((sink) => writeLine(sink, 0))], { profile }).report.elapsedPs;
    };
    assert.equal(donePs(150), (403 + THERE + BACK) * 1000);
    assert.equal(donePs(150.001) - donePs(150), 2);
  });

  it('are on one link for all cores, which its rate bounds', () => {
    const stream: Program = (sink) => {
      for (let i = 0; i < 200; i++) sink.op(Op.NT_STORE, i * 64, 64);
      fence(sink);
    };
    const profile = setValues(ROUND_CXL, [['cxl.rateGbps', 4]]);
    const elapsed = (cores: number) =>
      timed(
        Array.from({ length: cores }, () => stream),
        { profile },
      ).elapsedNs;
    // 80 B at 4 Gb/s are 160 ns a line, more than a core takes for it.
    for (const cores of [1, 3]) {
      const linkNs = cores * 200 * 160;
      assert(elapsed(cores) >= linkNs && elapsed(cores) < linkNs + 1000, `${cores} cores`);
    }
  });

  it('of two cores are durable in the order in which they were stored', () => {
    const durable: { core: number; atPs: number }[] = [];
    const observer: MirrorObserver = {
      onReplicaDurable: (_replica, core, line, atPs) => {
        if (line === 0) durable.push({ core, atPs });
      },
    };
    timed(
      [
        (sink) => {
          // Behind the lines before it the first core's copy leaves late.
          for (let line = 1; line < 4; line++) writeLine(sink, line);
          writeLine(sink, 0);
          fence(sink);
        },
        (sink) => {
          sink.op(Op.COMPUTE, 100, 0);
          sink.op(Op.NT_STORE, 0, 64);
          fence(sink);
        },
      ],
      { observer },
    );
    assert.deepEqual(
      durable.map(({ core }) => core),
      [0, 1],
    );
    assert(durable[0].atPs <= durable[1].atPs);
  });

  it('are no faster than the bound, which takes the quickest way there is', () => {
    const boundNs = (profile: HardwareProfile) =>
      timed([fenced((sink) => writeLine(sink, 0))], { profile, backend: ideal }).elapsedNs;
    // A word and its header: 24 B.
    assert.equal(boundNs(ROUND_CXL), 3 + 1.5 + 100 + 150 + BACK);
    const slow = setValues(ROUND_CXL, [['cxl.hopNs', 5000]]);
    assert.equal(boundNs(slow), boundNs(ROUND_PROFILE));
    const noFetch = setValues(ROUND_CXL, [['cxl.loadNs', 0]]);
    for (const given of [{}, { queuePairs: 'words' as const }]) {
      const one = fenced((sink) => sink.op(Op.NT_STORE, 0, 8));
      const [own, bound] = [cxlDirect, ideal].map(
        (backend) => timed([one], { ...given, profile: noFetch, backend }).elapsedNs,
      );
      assert(own >= bound, `${own} ns, bound ${bound} ns`);
    }
  });

  it('wait for the slowest replica', () => {
    const elapsed = (slowdown: number) => {
      const given = { replicas: 2, faults: [{ replica: 1, slowdown }] };
      return timed([fenced((sink) => writeLine(sink, 0))], given).elapsedNs;
    };
    // The line is fetched, crosses and comes back. The other copy does not hold it up any more: that
    // was fetched at 3 ns and left at 403, and this one at 13 ns, and left 20 ns behind.
    assert.equal(elapsed(3) - elapsed(1), 2 * (400 + 5 + 150 + 150) - 10);
  });
});

describe('what cannot be', () => {
  it('is refused with a reason', () => {
    const refused = (given: Partial<System>) =>
      refusal({ backend: cxlDirect, profile: ROUND_CXL, replicas: 2, ...given }) ?? '';
    assert.equal(refused({}), '');
    assert.match(refused({ profile: optaneCx5, replicas: 1 }), /^the primary's cores do not reach/);
    const others = [{ replica: 1, like: optaneCx5, values: [] }];
    assert.match(refused({ profile: { ...ROUND_CXL, others } }), /^replica 1: the primary's/);
    assert.match(refused({ quorum: 1 }), /no quorum/);
    const stall = { replica: 0, stallFromNs: 0, stallForNs: 1 };
    assert.match(refused({ faults: [stall] }), /no NIC that could stop/);
    assert.throws(() => timed([fence], { profile: optaneCx5 }), {
      name: 'RangeError',
      message: /^cxl-direct cannot run on optane-cx5: the primary's cores/,
    });
  });

  it('leaves all other designs to machines of either kind', () => {
    assert.deepEqual(runnable(BACKENDS, ROUND_CXL), BACKENDS);
    const plain = BACKENDS.filter(({ name }) => name !== 'cxl-direct');
    assert(plain.every((one) => runnable([one], optaneCx5).length === 1));
  });
});
