/** The columns of a sweep's file. */

import { CELL_COLUMNS, type CellRow, executionKey } from '../../bench/index.ts';
import { type Column, column, columnsAsIn } from '../../report/index.ts';
import type { Axis, SweepPlan } from './plan.ts';

/** The value of an axis in a row, as text. */
export function axisValue(plan: SweepPlan, { name }: Axis, { result }: CellRow): string {
  const { execution, system } = result;
  const point =
    plan.executionPoints.get(executionKey(execution))?.[name] ??
    plan.profilePoints.get(system.profile.name)?.point[name];
  return point ?? '';
}

/** What varies and has no column yet, then the columns of every cell. */
export function sweepColumns(plan: SweepPlan): readonly Column<CellRow>[] {
  const own = plan.axes.filter(({ place }) => place !== 'run');
  return [
    ...own.map((axis) => {
      const meaning = `swept: ${axis.place === 'profile' ? 'value of the profile' : 'parameter'}`;
      return column<CellRow>(axis.name, '-', meaning, (row) => {
        const text = axisValue(plan, axis, row);
        const number = Number(text);
        return text === '' || Number.isNaN(number) ? text : number;
      });
    }),
    ...columnsAsIn('whisper.csv', CELL_COLUMNS, (row: CellRow) => row),
  ];
}
