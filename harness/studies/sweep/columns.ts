/** The columns of a sweep's file. */

import { decimal } from '../../../pm/decimal.ts';
import { type CellRow, cellColumns, executionKey, inFlightColumns } from '../../bench/index.ts';
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

/** The value of what varies in a row, as text. */
export function axisValue(plan: SweepPlan, name: string, { result }: CellRow): string {
  const { execution, system } = result;
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
  const own = plan.axes.flatMap(({ names }) => names.filter((name) => !KNOWN.includes(name)));
  return [
    ...own.map((name) => {
      const place = placeOf(name);
      const what = { profile: 'value of the profile', parameter: 'parameter', run: '', system: '' };
      const meaning = `swept: ${what[place] || 'condition of the run'}`;
      return column<CellRow>(name, '-', meaning, (row) => {
        const text = axisValue(plan, name, row);
        const number = decimal(text);
        return Number.isNaN(number) ? text : number;
      });
    }),
    ...inFlightColumns(plan.groups).filter(({ name }) => !own.includes(name)),
    ...columnsAsIn('whisper.csv', cellColumns(percentiles), (row: CellRow) => row),
  ];
}
