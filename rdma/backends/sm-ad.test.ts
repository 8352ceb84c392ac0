/**
 * What sm-ad takes is what its ways cost, to the picosecond; which it takes follows from the times alone, and
 * trials cost no more than is said; changing the way breaks no order.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op, type PersistSink } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import type { Backend, Chooser } from '../backend.ts';
import type { MirrorObserver, MirrorRun, System } from '../mirror.ts';
import { Verb } from '../network/verb.ts';
import { optaneCx5 } from '../profiles/optane-cx5.ts';
import { OVERTAKING, ROUND_PROFILE } from '../testing/round-profile.ts';
import { run, traceOf, writeLine } from '../testing/runs.ts';
import { smAd } from './sm-ad.ts';
import { smDd } from './sm-dd.ts';
import { smOb } from './sm-ob.ts';
import { TwoWays } from './two-ways.ts';

type Program = (sink: PersistSink) => void;

/** A transaction of `epochs` epochs of as many lines from `line()`. */
function transaction(sink: PersistSink, type: number, epochs: number, line: () => number[]): void {
  sink.op(Op.TX_BEGIN, type, 0);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const one of line()) writeLine(sink, one);
    sink.op(epoch < epochs ? Op.ORDERING_FENCE : Op.DURABILITY_FENCE, 0, 0);
  }
  sink.op(Op.TX_END, 0, 0);
}

describe('what transactions take', () => {
  it('is what sm-dd takes, and for a trial, the fifth, what sm-ob takes', () => {
    const trace = traceOf([
      (sink) => {
        for (let i = 0; i < 7; i++) transaction(sink, 0, 6, () => [1, 2]);
      },
    ]);
    const tookPs = (backend: Backend): number[] => {
      const took: number[] = [];
      const observer: MirrorObserver = {
        onTransaction: (_core, _type, beginPs, endPs) => took.push(endPs - beginPs),
      };
      run(trace, { backend, profile: ROUND_PROFILE, observer });
      return took;
    };
    const [adaptive, bypass, through] = [smAd, smDd, smOb].map(tookPs);
    assert(through[4] > bypass[4]);
    assert.deepEqual(adaptive, [...bypass.slice(0, 4), through[4], ...bypass.slice(5)]);
  });

  it('is less than under both, where one type is better off with each', () => {
    const clients = 8;
    // Beyond all caches.
    const heapBytes = 1 << 26;
    const random = (sink: PersistSink, core: number): void => {
      const draws = new Random(1, core);
      const lines = (count: number) => () =>
        Array.from({ length: count }, () => draws.below(heapBytes / 64));
      for (let i = 0; i < 160; i++) {
        if (i === 60) sink.op(Op.MEASURE, 0, 0);
        sink.op(Op.COMPUTE, 2000, 0);
        if (i % 2 === 0) transaction(sink, 0, 8, lines(1));
        else transaction(sink, 1, 1, lines(64));
      }
    };
    const trace = traceOf(
      Array.from({ length: clients }, (_, core) => (sink: PersistSink) => random(sink, core)),
      heapBytes,
    );
    const [adaptive, ...others] = [smAd, smDd, smOb].map(
      (backend) => run(trace, { backend, profile: optaneCx5, warmsUp: true }).elapsedPs,
    );
    assert(adaptive < 0.97 * Math.min(...others), `${adaptive} and ${others}`);
  });
});

/** Transactions of one core whose times are `tookOf(type, way)`; how often each way was taken, and the time. */
function learned(count: number, types: number, tookOf: (type: number, way: number) => number) {
  const ways = new TwoWays(1, false);
  const taken = Array.from({ length: types }, () => [0, 0]);
  let clock = 0;
  for (let i = 0; i < count; i++) {
    const type = i % types;
    ways.begin(0, type, clock);
    const way = ways.wayOf(0);
    taken[type][way]++;
    clock += tookOf(type, way);
    ways.end(0);
    ways.acknowledged(0, clock, tookOf(type, way));
  }
  return { taken, clock };
}

describe('the choice', () => {
  it('is made for each type of transaction', () => {
    const { taken } = learned(4000, 2, (type, way) => (type === way ? 900 : 1000));
    assert(taken[0][0] > 1900 && taken[1][1] > 1700, JSON.stringify(taken));
  });

  it('takes 2 % of the time and one first trial to find out, however slow the other way is', () => {
    for (const slower of [1.001, 1.1, 2, 10, 100]) {
      const count = 20_000;
      const tookOf = (_: number, way: number) => (way === 0 ? 1000 : 1000 * slower);
      const { clock, taken } = learned(count, 5, tookOf);
      const least = 1000 * count;
      assert(0.98 * clock <= least + 1000 * slower, `${slower}: ${clock / least}`);
      if (slower <= 10) assert(taken.every(([, tried]) => tried >= 1));
    }
  });

  it('is not made by chance: of times that vary as much in both ways, the first stays', () => {
    const draws = new Random(1, 1);
    const { taken } = learned(5000, 1, () => 500 + draws.below(1000));
    assert(taken[0][1] < 500, JSON.stringify(taken));
  });

  it('changes when the times do', () => {
    let i = 0;
    const { taken } = learned(20_000, 1, (_, way) => (i++ < 2000 === (way === 0) ? 900 : 1000));
    assert(taken[0][1] > 10_000, JSON.stringify(taken));
  });

  it('is one for all cores on a queue pair that they share, and a trial takes all along', () => {
    const ways = new TwoWays(2, true);
    const seen: string[] = [];
    const step = (core: number, endsAt: number): void => {
      ways.end(core);
      ways.acknowledged(core, endsAt, 1000);
      ways.begin(core, core, endsAt);
      seen.push(`${ways.wayOf(0)}${ways.wayOf(1)}`);
    };
    ways.begin(0, 0, 0);
    ways.begin(1, 1, 0);
    for (let i = 1; i < 1000; i++) step(i % 2, 1000 * i);
    assert(seen.every((both) => both === '00' || both === '11'));
    // Once 2 % of the time is what both would take if it took them six times as long.
    const tried = seen.indexOf('11');
    assert(tried > 590 && tried < 610, `${tried}`);
    assert.deepEqual(seen.slice(tried + 1, tried + 4), ['11', '00', '00']);
  });
});

