/** The columns of a sweep's file. */

import { decimal } from '../../../pm/decimal.ts';
import {
  type Cell,
  type CellRow,
  cellColumns,
  executionKey,
  inFlightColumns,
} from '../../bench/index.ts';
import { type Column, column, columnsAsIn } from '../../report/index.ts';
import { placeOf, type SweepPlan } from './plan.ts';

/** What varies of a run or a system and has a column in every file of cells. */
const KNOWN: readonly string[] = [
  'threads',
  'transactions',
  'warmup',
  'compute',
  'seed',
  'replicas',
  'quorum',
];

/** The value of what varies in a cell, as text. */
export function axisValue(plan: SweepPlan, name: string, { execution, system }: Cell): string {
  if (name === 'replicas') return String(system.replicas);
  if (name === 'quorum') return String(system.quorum ?? system.replicas);
  if (name === 'inflight' || name === 'group') return String(system[name] ?? 1);
  const point =
    plan.executionPoints.get(executionKey(execution))?.[name] ??
    plan.profilePoints.get(system.profile.name)?.point[name];
  return point ?? '';
}

/**
 * What varies and has no column yet, then the columns of every cell, with these percentiles of the latency
 * beside the usual, in per cent.
 */
export function sweepColumns(
  plan: SweepPlan,
  percentiles: readonly number[] = [],
): readonly Column<CellRow>[] {
  const own = ownAxes(plan);
  return [
    ...own.map((name) =>
      column<CellRow>(name, '-', axisMeaning(name), (row) => axisFigure(plan, name, row)),
    ),
    ...inFlightColumns(plan.groups).filter(({ name }) => !own.includes(name)),
    ...columnsAsIn('whisper.csv', cellColumns(percentiles), (row: CellRow) => row),
  ];
}

/** What varies in `plan` and has no column in every file of cells. */
const ownAxes = (plan: SweepPlan): string[] =>
  plan.axes.flatMap(({ names }) => names.filter((name) => !KNOWN.includes(name)));

function axisMeaning(name: string): string {
  const what = { profile: 'value of the profile', parameter: 'parameter', run: '', system: '' };
  return `swept: ${what[placeOf(name)] || 'condition of the run'}`;
}

function axisFigure(plan: SweepPlan, name: string, { result }: CellRow): string | number {
  const text = axisValue(plan, name, result);
  const number = decimal(text);
  return Number.isNaN(number) ? text : number;
}

/** A row of one of several sweeps. */
export interface ExperimentRow {
  readonly experiment: string;
  readonly plan: SweepPlan;
  readonly row: CellRow;
}

/** As {@link sweepColumns}, for the rows of several sweeps: what varies in another one is empty. */
export function experimentColumns(
  plans: readonly SweepPlan[],
  percentiles: readonly number[],
): readonly Column<ExperimentRow>[] {
  const own = [...new Set(plans.flatMap(ownAxes))];
  const groups = plans.flatMap((plan) => plan.groups);
  return [
    column<ExperimentRow>('experiment', '-', 'of the plan', ({ experiment }) => experiment),
    ...own.map((name) =>
      column<ExperimentRow>(name, '-', axisMeaning(name), ({ plan, row }) =>
        ownAxes(plan).includes(name) ? axisFigure(plan, name, row) : '',
      ),
    ),
    ...columnsAsIn<ExperimentRow, CellRow>(
      'whisper.csv',
      [
        ...inFlightColumns(groups).filter(({ name }) => !own.includes(name)),
        ...cellColumns(percentiles),
      ],
      ({ row }) => row,
    ),
  ];
}
