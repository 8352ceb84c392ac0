/** `pmirror sweep`: any combination of profile values, workload parameters and conditions. */

import { dirname } from 'node:path';
import { printable } from '../../../pm/printable.ts';
import {
  beyondOriginals,
  type CellGroup,
  cellRows,
  runGroups,
  verdictText,
} from '../../bench/index.ts';
import { UsageError, writeWhole } from '../../host/index.ts';
import {
  type ExperimentRow,
  experimentColumns,
  sweepColumns,
  sweepTable,
} from '../../studies/sweep/index.ts';
import type { Answer } from '../answer.ts';
import { command } from '../command.ts';
import { outputFile } from '../file-options.ts';
import { type Given, JSON_OPTION, type Values, WIDE_OPTION } from '../options.ts';
import { resultsFor } from '../plan/cells.ts';
import { groupsOf, isOwnPlan, percentilesOf, profilesOf, seedsOf } from '../plan/own-plans.ts';
import { type Experiment, readPlan } from '../plan/plan.ts';
import { planText } from '../plan/save.ts';
import { groupsOfShard, SHARD_OPTION, type Shard } from '../plan/shard.ts';
import { SWEPT_WORD, type Swept } from '../plan/word.ts';
import { PROGRAMS_WORD } from '../programs.ts';
import { OUTPUT_OPTION } from '../result-files.ts';
import { cellCount, leftOutNote } from '../run-groups.ts';
import { EXECUTOR_OPTIONS, refuseWithoutSlurm } from '../slurm/options.ts';
import { chosenSweep, SWEEP_OPTIONS } from '../swept.ts';
import { quorumNote } from '../system-notes.ts';
import { WORK_OPTIONS, withWork } from '../work.ts';

const OPTIONS = {
  ...SWEEP_OPTIONS,
  ...SHARD_OPTION,
  ...WORK_OPTIONS,
  ...EXECUTOR_OPTIONS,
  ...WIDE_OPTION,
  ...JSON_OPTION,
  ...OUTPUT_OPTION,
  'save-plan': outputFile({
    help: 'write the plan of this command line to a file (YAML), and run nothing',
  }),
} as const;

export const sweepCommand = command(
  {
    usage: 'sweep [programs..]',
    summary: 'run programs over all combinations of profile values, parameters and conditions',
    words: { programs: SWEPT_WORD },
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
      ['$0 sweep plan.yaml --output out.csv', 'what a file says (see pmirror plan)'],
      ['$0 sweep plan.yaml --shard 2/8 --db 2.db', 'an eighth of it; results merge joins them'],
      ['$0 sweep plan.yaml --executor slurm --partition short', 'by a Slurm cluster'],
    ],
  },
  async (values, given, answer) => {
    refuseWithoutSlurm(values.executor, given);
    const { wide = false, output, shard, 'save-plan': saved } = values;
    const swept = await sweptOf(values.programs, given);
    if (saved !== undefined) return savePlan(saved, values.programs, given, answer);
    const { experiments } = swept;
    const isSeveral = experiments.length > 1;
    const groups = experiments.map((experiment) => groupsOf([experiment]));
    const joined = isSeveral ? groupsOf(experiments) : groups[0];
    answer.from({
      profiles: profilesOf(experiments),
      seeds: seedsOf(joined),
      ...(swept.input && { inputs: [swept.input] }),
    });
    if (values.executor === 'slurm') return runByCluster(joined, swept, { values, given, answer });
    if (shard !== undefined) return runShard(joined, shard, values, answer);
    answer.show(`${cellCount(joined)}\n\n`);
    for (const { plan, systems } of experiments) {
      const beyond = beyondOriginals(plan.groups.map(({ execution }) => execution));
      answer.say(
        beyond.map((note) => `${note}\n`).join('') + quorumNote(plan.groups) + leftOutNote(systems),
      );
    }
    // With the project's own plans it shares the database of the commands that run them.
    const isCommitted = values.programs.plan !== undefined && isOwnPlan(values.programs.plan);
    const results = await withWork({ values, answer, isCommitted }, (work) =>
      runGroups(joined, work),
    );
    const rows = experiments.flatMap((experiment, i) => {
      const own = isSeveral ? resultsFor(groups[i], results) : results;
      const found = own.flatMap(cellRows);
      const { name, plan, percentiles } = experiment;
      const title = isSeveral ? `${name}\n\n` : '';
      const table = sweepTable(plan, found, wide, percentiles);
      const end = i === experiments.length - 1 ? '' : '\n';
      answer.show(`${title}${table}\n\n${verdictText(found, { pooled: true })}\n${end}`);
      return found.map((row): ExperimentRow => ({ experiment: name, plan, row }));
    });
    giveRows(answer, experiments, rows, output);
  },
);

