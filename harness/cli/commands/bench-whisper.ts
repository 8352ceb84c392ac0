/**
 * `pmirror bench-whisper`: the suite, as `scripts/plans/whisper.yaml` has it, and the means beside the
 * published ones.
 */

import {
  cellColumns,
  cellRows,
  hasSeveralSeeds,
  intervalTables,
  resultSetOf,
  resultTables,
  runGroups,
  SUMMARY_COLUMNS,
  shareTable,
  summarise,
  summaryTable,
  verdictText,
} from '../../bench/index.ts';
import { command } from '../command.ts';
import { outputDirectory } from '../file-options.ts';
import { JSON_OPTION, PERCENTILES_OPTION, SEEDS_OPTIONS, WIDE_OPTION } from '../options.ts';
import {
  groupsOf,
  ownPlan,
  percentilesOf,
  planned,
  profilesOf,
  seedsOf,
} from '../plan/own-plans.ts';
import { COMPUTE_OPTION, WORKLOAD_OPTIONS } from '../programs.ts';
import { committedDirectory, giveResultFiles, pathsIn, writtenText } from '../result-files.ts';
import { SYSTEM_OPTIONS } from '../systems.ts';
import { WORK_OPTIONS, withWork } from '../work.ts';

/** What the suite's cells, means and latencies are written to; with several seeds, intervals too. */
const FILES = ['whisper.csv', 'whisper-summary.csv', 'whisper-latency.csv'] as const;
const INTERVALS_FILE = 'whisper-intervals.csv';

const PLAN = 'whisper';

const OPTIONS = {
  ...planned({
    ...SYSTEM_OPTIONS,
    transactions: {
      ...WORKLOAD_OPTIONS.transactions,
      help: "measured transactions of each workload; by default the workload's own number",
    },
    ...SEEDS_OPTIONS,
    ...COMPUTE_OPTION,
    ...PERCENTILES_OPTION,
  }),
  ...WORK_OPTIONS,
  ...WIDE_OPTION,
  ...JSON_OPTION,
  output: outputDirectory(
    {
      help:
        `for ${FILES.join(', ')} and, with several seeds, ${INTERVALS_FILE} (default: results, for ` +
        'the run whose results are committed); - for the first on standard output',
    },
    [...FILES, INTERVALS_FILE],
  ),
} as const;

export const benchWhisperCommand = command(
  {
    usage: 'bench-whisper',
    summary:
      'run the WHISPER suite (scripts/plans/whisper.yaml) and compare the mean speedups with the published',
    words: {},
    options: OPTIONS,
    examples: [['$0 bench-whisper --profile optane-cx5 --output /tmp', 'on other machines']],
  },
  async (values, given, answer) => {
    const { wide = false } = values;
    const { experiments } = ownPlan(PLAN, given);
    const all = groupsOf(experiments);
    const seeds = seedsOf(all);
    answer.from({ profiles: profilesOf(experiments), seeds });
    // The traces are what they are: no seed changes them.
    const groups = all.filter(
      ({ execution: { kind, seed } }) => kind === 'workload' || seed === seeds[0],
    );
    const percentiles = percentilesOf(experiments);
    const committed = committedDirectory(given, OPTIONS);
    const into = values.output ?? committed;
    const names = seeds.length > 1 ? [...FILES, INTERVALS_FILE] : FILES;
    const [cells, means, latencies, intervals] = pathsIn(into, names);
    const isCommitted = committed !== undefined;
    const results = await withWork({ values, answer, isCommitted }, (work) =>
      runGroups(groups, work),
    );
    const rows = results.flatMap(cellRows);
    const summary = summarise(rows);
    const tables = (hasSeveralSeeds(rows) ? intervalTables : resultTables)(rows, wide, percentiles);
    // What a screen of 24 lines is left with is the summary.
    const headline = rows.filter(({ result }) => resultSetOf(result.execution) === 'whisper');
    const verdict = `${SUMMARY_TITLE}\n\n${summaryTable(summary, wide)}\n\n${verdictText(headline)}`;
    const shown = [tables, shareTable(summary, wide), CAPTION, verdict].join('\n\n');
    answer.show(`${shown}\n`);
    answer.give({ name: 'cells', columns: cellColumns(percentiles), rows, to: cells });
    answer.give({ name: 'means', columns: SUMMARY_COLUMNS, rows: summary, to: means });
    giveResultFiles(answer, { latencies, intervals }, rows, percentiles);
    answer.write(`\n${writtenText(into, names)}\n`);
  },
);

const CAPTION = [
  'time/tx: core time per transaction (elapsed time x threads / transactions).',
  'bound: what no correct design can beat (backend ideal). Where time goes: work is',
  'volatile; store: and local fences; post: and waiting for room to; order, durable:',
  'waiting for replicas at ordering and durability points; other: locks, the end.',
  'queue pairs, qp: auto is the fastest that keep the order between clients that a',
  'program needs; any, that any program may need. shared: all cores on one; of sm-ob',
  'that is one epoch a PCIe round trip for the whole machine. What is not listed',
  'under any is as under auto. --wide: all columns and digits.',
].join('\n');

/** The headline means are over the WHISPER workloads; the others have means of their own. */
const SUMMARY_TITLE =
  'Speedup over sm-rc and slowdown over no-sm, geometric and arithmetic means.\n' +
  'published: arXiv 1810.09360, abstract (which mean, it does not say).';
