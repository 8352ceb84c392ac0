import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LatencyObserver } from './latency.ts';

test('mean and maximum are exact, percentiles at most 0.1 % high', () => {
  const observer = new LatencyObserver([1, 50, 99.99]);
  for (let i = 1; i <= 1000; i++) observer.onTransaction(0, 0, 5_000_000, 5_000_000 + i * 1001);
  const summary = observer.summary();
  assert.equal(summary.count, 1000);
  assert.equal(summary.meanPs, 500.5 * 1001);
  assert.equal(summary.maxPs, 1_001_000);
  const expected = { 50: 500, 90: 900, 99: 990, 99.9: 999, 1: 10, 99.99: 1000 };
  assert.equal(Object.keys(summary.percentilesPs).length, 6);
  for (const [percent, rank] of Object.entries(expected)) {
    const value = summary.percentilesPs[Number(percent)];
    assert.ok(value >= rank * 1001 && value <= rank * 1001 * 1.001, `${percent} %: ${value}`);
  }
});

test('latencies of a thousandth of a second and of minutes fit into the same histogram', () => {
  const observer = new LatencyObserver();
  observer.onTransaction(0, 0, 0, 1e9);
  observer.onTransaction(0, 0, 0, 6e13);
  assert.equal(observer.summary().maxPs, 6e13);
  assert.ok(observer.summary().percentilesPs[50] <= 1.001e9);
});

test('without transactions everything is 0', () => {
  const { count, meanPs, percentilesPs, maxPs } = new LatencyObserver().summary();
  assert.deepEqual([count, meanPs, percentilesPs[50], maxPs], [0, 0, 0, 0]);
});

test('transactions of the warm-up do not count', () => {
  for (const [warm, measured] of [
    [9000, 1000],
    [1000, 9000],
  ]) {
    const observer = new LatencyObserver();
    for (let i = 0; i < 9; i++) observer.onTransaction(0, 0, 0, warm);
    observer.onMeasure();
    observer.onTransaction(0, 0, warm, warm + measured);
    const { count, meanPs, percentilesPs, maxPs } = observer.summary();
    assert.deepEqual([count, meanPs, percentilesPs[50], maxPs], [1, measured, measured, measured]);
  }
});

test('every type of transaction has its own latencies, and all together make the whole', () => {
  const observer = new LatencyObserver();
  for (let i = 1; i <= 100; i++) observer.onTransaction(0, 2, 0, i * 1000);
  observer.onTransaction(1, 0, 500, 9_000_500);
  const [first, third, ...none] = observer.byType();
  assert.deepEqual([first.type, first.count, first.maxPs], [0, 1, 9_000_000]);
  assert.deepEqual([third.type, third.count, third.meanPs], [2, 100, 50_500]);
  assert.deepEqual(none, []);
  const { count, meanPs, maxPs, percentilesPs } = observer.summary();
  const p50Ps = percentilesPs[50];
  assert.deepEqual([count, maxPs], [101, 9_000_000]);
  assert.equal(meanPs, (9_000_000 + 5_050_000) / 101);
  assert.ok(p50Ps >= 51_000 && p50Ps < 51_100, `${p50Ps}`);
  observer.onMeasure();
  assert.deepEqual(observer.byType(), []);
});
