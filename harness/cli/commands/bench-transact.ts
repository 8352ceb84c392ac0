/**
 * `pmirror bench-transact`: the microbenchmark over a grid of epochs per transaction and line writes
 * per epoch, under every backend.
 */

import { join } from 'node:path';
import { printable } from '../../../pm/printable.ts';
import { transact } from '../../../workloads/micro/transact.ts';
import { cellRows, planCells, runGroups, verdictText } from '../../bench/index.ts';
import {
  DEFAULT_EPOCHS,
  DEFAULT_LINES,
  transactColumns,
  transactExecutions,
  transactTables,
} from '../../studies/transact/index.ts';
import { command } from '../command.ts';
import { output, writableCsv } from '../file-options.ts';
import {
  choice,
  chosenSeeds,
  fraction,
  JSON_OPTION,
  PERCENTILES_OPTION,
  SEEDS_OPTIONS,
  WIDE_OPTION,
  whole,
  wholes,
} from '../options.ts';
import { WORKLOAD_OPTIONS } from '../programs.ts';
import {
  committedDirectory,
  giveResultFiles,
  NOT_WRITTEN,
  RESULT_FILE_OPTIONS,
  refuseIntervals,
  refuseSameOutputs,
} from '../result-files.ts';
import { withPercentiles } from '../run-groups.ts';
import { chosenSystems, SYSTEM_OPTIONS } from '../systems.ts';
import { WORK_OPTIONS, withWork } from '../work.ts';

/** What the parameter `name` of the workload accepts, and its default. */
function numeric(name: string): { readonly min: number; readonly max: number; default: number } {
  const parameter = transact.parameters[name];
  if (parameter.kind === 'choice') throw new RangeError(`${name} is not a number`);
  const { min, max, default: usual } = parameter;
  return { min, max, default: usual };
}

const { pattern } = transact.parameters;

const OPTIONS = {
  epochs: wholes({
    ...numeric('epochs'),
    default: DEFAULT_EPOCHS.join(),
    help: 'epochs per transaction',
  }),
  lines: wholes({
    ...numeric('linesPerEpoch'),
    default: DEFAULT_LINES.join(),
    help: 'line writes per epoch',
  }),
  transactions: { ...WORKLOAD_OPTIONS.transactions, help: 'measured transactions of each point' },
  'bytes-per-write': whole({ ...numeric('bytesPerWrite'), help: 'bytes stored per line' }),
  'instructions-per-epoch': whole({
    ...numeric('instructionsPerEpoch'),
    help: 'volatile work before each epoch',
  }),
  'read-share': fraction({ default: 0, help: 'share of transactions that only read' }),
  pattern: choice(pattern.kind === 'choice' ? pattern.choices : [])({
    default: pattern.default,
    help: 'lines written: random or sequential',
  }),
  threads: { ...WORKLOAD_OPTIONS.threads, help: 'clients', default: 1 },
  ...SEEDS_OPTIONS,
  ...SYSTEM_OPTIONS,
  ...PERCENTILES_OPTION,
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
    summary: 'sweep the microbenchmark: epochs per transaction x line writes per epoch',
    words: {},
    options: OPTIONS,
    examples: [
      ['$0 bench-transact --epochs 1,8,64 --lines 1 --threads 4', 'one column of the grid'],
    ],
  },
  async (values, given, answer) => {
    const { threads, transactions } = values;
    const seeds = chosenSeeds(values);
    refuseIntervals(values, seeds);
    const { epochs, lines } = values;
    const parameters = {
      bytesPerWrite: values['bytes-per-write'],
      instructionsPerEpoch: values['instructions-per-epoch'],
      readShare: values['read-share'],
      pattern: values.pattern,
    };
    const choice = { threads, transactions, parameters };
    const executions = transactExecutions({ epochs, lines, seeds, choice });
    const systems = chosenSystems(values);
    answer.from({ profiles: systems.profiles, seeds });
    const { percentiles } = values;
    const groups = withPercentiles(planCells(executions, systems), percentiles);
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
