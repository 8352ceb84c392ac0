import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  arithmeticMean,
  deviationPercent,
  geometricMean,
  percentileOf,
  quantile,
  rounded,
} from './statistics.ts';

test('means of ratios', () => {
  assert.equal(rounded(geometricMean([1, 4])), 2);
  assert.equal(arithmeticMean([1, 4]), 2.5);
  // The product of these would overflow.
  assert.equal(rounded(geometricMean(new Array(500).fill(1e10))), 1e10);
});

test('a mean of nothing, or of a ratio that cannot be, is refused', () => {
  assert.throws(() => geometricMean([]));
  assert.throws(() => arithmeticMean([]));
  for (const bad of [0, -1, Number.NaN]) assert.throws(() => geometricMean([1, bad]), RangeError);
});

test('rounding keeps six significant digits', () => {
  assert.equal(rounded(1234567.89), 1234570);
  assert.equal(rounded(0.00012345649), 0.000123456);
  assert.equal(rounded(2), 2);
});

test('deviation is in per cent of the reference', () => {
  assert.equal(rounded(deviationPercent(2.7, 1.8)), 50);
  assert.equal(rounded(deviationPercent(1.45, 2.9)), -50);
});

test('quantiles and percentiles: those that are the same count half', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  const at = [0.05, 0.5, 0.95].map((p) => rounded(quantile(values, p)));
  assert.deepEqual(at, [10.95, 100.5, 190.05]);
  assert.equal(percentileOf(50.5, values), 25);
  assert.equal(percentileOf(1, values), 0.25);
  assert.deepEqual([percentileOf(0, [1, 2]), percentileOf(3, [1, 2])], [0, 100]);
});
