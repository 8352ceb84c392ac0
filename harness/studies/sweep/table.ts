/** A sweep as a table for the terminal. */

import { BASELINE, UNMIRRORED } from '../../../rdma/index.ts';
import {
  type CellRow,
  execTimeNsPerTx,
  executionLabel,
  speedupOverRemoteCommit,
} from '../../bench/index.ts';
import { fittedTable, type Head, headsOf, timeText } from '../../report/index.ts';
import { axisValue } from './columns.ts';
import type { SweepPlan } from './plan.ts';

/**
 * One line per point and program: time under every backend, and speedups over sm-rc. A fitted table
 * leaves out conditions that do not vary first, then times of what a speedup is known of.
 */
export function sweepTable(plan: SweepPlan, rows: readonly CellRow[], wide: boolean): string {
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
  const heads = conditionHeads(plan, rows.map(headOf));
  for (const head of headsOf(backends, { what: 'ns/tx', over: 'time/tx' })) {
    const isSaid = backends.includes('sm-rc') && compared.some((name) => name === head.short);
    heads.push({ ...head, rank: isSaid ? 1 : 0 });
  }
  heads.push(...headsOf(compared, { what: 'speedup', over: 'speedup over sm-rc' }));
  const time = wide ? (ns: number) => ns.toFixed(0) : timeText;
  const body = [...lines.values()].map((cells) => {
    const under = (backend: string): CellRow | undefined =>
      cells.find(({ result }) => result.system.backend === backend);
    return [
      ...headOf(cells[0]),
      ...backends.map((backend) => {
        const row = under(backend);
        return row === undefined ? '-' : time(execTimeNsPerTx(row.result));
      }),
      ...compared.map((backend) => {
        const row = under(backend);
        return (row && speedupOverRemoteCommit(row)?.toFixed(2)) ?? '-';
      }),
    ];
  });
  return fittedTable(heads, body, wide);
}

/** Heads of what a line is of: the axes and the program, then conditions. */
function conditionHeads({ axes }: SweepPlan, lines: readonly (readonly string[])[]): Head[] {
  const names = [...axes.map(({ name }) => name), 'workload'];
  const conditions = ['profile', 'replicas', 'queue pairs'].map((text, i) => {
    const at = names.length + i;
    return { text, rank: lines.some((line) => line[at] !== lines[0][at]) ? 0 : 2 };
  });
  return [...names.map((text) => ({ text })), ...conditions];
}
