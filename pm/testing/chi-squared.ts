/**
 * Pearson's chi-squared test of counts against the shares that a closed formula gives. Seeds are fixed,
 * so a test gives the same verdict every time; the significance says how seldom another seed would
 * have been refused. Used by tests only.
 */

import assert from 'node:assert/strict';

/** Counts are refused that chance would give once in 20 000 times: 3.9 deviations of a normal. */
const DEVIATIONS_MAX = 3.9;
/** Below this many expected the statistic is no chi-squared: such cells are put together. */
const EXPECTED_MIN = 5;

/**
 * By how many deviations of a normal the counts are further from the shares than chance would have
 * it, by Wilson and Hilferty's cube root. `shares` need not sum to 1; Infinity where one of 0 is met.
 */
export function deviationsFrom(counts: readonly number[], shares: readonly number[]): number {
  assert.equal(counts.length, shares.length);
  const draws = total(counts);
  const whole = total(shares);
  let statistic = 0;
  let cells = 0;
  let [found, expected] = [0, 0];
  const close = (): void => {
    statistic += (found - expected) ** 2 / expected;
    cells++;
    [found, expected] = [0, 0];
  };
  // What is left at the end is less than a cell, and goes with the last of them.
  let last = shares.length;
  for (let rest = 0; last > 0 && rest < EXPECTED_MIN; ) rest += (draws * shares[--last]) / whole;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] > 0 && shares[i] === 0) return Number.POSITIVE_INFINITY;
    found += counts[i];
    expected += (draws * shares[i]) / whole;
    if (expected >= EXPECTED_MIN && i < last) close();
  }
  if (expected > 0) close();
  const degrees = cells - 1;
  assert.ok(degrees >= 1, `${draws} draws over ${counts.length} cells say nothing`);
  const variance = 2 / (9 * degrees);
  return (Math.cbrt(statistic / degrees) - (1 - variance)) / Math.sqrt(variance);
}

/** Throws unless the counts are such as draws with these shares give. */
export function assertDrawnFrom(
  what: string,
  counts: readonly number[],
  shares: readonly number[],
): void {
  const deviations = deviationsFrom(counts, shares);
  assert.ok(
    deviations < DEVIATIONS_MAX,
    `${what}: ${deviations.toFixed(1)} deviations off; counted ${counts.slice(0, 12)}`,
  );
}

/** Throws unless the same draws would be refused if the shares were these: the test has the power. */
export function assertRefused(
  what: string,
  counts: readonly number[],
  shares: readonly number[],
): void {
  const deviations = deviationsFrom(counts, shares);
  assert.ok(deviations > DEVIATIONS_MAX, `${what} would pass: ${deviations.toFixed(1)} deviations`);
}

/** How often each of 0 to cells - 1 occurs. Throws if anything else does. */
export function counted(values: Iterable<number>, cells: number): number[] {
  const counts = new Array<number>(cells).fill(0);
  for (const value of values) {
    assert.ok(Number.isInteger(value) && value >= 0 && value < cells, `${value} of ${cells} cells`);
    counts[value]++;
  }
  return counts;
}

/** Equal shares. */
export function evenly(cells: number): number[] {
  return new Array<number>(cells).fill(1);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
