import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../pm/random.ts';
import { bootstrapInterval } from './bootstrap.ts';

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

test('some 95 of 100 intervals hold the true mean', () => {
  const random = new Random(3);
  let holding = 0;
  for (let i = 0; i < 200; i++) {
    const values = Array.from({ length: 30 }, () => random.fraction());
    const { low, high } = bootstrapInterval(values) ?? { low: 1, high: 0 };
    if (low <= 0.5 && 0.5 <= high) holding++;
  }
  assert.ok(holding >= 180 && holding <= 198, `${holding} of 200`);
});
