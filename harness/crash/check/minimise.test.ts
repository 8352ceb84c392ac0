import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { minimise } from './minimise.ts';

test('what is left fails, and without any one item passes', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat({ max: 40 })),
      fc.uniqueArray(fc.nat({ max: 40 })),
      (a, b) => {
        const items = [...new Set([...a, ...b])];
        const fails = (part: readonly number[]): boolean => a.every((item) => part.includes(item));
        assert.deepEqual(minimise(items, fails).sort(), [...a].sort());
      },
    ),
  );
});

test('a failure that needs all of several that do not lie together', () => {
  const fails = (part: readonly number[]): boolean =>
    [0, 7, 15].every((item) => part.includes(item));
  assert.deepEqual(
    minimise(
      Array.from({ length: 16 }, (_, i) => i),
      fails,
    ),
    [0, 7, 15],
  );
});
