import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../pm/random.ts';
import { bootstrapInterval, ENOUGH_VALUES, FEW_VALUES } from './bootstrap.ts';

test('one value has no interval; equal values have one of no width', () => {
  assert.equal(bootstrapInterval([]), undefined);
  assert.equal(bootstrapInterval([3]), undefined);
  assert.deepEqual(bootstrapInterval([3, 3, 3]), { mean: 3, low: 3, high: 3 });
});

test('the same values give the same interval, and it is within them', () => {
  const values = [1, 2, 4, 8, 16];
  const interval = bootstrapInterval(values);
  assert.deepEqual(bootstrapInterval(values), interval);
  assert.ok(interval !== undefined);
  assert.equal(interval.mean, 6.2);
  assert.ok(1 < interval.low && interval.low < 6.2 && 6.2 < interval.high && interval.high < 16);
});

/** How many of 100 intervals of `count` values hold the true mean. */
function holding(count: number, random: Random): number {
  const tries = 400;
  let holding = 0;
  for (let i = 0; i < tries; i++) {
    const values = Array.from({ length: count }, () => random.fraction());
    const { low, high } = bootstrapInterval(values) ?? { low: 1, high: 0 };
    if (low <= 0.5 && 0.5 <= high) holding++;
  }
  return (100 * holding) / tries;
}

test('intervals of few values hold the true mean as seldom as is said of them', () => {
  const [two, three] = [bootstrapInterval([4, 1]), bootstrapInterval([4, 1, 2])];
  assert.deepEqual([two?.low, two?.high, three?.low, three?.high], [1, 4, 1, 4]);
  assert.match(FEW_VALUES, /of 2 or 3 .* 50 or 75 cases of 100/);
  const random = new Random(7);
  for (const [count, expected] of [
    [2, 50],
    [3, 75],
    [ENOUGH_VALUES, 90],
  ]) {
    const share = holding(count, random);
    assert.ok(Math.abs(share - expected) < 6, `${count} values: ${share} of 100`);
  }
});

test('some 95 of 100 intervals hold the true mean', () => {
  const share = holding(30, new Random(3));
  assert.ok(share >= 90 && share <= 99, `${share} of 100`);
});
