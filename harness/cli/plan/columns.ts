/** The cells of a plan as columns: one row a cell, before it is run. */

import { type Cell, executionLabel, faultsText, parametersText } from '../../bench/index.ts';
import { type Column, column, figure } from '../../report/index.ts';
import { axisValue } from '../../studies/sweep/index.ts';
import type { Estimate } from './cost.ts';
import type { Experiment } from './plan.ts';

/** A cell of an experiment. */
export interface PlannedCell extends Cell {
  readonly experiment: Experiment;
  readonly estimate: Estimate;
}

/** The cells of `experiment` of which there are estimates. */
export function plannedCells(
  experiment: Experiment,
  estimateOf: (cell: Cell) => Estimate | undefined,
): PlannedCell[] {
  return experiment.plan.groups.flatMap(({ execution, systems }) =>
    systems.flatMap((system) => {
      const cell = { execution, system };
      const estimate = estimateOf(cell);
      return estimate === undefined ? [] : [{ ...cell, experiment, estimate }];
    }),
  );
}

const countOf = ({ execution }: Cell, name: 'threads' | 'transactions' | 'warmupTransactions') =>
  execution.kind === 'workload' ? execution[name] : '';

/** What may vary and has a column anyway. */
const KNOWN = ['threads', 'transactions', 'replicas', 'quorum', 'inflight', 'group', 'seed'];

/** The columns of a plan in which `names` vary. */
// biome-ignore format: one column a line, or two
export function planColumns(names: readonly string[]): readonly Column<PlannedCell>[] {
  return [
    column('experiment', '-', 'of the plan', ({ experiment }) => experiment.name),
    ...names.filter((name) => !KNOWN.includes(name)).map((name) => column<PlannedCell>(name, '-', 'what varies; empty where it does not',
      (cell) => variedText(name, cell))),
    column('workload', '-', 'name of the workload, or trace:NAME', ({ execution }) => executionLabel(execution)),
    column('parameters', '-', 'all parameters as name=value, separated by blanks',
      ({ execution }) => parametersText(execution)),
    column('backend', '-', 'mirroring design', ({ system }) => system.backend),
    column('profile', '-', 'hardware profile', ({ system }) => system.profile.name),
    column('threads', 'count', 'threads of the program; empty for a trace, which has its own',
      (cell) => countOf(cell, 'threads')),
    column('transactions', 'count', 'measured transactions; empty for a trace',
      (cell) => countOf(cell, 'transactions')),
    column('warmupTransactions', 'count', 'transactions before them', (cell) => countOf(cell, 'warmupTransactions')),
    column('replicas', 'count', 'machines that hold a mirror', ({ system }) => system.replicas),
    column('quorum', 'count', 'replicas that a wait is for; empty where it is for all', ({ system }) => system.quorum ?? ''),
    column('inflight', 'count', 'durability points that a client may have unanswered', ({ system }) => system.inflight ?? 1),
    column('group', 'count', 'transactions of a client that have one durability point', ({ system }) => system.group ?? 1),
    column('queuePairs', '-', 'policy', ({ system }) => system.queuePairs),
    column('faults', '-', 'as in whisper.csv', ({ system }) => faultsText(system.faults)),
    column('seed', '-', 'seed of everything random', ({ execution }) => execution.seed),
    column('computeModel', '-', 'what is charged as volatile work', ({ execution }) => execution.computeModel),
    column('makesRow', '-', 'no: it is only timed so that others can be held against it',
      ({ system }) => system.reference ? 'no' : 'yes'),
    column('seconds', 's', 'processor time: what it took, or what it is estimated to take',
      ({ estimate }) => figure(estimate.seconds)),
    column('basis', '-', 'of the seconds: done (the cell is in the database), corrected (by done cells of the ' +
      'program) or assumed (from operations at stated rates)', ({ estimate }) => estimate.basis),
  ];
}

/** The value of `name` in a cell; nothing where its experiment does not vary that. */
export function variedText(name: string, cell: PlannedCell): string {
  const { plan } = cell.experiment;
  return plan.axes.some(({ names }) => names.includes(name)) ? axisValue(plan, name, cell) : '';
}

/** What varies in any of `experiments`, each once. */
export const variedNames = (experiments: readonly Experiment[]): readonly string[] => [
  ...new Set(experiments.flatMap(({ plan }) => plan.axes.flatMap(({ names }) => names))),
];
