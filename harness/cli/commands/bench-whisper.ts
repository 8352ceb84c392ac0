/**
 * `pmirror bench-whisper`: the suite. All WHISPER workloads, the programs beside them, and the traces
 * of real programs that come with the project, under every backend; the means beside the published
 * ones. The default profile is paper-2018, machines of the time of the paper that is compared with.
 */

import { join } from 'node:path';
import {
  CELL_COLUMNS,
  cellRows,
  exampleExecutions,
  executionOf,
  groupBySeed,
  hasSeveralSeeds,
  INTERVAL_COLUMNS,
  intervalTables,
  LATENCY_COLUMNS,
  latencyRows,
  planCells,
  resultTables,
  SUMMARY_COLUMNS,
  shareTable,
  suiteWorkloads,
  summarise,
  summaryTable,
} from '../../bench/index.ts';
import { writeCsv } from '../../report/index.ts';
import { command } from '../command.ts';
import {
  chosenSeeds,
  directory,
  JOBS_OPTION,
  SEEDS_OPTIONS,
  WIDE_OPTION,
  writablePath,
} from '../options.ts';
import { COMPUTE_OPTION, WORKLOAD_OPTIONS } from '../programs.ts';
import { committedDirectory, NOT_WRITTEN } from '../result-files.ts';
import { runShowingProgress } from '../run-groups.ts';
import { chosenSystems, SYSTEM_OPTIONS } from '../systems.ts';

/** What the suite's cells, means and latencies are written to; with several seeds, intervals too. */
const FILES = ['whisper.csv', 'whisper-summary.csv', 'whisper-latency.csv'] as const;
const INTERVALS_FILE = 'whisper-intervals.csv';

/** What a mirror needs that knows its program, and what one needs that must be right for any. */
export const HEADLINE_POLICIES = {
  ...SYSTEM_OPTIONS['queue-pairs'],
  help: 'policies, see pmirror run --help',
  default: 'auto,any',
};

const OPTIONS = {
  ...SYSTEM_OPTIONS,
  'queue-pairs': HEADLINE_POLICIES,
  transactions: {
    ...WORKLOAD_OPTIONS.transactions,
    help: "measured transactions of each workload; by default the workload's own number",
  },
  ...SEEDS_OPTIONS,
  ...COMPUTE_OPTION,
  ...JOBS_OPTION,
  ...WIDE_OPTION,
  output: {
    ...directory({
      help:
        `for ${FILES.join(', ')} and, with several seeds, ${INTERVALS_FILE} (default: results, for ` +
        'the run whose results are committed)',
    }),
    changesNothing: true,
  },
} as const;

export const benchWhisperCommand = command(
  {
    usage: 'bench-whisper',
    summary: 'run the WHISPER suite and compare the mean speedups with the published ones',
    words: {},
    options: OPTIONS,
    examples: [['$0 bench-whisper --profile optane-cx5 --output /tmp', 'on other machines']],
  },
  async (values, given) => {
    const seeds = chosenSeeds(values);
    const { transactions, jobs, compute: computeModel = 'o2' } = values;
    const choice = { computeModel, transactions };
    // The traces are what they are: no seed changes them.
    const executions = [
      ...suiteWorkloads().flatMap((workload) =>
        seeds.map((seed) => executionOf(workload, { ...choice, seed })),
      ),
      ...exampleExecutions(computeModel, seeds[0]),
    ];
    const groups = planCells(executions, chosenSystems(values));
    const into = values.output ?? committedDirectory(given, OPTIONS);
    const names = seeds.length > 1 ? [...FILES, INTERVALS_FILE] : FILES;
    const paths = into && names.map((name) => writablePath(join(into, name)));
    const results = await runShowingProgress(groups, jobs);
    const rows = results.flatMap(cellRows);
    const summary = summarise(rows);
    const { wide = false } = values;
    const tables = (hasSeveralSeeds(rows) ? intervalTables : resultTables)(rows, wide);
    // What a screen of 24 lines is left with is the summary.
    const verdict = `${SUMMARY_TITLE}\n\n${summaryTable(summary, wide)}`;
    process.stdout.write(`${[tables, shareTable(summary, wide), CAPTION, verdict].join('\n\n')}\n`);
    if (!paths) {
      process.stdout.write(`\n${NOT_WRITTEN} DIRECTORY\n`);
      return;
    }
    const [cells, means, latencies, intervals] = paths;
    writeCsv(cells, CELL_COLUMNS, rows);
    writeCsv(means, SUMMARY_COLUMNS, summary);
    writeCsv(latencies, LATENCY_COLUMNS, latencyRows(rows));
    if (intervals !== undefined) writeCsv(intervals, INTERVAL_COLUMNS, groupBySeed(rows));
    process.stdout.write(`\nwritten: ${names.join(', ')} in ${into}\n`);
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
