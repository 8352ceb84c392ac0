/**
 * `pmirror study`: studies of the headline speedups that are committed with the results, as
 * `scripts/plans/study.yaml` has them. How much of them hangs on the assumptions of the profile, one at a
 * time and all at once; which machines would give the published ones; and what holds of every program.
 */

import { type RunGroups, withGroupRunner } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import {
  ABLATION_COLUMNS,
  ablationRows,
  ablationTable,
  CLAIM_COLUMNS,
  claimRows,
  claimSentences,
  DESIGN_COLUMNS,
  defaultOutcomes,
  designRows,
  designTable,
  HEADLINE_COLUMNS,
  headlineRows,
  headlineTable,
  jointColumns,
  jointRows,
  planAblation,
  planClaims,
  planDesigns,
  planJoint,
  planRegion,
  planSensitivity,
  REGION_COLUMNS,
  refusalTexts,
  regionRows,
  regionSummary,
  SENSITIVITY_COLUMNS,
  sensitivityRows,
  sensitivityTable,
  wholeHeadlines,
} from '../../studies/machines/index.ts';
import type { Answer } from '../answer.ts';
import { command } from '../command.ts';
import { outputDirectory, STANDARD_OUTPUT } from '../file-options.ts';
import { distinct, JSON_OPTION, resolveAll, splitWords, type Values } from '../options.ts';
import { ownStudy, planned, seedsOf } from '../plan/own-plans.ts';
import { isOfAll, STUDIES, type StudyName, type StudyRequest } from '../plan/studies.ts';
import { PROFILE_OPTIONS, withValues } from '../profiles.ts';
import { parseWorkloads } from '../programs.ts';
import { committedDirectory, NOT_WRITTEN, pathsIn, writtenText } from '../result-files.ts';
import { cellCount } from '../run-groups.ts';
import { SYSTEM_OPTIONS } from '../systems.ts';
import { WORK_OPTIONS, withWork } from '../work.ts';

/** What each is written to. */
const FILES = {
  joint: ['joint.csv', 'headline.csv'],
  claims: ['claims.csv'],
  designs: ['designs.csv'],
  ablation: ['ablation.csv'],
  sensitivity: ['sensitivity.csv'],
  region: ['paper-region.csv'],
} as const satisfies Record<StudyName, readonly string[]>;

const OPTIONS = {
  ...planned({
    workloads: {
      help: 'programs of the means',
      parse: parseWorkloads('the means are of workloads'),
    },
    ...PROFILE_OPTIONS,
    'queue-pairs': {
      ...SYSTEM_OPTIONS['queue-pairs'],
      help: 'of sensitivity and region: policies, see pmirror run --help',
    },
  }),
  ...WORK_OPTIONS,
  ...JSON_OPTION,
  output: outputDirectory(
    {
      help:
        `for ${Object.values(FILES).flat().join(', ')} (default: results, for the run without options); - ` +
        'for the first file of one study on standard output',
    },
    Object.values(FILES).flat(),
  ),
};

export const studyCommand = command(
  {
    usage: 'study [studies..]',
    summary: 'how the headline hangs on assumptions; what gives the published; what holds of all',
    words: {
      studies: {
        help:
          'joint: all assumptions of the profile at once, and the headline; claims: what holds of every ' +
          'program, on every profile; designs: every design on every profile; ablation: what each idea of sm-sb gives; sensitivity: each assumption over its range, one at a time; ' +
          'region: a grid of machines against the published speedups',
        default: STUDIES.join(','),
        parse: (texts: readonly string[]): readonly StudyName[] =>
          resolveAll(
            'study',
            splitWords(texts),
            (name) => STUDIES.find((one) => one === name),
            STUDIES,
          ),
      },
    },
    options: OPTIONS,
    examples: [['$0 study sensitivity --profile optane-cx5 --output /tmp', 'of other machines']],
  },
  async (values, given, answer) => {
    const { studies } = values;
    if ((values.profile ?? []).length > 1) {
      throw new UsageError('a study is of one profile; several were given');
    }
    const requests = studies.map((study) => changed(ownStudy(study), values));
    const committed = committedDirectory(given, OPTIONS);
    const into = values.output ?? committed;
    if (into === STANDARD_OUTPUT && studies.length > 1) {
      throw new UsageError(`--output ${into} takes one study; choose of ${studies.join(', ')}`);
    }
    if (into === undefined) answer.say(`${NOT_WRITTEN} DIRECTORY\n\n`);
    const paths = studies.map((study) => pathsIn(into, FILES[study]));
    const isCommitted = committed !== undefined;
    await withWork({ values, answer, isCommitted }, (work) =>
      // The same workers for all: what they have compiled they keep.
      withGroupRunner(work, async (run) => {
        for (const [i, study] of studies.entries()) {
          await RUNS[study]({ ...requests[i], paths: paths[i], run, answer });
          answer.write(into === undefined ? '' : `\n${writtenText(into, FILES[study])}\n`);
        }
      }),
    );
  },
);

/** A study with what was given in place of what the plan says. */
function changed(request: StudyRequest, values: Values<typeof OPTIONS>): StudyRequest {
  const { workloads, profile, set = new Map(), 'queue-pairs': policies } = values;
  const { profiles } = request;
  return {
    ...request,
    ...(workloads && { workloads, traces: [] }),
    ...(policies && { policies: distinct(policies) }),
    // What is of all profiles stays so.
    profiles: isOfAll(request)
      ? profiles
      : (profile ?? profiles).map((one) => withValues(one, [...set])),
  };
}

