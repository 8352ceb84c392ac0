/** A sweep as a table for the terminal. */

import { BASELINE, UNMIRRORED } from '../../../rdma/index.ts';
import {
  type CellRow,
  designTable,
  estimateShow,
  estimateText,
  execTimeNsPerTx,
  executionLabel,
  intervalNotes,
  isUpperBound,
  slowdownHeads,
  slowdownOverUnmirrored,
  speedupHeads,
  speedupOverRemoteCommit,
  tablesByWork,
} from '../../bench/index.ts';
import { arithmeticMean, fittedTable, type Head, headsOf, timeText } from '../../report/index.ts';
import { axisValue } from './columns.ts';
import type { SweepPlan } from './plan.ts';

/**
 * One line per point and program: time under every backend, slowdowns over no-sm and speedups over sm-rc,
 * of programs without volatile work in a table of their own; of several seeds means, and their intervals.
 * A fitted table leaves out conditions that do not vary first, then times of what a ratio is known of,
 * then speedups. `percentiles` of the latency, in per cent, make a table of every point and design.
 */
export function sweepTable(
  plan: SweepPlan,
  rows: readonly CellRow[],
  wide: boolean,
  percentiles: readonly number[] = [],
): string {
  const notes = intervalNotes(rows);
  const table = tablesByWork(rows, (some) => pointTable(plan, some, wide));
  if (percentiles.length === 0) return [table, ...notes].join('\n\n');
  const point = {
    heads: conditionHeads(
      plan,
      rows.map((row) => headOf(plan, row)),
    ),
    wordsOf: (row: CellRow) => headOf(plan, row),
  };
  return [table, designTable(rows, percentiles, wide, point), ...notes].join('\n\n');
}

/** What a line is of: the values of the axes, the program, and conditions. */
function headOf(plan: SweepPlan, row: CellRow): string[] {
  const { execution, system } = row.result;
  const base = plan.profilePoints.get(system.profile.name)?.base ?? system.profile.name;
  const conditions = [
    base,
    system.quorum === undefined ? `${system.replicas}` : `${system.quorum} of ${system.replicas}`,
    system.queuePairs,
  ];
  const axes = plan.axes.map(({ names }) => axisValue(plan, names[0], row.result));
  return [...axes, executionLabel(execution), ...conditions];
}

function pointTable(plan: SweepPlan, rows: readonly CellRow[], wide: boolean): string {
  const backends = [...new Set(rows.map(({ result }) => result.system.backend))];
  const mirrored = backends.filter((backend) => backend !== UNMIRRORED.name);
  const compared = mirrored.filter((backend) => backend !== BASELINE.name);
  const hasBase = backends.includes(UNMIRRORED.name);
  const hasCommit = backends.includes(BASELINE.name);
  const lines = Map.groupBy(rows, (row) => JSON.stringify(headOf(plan, row)));
  const heads = conditionHeads(
    plan,
    rows.map((row) => headOf(plan, row)),
  );
  for (const head of headsOf(backends, { what: 'ns/tx', over: 'time/tx' })) {
    // Ratios and the time that they are over say all the times.
    const isBase = head.short === (hasBase ? UNMIRRORED : BASELINE).name;
    heads.push({ ...head, rank: isBase || !(hasBase || hasCommit) ? 0 : 2 });
  }
  const isFree = isUpperBound(rows);
  if (hasBase) heads.push(...slowdownHeads(mirrored, isFree));
  if (hasCommit) heads.push(...speedupHeads(compared, isFree));
  const time = wide ? (ns: number) => ns.toFixed(0) : timeText;
  const show = estimateShow(wide);
  const body = [...lines.values()].map((cells) => {
    const each = (some: readonly string[], show: (own: readonly CellRow[]) => string) =>
      some.map((backend) => {
        const own = cells.filter(({ result }) => result.system.backend === backend);
        return own.length === 0 ? '-' : show(own);
      });
    const ratio = (of: (row: CellRow) => number | undefined) => (own: readonly CellRow[]) =>
      estimateText(own, of, show.ratio);
    return [
      ...headOf(plan, cells[0]),
      ...each(backends, (own) =>
        time(arithmeticMean(own.map(({ result }) => execTimeNsPerTx(result)))),
      ),
      ...(hasBase ? each(mirrored, ratio(slowdownOverUnmirrored)) : []),
      ...(hasCommit ? each(compared, ratio(speedupOverRemoteCommit)) : []),
    ];
  });
  return fittedTable(heads, body, wide);
}

/** Heads of what a line is of: the axes and the program, then conditions. */
function conditionHeads({ axes }: SweepPlan, lines: readonly (readonly string[])[]): Head[] {
  const names = [...axes.map(({ names }) => names.join(' = ')), 'workload'];
  const conditions = ['profile', 'replicas', 'queue pairs'].map((text, i) => {
    const at = names.length + i;
    const isSaid = axes.some((axis) => axis.names.includes(text));
    return { text, rank: !isSaid && lines.some((line) => line[at] !== lines[0][at]) ? 0 : 3 };
  });
  // What is varied may be words.
  const heads = names.map((text) => ({ text, words: text === 'workload', key: true }));
  return [...heads, ...conditions];
}
