import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangeSet } from './range-set.ts';

test('each byte of a range is reported once, whatever the order and overlap', () => {
  const operation = fc.record({
    begin: fc.integer({ min: 0, max: 3000 }),
    bytes: fc.integer({ min: 1, max: 40 }),
    isNew: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 600 }), (operations) => {
      const set = new RangeSet();
      const covered = new Set<number>();
      for (const { begin, bytes } of operations) {
        const reported: number[] = [];
        let lowest = Number.POSITIVE_INFINITY;
        set.addGaps(begin, bytes, (from, size) => {
          assert(from + size <= lowest, 'parts come last first');
          lowest = from;
          for (let i = 0; i < size; i++) reported.push(from + i);
        });
        const expected: number[] = [];
        for (let i = begin; i < begin + bytes; i++) if (!covered.has(i)) expected.push(i);
        assert.deepEqual(
          reported.sort((x, y) => x - y),
          expected,
        );
        for (const i of expected) covered.add(i);
      }
    }),
    { numRuns: 100 },
  );
});

test('thousands of disjoint ranges are found again and can be removed', () => {
  const set = new RangeSet();
  for (let i = 0; i < 5000; i++) set.insert(((i * 2654435761) % 5003) * 16, 16);
  let gaps = 0;
  const count = () => gaps++;
  for (let i = 0; i < 5000; i++) set.addGaps(((i * 2654435761) % 5003) * 16, 16, count);
  assert.equal(gaps, 0);
  assert(set.remove(((17 * 2654435761) % 5003) * 16));
  assert(!set.remove(((17 * 2654435761) % 5003) * 16));
  set.addGaps(((17 * 2654435761) % 5003) * 16, 16, count);
  assert.equal(gaps, 1);
});
