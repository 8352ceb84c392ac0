/** What leaves the replica's cache when, and whom that makes durable. */

import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { ALL_WORDS } from '../../pm/line.ts';
import { Op } from '../../pm/op.ts';
import { smRc } from '../backends/sm-rc.ts';
import { Memory } from '../memory.ts';
import type { MirrorObserver } from '../mirror.ts';
import { setValues } from '../profiles/schema.ts';
import { compileTiming } from '../profiles/timing.ts';
import { ROUND_PROFILE } from '../testing/round-profile.ts';
import { run, traceOf, writeLine } from '../testing/runs.ts';
import { Ddio } from './ddio.ts';

/** LLC write-back 5 ns a line, then 60 ns; one DIMM that takes a line at once, then one per us. */
const TIMING = (() => {
  const timing = compileTiming(ROUND_PROFILE);
  const slow = { ...timing.replicaMemory, dimmCount: 2, wpqLines: 1, wpqDrainPs: 1_000_000 };
  return { ...timing, replicaMemory: slow };
})();
const ON_THE_WAY = 65_000;
/** Lines of the two DIMMs, which are interleaved at 64 lines. */
const [HERE, THERE] = [0, 64];

function setUp(timing = TIMING, seed = 0) {
  const durableBy = new Float64Array(3);
  const memory = new Memory(timing.replicaMemory);
  const ddio = new Ddio(0, timing, 1 << 16, memory, durableBy, undefined, seed);
  return { ddio, durableBy };
}

describe('a flush of a queue pair', () => {
  it('waits for a line that was written twice once', () => {
    const { ddio, durableBy } = setUp();
    ddio.write(0, 0, HERE, ALL_WORDS, 1000, false);
    ddio.write(0, 0, HERE, ALL_WORDS, 2000, false);
    ddio.flush(0, 0, 10_000);
    assert.equal(durableBy[0], 10_000 + ON_THE_WAY);
  });

  it("does not wait for another queue pair's lines at a full DIMM", () => {
    const { ddio, durableBy } = setUp();
    ddio.write(0, 0, HERE, ALL_WORDS, 1000, false);
    for (let i = 0; i < 4; i++) ddio.write(1, 1, THERE + i, ALL_WORDS, 1000, false);
    ddio.flush(1, 1, 10_000);
    ddio.write(0, 0, HERE, ALL_WORDS, 20_000, false);
    ddio.flush(0, 0, 100_000);
    // The third and fourth find the queue full until the second has left, and so on.
    assert.equal(durableBy[1], 10_000 + ON_THE_WAY + 3_000_000);
    assert.equal(durableBy[0], 100_000 + ON_THE_WAY);
  });

  it('waits for a line of its own that another took, whoever wrote it last', () => {
    for (const lastWriter of [0, 1]) {
      const { ddio, durableBy } = setUp();
      ddio.write(1 - lastWriter, 0, HERE, ALL_WORDS, 1000, false);
      ddio.write(lastWriter, 0, HERE, ALL_WORDS, 2000, false);
      ddio.flush(1, 1, 10_000);
      ddio.flush(0, 0, 20_000);
      assert.deepEqual([...durableBy], [10_000 + ON_THE_WAY, 10_000 + ON_THE_WAY, 0]);
    }
  });

  it('has nothing to wait for when it wrote nothing since the last', () => {
    const { ddio, durableBy } = setUp();
    ddio.write(0, 0, HERE, ALL_WORDS, 1000, false);
    ddio.flush(0, 0, 10_000);
    ddio.write(1, 1, HERE, ALL_WORDS, 20_000, false);
    ddio.flush(0, 0, 30_000);
    assert.equal(durableBy[0], 10_000 + ON_THE_WAY);
  });
});

