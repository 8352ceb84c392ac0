/**
 * `pmirror study`: two studies of the headline speedups that are committed with the results. How much
 * of them hangs on the assumptions of the profile, and which machines would give the published ones.
 */

import { join } from 'node:path';
import { writeCsv } from '../csv.ts';
import { UsageError } from '../errors.ts';
import { defaultOutcomes, planRegion, regionRows } from '../study/region.ts';
import { REGION_COLUMNS, regionSummary } from '../study/region-report.ts';
import {
  planSensitivity,
  SENSITIVITY_COLUMNS,
  sensitivityRows,
  sensitivityTable,
} from '../study/sensitivity.ts';
import { headlineWorkloads } from '../study/short-suite.ts';
import { HEADLINE_POLICIES, RESULTS_DIRECTORY } from './bench-whisper.ts';
import { chosenWorkloads, distinct, single, userPath, wholeNumber, words } from './choices.ts';
import {
  type Command,
  JOBS_OPTION,
  PROFILE_OPTIONS,
  QUEUE_PAIR_OPTION,
  RANGES,
} from './command.ts';
import { chosenProfiles, chosenQueuePairs } from './far-side.ts';
import { cellCount, runShowingProgress } from './run-groups.ts';

const STUDIES = ['sensitivity', 'region'] as const;

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
      describe: 'directory for sensitivity.csv and paper-region.csv (default: results)',
    },
  },
  examples: [['$0 study sensitivity --profile optane-cx5 --output /tmp', 'of other machines']],
  async run(given) {
    const names = words(given.studies);
    const unknown = names.find((name) => !STUDIES.some((study) => study === name));
    if (unknown !== undefined) {
      throw new UsageError(`unknown study '${unknown}'; accepted: ${STUDIES.join(', ')}`);
    }
    const studies = names.length === 0 ? STUDIES : distinct(names);
    const profiles = chosenProfiles(given.profile, given.set);
    if (profiles.length > 1) throw new UsageError('a study is of one profile; several were given');
    const workloads =
      given.workloads === undefined ? headlineWorkloads() : chosenWorkloads(given.workloads);
    const policies = chosenQueuePairs(given['queue-pairs'] ?? HEADLINE_POLICIES);
    const output = single('output', given.output);
    const directory = output === undefined ? RESULTS_DIRECTORY : userPath(output);
    const jobs = wholeNumber('jobs', given.jobs, RANGES.jobs);
    for (const study of studies) {
      const run = study === 'region' ? runRegion : runSensitivity;
      await run(profiles[0], workloads, policies, directory, jobs);
    }
  },
};

type Study = (
  profile: ReturnType<typeof chosenProfiles>[number],
  workloads: ReturnType<typeof chosenWorkloads>,
  policies: ReturnType<typeof chosenQueuePairs>,
  directory: string,
  jobs: number | undefined,
) => Promise<void>;

const runSensitivity: Study = async (profile, workloads, policies, directory, jobs) => {
  const plan = planSensitivity(profile, workloads, policies);
  const { assumptions, groups } = plan;
  say(`${profile.name}: ${assumptions.length} assumptions, ${cellCount(groups)}\n`);
  say(`${lengthText(groups)}\n\n`);
  const rows = sensitivityRows(plan, await runShowingProgress(groups, jobs));
  const path = join(directory, 'sensitivity.csv');
  say(`${sensitivityTable(rows)}\n`);
  writeCsv(path, SENSITIVITY_COLUMNS, rows);
  say(`\nwritten: ${path}\n`);
};

const runRegion: Study = async (profile, workloads, policies, directory, jobs) => {
  const plan = planRegion(profile, workloads, policies);
  const { machines, groups } = plan;
  say(`around ${profile.name}: ${machines.length} machines, ${cellCount(groups)}\n`);
  say(`${lengthText(groups)}\n\n`);
  const results = await runShowingProgress(groups, jobs);
  const rows = regionRows(plan, results);
  const path = join(directory, 'paper-region.csv');
  say(`${regionSummary(rows, defaultOutcomes(plan, results))}\n`);
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
