import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { powerLawKeys, Random, zipfianKeys } from './random.ts';

describe('Random', () => {
  it('gives the numbers it gave when results were committed', () => {
    const random = new Random(42, 3);
    const drawn = [random.next(), random.next(), random.next()];
    assert.deepEqual(drawn, [1455637832, 529338891, 1807700845]);
  });

  it('differs by seed and by stream', () => {
    const first = (seed: number, stream: number) => new Random(seed, stream).next();
    assert.equal(new Set([first(1, 0), first(1, 1), first(2, 0), first(0, 1)]).size, 4);
  });

  it('is uniform below n, bounds included, to within five standard deviations', () => {
    const random = new Random(1);
    const counts = new Array(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[random.below(7)]++;
    for (const count of counts) assert(Math.abs(count - 10_000) < 5 * Math.sqrt(10_000 * (6 / 7)));
    const edges = new Set<number>();
    for (let i = 0; i < 200; i++) edges.add(random.between(3, 5));
    assert.deepEqual([...edges].sort(), [3, 4, 5]);
    assert.throws(() => random.below(0), RangeError);
    assert.throws(() => random.below(2 ** 32 + 1), RangeError);
  });

  it('fills and shuffles', () => {
    const random = new Random(9);
    const bytes = new Uint8Array(64);
    random.fill(bytes);
    assert(new Set(bytes).size > 30);
    const items = Uint32Array.from({ length: 50 }, (_, i) => i);
    random.shuffle(items);
    assert.notDeepEqual(
      [...items],
      [...items].sort((a, b) => a - b),
    );
    assert.equal(new Set(items).size, 50);
  });
});

describe('key generators', () => {
  const frequencies = (keys: { next(random: Random): number }, count: number, draws: number) => {
    const random = new Random(5);
    const hits = new Array(count).fill(0);
    for (let i = 0; i < draws; i++) hits[keys.next(random)]++;
    return hits.map((n) => n / draws);
  };

  it('zipfian: item i in proportion to 1 / (i + 1)^theta, over a set that grows', () => {
    const zipfian = zipfianKeys(0.99);
    for (const count of [10, 100, 20]) {
      const share = frequencies({ next: (random) => zipfian.next(random, count) }, count, 100_000);
      let norm = 0;
      for (let i = 1; i <= count; i++) norm += i ** -0.99;
      for (const i of [0, 1, 9, count - 1]) {
        assert(Math.abs(share[i] - (i + 1) ** -0.99 / norm) < 0.01, `item ${i}: ${share[i]}`);
      }
    }
    assert.throws(() => zipfian.next(new Random(1), 0), RangeError);
  });

  it('power law 6.2: half of the draws in the lowest tenth or so, all items in range', () => {
    const share = frequencies(powerLawKeys(1000, 6.2), 1000, 100_000);
    const lowest = share.slice(0, 100).reduce((sum, f) => sum + f, 0);
    // P(x >= 0.9 count) = 1 - 0.9^7.2
    assert(Math.abs(lowest - (1 - 0.9 ** 7.2)) < 0.01, `${lowest}`);
    assert(share[0] > share[300]);
    assert.throws(() => powerLawKeys(0), RangeError);
  });
});