describe('evictions', () => {
  /** One set of so many ways: a cache of as many lines. */
  const small = (ways: number) => ({ ...TIMING, ddioSets: 1, ddioWays: ways });

  it('happen when the ways that DDIO may use are full, and only of lines that are not durable', () => {
    for (const [ways, expected] of [
      [1, 7],
      [4, 4],
      [8, 0],
    ]) {
      const { ddio } = setUp(small(ways));
      for (let i = 0; i < 8; i++) ddio.write(0, 0, i, ALL_WORDS, 1000, false);
      assert.equal(ddio.evictions, expected, `${ways} ways`);
    }
    const { ddio } = setUp(small(1));
    for (let i = 0; i < 8; i++) ddio.write(0, 0, i, ALL_WORDS, 1000, true);
    assert.equal(ddio.evictions, 0, 'written through');
  });

  it('are of the least recently used line, or of one at random, which another seed has otherwise', () => {
    // Each of eight lines is written again while they are there: who is missed then tells who left.
    const evictionsOf = (replacement: 'lru' | 'random', seed: number): string => {
      const { ddio } = setUp({ ...small(4), ddioReplacement: replacement }, seed);
      const after: number[] = [];
      for (let i = 0; i < 64; i++) {
        ddio.write(0, 0, (i * 3) % 8, ALL_WORDS, 1000, false);
        after.push(ddio.evictions);
      }
      return after.join();
    };
    assert.equal(evictionsOf('lru', 1), evictionsOf('lru', 2));
    assert.equal(evictionsOf('random', 1), evictionsOf('random', 1));
    assert.equal(new Set([0, 1, 2, 3].map((seed) => evictionsOf('random', seed))).size, 4);
  });

  it('make the evicted line durable for the queue pair that wrote it, and need no flush then', () => {
    const { ddio, durableBy } = setUp(small(1));
    ddio.write(0, 0, HERE, ALL_WORDS, 1000, false);
    ddio.write(1, 1, THERE, ALL_WORDS, 50_000, false);
    assert.deepEqual([...durableBy], [50_000 + ON_THE_WAY, 0, 0]);
    ddio.flush(0, 0, 900_000);
    assert.equal(durableBy[0], 50_000 + ON_THE_WAY);
  });

  it('keep the place in the host of the line that comes until memory has the one that leaves', () => {
    for (const persistenceDomain of ['adr', 'eadr'] as const) {
      const timing = { ...small(2), replicaMemory: { ...TIMING.replicaMemory, persistenceDomain } };
      const { ddio } = setUp(timing);
      const placeFree = [0, 1, 2, 3].map((line) =>
        ddio.write(0, 0, line, ALL_WORDS, 1000 * line, false),
      );
      // The first that leaves is accepted at once, the second a microsecond after it.
      const accepted = 2000 + ON_THE_WAY;
      assert.deepEqual(placeFree, [0, 1000, accepted, accepted + 1_000_000], persistenceDomain);
    }
  });

  it('with the caches in the persistence domain cost no line its durability', () => {
    const replicaMemory = { ...TIMING.replicaMemory, persistenceDomain: 'eadr' } as const;
    const { ddio, durableBy } = setUp({ ...small(8), replicaMemory });
    for (let i = 0; i < 8; i++) ddio.write(0, 0, i, ALL_WORDS, 1000 * i, false);
    ddio.flush(0, 0, 10_000);
    assert.equal(durableBy[0], 7000);
    assert.equal(ddio.evictions, 0);
    ddio.write(1, 1, 8, ALL_WORDS, 20_000, false);
    assert.deepEqual([...durableBy], [7000, 20_000, 0]);
    assert.equal(ddio.evictions, 1);
  });
});

test('what replicas replace at random depends on the seed of the run, and on the replica', () => {
  const profile = setValues(ROUND_PROFILE, [
    ['replicaLlc.llcBytes', 1024],
    ['ddio.ways', 8],
    ['ddio.randomReplacement', 1],
  ]);
  const leavingOf = (seed: number): string[] => {
    const left: number[][] = [[], []];
    const observer: MirrorObserver = {
      onReplicaDurable: (replica, _core, line) => left[replica].push(line),
    };
    const trace = traceOf([
      (sink) => {
        for (let line = 0; line < 40; line++) writeLine(sink, line);
        sink.op(Op.DURABILITY_FENCE, 0, 0);
      },
    ]);
    run(trace, { backend: smRc, profile, replicas: 2, seed, observer });
    return left.map((lines) => lines.join());
  };
  assert.deepEqual(leavingOf(1), leavingOf(1));
  assert.equal(new Set([...leavingOf(1), ...leavingOf(10)]).size, 4);
});
