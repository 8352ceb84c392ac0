/**
 * `pmirror study`: two studies of the headline speedups that are committed with the results. How much
 * of them hangs on the assumptions of the profile, and which machines would give the published ones.
 */

import { join } from 'node:path';
import { UsageError } from '../../host/index.ts';
import { writeCsv } from '../../report/index.ts';
import {
  defaultOutcomes,
  headlineWorkloads,
  planRegion,
  planSensitivity,
  REGION_COLUMNS,
  regionRows,
  regionSummary,
  SENSITIVITY_COLUMNS,
  sensitivityRows,
  sensitivityTable,
} from '../../studies/machines/index.ts';
import {
  chosenWorkloads,
  distinct,
  type Given,
  resolveAll,
  wholeNumber,
  words,
  writablePath,
} from '../choices.ts';
import {
  type Command,
  JOBS_OPTION,
  PROFILE_OPTIONS,
  QUEUE_PAIR_OPTION,
  RANGES,
} from '../command.ts';
import { NOT_WRITTEN, outputDirectory } from '../result-files.ts';
import { cellCount, runShowingProgress } from '../run-groups.ts';
import { chosenProfiles, chosenQueuePairs } from '../systems.ts';
import { HEADLINE_POLICIES } from './bench-whisper.ts';

const STUDIES = ['sensitivity', 'region'] as const;
type StudyName = (typeof STUDIES)[number];

/** What each is written to. */
const FILES = {
  sensitivity: 'sensitivity.csv',
  region: 'paper-region.csv',
} as const satisfies Record<StudyName, string>;

export const studyCommand: Command = {
  usage: 'study [studies..]',
  summary: 'how the headline hangs on assumptions; which machines give the published speedups',
  positionals: {
    studies:
      'sensitivity: each assumption of the profile over its range, one at a time; region: a grid of ' +
      'machines against the published speedups (default: both)',
  },
  options: {
    workloads: { type: 'string', describe: 'programs of the means (default: the WHISPER suite)' },
    ...PROFILE_OPTIONS,
    'queue-pairs': {
      ...QUEUE_PAIR_OPTION['queue-pairs'],
      describe: `policies, each studied: see pmirror run --help (default: ${HEADLINE_POLICIES})`,
    },
    ...JOBS_OPTION,
    output: {
      type: 'string',
      describe:
        'directory for sensitivity.csv and paper-region.csv (default: results, for the run without options)',
    },
  },
  examples: [['$0 study sensitivity --profile optane-cx5 --output /tmp', 'of other machines']],
  async run(given) {
    const studies = chosenStudies(given.studies);
    const profiles = chosenProfiles(given.profile, given.set);
    if (profiles.length > 1) throw new UsageError('a study is of one profile; several were given');
    const workloads =
      given.workloads === undefined ? headlineWorkloads() : chosenWorkloads(given.workloads);
    const policies = chosenQueuePairs(given['queue-pairs'] ?? HEADLINE_POLICIES);
    const directory = outputDirectory(given, studyCommand.options);
    if (directory === undefined) say(`${NOT_WRITTEN} DIRECTORY\n\n`);
    const paths = studies.map((study) => directory && writablePath(join(directory, FILES[study])));
    const jobs = wholeNumber('jobs', given.jobs, RANGES.jobs);
    for (const [i, study] of studies.entries()) {
      const run = study === 'region' ? runRegion : runSensitivity;
      await run(profiles[0], workloads, policies, paths[i], jobs);
    }
  },
};

function chosenStudies(given: Given): readonly StudyName[] {
  const names = words(given);
  if (names.length === 0) return STUDIES;
  return resolveAll('study', names, (name) => STUDIES.find((one) => one === name), STUDIES);
}

type Study = (
  profile: ReturnType<typeof chosenProfiles>[number],
  workloads: ReturnType<typeof chosenWorkloads>,
  policies: ReturnType<typeof chosenQueuePairs>,
  path: string | undefined,
  jobs: number | undefined,
) => Promise<void>;

const runSensitivity: Study = async (profile, workloads, policies, path, jobs) => {
  const plan = planSensitivity(profile, workloads, policies);
  const { assumptions, groups } = plan;
  say(`${profile.name}: ${assumptions.length} assumptions, ${cellCount(groups)}\n`);
  say(`${lengthText(groups)}\n\n`);
  const rows = sensitivityRows(plan, await runShowingProgress(groups, jobs));
  say(`${sensitivityTable(rows)}\n`);
  if (path === undefined) return;
  writeCsv(path, SENSITIVITY_COLUMNS, rows);
  say(`\nwritten: ${path}\n`);
};

const runRegion: Study = async (profile, workloads, policies, path, jobs) => {
  const plan = planRegion(profile, workloads, policies);
  const { machines, groups } = plan;
  say(`around ${profile.name}: ${machines.length} machines, ${cellCount(groups)}\n`);
  say(`${lengthText(groups)}\n\n`);
  const results = await runShowingProgress(groups, jobs);
  const rows = regionRows(plan, results);
  say(`${regionSummary(rows, defaultOutcomes(plan, results))}\n`);
  if (path === undefined) return;
  writeCsv(path, REGION_COLUMNS, rows);
  say(`\nwritten: ${path}\n`);
};

function say(text: string): void {
  process.stdout.write(text);
}

/** How long the runs of a study are, program by program. */
function lengthText(groups: ReturnType<typeof planRegion>['groups']): string {
  const lengths = groups.map(({ execution }) =>
    execution.kind === 'workload' ? `${execution.workload} ${execution.transactions}` : '',
  );
  return `measured transactions: ${distinct(lengths).join(', ')}`;
}
