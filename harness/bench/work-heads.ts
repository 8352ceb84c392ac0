/**
 * Tables of programs whose volatile work is charged, and of those where none is: slowdowns and speedups
 * of the latter are bounds, and are headed as such.
 */

import { BASELINE, UNMIRRORED } from '../../rdma/index.ts';
import { type Head, headsOf } from '../report/index.ts';
import type { CellRow } from './columns.ts';
import { UPPER_BOUND, volatileWorkOf } from './volatile-work.ts';

/** Whether the slowdowns and speedups of `rows` are upper bounds. */
export function isUpperBound(rows: readonly CellRow[]): boolean {
  return rows.some(({ result }) => volatileWorkOf(result) === 'none');
}

/** A table by `tableOf` of the rows with volatile work, and one of those without. */
export function tablesByWork(
  rows: readonly CellRow[],
  tableOf: (rows: readonly CellRow[]) => string,
): string {
  const kinds = Map.groupBy(rows, ({ result }) => volatileWorkOf(result));
  return [...kinds.values()].map(tableOf).join('\n\n');
}

/** Heads of slowdowns; `isFree`: no volatile work is charged. */
export function slowdownHeads(backends: readonly string[], isFree: boolean): Head[] {
  const over = `slowdown vs ${UNMIRRORED.name}`;
  if (!isFree) return headsOf(backends, { what: 'slowdown', over });
  return headsOf(backends, { what: 'slowdown (no volatile work)', over, rank: 1 });
}

/** Heads of speedups, which are bounds if no volatile work is charged: then no table does without. */
export function speedupHeads(backends: readonly string[], isFree: boolean): Head[] {
  const over = `speedup vs ${BASELINE.name}`;
  if (!isFree) return headsOf(backends, { what: 'speedup', over, rank: 1 });
  const heads = headsOf(backends, { what: `speedup (${UPPER_BOUND})`, over: UPPER_BOUND });
  return heads.map((head) => ({ ...head, short: `${head.short} speedup` }));
}
