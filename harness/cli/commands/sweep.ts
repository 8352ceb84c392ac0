/** `pmirror sweep`: any combination of profile values, workload parameters and conditions. */

import { cellRows } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import {
  parseAxis,
  planSweep,
  RUN_AXES,
  type SweptProgram,
  sweepColumns,
  sweepTable,
} from '../../studies/sweep/index.ts';
import { command } from '../command.ts';
import {
  distinct,
  type Given,
  JOBS_OPTION,
  JSON_OPTION,
  SEED_OPTION,
  valuesOf,
  WIDE_OPTION,
} from '../options.ts';
import {
  type ChosenProgram,
  executionOfProgram,
  PROGRAM_OPTIONS,
  PROGRAMS_WORD,
  refuseForeign,
} from '../programs.ts';
import { OUTPUT_OPTION } from '../result-files.ts';
import { cellCount, runShowingProgress } from '../run-groups.ts';
import { chosenSystems, SYSTEM_OPTIONS, withValues } from '../systems.ts';

const EXECUTION_OPTIONS = { ...PROGRAM_OPTIONS, ...SEED_OPTION };

const OPTIONS = {
  vary: {
    help:
      'NAME=VALUES; repeatable: every combination is run. NAME: a profile value such as ' +
      `pcie.postedNs, a parameter of the workloads, or ${RUN_AXES.join(', ')}. VALUES: a list 1,2,4, ` +
      'a range FROM:TO:STEP, FROM:TO:xFACTOR, or FROM:TO:log:POINTS (equal ratios)',
    required: 'sweep: what varies? Give --vary NAME=VALUES',
    parse: (texts: readonly string[]) => texts.map(parseAxis),
  },
  ...SYSTEM_OPTIONS,
  ...EXECUTION_OPTIONS,
  ...JOBS_OPTION,
  ...WIDE_OPTION,
  ...JSON_OPTION,
  ...OUTPUT_OPTION,
} as const;

export const sweepCommand = command(
  {
    usage: 'sweep [programs..]',
    summary: 'run programs over all combinations of profile values, parameters and conditions',
    words: { programs: PROGRAMS_WORD },
    options: OPTIONS,
    examples: [
      ['$0 sweep ctree --vary pcie.readRoundTripNs=200:1400:200', 'one value of the profile'],
      ['$0 sweep transact --vary epochs=1:256:x4 --vary threads=1,2,4', 'a parameter and threads'],
      ['$0 sweep all --vary path.clwbPathNs=60:1000:log:5 --output out.csv', 'the suite'],
      ['$0 sweep trace:ycsb --vary nic.qpRateMps=1:16:x2', 'a trace'],
    ],
  },
  async (values, given, answer) => {
    const { programs, vary: axes, set, param } = values;
    refuseForeign(programs, OPTIONS, given);
    const both = axes.find(({ name }) => [given, set, param].some((fixed) => fixed?.has(name)));
    if (both !== undefined) throw new UsageError(`${both.name} is both fixed and varied`);
    const systems = chosenSystems(values);
    const plan = planSweep({
      axes,
      programs: programs.map((program) => sweptProgram(program, given)),
      systems,
      profileAt: withValues,
    });
    const seeds = distinct(plan.groups.map(({ execution }) => execution.seed));
    answer.from({ profiles: systems.profiles, seeds });
    answer.show(`${cellCount(plan.groups)}\n\n`);
    const rows = (await runShowingProgress(plan.groups, values.jobs)).flatMap(cellRows);
    answer.show(`${sweepTable(plan, rows, values.wide ?? false)}\n`);
    answer.give({ name: 'cells', columns: sweepColumns(plan), rows, to: values.output });
  },
);

/** `program` as `given` has it, with the values of points in place of options and parameters. */
function sweptProgram(program: ChosenProgram, given: Given): SweptProgram {
  return {
    name: program.name,
    parameters: program.kind === 'workload' ? Object.keys(program.workload.parameters) : [],
    executionAt(point) {
      const isOfRun = (name: string): boolean => RUN_AXES.some((axis) => axis === name);
      const varied = Object.entries(point);
      const options = varied
        .filter(([name]) => isOfRun(name))
        .map(([name, value]) => [name, [value]] as const);
      const all: Given = new Map([...given, ...options]);
      refuseForeign([program], EXECUTION_OPTIONS, all);
      const values = valuesOf(EXECUTION_OPTIONS, all, '--');
      const parameters = varied.filter(([name]) => !isOfRun(name));
      const param = new Map([...(values.param ?? []), ...parameters]);
      return executionOfProgram(program, { ...values, param });
    },
  };
}