/** sm-ad that takes the ways of `wayOf`, given the core and how many transactions it has begun. */
function taking(wayOf: (core: number, begun: number) => number, change: Partial<Backend> = {}) {
  const createChooser = (cores: number): Chooser => {
    const begun = new Array<number>(cores).fill(0);
    return {
      begin: (core) => {
        begun[core]++;
      },
      end: () => {},
      acknowledged: () => {},
      wayOf: (core) => wayOf(core, begun[core]),
    };
  };
  return { ...smAd, createChooser, ...change };
}

/** Posts as it is told, and no ROFENCE in between. */
const UNFENCED: Partial<Backend> = {
  onLine: (posting, core, line, words) =>
    posting.post(
      core,
      posting.way(core) === 1 ? Verb.WRITE_THROUGH : Verb.WRITE_BYPASS,
      line,
      words,
    ),
};

/** When each line was durable, and the lines in the order in which they were. */
function durable(
  programs: readonly Program[],
  options: Partial<System & MirrorRun>,
  backend: Backend,
) {
  const atPs = new Map<number, number>();
  const visible: string[] = [];
  const observer: MirrorObserver = {
    onReplicaDurable: (_replica, _core, line, ps) => atPs.set(line, ps),
    onReplicaVisible: (_replica, core, line) => visible.push(`${line} of ${core}`),
  };
  run(traceOf(programs), { backend, profile: OVERTAKING, observer, ...options });
  return { atPs, visible };
}

/** Lines of the two DIMMs of OVERTAKING, in turn by eight. */
const DIMM = (which: number, line: number): number => (line >> 3) * 16 + 8 * which + (line & 7);

describe('order across a change of the way', () => {
  /** Transactions in flight: a full DIMM holds up the first, and the second goes to the other DIMM. */
  const inFlight: Program = (sink) => {
    transaction(sink, 0, 1, () => Array.from({ length: 12 }, (_, i) => DIMM(0, i)));
    transaction(sink, 0, 1, () => [DIMM(1, 0)]);
  };
  const last = DIMM(0, 11);
  const next = DIMM(1, 0);

  it('is kept by a ROFENCE where a core has not waited', () => {
    for (const first of [0, 1]) {
      const wayOf = (_core: number, begun: number) => (begun === 1 ? first : 1 - first);
      const { atPs } = durable([inFlight], { inflight: 4 }, taking(wayOf));
      assert((atPs.get(last) ?? 0) <= (atPs.get(next) ?? 0), `${first} first`);
    }
    const toThrough = (_core: number, begun: number) => begun - 1;
    const { atPs } = durable([inFlight], { inflight: 4 }, taking(toThrough, UNFENCED));
    assert((atPs.get(last) ?? 0) > (atPs.get(next) ?? 0), 'without a ROFENCE it overtakes');
  });

  it('needs none behind a durability point that the core waited at', () => {
    const trace = traceOf([inFlight]);
    // With several in flight another orders what follows the second transaction.
    for (const [inflight, rofences] of [
      [1, 0],
      [4, 2],
    ]) {
      const backend = taking((_core, begun) => begun - 1);
      assert.equal(
        run(trace, { backend, profile: OVERTAKING, inflight }).counts.rofences,
        rofences,
      );
    }
  });

  it('is kept between cores that share a queue pair', () => {
    const programs: Program[] = [
      (sink) => {
        for (let i = 0; i < 12; i++) writeLine(sink, DIMM(0, i));
        sink.op(Op.ORDERING_FENCE, 0, 0);
        sink.op(Op.DURABILITY_FENCE, 0, 0);
      },
      (sink) => {
        // When the other's ordering point is over, and its lines wait for their DIMM.
        sink.op(Op.COMPUTE, 3000, 0);
        writeLine(sink, next);
        sink.op(Op.DURABILITY_FENCE, 0, 0);
      },
    ];
    const overtakes = (backend: Backend): boolean => {
      const { atPs } = durable(programs, { queuePairs: 'shared' }, backend);
      return (atPs.get(last) ?? 0) > (atPs.get(next) ?? 0);
    };
    for (const first of [0, 1])
      assert(!overtakes(taking((core) => (core === 0 ? first : 1 - first))));
    assert(overtakes(taking((core) => core, UNFENCED)), 'without a ROFENCE it overtakes');
  });
});
