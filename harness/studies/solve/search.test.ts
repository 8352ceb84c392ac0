import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scale } from './scale.ts';
import { crossingValue, Search, trendOf } from './search.ts';

const RANGE: Scale = { low: 1, high: 10_000, isWhole: false };

/** Searches where `left` is at most `bound`; returns the crossings' values, and how many were looked at. */
function searched(left: (value: number) => number, bound: number, scale = RANGE) {
  const search = new Search(scale, 17);
  for (let round = 0; ; round++) {
    assert.ok(round < 40, 'the search ends');
    const wanted = search.wanted();
    if (wanted.length === 0) break;
    for (const value of wanted) {
      assert.ok(value >= scale.low && value <= scale.high);
      const gap = left(value) - bound;
      search.tell({ value, left: left(value), gap, holds: gap <= 0 });
    }
  }
  const at = search.crossings.map((crossing) => crossingValue(scale, crossing));
  return { at, count: search.samples.length, search };
}

function isNear(found: number | undefined, expected: number): void {
  const error = Math.abs((found ?? Number.NaN) / expected - 1);
  assert.ok(error < 5e-4, `${found} instead of ${expected}`);
}

test('a smooth crossing is found to three digits, with few looks', () => {
  for (const bound of [1.5, 3, 30, 900]) {
    const { at, count } = searched((x) => 1 + 0.1 * x ** 1.1, bound);
    assert.equal(at.length, 1);
    isNear(at[0], ((bound - 1) / 0.1) ** (1 / 1.1));
    assert.ok(count <= 25, `${count} looks for ${bound}`);
  }
});

test('steps and corners are found too', () => {
  isNear(searched((x) => (x < 777 ? 1 : 2), 1.5).at[0], 777);
  isNear(searched((x) => Math.max(1, x / 50), 1.001).at[0], 50.05);
  isNear(searched((x) => -Math.max(0, x - 9000), -1).at[0], 9001);
});

test('every crossing of one that is not monotonic is found', () => {
  const { at, search } = searched((x) => Math.abs(Math.log10(x) - 2), 0.5);
  assert.equal(at.length, 2);
  isNear(at[0], 10 ** 1.5);
  isNear(at[1], 10 ** 2.5);
  assert.equal(trendOf(search.samples), 'both');
});

test('without a crossing the search ends with its grid', () => {
  const { at, count, search } = searched((x) => x, -1);
  assert.deepEqual([at.length, count], [0, 17]);
  assert.equal(trendOf(search.samples), 'rises');
});

test('of whole numbers it is the last, or the first, at which the condition holds', () => {
  const whole = { low: 1, high: 5000, isWhole: true };
  assert.deepEqual(searched((x) => x, 1234.5, whole).at, [1234]);
  assert.deepEqual(searched((x) => -x, -1234.5, whole).at, [1235]);
  assert.deepEqual(searched((x) => x, 0.5, { low: 0, high: 1, isWhole: true }).at, [0]);
});
