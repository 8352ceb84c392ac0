import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Comparison, deviationOf, judge } from './judge.ts';
import type { Tolerance } from './metrics.ts';

const PERCENT: Tolerance = { kind: 'percent', value: 10 };
const POINTS: Tolerance = { kind: 'points', value: 8 };

function comparison(given: Partial<Comparison>): Comparison {
  return {
    section: 'program',
    program: 'p',
    conditions: '',
    metric: 'm',
    unit: '',
    original: 100,
    ours: 100,
    tolerance: PERCENT,
    source: '',
    ...given,
  };
}

test('a figure at the edge of its tolerance passes, one beyond does not', () => {
  assert.equal(judge(comparison({ ours: 110 })).verdict, 'within');
  assert.equal(judge(comparison({ ours: 110.001 })).verdict, 'beyond');
  assert.equal(judge(comparison({ ours: 90 })).verdict, 'within');
  assert.equal(judge(comparison({ ours: 89.999 })).verdict, 'beyond');
});

test('shares are compared in points', () => {
  const shares = { original: 0.5, tolerance: POINTS };
  assert.equal(judge(comparison({ ...shares, ours: 0.58 })).verdict, 'within');
  assert.equal(judge(comparison({ ...shares, ours: 0.5801 })).verdict, 'beyond');
  assert.equal(deviationOf(0.58, 0.5, 'points'), 8);
  assert.equal(deviationOf(0.58, 0.5, 'percent'), 16);
});

test('inside a range nothing deviates, outside the nearer end counts', () => {
  assert.equal(deviationOf(3.5, [3, 4], 'percent'), 0);
  assert.equal(deviationOf(5, [3, 4], 'percent'), 25);
  assert.equal(deviationOf(1.5, [3, 4], 'percent'), -50);
});

test('a reason holds near the value that it was found for, and no further', () => {
  const reason = { text: 'because', ours: 200 };
  const explained = judge(comparison({ ours: 200, reason }));
  assert.deepEqual([explained.verdict, explained.reason], ['explained', 'because']);
  assert.equal(judge(comparison({ ours: 220, reason })).verdict, 'explained');
  const open = judge(comparison({ ours: 220, reason: { ...reason, next: 'count it' } }));
  assert.deepEqual([open.verdict, open.reason], ['open', 'because; next: count it']);
  const moved = judge(comparison({ ours: 221, reason }));
  assert.equal(moved.verdict, 'beyond');
  assert.match(moved.reason, /no longer explained: the reason was found for 200 \(because\)/);
  assert.equal(judge(comparison({ ours: 105, reason })).reason, '', 'not needed, not shown');
});

test('a figure that does not exist is beyond, whatever the reason', () => {
  assert.equal(judge(comparison({ ours: Number.NaN })).verdict, 'beyond');
  const reason = { text: 'because', ours: 1 };
  assert.equal(judge(comparison({ ours: Number.NaN, reason })).verdict, 'beyond');
});

test('without a tolerance a figure is reported with its note', () => {
  const row = judge(comparison({ ours: 300, tolerance: null, note: 'other unit' }));
  assert.deepEqual([row.verdict, row.deviation, row.reason], ['reported', 200, 'other unit']);
});
