/**
 * Confidence intervals by Student's t, for few values. It takes them to be about normal, and then holds the
 * true mean in 95 of 100 cases however few there are, where the bootstrap is too narrow.
 */

import jStat from 'jstat';
import { sampleStandardDeviation } from 'simple-statistics';
import { arithmeticMean, type Interval } from '../../report/index.ts';

const OUTSIDE = 0.05;

/** The 95 % interval of the mean of independent `values`; undefined for fewer than two. */
export function studentInterval(values: readonly number[]): Interval | undefined {
  const count = values.length;
  if (count < 2) return undefined;
  const mean = arithmeticMean(values);
  const error = sampleStandardDeviation([...values]) / Math.sqrt(count);
  const half = error * jStat.studentt.inv(1 - OUTSIDE / 2, count - 1);
  return { mean, low: mean - half, high: mean + half };
}