/** What a study is given. */
interface Asked extends StudyRequest {
  /** Of its files, in their order. */
  readonly paths: readonly (string | undefined)[];
  readonly run: RunGroups;
  readonly answer: Answer;
}

type Study = (asked: Asked) => Promise<void>;

const runJoint: Study = async (asked) => {
  const { profiles, workloads, machines, paths, run, answer } = asked;
  const [profile] = profiles;
  const plan = planJoint(profile, workloads, { machines });
  const { assumptions, groups } = plan;
  answer.show(
    `${profile.name}: ${assumptions.length} assumptions at once, ${cellCount(groups)}\n\n`,
  );
  const results = await run(groups);
  const rows = jointRows(plan, results);
  const headline = headlineRows(rows, wholeHeadlines(plan, results));
  answer.show(`${headlineTable(headline)}\n`);
  answer.from({ profiles, seeds: seedsOf(groups) });
  const [joint, means] = paths;
  answer.give({ name: 'joint', columns: jointColumns(assumptions), rows, to: joint });
  answer.give({ name: 'headline', columns: HEADLINE_COLUMNS, rows: headline, to: means });
};

const runClaims: Study = async ({ profiles, workloads, traces, paths: [path], run, answer }) => {
  const groups = planClaims(profiles, workloads, { traces });
  answer.show(`${profiles.length} profiles, ${cellCount(groups)}\n${lengthText(groups)}\n\n`);
  const rows = claimRows(await run(groups));
  answer.say(`${claimSentences(rows).join('\n')}\n`);
  answer.from({ profiles, seeds: seedsOf(groups) });
  answer.give({ name: 'claims', columns: CLAIM_COLUMNS, rows, to: path });
};

const runDesigns: Study = async ({ profiles, workloads, paths: [path], run, answer }) => {
  const groups = planDesigns(profiles, workloads);
  answer.show(`${profiles.length} profiles, ${cellCount(groups)}\n${lengthText(groups)}\n\n`);
  const rows = designRows(profiles, await run(groups));
  answer.show('Execution time over that of no-sm, geometric means.\n\n');
  answer.show(`${[designTable(rows), ...refusalTexts(rows)].join('\n')}\n`);
  answer.from({ profiles, seeds: seedsOf(groups) });
  answer.give({ name: 'designs', columns: DESIGN_COLUMNS, rows, to: path });
};

const runAblation: Study = async (asked) => {
  const { profiles, workloads, run, answer } = asked;
  const [path] = asked.paths;
  const [profile] = profiles;
  const groups = planAblation(profile, workloads);
  answer.show(`${profile.name}: ${cellCount(groups)}\n${lengthText(groups)}\n\n`);
  const rows = ablationRows(profile, await run(groups));
  answer.show(`${ablationTable(rows)}\n`);
  answer.from({ profiles, seeds: seedsOf(groups) });
  answer.give({ name: 'ablation', columns: ABLATION_COLUMNS, rows, to: path });
};

const runSensitivity: Study = async (asked) => {
  const { profiles, workloads, policies, length, run, answer } = asked;
  const [path] = asked.paths;
  const [profile] = profiles;
  const plan = planSensitivity(profile, workloads, policies, length);
  const { assumptions, groups } = plan;
  answer.show(`${profile.name}: ${assumptions.length} assumptions, ${cellCount(groups)}\n`);
  answer.show(`${lengthText(groups)}\n\n`);
  const rows = sensitivityRows(plan, await run(groups));
  answer.show(`${sensitivityTable(rows)}\n`);
  answer.from({ profiles, seeds: seedsOf(groups) });
  answer.give({ name: 'sensitivity', columns: SENSITIVITY_COLUMNS, rows, to: path });
};

const runRegion: Study = async (asked) => {
  const { profiles, workloads, policies, grid, length, run, answer } = asked;
  const [path] = asked.paths;
  const [profile] = profiles;
  const plan = planRegion(profile, workloads, policies, grid, length);
  const { machines, groups } = plan;
  answer.show(`around ${profile.name}: ${machines.length} machines, ${cellCount(groups)}\n`);
  answer.show(`${lengthText(groups)}\n\n`);
  const results = await run(groups);
  const rows = regionRows(plan, results);
  answer.show(`${regionSummary(rows, defaultOutcomes(plan, results))}\n`);
  answer.from({ profiles, seeds: seedsOf(groups) });
  answer.give({ name: 'region', columns: REGION_COLUMNS, rows, to: path });
};

const RUNS: Readonly<Record<StudyName, Study>> = {
  joint: runJoint,
  claims: runClaims,
  designs: runDesigns,
  ablation: runAblation,
  sensitivity: runSensitivity,
  region: runRegion,
};

/** How long the runs of a study are, program by program. */
function lengthText(groups: ReturnType<typeof planRegion>['groups']): string {
  const lengths = groups.flatMap(({ execution }) =>
    execution.kind === 'workload' ? [`${execution.workload} ${execution.transactions}`] : [],
  );
  return `measured transactions: ${distinct(lengths).join(', ')}`;
}
