/** A sweep as a table for the terminal. */

import { BASELINE, UNMIRRORED } from '../../../rdma/index.ts';
import {
  type CellRow,
  estimateText,
  execTimeNsPerTx,
  executionLabel,
  intervalNotes,
  speedupOverRemoteCommit,
} from '../../bench/index.ts';
import { arithmeticMean, fittedTable, type Head, headsOf, timeText } from '../../report/index.ts';
import { axisValue } from './columns.ts';
import type { SweepPlan } from './plan.ts';

/**
 * One line per point and program: time under every backend, and speedups over sm-rc; of several seeds
 * means, and their intervals. A fitted table leaves out conditions that do not vary first, then times of
 * what a speedup is known of.
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
      system.quorum === undefined ? `${system.replicas}` : `${system.quorum} of ${system.replicas}`,
      system.queuePairs,
    ];
    return [...plan.axes.map(({ names }) => axisValue(plan, names[0], row)), ...conditions];
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
    const under = (backend: string): CellRow[] =>
      cells.filter(({ result }) => result.system.backend === backend);
    return [
      ...headOf(cells[0]),
      ...backends.map((backend) => {
        const times = under(backend).map(({ result }) => execTimeNsPerTx(result));
        return times.length === 0 ? '-' : time(arithmeticMean(times));
      }),
      ...compared.map((backend) => {
        const rows = under(backend);
        return rows.length === 0 ? '-' : estimateText(rows, speedupOverRemoteCommit, 2);
      }),
    ];
  });
  return [fittedTable(heads, body, wide), ...intervalNotes(rows)].join('\n\n');
}

/** Heads of what a line is of: the axes and the program, then conditions. */
function conditionHeads({ axes }: SweepPlan, lines: readonly (readonly string[])[]): Head[] {
  const names = [...axes.map(({ names }) => names.join(' = ')), 'workload'];
  const conditions = ['profile', 'replicas', 'queue pairs'].map((text, i) => {
    const at = names.length + i;
    const isSaid = axes.some((axis) => axis.names.includes(text));
    return { text, rank: !isSaid && lines.some((line) => line[at] !== lines[0][at]) ? 0 : 2 };
  });
  return [...names.map((text) => ({ text })), ...conditions];
}
