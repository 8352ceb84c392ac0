import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { powerLawKeys, Random, zipfianKeys } from './random.ts';
import { assertDrawnFrom, assertRefused, counted, evenly } from './testing/chi-squared.ts';

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

  it('is uniform below n, between bounds and as a fraction', () => {
    const draws = 20_000;
    const drawn = (draw: (random: Random) => number): number[] => {
      const random = new Random(1);
      return Array.from({ length: draws }, () => draw(random));
    };
    for (const n of [2, 7, 256, 1000]) {
      const counts = counted(
        drawn((random) => random.below(n)),
        n,
      );
      assertDrawnFrom(`below ${n}`, counts, evenly(n));
      assertRefused(`below ${n - 1}`, counts, [...evenly(n - 1), 0]);
    }
    // Of three billion, where a remainder alone would draw the lower third twice as often.
    const large = drawn((random) => Math.floor((random.below(3 * 2 ** 30) * 3) / (3 * 2 ** 30)));
    assertDrawnFrom('of three billion', counted(large, 3), evenly(3));
    const between = drawn((random) => random.between(3, 5) - 3);
    assertDrawnFrom('between', counted(between, 3), evenly(3));
    for (const bits of [0, 8, 16, 24]) {
      const bytes = drawn((random) => (random.next() >>> bits) & 0xff);
      assertDrawnFrom(`byte at ${bits}`, counted(bytes, 256), evenly(256));
    }
    const fractions = drawn((random) => Math.floor(random.fraction() * 100));
    assertDrawnFrom('fractions', counted(fractions, 100), evenly(100));
    const chances = drawn((random) => Number(random.chance(0.3)));
    assertDrawnFrom('chances', counted(chances, 2), [0.7, 0.3]);
    const random = new Random(2);
    // Neighbours say nothing of each other.
    const pairs = Array.from({ length: draws }, () => 8 * random.below(8) + random.below(8));
    assertDrawnFrom('pairs', counted(pairs, 64), evenly(64));
    assert.throws(() => random.below(0), RangeError);
    assert.throws(() => random.below(2 ** 32 + 1), RangeError);
  });

  it('shuffles into each order as often', () => {
    const random = new Random(4);
    const orders = Array.from({ length: 6000 }, () => {
      const items = [0, 1, 2];
      random.shuffle(items);
      return ['012', '021', '102', '120', '201', '210'].indexOf(items.join(''));
    });
    const counts = counted(orders, 6);
    assertDrawnFrom('orders', counts, evenly(6));
    // What comes of swapping every place with any: 4, 5, 5, 5, 4 and 4 of 27.
    assertRefused('swaps with any', counts, [4, 5, 5, 5, 4, 4]);
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
  const frequencies = (next: (random: Random) => number, count: number, draws: number) => {
    const random = new Random(5);
    return counted(
      Array.from({ length: draws }, () => next(random)),
      count,
    );
  };
  const zipf = (count: number, theta: number): number[] =>
    Array.from({ length: count }, (_, i) => (i + 1) ** -theta);

  it('zipfian: item i in proportion to 1 / (i + 1)^theta, over a set that grows', () => {
    for (const theta of [0, 0.5, 0.99]) {
      const zipfian = zipfianKeys(theta);
      for (const count of [10, 200, 50]) {
        const counts = frequencies((random) => zipfian.next(random, count), count, 20_000);
        assertDrawnFrom(`${theta} over ${count}`, counts, zipf(count, theta));
        assertRefused(`a tenth more over ${count}`, counts, zipf(count, theta + 0.1));
      }
    }
    assert.throws(() => zipfianKeys().next(new Random(1), 0), RangeError);
    const usual = zipfianKeys();
    const counts = frequencies((random) => usual.next(random, 100), 100, 30_000);
    assertDrawnFrom('0.99 unless said', counts, zipf(100, 0.99));
    assertRefused('0.9', counts, zipf(100, 0.9));
  });

  it('power law: item i from the top as x^alpha', () => {
    const shares = (count: number, alpha: number): number[] =>
      Array.from({ length: count }, (_, i) => {
        const x = (count - i) / count;
        return x ** (alpha + 1) - (x - 1 / count) ** (alpha + 1);
      });
    for (const [count, alpha] of [
      [1000, 6.2],
      [40, 6.2],
      [40, 0],
    ]) {
      const keys = powerLawKeys(count, alpha);
      const counts = frequencies((random) => keys.next(random), count, 20_000);
      assertDrawnFrom(`${alpha} over ${count}`, counts, shares(count, alpha));
      assertRefused(`a little more over ${count}`, counts, shares(count, alpha + 0.5));
    }
    assert.throws(() => powerLawKeys(0), RangeError);
  });
});
