import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.ts';
import { assertDrawnFrom, assertRefused, counted, deviationsFrom, evenly } from './chi-squared.ts';

test('of fair draws as many are far off as a normal says, whatever the cells', () => {
  for (const shares of [evenly(2), evenly(50), [0.9, 0.06, 0.02, 0.01, 0.005, 0.003, 0.002]]) {
    const whole = shares.reduce((sum, share) => sum + share, 0);
    const bounds = shares.map((_, i) => shares.slice(0, i + 1).reduce((sum, share) => sum + share));
    const deviations = Array.from({ length: 400 }, (_, seed) => {
      const random = new Random(seed);
      const draws = Array.from({ length: 400 }, () => {
        const u = random.fraction() * whole;
        return bounds.findIndex((bound) => u < bound);
      });
      return deviationsFrom(counted(draws, shares.length), shares);
    });
    // 5 % beyond 1.64 and 0.1 % beyond 3.09.
    const beyond = (limit: number): number => deviations.filter((one) => one > limit).length;
    assert.ok(beyond(1.64) >= 8 && beyond(1.64) <= 40, `${beyond(1.64)}`);
    assert.ok(beyond(3.09) <= 3 && beyond(3.9) === 0, `${beyond(3.09)}, ${beyond(3.9)}`);
  }
});

test('the statistic of a die is the one of the textbook', () => {
  // 5, 8, 9, 8, 10 and 20 of 60: 13.4 with five degrees, of which 2 % are larger: 2.06 deviations.
  const found = deviationsFrom([5, 8, 9, 8, 10, 20], evenly(6));
  assert.ok(Math.abs(found - 2.06) < 0.03, `${found}`);
});

test('a bias is refused, and so is what cannot be', () => {
  assertRefused('a loaded die', [50, 80, 90, 80, 100, 200], evenly(6));
  assert.throws(() => assertDrawnFrom('it', [50, 80, 90, 80, 100, 200], evenly(6)), /it: .* off/);
  assert.throws(() => assertRefused('a fair one', [10, 10, 11], evenly(3)), /would pass/);
  assert.equal(deviationsFrom([10, 1], [1, 0]), Number.POSITIVE_INFINITY);
  assert.throws(() => deviationsFrom([3], [1]), /say nothing/);
  assert.throws(() => counted([0, 3], 3), /3 of 3 cells/);
});
