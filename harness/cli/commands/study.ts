/**
 * `pmirror study`: two studies of the headline speedups that are committed with the results. How much
 * of them hangs on the assumptions of the profile, and which machines would give the published ones.
 */

import { join } from 'node:path';
import type { AnyWorkload } from '../../../workloads/workload.ts';
import type { QueuePairPolicy } from '../../bench/index.ts';
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
import { command } from '../command.ts';
import {
  directory,
  distinct,
  JOBS_OPTION,
  resolveAll,
  splitWords,
  writablePath,
} from '../options.ts';
import { parseWorkloads } from '../programs.ts';
import { committedDirectory, NOT_WRITTEN } from '../result-files.ts';
import { cellCount, runShowingProgress } from '../run-groups.ts';
import { chosenProfiles, PROFILE_OPTIONS } from '../systems.ts';
import { HEADLINE_POLICIES } from './bench-whisper.ts';

const STUDIES = ['sensitivity', 'region'] as const;
type StudyName = (typeof STUDIES)[number];

/** What each is written to. */
const FILES = {
  sensitivity: 'sensitivity.csv',
  region: 'paper-region.csv',
} as const satisfies Record<StudyName, string>;

const OPTIONS = {
  workloads: {
    help: 'programs of the means (default: the WHISPER suite)',
    parse: parseWorkloads('the means are of workloads'),
  },
  ...PROFILE_OPTIONS,
  'queue-pairs': HEADLINE_POLICIES,
  ...JOBS_OPTION,
  output: directory({
    help: `for ${Object.values(FILES).join(' and ')} (default: results, for the run without options)`,
  }),
};

export const studyCommand = command(
  {
    usage: 'study [studies..]',
    summary: 'how the headline hangs on assumptions; which machines give the published speedups',
    words: {
      studies: {
        help:
          'sensitivity: each assumption of the profile over its range, one at a time; region: a grid ' +
          'of machines against the published speedups',
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
  async (values, given) => {
    const { studies, jobs, workloads = headlineWorkloads() } = values;
    const policies = distinct(values['queue-pairs']);
    const profiles = chosenProfiles(values);
    if (profiles.length > 1) throw new UsageError('a study is of one profile; several were given');
    const into = values.output ?? committedDirectory(given, OPTIONS);
    if (into === undefined) say(`${NOT_WRITTEN} DIRECTORY\n\n`);
    const paths = studies.map((study) => into && writablePath(join(into, FILES[study])));
    for (const [i, study] of studies.entries()) {
      const run = study === 'region' ? runRegion : runSensitivity;
      await run(profiles[0], workloads, policies, paths[i], jobs);
    }
  },
);

type Study = (
  profile: ReturnType<typeof chosenProfiles>[number],
  workloads: readonly AnyWorkload[],
  policies: readonly QueuePairPolicy[],
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
