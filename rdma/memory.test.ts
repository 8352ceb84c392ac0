/** The DIMM model: write-pending queue, write-combining buffer, media; and the caches. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../pm/random.ts';
import { Memory } from './memory.ts';
import { EventHeap } from './network/event-heap.ts';
import { Cache } from './primary/cache.ts';
import { Core } from './primary/core.ts';
import { optaneCx5 } from './profiles/optane-cx5.ts';
import { compileTiming } from './profiles/timing.ts';

const TIMING = compileTiming(optaneCx5);
const ONE_DIMM = { ...TIMING.memory, dimmCount: 1 };

/** GB/s into one DIMM of back-to-back writes of `bytes` at random or ascending places. */
function bandwidth(bytes: number, random: boolean): number {
  const memory = new Memory(ONE_DIMM);
  const generator = new Random(3);
  const lines = bytes / 64;
  const writes = Math.floor(20_000 / lines);
  let accepted = 0;
  for (let i = 0; i < writes; i++) {
    const first = (random ? generator.below(1 << 20) : i) * lines;
    for (let l = 0; l < lines; l++) accepted = memory.accept(first + l, 0);
  }
  return (writes * bytes) / (accepted / 1000);
}

describe('one Optane DIMM', () => {
  const measured: [bytes: number, random: boolean, gbps: number][] = [
    [64, true, 0.596],
    [128, true, 1.179],
    [256, true, 2.37],
    [64, false, 2.4],
  ];
  for (const [bytes, random, gbps] of measured) {
    it(`${random ? 'random' : 'sequential'} ${bytes} B writes run at ${gbps} GB/s, within 10 %`, () => {
      const modelled = bandwidth(bytes, random);
      assert(Math.abs(modelled / gbps - 1) < 0.1, `${modelled} GB/s`);
    });
  }

  it('accepts as many lines at once as its queue holds, and the next when one has left', () => {
    const memory = new Memory({ ...ONE_DIMM, wpqLines: 4 });
    for (let i = 0; i < 4; i++) assert.equal(memory.accept(i * 100, 1000), 1000);
    assert.equal(memory.accept(999, 1000), 1000 + TIMING.memory.wpqDrainPs);
  });

  it('writes a media block once for four lines in order, and once a line when scattered', () => {
    const memory = new Memory(ONE_DIMM);
    for (let line = 0; line < 4000; line++) memory.accept(line, 0);
    assert.equal(memory.mediaBlocks, 1000);
    const scattered = new Memory(ONE_DIMM);
    for (let i = 0; i < 4000; i++) scattered.accept(i * 4, 0);
    assert(scattered.mediaBlocks >= 4000 - 64);
  });

  it('reads one line after another, ahead of the blocks that wait to be written', () => {
    const { lineReadPs } = TIMING.memory;
    const memory = new Memory({ ...TIMING.memory, dimmCount: 2, interleaveLines: 64 });
    for (let line = 0; line < 64; line++) memory.accept(line, 0);
    assert.equal(memory.read(0, 1000), 1000);
    assert.equal(memory.read(2, 1000), 1000 + lineReadPs);
    assert.equal(memory.read(64, 1000), 1000, 'the other DIMM');
    assert.equal(memory.read(0, 1000 + 2 * lineReadPs), 1000 + 2 * lineReadPs);
  });

  it('is held up by a read in what it writes, by as much as the read takes', () => {
    const firstThatWaits = (reads: number): number => {
      const unbuffered = { wpqLines: 1, wpqDrainPs: 0, bufferBlocks: 1, blockLines: 1 };
      const memory = new Memory({ ...ONE_DIMM, ...unbuffered });
      for (let i = 0; i < reads; i++) memory.read(0, 0);
      for (let line = 0; line < 4; line++) memory.accept(line, 0);
      return memory.accept(4, 0);
    };
    assert.equal(firstThatWaits(3) - firstThatWaits(0), 3 * TIMING.memory.lineReadPs);
  });

  describe('takes as many blocks ahead of its media as its buffer holds, and not one more', () => {
    const media = TIMING.memory.mediaBlockWritePs;
    /** When each line of `lines` is accepted, in block writes, if one at a time is and moves on at once. */
    const acceptedAt = (lines: readonly number[], bufferBlocks: number, blockLines: number) => {
      const queue = { wpqLines: 1, wpqDrainPs: 0 };
      const memory = new Memory({ ...ONE_DIMM, ...queue, bufferBlocks, blockLines });
      return lines.map((line) => memory.accept(line, 0) / media);
    };
    const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

    it('incomplete ones: eight, one for which the oldest leaves, one that waits in the queue', () => {
      const scattered = upTo(14).map((block) => block * 4);
      assert.deepEqual(acceptedAt(scattered, 8, 4), [...Array(10).fill(0), 1, 2, 3, 4]);
    });

    it('whole ones: seven beside the one that fills, one at the media', () => {
      const firsts = acceptedAt(upTo(13 * 4), 8, 4).filter((_, line) => line % 4 === 0);
      assert.deepEqual(firsts, [...Array(10).fill(0), 1, 2, 3]);
    });

    it('of a line each: as many as there are, and one that waits in the queue', () => {
      assert.deepEqual(acceptedAt(upTo(8), 3, 1), [0, 0, 0, 0, 1, 2, 3, 4]);
    });
  });

  it('interleaves DIMMs: what one cannot take at once, six can', () => {
    const last = (dimmCount: number) => {
      const memory = new Memory({ ...TIMING.memory, dimmCount });
      let accepted = 0;
      for (let i = 0; i < 3000; i++) accepted = Math.max(accepted, memory.accept(i * 64, 0));
      return accepted;
    };
    assert(last(1) > 5 * last(6));
  });
});

