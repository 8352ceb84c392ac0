/**
 * `pmirror bench-transact`: the microbenchmark over the grid of `scripts/plans/transact.yaml`, epochs per
 * transaction and line writes per epoch, under every backend.
 */

import { join } from 'node:path';
import { printable } from '../../../pm/printable.ts';
import { transact } from '../../../workloads/micro/transact.ts';
import { cellRows, runGroups, verdictText } from '../../bench/index.ts';
import { transactColumns, transactTables } from '../../studies/transact/index.ts';
import { command } from '../command.ts';
import { output, writableCsv } from '../file-options.ts';
import {
  choice,
  fraction,
  type Given,
  JSON_OPTION,
  PERCENTILES_OPTION,
  SEEDS_OPTIONS,
  WIDE_OPTION,
  whole,
  wholes,
} from '../options.ts';
import {
  groupsOf,
  ownPlan,
  percentilesOf,
  planned,
  profilesOf,
  seedsOf,
} from '../plan/own-plans.ts';
import { WORKLOAD_OPTIONS } from '../programs.ts';
import {
  committedDirectory,
  giveResultFiles,
  NOT_WRITTEN,
  RESULT_FILE_OPTIONS,
  refuseIntervals,
  refuseSameOutputs,
} from '../result-files.ts';
import { SYSTEM_OPTIONS } from '../systems.ts';
import { WORK_OPTIONS, withWork } from '../work.ts';

/** What the parameter `name` of the workload accepts. */
function numeric(name: string): { readonly min: number; readonly max: number } {
  const parameter = transact.parameters[name];
  if (parameter.kind === 'choice') throw new RangeError(`${name} is not a number`);
  const { min, max } = parameter;
  return { min, max };
}

const { pattern } = transact.parameters;

const PLAN = 'transact';

/** The axes of the grid, by their options. */
const AXES = { epochs: 'epochs', lines: 'linesPerEpoch' } as const;

/** Parameters, by their options. */
const PARAMETERS = {
  'bytes-per-write': 'bytesPerWrite',
  'instructions-per-epoch': 'instructionsPerEpoch',
  'read-share': 'readShare',
  pattern: 'pattern',
} as const;

const OPTIONS = {
  ...planned({
    epochs: wholes({ ...numeric(AXES.epochs), help: 'epochs per transaction' }),
    lines: wholes({ ...numeric(AXES.lines), help: 'line writes per epoch' }),
    transactions: { ...WORKLOAD_OPTIONS.transactions, help: 'measured transactions of each point' },
    'bytes-per-write': whole({ ...numeric('bytesPerWrite'), help: 'bytes stored per line' }),
    'instructions-per-epoch': whole({
      ...numeric('instructionsPerEpoch'),
      help: 'volatile work before each epoch',
    }),
    'read-share': fraction({ help: 'share of transactions that only read' }),
    pattern: choice(pattern.kind === 'choice' ? pattern.choices : [])({
      help: 'lines written: random or sequential',
    }),
    threads: { ...WORKLOAD_OPTIONS.threads, help: 'clients' },
    ...SEEDS_OPTIONS,
    ...SYSTEM_OPTIONS,
    ...PERCENTILES_OPTION,
  }),
  ...WORK_OPTIONS,
  ...WIDE_OPTION,
  ...JSON_OPTION,
  output: output({
    help: 'CSV file to write (default: results/transact.csv, for the run without options)',
  }),
  ...RESULT_FILE_OPTIONS,
};

export const benchTransactCommand = command(
  {
    usage: 'bench-transact',
    summary:
      'sweep the microbenchmark over epochs and line writes per epoch (scripts/plans/transact.yaml)',
    words: {},
    options: OPTIONS,
    examples: [
      ['$0 bench-transact --epochs 1,8,64 --lines 1 --threads 4', 'one column of the grid'],
    ],
  },
  async (values, given, answer) => {
    const { experiments } = ownPlan(PLAN, changesOf(given));
    const groups = groupsOf(experiments);
    const seeds = seedsOf(groups);
    refuseIntervals(values, seeds);
    answer.from({ profiles: profilesOf(experiments), seeds });
    const percentiles = percentilesOf(experiments);
    const committed = committedDirectory(given, OPTIONS);
    const path = values.output ?? (committed && writableCsv(join(committed, 'transact.csv')));
    refuseSameOutputs({ output: path, latencies: values.latencies, intervals: values.intervals });
    const isCommitted = committed !== undefined;
    const results = await withWork({ values, answer, isCommitted }, (work) =>
      runGroups(groups, work),
    );
    const rows = results.flatMap(cellRows);
    const tables = transactTables(rows, values.wide ?? false, percentiles);
    answer.show(`${tables}\n\n${verdictText(rows)}\n`);
    answer.give({ name: 'cells', columns: transactColumns(percentiles), rows, to: path });
    giveResultFiles(answer, values, rows, percentiles);
    answer.write(
      path === undefined ? `\n${NOT_WRITTEN} FILE\n` : `\nwritten: ${printable(path)}\n`,
    );
  },
);

/** What of the plan is changed, as the options of a sweep. */
function changesOf(given: Given): Given {
  const changes = new Map(given);
  const texts = (option: string) => given.get(option)?.join() ?? '';
  const params = Object.entries(PARAMETERS).filter(([option]) => given.has(option));
  if (params.length > 0) {
    changes.set(
      'param',
      params.map(([option, name]) => `${name}=${texts(option)}`),
    );
  }
  const axes = Object.entries(AXES);
  if (axes.some(([option]) => given.has(option))) {
    const [{ plan }] = ownPlan(PLAN, new Map()).experiments;
    const valuesOf = (name: string) => plan.axes.find(({ names }) => names.includes(name))?.values;
    changes.set(
      'vary',
      axes.map(([option, name]) => `${name}=${texts(option) || valuesOf(name)?.join()}`),
    );
  }
  return changes;
}
