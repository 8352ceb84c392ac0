import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEASUREMENTS } from './measurements.ts';
import { quantityNamed } from './quantities.ts';
import { converted, unitsLike } from './units.ts';

test('a name like that of a row is of the same experiment, so that other sizes fit in', () => {
  const likeRows = MEASUREMENTS.filter(({ experiment: { kind } }) =>
    ['persistLatency', 'writeBandwidth'].includes(kind),
  );
  assert.ok(likeRows.length > 100);
  for (const { name, unit, experiment } of likeRows) {
    // Another way to write the same name, which no row has.
    const other = name.startsWith('persist')
      ? name.replace('sfence', 'fence').replace(/ B by (.*)\+fence/, ' B by $1+sfence')
      : name.replace(/^one /, '1 ').replace(/^six /, '6 ');
    const found = quantityNamed(other === name ? `${name} ` : other);
    assert.deepEqual(found?.experiment, experiment, other);
    assert.equal(found?.unit, unit);
  }
});

test('numbers that no machine has are refused', () => {
  for (const name of [
    'persist 0 B by ntstore+fence',
    'persist 100 B by ntstore+fence',
    'one DIMM, clwb, 0 threads',
    '99 DIMMs, clwb, 1 thread',
    'ib_write_lat 65 B',
    'ib_write_bw 64 B, 0 queue pairs',
    'ib_write_bw 64 B, MTU 0 B',
  ]) {
    assert.equal(quantityNamed(name), undefined, name);
  }
});

test('units convert within their kind', () => {
  assert.equal(converted(1.5, 'us', 'ns'), 1500);
  assert.equal(converted(100, 'Gb/s', 'GB/s'), 12.5);
  assert.equal(converted(12.5, 'GB/s', 'Gb/s'), 100);
  assert.equal(converted(1, 'GiB/s', 'GB/s'), 1.073741824);
  assert.equal(converted(7_500_000, '/s', 'M/s'), 7.5);
  assert.equal(converted(3, 'MB/sec', 'GB/s'), 0.003);
  assert.equal(converted(1, 'us', 'GB/s'), undefined);
  assert.equal(converted(1, 'parsec', 'ns'), undefined);
  assert.ok(unitsLike('ns').includes('us') && !unitsLike('ns').includes('GB/s'));
});
