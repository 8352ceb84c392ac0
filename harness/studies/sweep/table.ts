/** A sweep as a table for the terminal. */

import { BASELINE, UNMIRRORED } from '../../../rdma/index.ts';
import {
  type CellRow,
  execTimeNsPerTx,
  executionLabel,
  speedupOverRemoteCommit,
} from '../../bench/index.ts';
import { plainTable } from '../../report/index.ts';
import { axisValue } from './columns.ts';
import type { SweepPlan } from './plan.ts';

/** One line per point and program: time under every backend, and speedups over sm-rc. */
export function sweepTable(plan: SweepPlan, rows: readonly CellRow[]): string {
  const backends = [...new Set(rows.map(({ result }) => result.system.backend))];
  const compared = backends.filter(
    (backend) => backend !== UNMIRRORED.name && backend !== BASELINE.name,
  );
  const headOf = (row: CellRow): string[] => {
    const { execution, system } = row.result;
    const base = plan.profilePoints.get(system.profile.name)?.base ?? system.profile.name;
    const conditions = [
      executionLabel(execution),
      base,
      String(system.replicas),
      system.queuePairs,
    ];
    return [...plan.axes.map((axis) => axisValue(plan, axis, row)), ...conditions];
  };
  const lines = Map.groupBy(rows, (row) => JSON.stringify(headOf(row)));
  const titles = [...plan.axes.map(({ name }) => name), 'workload', 'profile', 'replicas'];
  titles.push('queue pairs');
  titles.push(...backends.map((backend) => `${backend} ns/tx`));
  titles.push(...compared.map((backend) => `${backend} speedup`));
  const body = [...lines.values()].map((cells) => {
    const under = (backend: string): CellRow | undefined =>
      cells.find(({ result }) => result.system.backend === backend);
    return [
      ...headOf(cells[0]),
      ...backends.map((backend) => {
        const row = under(backend);
        return row === undefined ? '-' : execTimeNsPerTx(row.result).toFixed(0);
      }),
      ...compared.map((backend) => {
        const row = under(backend);
        return (row && speedupOverRemoteCommit(row)?.toFixed(2)) ?? '-';
      }),
    ];
  });
  return plainTable(titles, body);
}
