/** `pmirror sweep`: any combination of profile values, workload parameters and conditions. */

import { VALUE_GROUPS } from '../../../rdma/index.ts';
import { beyondOriginals, cellRows, runGroups, verdictText } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import {
  parseAxis,
  planSweep,
  RUN_AXES,
  type SweptProgram,
  SYSTEM_AXES,
  sweepColumns,
  sweepTable,
} from '../../studies/sweep/index.ts';
import { command } from '../command.ts';
import {
  chosenSeeds,
  distinct,
  flag,
  type Given,
  JSON_OPTION,
  PERCENTILES_OPTION,
  SEED_OPTION,
  SEEDS_OPTIONS,
  type Values,
  valuesOf,
  WIDE_OPTION,
} from '../options.ts';
import { withValues } from '../profiles.ts';
import {
  type ChosenProgram,
  executionOfProgram,
  PROGRAM_OPTIONS,
  PROGRAMS_WORD,
  refuseForeign,
} from '../programs.ts';
import { OUTPUT_OPTION } from '../result-files.ts';
import { cellCount, leftOutNote, withPercentiles } from '../run-groups.ts';
import { quorumNote } from '../system-notes.ts';
import { chosenSystems, SYSTEM_OPTIONS } from '../systems.ts';
import { WORK_OPTIONS, withWork } from '../work.ts';

/** What is said of an execution beside its seed. */
const EXECUTION_OPTIONS = PROGRAM_OPTIONS;

const OPTIONS = {
  vary: {
    help:
      'NAME=VALUES; repeatable: every combination is run. NAME: a profile value such as ' +
      `pcie.postedNs, a group of them (${VALUE_GROUPS.map(({ name }) => name).join(', ')}; see pmirror ` +
      `list), a parameter of the workloads, or ${[...RUN_AXES, ...SYSTEM_AXES].join(', ')}. ` +
      'NAME=NAME=VALUES: all have the same value. VALUES: a list 1,2,4, a range FROM:TO (in steps of 1), ' +
      'FROM:TO:STEP, FROM:TO:xFACTOR, or FROM:TO:log:POINTS (equal ratios)',
    required: 'sweep: what varies? Give --vary NAME=VALUES',
    parse: (texts: readonly string[]) => texts.map(parseAxis),
  },
  zip: flag({ help: 'the values of all --vary go in step, instead of every combination' }),
  ...SYSTEM_OPTIONS,
  ...EXECUTION_OPTIONS,
  ...SEEDS_OPTIONS,
  percentiles: {
    ...PERCENTILES_OPTION.percentiles,
    help: 'percentiles of the latency to show too, in per cent',
    default: undefined,
  },
  ...WORK_OPTIONS,
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
      ['$0 sweep ctree --vary rtt=500:8000:x2 --vary threads=1,4 --seeds 10', 'a group of values'],
      [
        '$0 sweep ctree --vary llc.llcWays=replicaLlc.llcWays=8,16',
        'the same value for both machines',
      ],
      ['$0 sweep ctree --zip --vary threads=1,2,4 --vary replicas=1,2,3', 'three cells in step'],
      ['$0 sweep all --vary path.clwbPathNs=60:1000:log:5 --output out.csv', 'the suite'],
      ['$0 sweep trace:ycsb --vary nic.qpRateMps=1:16:x2', 'a trace'],
    ],
  },
  async (values, given, answer) => {
    const { programs, vary: axes } = values;
    refuseForeign(programs, OPTIONS, given);
    refuseFixed(values, given);
    const varied = (name: string) => axes.find(({ names }) => names.includes(name))?.values;
    const replicas = varied('replicas');
    const quorums = varied('quorum');
    if (quorums !== undefined) SYSTEM_OPTIONS.quorum.parse(quorums, '--vary quorum');
    for (const name of ['inflight', 'group'] as const) {
      SYSTEM_OPTIONS[name].parse(varied(name) ?? ['1'], `--vary ${name}`);
    }
    const systems = chosenSystems({
      ...values,
      replicas: replicas
        ? SYSTEM_OPTIONS.replicas.parse(replicas, '--vary replicas')
        : values.replicas,
    });
    const plan = planSweep({
      axes,
      zip: values.zip,
      programs: programs.map((program) => sweptProgram(program, given)),
      seeds: chosenSeeds(values),
      systems,
      profileAt: withValues,
    });
    const seeds = distinct(plan.groups.map(({ execution }) => execution.seed));
    answer.from({ profiles: systems.profiles, seeds });
    const beyond = beyondOriginals(plan.groups.map(({ execution }) => execution));
    answer.show(`${cellCount(plan.groups)}\n\n`);
    answer.say(
      beyond.map((note) => `${note}\n`).join('') + quorumNote(plan.groups) + leftOutNote(systems),
    );
    const { percentiles = [] } = values;
    const groups = withPercentiles(plan.groups, percentiles);
    const results = await withWork({ values, answer, isCommitted: false }, (work) =>
      runGroups(groups, work),
    );
    const rows = results.flatMap(cellRows);
    const table = sweepTable(plan, rows, values.wide ?? false, percentiles);
    answer.show(`${table}\n\n${verdictText(rows, { pooled: true })}\n`);
    answer.give({
      name: 'cells',
      columns: sweepColumns(plan, percentiles),
      rows,
      to: values.output,
    });
  },
);

/** Refuses what is both fixed and varied. */
function refuseFixed(
  { vary, set, param }: Pick<Values<typeof OPTIONS>, 'vary' | 'set' | 'param'>,
  given: Given,
): void {
  const names = vary.flatMap((axis) => axis.names);
  const both = names.find((name) => [given, set, param].some((fixed) => fixed?.has(name)));
  const seeds = names.includes('seed') && given.has('seeds') ? 'seed' : undefined;
  const fixed = both ?? seeds;
  if (fixed !== undefined) throw new UsageError(`${fixed} is both fixed and varied`);
}

/** `program` as `given` has it, with the values of points in place of options and parameters. */
function sweptProgram(program: ChosenProgram, given: Given): SweptProgram {
  return {
    name: program.name,
    parameters: program.kind === 'workload' ? Object.keys(program.workload.parameters) : [],
    executionAt(point, seed) {
      const isOfRun = (name: string): boolean => RUN_AXES.some((axis) => axis === name);
      const varied = Object.entries(point);
      const options = varied
        .filter(([name]) => isOfRun(name) && name !== 'seed')
        .map(([name, value]) => [name, [value]] as const);
      const all: Given = new Map([...given, ...options]);
      refuseForeign([program], EXECUTION_OPTIONS, all);
      const values = valuesOf(EXECUTION_OPTIONS, all, '--');
      const parameters = varied.filter(([name]) => !isOfRun(name));
      const param = new Map([...(values.param ?? []), ...parameters]);
      const own =
        point.seed === undefined ? seed : SEED_OPTION.seed.parse([point.seed], '--vary seed');
      return executionOfProgram(program, { ...values, param, seed: own });
    },
  };
}
