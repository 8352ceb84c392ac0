/**
 * Means and rounding of what the results report. Every derived figure is rounded to a few
 * significant digits before anybody sees it, so that the last bits in which math libraries differ
 * never reach a committed file.
 */

import { logAverage, mean, quantile as sampleQuantile } from 'simple-statistics';

/** Significant digits of derived figures in result files. */
const DIGITS = 6;

/** `value` to 6 significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** The geometric mean of positive ratios; the right mean for speedups. Throws if there are none. */
export function geometricMean(ratios: readonly number[]): number {
  for (const ratio of ratios) {
    if (!(ratio > 0)) throw new RangeError(`geometric mean of ${ratio}: ratios must be positive`);
  }
  return logAverage([...ratios]);
}

/** The arithmetic mean. Throws if there are no values. */
export function arithmeticMean(values: readonly number[]): number {
  return mean([...values]);
}

/** The value below which a share `p` of `values` lies; between two of them, in proportion. */
export function quantile(values: readonly number[], p: number): number {
  return sampleQuantile([...values], p);
}

/** Which share of `values` is below `value`, in per cent; those that equal it count half. */
export function percentileOf(value: number, values: readonly number[]): number {
  const below = values.filter((one) => one < value).length;
  const same = values.filter((one) => one === value).length;
  return (100 * (below + same / 2)) / values.length;
}

/** How far `value` lies from `reference`, in per cent of the reference. */
export function deviationPercent(value: number, reference: number): number {
  return (value / reference - 1) * 100;
}
