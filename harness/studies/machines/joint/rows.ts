/** What each machine of the joint study gives. */

import type { ComputeModel } from '../../../../workloads/compute-model.ts';
import type { CellResult } from '../../../bench/index.ts';
import { rounded } from '../../../report/index.ts';
import { GUARANTEES } from '../guarantees.ts';
import { type Headline, headlineOf, headlines } from '../headline.ts';
import { type JointPlan, STATED_MODELS } from './plan.ts';

/** One machine under one model of volatile work. */
export interface JointRow {
  readonly profile: string;
  /** 0: the profile itself. */
  readonly machine: number;
  readonly computeModel: ComputeModel;
  readonly programs: number;
  /** In the order of the plan's assumptions. */
  readonly values: readonly number[];
  /** In the order of `GUARANTEES`. */
  readonly headlines: readonly Headline[];
}

/** The headline of the profile itself in the whole suite's runs, in the order of `GUARANTEES`. */
export interface WholeHeadline {
  readonly computeModel: (typeof STATED_MODELS)[number];
  readonly headlines: readonly Headline[];
}

/** The rows of the study, stratum by stratum. `results` are those of the plan's groups. */
export function jointRows(
  { profile, strata, programs }: JointPlan,
  results: readonly (readonly CellResult[])[],
): JointRow[] {
  return strata.flatMap(({ computeModel, machines }, i) => {
    const found = foundIn(results.slice(i * programs, (i + 1) * programs));
    return machines.map((machine) => ({
      profile: profile.name,
      machine: machine.index,
      computeModel,
      programs,
      values: machine.values,
      headlines: found.map((each) => roundedMeans(headlineOf(each, machine.profile.name))),
    }));
  });
}

/** The headlines of the plan's whole runs. */
export function wholeHeadlines(
  { profile, strata, programs }: JointPlan,
  results: readonly (readonly CellResult[])[],
): WholeHeadline[] {
  return STATED_MODELS.map((computeModel, i) => {
    const from = (strata.length + i) * programs;
    const found = foundIn(results.slice(from, from + programs));
    return { computeModel, headlines: found.map((each) => headlineOf(each, profile.name)) };
  });
}

/** As a file has them, so that what is made of the rows can be made of the file. */
function roundedMeans(headline: Headline): Headline {
  return Object.fromEntries(
    Object.entries(headline).map(([design, { geometric, arithmetic }]) => [
      design,
      { geometric: rounded(geometric), arithmetic: rounded(arithmetic) },
    ]),
  );
}

const foundIn = (results: readonly (readonly CellResult[])[]): Map<string, Headline>[] =>
  GUARANTEES.map(({ queuePairs, baselineQueuePairs }) =>
    headlines(results, queuePairs, baselineQueuePairs),
  );