/** The rows of one sweep as its command line gives them; of several with the experiment in front. */
function giveRows(
  answer: Answer,
  experiments: readonly Experiment[],
  rows: readonly ExperimentRow[],
  to: string | undefined,
): void {
  const [{ plan, percentiles }, ...others] = experiments;
  if (others.length === 0) {
    const columns = sweepColumns(plan, percentiles);
    answer.give({ name: 'cells', columns, rows: rows.map(({ row }) => row), to });
    return;
  }
  const columns = experimentColumns(
    experiments.map((one) => one.plan),
    percentilesOf(experiments),
  );
  answer.give({ name: 'cells', columns, rows, to });
}

/** Has a cluster run `groups`, of what was `swept`. */
async function runByCluster(
  groups: readonly CellGroup[],
  { input }: Pick<Awaited<ReturnType<typeof sweptOf>>, 'input'>,
  {
    values,
    given,
    answer,
  }: { values: Values<typeof OPTIONS> & { programs: Swept }; given: Given; answer: Answer },
): Promise<void> {
  const { words, plan } = values.programs;
  const cells = groups.reduce((sum, { systems }) => sum + systems.length, 0);
  const inputs = input === undefined ? [] : [input.sha256];
  // What talks to a cluster is loaded where there is one.
  const { runOnSlurm } = await import('../slurm/run.ts');
  return runOnSlurm({ words, plan, given, values, cells, inputs }, answer);
}

/** Runs a part of the cells into the database; their rows come when all are there. */
async function runShard(
  groups: readonly CellGroup[],
  shard: Shard,
  values: Values<typeof OPTIONS>,
  answer: Answer,
): Promise<void> {
  if (values.db === undefined) {
    throw new UsageError('--shard: what is computed goes to a results database; give --db FILE');
  }
  for (const option of ['output', 'json'] as const) {
    if (values[option] === undefined) continue;
    throw new UsageError(`--shard gives no rows: leave out --${option}, and run all in the end`);
  }
  const own = groupsOfShard(groups, shard);
  const { index, count } = shard;
  answer.say(`shard ${index} of ${count}: ${cellCount(own)} of ${cellCount(groups)}\n`);
  await withWork({ values, answer, isCommitted: false }, (work) => {
    // Who merges the databases of all shards finds one of a shard without cells, too.
    work.store?.add({ work: [] });
    return runGroups(own, work);
  });
}

/** Writes what the command line says as a plan. */
function savePlan(path: string, { plan, words }: Swept, given: Given, answer: Answer): void {
  if (plan !== undefined) throw new UsageError(`--save-plan: ${plan} is a plan already`);
  const ofRuns = ['output', 'json', 'shard', 'db', 'fresh', 'executor'];
  const useless = ofRuns.find((option) => given.has(option));
  if (useless !== undefined) {
    throw new UsageError(`--save-plan runs nothing: leave out --${useless}`);
  }
  writeWhole(path, planText(words, given, dirname(path)));
  answer.say(`written: ${printable(path)}\n`);
}

/** What is to be run: the experiments of a plan, or the one of the command line. */
async function sweptOf(
  swept: Swept,
  given: Given,
): Promise<{
  readonly experiments: readonly Experiment[];
  readonly input?: { readonly file: string; readonly sha256: string };
}> {
  if (swept.plan !== undefined) {
    const { experiments, sha256 } = readPlan(swept.plan, given);
    return { experiments, input: { file: swept.plan, sha256 } };
  }
  if (!given.has('vary')) throw new UsageError('sweep: what varies? Give --vary NAME=VALUES');
  const programs = await PROGRAMS_WORD.ready(swept.programs);
  return { experiments: [{ name: 'sweep', ...chosenSweep(programs, given) }] };
}
