/**
 * Confidence intervals by the bootstrap (Efron): a mean's interval is read off the means of many
 * samples drawn, with replacement, from the values there are. The draws are seeded, so the same
 * values give the same interval. The values must be independent: one per seed of a run, never the
 * transactions of one run. Of few values the percentile interval is too narrow; whoever shows one
 * says so (`FEW_VALUES`).
 */

import { quantileSorted } from 'simple-statistics';
import { Random } from '../../pm/random.ts';
import { arithmeticMean } from './statistics.ts';

/** A mean and the ends of its 95 % interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Fewer values than this give intervals that are too narrow to be taken at their word. */
export const ENOUGH_VALUES = 10;

/** What is wrong with an interval of fewer, in words. */
export const FEW_VALUES =
  `of fewer than ${ENOUGH_VALUES} seeds an interval is too narrow: of 2 or 3 it is from the least ` +
  'to the greatest value and holds the true mean in some 50 or 75 cases of 100, not in 95';

const RESAMPLES = 2000;
const SEED = 1;
const OUTSIDE = 0.05;

/** The 95 % interval of the mean of `values`; undefined for fewer than two. */
export function bootstrapInterval(values: readonly number[]): Interval | undefined {
  const count = values.length;
  if (count < 2) return undefined;
  const random = new Random(SEED);
  const means = new Float64Array(RESAMPLES);
  for (let i = 0; i < RESAMPLES; i++) {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += values[random.below(count)];
    means[i] = sum / count;
  }
  means.sort();
  const sorted = [...means];
  return {
    mean: arithmeticMean(values),
    low: quantileSorted(sorted, OUTSIDE / 2),
    high: quantileSorted(sorted, 1 - OUTSIDE / 2),
  };
}
