/** The plans of the project itself, `scripts/plans/`: what the commands run that write committed results. */

import { dirname, join } from 'node:path';
import type { HardwareProfile } from '../../../rdma/index.ts';
import type { CellGroup } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import { userPath } from '../file-options.ts';
import { distinct, type Given, type Option, type OptionTable } from '../options.ts';
import { withPercentiles } from '../run-groups.ts';
import { joinedGroups } from './cells.ts';
import { type Experiment, readPlan, readStudies } from './plan.ts';
import type { StudyName, StudyRequest } from './studies.ts';

const DIRECTORY = join(import.meta.dirname, '..', '..', '..', 'scripts', 'plans');

/** Whether the plan in the file `word` is one of the project's, whose results are committed. */
export const isOwnPlan = (word: string): boolean => dirname(userPath(word)) === DIRECTORY;

const fileOf = (name: string): string => join(DIRECTORY, `${name}.yaml`);

/** The plan called `name`, with what was `given` in place of what it says. */
export const ownPlan = (name: string, given: Given) => readPlan(fileOf(name), given);

/** The study called `name`, as the plan of studies has it. Throws UsageError. */
export function ownStudy(name: StudyName): StudyRequest {
  const found = readStudies(fileOf('study')).find(({ study }) => study === name);
  if (found !== undefined) return found;
  throw new UsageError(`${fileOf('study')} has no experiment with study: ${name}`);
}

/** Options that stand for what a plan says: they have no defaults but the plan's. */
export function planned<T extends OptionTable>(table: T): Planned<T> {
  const entries = Object.entries(table).map(([option, one]) => [
    option,
    { ...one, default: undefined },
  ]);
  return Object.fromEntries(entries) as Planned<T>;
}

type Planned<T extends OptionTable> = {
  readonly [N in keyof T]: Omit<T[N], 'default'> &
    Option<ReturnType<T[N]['parse']>> & { readonly default: undefined };
};

/** All that `experiments` run, each cell once. */
export const groupsOf = (experiments: readonly Experiment[]): readonly CellGroup[] =>
  joinedGroups(
    experiments.flatMap(({ plan, percentiles }) => withPercentiles(plan.groups, percentiles)),
  );

/** The machines of `experiments`, each once. */
export function profilesOf(experiments: readonly Experiment[]): readonly HardwareProfile[] {
  const profiles = experiments.flatMap(({ systems }) => systems.profiles);
  return [...new Map(profiles.map((profile) => [profile.name, profile])).values()];
}

/** The seeds of `groups`. */
export const seedsOf = (groups: readonly CellGroup[]): readonly number[] =>
  distinct(groups.map(({ execution }) => execution.seed));

/** The percentiles of the latency that any of `experiments` shows, in per cent. */
export const percentilesOf = (experiments: readonly Experiment[]): readonly number[] =>
  distinct(experiments.flatMap(({ percentiles }) => percentiles)).sort((a, b) => a - b);
