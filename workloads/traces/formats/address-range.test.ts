import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccessClusters, parseAddressRange } from './address-range.ts';

test('a range is read as it is written, and clusters are named, most first', () => {
  assert.deepEqual(parseAddressRange('1000-0X2001'), { start: 1, end: 3 });
  for (const wrong of ['', '0x2000-0x1000', '0x1000-0x1000', '0x1000', 'a-g', '-1-2']) {
    assert.equal(parseAddressRange(wrong), undefined, wrong);
  }
  const clusters = new AccessClusters();
  for (const page of [5, 2 ** 18 + 7, 2 ** 40, 2 ** 40 + 1, 2 ** 40 + 2]) clusters.add(page);
  assert.deepEqual(clusters.clusters(), [
    { range: { start: 2 ** 40, end: 2 ** 40 + 3 }, count: 3 },
    { range: { start: 5, end: 2 ** 18 + 8 }, count: 2 },
  ]);
});