describe('cache', () => {
  it('keeps the most recently used lines of a set', () => {
    const cache = new Cache(2, 2);
    assert.deepEqual(
      [0, 2, 0, 4, 0, 2].map((line) => cache.access(line)),
      [false, false, true, false, true, false],
    );
    assert.equal(cache.evicted, 4);
    cache.remove(0);
    assert.equal(cache.access(0), false);
    assert.equal(cache.evicted, -1);
    assert.equal(cache.access(1), false, 'the other set is untouched');
  });
});

describe('a cache that replaces at random', () => {
  /** Hits of a loop over one line more than a set holds, after the first round. */
  const hits = (replacement: 'lru' | 'random') => {
    const cache = new Cache(1, 4, 'modulo', replacement);
    let found = 0;
    for (let i = 0; i < 5000; i++) if (cache.access(i % 5)) found++;
    return found;
  };

  it('keeps some lines of a loop that is longer than it, where least recently used keeps none', () => {
    assert.equal(hits('lru'), 0);
    assert(hits('random') > 2000, `${hits('random')} of 5000`);
  });

  it('takes every way as often as any other, and the same ones again in another run', () => {
    const victims = () => {
      const cache = new Cache(1, 4, 'modulo', 'random');
      // Lines in order, so that a line's age tells its way: 0 is the one that came last.
      return Array.from({ length: 4000 }, (_, line) => {
        cache.access(line);
        return cache.evicted < 0 ? -1 : line - cache.evicted;
      });
    };
    const ages = victims().filter((age) => age >= 0);
    assert(Math.abs(ages.filter((age) => age === 1).length / ages.length - 1 / 4) < 0.03);
    assert.deepEqual(victims(), victims());
  });
});

describe('write-combining buffers', () => {
  it('hand over a line when all its bytes are there, and the oldest when they run out', () => {
    const core = new Core(0, { ...TIMING, writeCombiningBuffers: 2 });
    for (let word = 0; word < 7; word++) assert.equal(core.combine(5, word * 8, word * 8 + 8), -1);
    assert.equal(core.combine(5, 56, 64), 5);
    assert.equal(core.combiningCount, 0);
    assert.equal(core.combine(1, 0, 8), -1);
    assert.equal(core.combine(2, 0, 8), -1);
    assert.equal(core.combine(3, 0, 8), 1);
    assert.equal(core.combine(4, 0, 64), 2, 'a full line that displaces another lets it go first');
    assert.deepEqual([core.takeCombining(), core.takeCombining()], [3, 4]);
    assert.equal(core.takeCombining(), -1);
  });

  it('are emptied in the order in which lines came, though full ones leave between', () => {
    const core = new Core(0, { ...TIMING, writeCombiningBuffers: 3 });
    for (const line of [1, 2, 3]) core.combine(line, 0, 8);
    assert.equal(core.combine(2, 8, 64), 2);
    core.combine(4, 0, 8);
    assert.equal(core.combine(5, 0, 8), 1);
    assert.deepEqual(
      [3, 4, 5, -1],
      [0, 0, 0, 0].map(() => core.takeCombining()),
    );
  });
});

describe('event heap', () => {
  it('gives entries in order of time, ties by id', () => {
    const heap = new EventHeap(200);
    const random = new Random(11);
    const expected: [number, number][] = [];
    for (let id = 0; id < 200; id++) {
      const time = random.below(40);
      expected.push([time, id]);
      heap.push(time, id);
    }
    expected.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
    const got: [number, number][] = [];
    while (heap.size > 0) {
      got.push([heap.minTime, heap.minId]);
      heap.pop();
    }
    assert.deepEqual(got, expected);
    assert.equal(heap.minTime, Number.POSITIVE_INFINITY);
  });
});
