/**
 * The headline as it is stated: for each guarantee, set of instruction counts and design the mean speedups
 * of the profile itself. Beside them stand the interval in which they lie if all assumptions are off
 * together, and where in it the profile and the published figure are.
 */

import { type Build, buildOf, COMPUTE_MODELS } from '../../../../workloads/compute-model.ts';
import { PUBLISHED_SPEEDUPS } from '../../../bench/index.ts';
import { percentileOf, quantile } from '../../../report/index.ts';
import { GUARANTEES } from '../guarantees.ts';
import { DESIGNS, type MeanSpeedups } from '../headline.ts';
import type { JointRow, WholeHeadline } from '../joint/rows.ts';

/** One mean speedup with its joint interval. */
export interface StatedMean {
  /** Of the profile itself, in the whole suite's runs. */
  readonly value: number;
  /** The same in the short runs that the interval is of. */
  readonly short: number;
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
  /** Share of the machines below `short`, and below the published speedup, in per cent. */
  readonly defaultPercentile: number;
  readonly publishedPercentile: number;
}

/** One line of the headline. */
export interface HeadlineRow extends Readonly<Record<keyof MeanSpeedups, StatedMean>> {
  readonly profile: string;
  readonly guarantee: string;
  readonly queuePairs: string;
  readonly baselineQueuePairs: string;
  readonly instructionCounts: Build;
  /** The models of volatile work that the interval is over, separated by blanks. */
  readonly computeModels: string;
  readonly design: string;
  readonly programs: number;
  /** Machines drawn, each under one such model. */
  readonly machines: number;
  readonly published: number;
}

/** The lines in the order of guarantees, instruction counts and designs. */
export function headlineRows(
  rows: readonly JointRow[],
  whole: readonly WholeHeadline[],
): HeadlineRow[] {
  return GUARANTEES.flatMap((guarantee, i) =>
    whole.flatMap(({ computeModel, headlines }) => {
      // Native speeds are of the optimised builds' counts.
      const models = COMPUTE_MODELS.filter((model) => buildOf(model) === buildOf(computeModel));
      const drawn = rows.filter((row) => row.machine > 0 && models.includes(row.computeModel));
      const own = rows.find((row) => row.machine === 0 && row.computeModel === computeModel);
      if (own === undefined) throw new Error(`no row of the profile itself, ${computeModel}`);
      return DESIGNS.map((design): HeadlineRow => {
        const published = PUBLISHED_SPEEDUPS[design];
        const stated = (mean: keyof MeanSpeedups): StatedMean => {
          const values = drawn.map((row) => row.headlines[i][design][mean]);
          const short = own.headlines[i][design][mean];
          return {
            value: headlines[i][design][mean],
            short,
            p5: quantile(values, 0.05),
            p50: quantile(values, 0.5),
            p95: quantile(values, 0.95),
            defaultPercentile: percentileOf(short, values),
            publishedPercentile: percentileOf(published, values),
          };
        };
        return {
          profile: own.profile,
          guarantee: guarantee.name,
          queuePairs: guarantee.queuePairs,
          baselineQueuePairs: guarantee.baselineQueuePairs,
          instructionCounts: buildOf(computeModel),
          computeModels: models.join(' '),
          design,
          programs: own.programs,
          machines: new Set(drawn.map(({ machine }) => machine)).size,
          geometric: stated('geometric'),
          arithmetic: stated('arithmetic'),
          published,
        };
      });
    }),
  );
}
