/** `pmirror sweep`: any combination of profile values, workload parameters and conditions. */

import { cellRows, type ExecutionChoice } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import { writeCsv } from '../../report/index.ts';
import {
  parseAxis,
  planSweep,
  RUN_AXES,
  sweepColumns,
  sweepTable,
} from '../../studies/sweep/index.ts';
import {
  chosenComputeModel,
  chosenParameters,
  chosenWorkloads,
  outputPath,
  texts,
  wholeNumber,
} from '../choices.ts';
import {
  type Arguments,
  type Command,
  EXECUTION_OPTIONS,
  JOBS_OPTION,
  RANGES,
  SYSTEM_OPTIONS,
} from '../command.ts';
import { cellCount, runShowingProgress } from '../run-groups.ts';
import { chosenSystems, withValues } from '../systems.ts';

export const sweepCommand: Command = {
  usage: 'sweep [workloads..]',
  summary: 'run workloads over all combinations of profile values, parameters and conditions',
  positionals: {
    workloads: 'names of workloads, or all (default: all of the suite); see pmirror list',
  },
  options: {
    vary: {
      type: 'string',
      describe:
        'NAME=VALUES; repeatable: every combination is run. NAME: a profile value such as ' +
        `pcie.postedNs, a parameter of the workloads, or ${RUN_AXES.join(', ')}. VALUES: a list 1,2,4, ` +
        'a range FROM:TO:STEP, FROM:TO:xFACTOR, or FROM:TO:log:POINTS (equal ratios)',
    },
    ...SYSTEM_OPTIONS,
    threads: { type: 'string', describe: "clients (default: the original program's number)" },
    transactions: { type: 'string', describe: 'measured transactions, over all clients' },
    warmup: { type: 'string', describe: 'transactions before them (default: a tenth as many)' },
    ...EXECUTION_OPTIONS,
    param: { type: 'string', describe: 'key=value, a parameter of the workloads; repeatable' },
    ...JOBS_OPTION,
    output: { type: 'string', describe: 'CSV file to write, one row a cell' },
  },
  examples: [
    ['$0 sweep ctree --vary pcie.readRoundTripNs=200:1400:200', 'one value of the profile'],
    ['$0 sweep transact --vary epochs=1:256:x4 --vary threads=1,2,4', 'a parameter and threads'],
    ['$0 sweep all --vary path.clwbPathNs=60:1000:log:5 --output out.csv', 'the suite'],
  ],
  async run(given) {
    const axes = texts(given.vary).map(parseAxis);
    if (axes.length === 0) throw new UsageError('sweep: what varies? Give --vary NAME=VALUES');
    const fixed = [...texts(given.set), ...texts(given.param)].map((text) => text.split('=')[0]);
    const both = axes.find(({ name }) => fixed.includes(name) || given[name] !== undefined);
    if (both !== undefined) throw new UsageError(`${both.name} is both fixed and varied`);
    const plan = planSweep({
      axes,
      workloads: chosenWorkloads(given.workloads),
      systems: chosenSystems(given),
      choiceAt: (point) => choiceAt(given, point),
      profileAt: withValues,
    });
    const output = outputPath('output', given.output);
    const jobs = wholeNumber('jobs', given.jobs, RANGES.jobs);
    process.stdout.write(`${cellCount(plan.groups)}\n\n`);
    const rows = (await runShowingProgress(plan.groups, jobs)).flatMap(cellRows);
    process.stdout.write(`${sweepTable(plan, rows)}\n`);
    if (output !== undefined) writeCsv(output, sweepColumns(plan), rows);
  },
};

/** What `given` says of an execution, with the values of `point` in place of options and parameters. */
function choiceAt(given: Arguments, point: Readonly<Record<string, string>>): ExecutionChoice {
  const isOfRun = (name: string): boolean => RUN_AXES.some((axis) => axis === name);
  const option = (name: (typeof RUN_AXES)[number]) => point[name] ?? given[name];
  const varied = Object.entries(point).filter(([name]) => !isOfRun(name));
  const whole = (name: 'threads' | 'transactions' | 'warmup' | 'seed') =>
    wholeNumber(name, option(name), RANGES[name]);
  return {
    parameters: { ...chosenParameters(given.param), ...Object.fromEntries(varied) },
    threads: whole('threads'),
    transactions: whole('transactions'),
    warmupTransactions: whole('warmup'),
    seed: whole('seed'),
    computeModel: chosenComputeModel(option('compute')),
  };
}
