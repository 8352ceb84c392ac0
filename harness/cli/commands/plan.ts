/** `pmirror plan`: what a plan would run, what that would take, and what of it is done. */

import { type Cell, executionKey, secondsOfDone, systemInPlan } from '../../bench/index.ts';
import { UsageError, workersFor } from '../../host/index.ts';
import { prose } from '../../report/index.ts';
import { command } from '../command.ts';
import { readFiles, userPath } from '../file-options.ts';
import { flag, JOBS_OPTION, JSON_OPTION, one, WIDE_OPTION } from '../options.ts';
import { type PlannedCell, planColumns, plannedCells, variedNames } from '../plan/columns.ts';
import { type Estimate, estimates } from '../plan/cost.ts';
import { groupsOf, isOwnPlan } from '../plan/own-plans.ts';
import { readPlan } from '../plan/plan.ts';
import { planJsonSchema } from '../plan/schema.ts';
import { groupsOfShard, SHARD_OPTION } from '../plan/shard.ts';
import { cellsTable, experimentsTable, isDone, secondsText, secondsToDo } from '../plan/table.ts';
import { OUTPUT_OPTION } from '../result-files.ts';
import { cellCount } from '../run-groups.ts';
import { SWEEP_OPTIONS } from '../swept.ts';
import { databasePath } from '../work.ts';

const OPTIONS = {
  ...SWEEP_OPTIONS,
  ...SHARD_OPTION,
  schema: flag({ help: 'print the JSON schema of plans, by which an editor completes them' }),
  ...JOBS_OPTION,
  db: {
    ...one((word: string) => userPath(word))({
      help: 'results database in which what is done is looked up (default: that of sweep)',
    }),
    files: (texts: readonly string[]) => readFiles(texts),
  },
  ...WIDE_OPTION,
  ...JSON_OPTION,
  ...OUTPUT_OPTION,
};

export const planCommand = command(
  {
    usage: 'plan [file]',
    summary: 'show the cells of a plan, what they take and what is done',
    words: {
      file: {
        ...one((word: string) => word)({
          help: 'a plan in YAML or JSON, which sweep runs; its keys are the options of sweep',
        }),
        files: (texts: readonly string[]) => readFiles(texts),
      },
    },
    options: OPTIONS,
    examples: [
      ['$0 plan my.yaml', 'its cells; sweep my.yaml runs them'],
      ['$0 plan my.yaml --seeds 10 --shard 3/8', 'with other seeds, of eight parts the third'],
      ['$0 plan --schema', 'for an editor'],
    ],
  },
  async (values, given, answer) => {
    const { file, shard, wide = false, jobs, schema } = values;
    if (schema) {
      if (file !== undefined)
        throw new UsageError('plan: --schema is of all plans; leave out FILE');
      process.stdout.write(`${JSON.stringify(planJsonSchema(), null, 2)}\n`);
      return;
    }
    if (file === undefined) throw new UsageError('plan: which plan? Give FILE (or --schema)');
    const { experiments, sha256 } = readPlan(file, given);
    const joined = groupsOf(experiments);
    const groups = shard === undefined ? joined : groupsOfShard(joined, shard);
    const database = databasePath(values.db, isOwnPlan(file));
    const known =
      database === undefined
        ? groups.map(({ systems }) => systems.map(() => undefined))
        : await secondsOfDone(database, groups);
    const estimateOf = estimating(groups, known);
    const cells = experiments.flatMap((experiment) => plannedCells(experiment, estimateOf));
    const once = [...new Map(cells.map((cell) => [keyOf(cell), cell])).values()];
    answer.show(`${experimentsTable(experiments, cells)}\n\n`);
    answer.show(`${cellsTable(cells, wide)}\n\n`);
    answer.say(`${prose(`${cellCount(groups)}; ${leftText(once, workersFor(jobs))}.`)}\n`);
    answer.from({ inputs: [{ file, sha256 }] });
    const columns = planColumns(variedNames(experiments));
    answer.give({ name: 'cells', columns, rows: cells, to: values.output });
  },
);

/** What of `cells` is left, with so many workers. */
function leftText(cells: readonly PlannedCell[], workers: number): string {
  const done = cells.filter(isDone).length;
  if (done === cells.length) return 'all are done';
  const seconds = secondsToDo(cells);
  const wall = workers > 1 ? `, ${secondsText(seconds / workers)} with ${workers} workers` : '';
  return `${done} are done. The others take about ${secondsText(seconds)} of one core${wall}`;
}

const keyOf = ({ execution, system }: Cell): string =>
  `${executionKey(execution)} ${systemInPlan(system)}`;

/** The estimate of a cell of `groups`; undefined for one that is in none of them. */
function estimating(
  groups: Parameters<typeof estimates>[0],
  done: Parameters<typeof estimates>[1],
): (cell: Cell) => Estimate | undefined {
  const found = estimates(groups, done);
  const byKey = new Map(
    groups.flatMap(({ execution, systems }, i) =>
      systems.map((system, j) => [keyOf({ execution, system }), found[i][j]] as const),
    ),
  );
  return (cell) => byKey.get(keyOf(cell));
}
