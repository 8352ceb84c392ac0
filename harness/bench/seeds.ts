/**
 * Runs with several seeds: one row a cell without its seed, with the mean of execution time and
 * speedups over the seeds and their 95 % bootstrap intervals. Comparisons are paired: a speedup
 * is computed within a seed, so what the seeds have in common cancels.
 */

import {
  bootstrapInterval,
  type Column,
  column,
  columnsAsIn,
  ENOUGH_VALUES,
  FEW_VALUES,
  figure,
  fittedTable,
  type Interval,
} from '../report/index.ts';
import { executionKey, executionLabel } from './cells.ts';
import {
  type CellRow,
  execTimeNsPerTx,
  IDENTITY_COLUMNS,
  ratioToBound,
  slowdownOverUnmirrored,
  speedupOverRemoteCommit,
} from './columns.ts';
import { timingKey } from './systems.ts';
import { conditionsText } from './tables.ts';

/** The rows of one cell under several seeds. */
export type SeededRows = readonly CellRow[];

/** Rows that differ in nothing but the seed together, in the order of their first. */
export function groupBySeed(rows: readonly CellRow[]): SeededRows[] {
  const groups = Map.groupBy(rows, ({ result: { execution, system, queuePairsUsed } }) =>
    JSON.stringify([
      executionKey({ ...execution, seed: 0 }),
      system.queuePairs,
      timingKey(system, queuePairsUsed),
    ]),
  );
  return [...groups.values()];
}

/** Whether there is any cell with more than one seed. */
export function hasSeveralSeeds(rows: readonly CellRow[]): boolean {
  return groupBySeed(rows).some((members) => members.length > 1);
}

/** A mean, and its interval where there are several seeds. */
type Estimate = Pick<Interval, 'mean'> & Partial<Interval>;

/** The estimate of a figure; undefined where the figure does not exist for all seeds. */
function estimateOf(
  rows: SeededRows,
  value: (row: CellRow) => number | undefined,
): Estimate | undefined {
  const values = rows.map(value).filter((one) => one !== undefined && Number.isFinite(one));
  if (values.length !== rows.length) return undefined;
  return bootstrapInterval(values as number[]) ?? { mean: values[0] as number };
}

/** A figure of a cell that is estimated over seeds. */
interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly about: string;
  of(row: CellRow): number | undefined;
}

// biome-ignore format: one figure a line
const FIGURES: readonly Figure[] = [
  { name: 'execTimeNsPerTx', unit: 'ns', about: 'execution time per transaction', of: ({ result }) => execTimeNsPerTx(result) },
  { name: 'slowdownOverNoSm', unit: 'ratio', about: 'slowdown over no-sm', of: slowdownOverUnmirrored },
  { name: 'speedupOverSmRc', unit: 'ratio', about: 'speedup over sm-rc', of: speedupOverRemoteCommit },
  { name: 'aboveBound', unit: 'ratio', about: 'execution time over that of the bound', of: ratioToBound },
];

const ESTIMATES = [
  ['Mean', 'mean', 'mean over the seeds'],
  [
    'Low',
    'low',
    "lower end of the mean's 95 % interval, by bootstrap over the seeds; too narrow below " +
      `${ENOUGH_VALUES} seeds (of 2 or 3 the least and the greatest value)`,
  ],
  ['High', 'high', 'upper end of the interval'],
] as const;

/** Columns of whisper-intervals.csv, and of every file with one row a cell and several seeds. */
export const INTERVAL_COLUMNS: readonly Column<SeededRows>[] = [
  ...columnsAsIn(
    'whisper.csv',
    IDENTITY_COLUMNS.filter(({ name }) => name !== 'seed'),
    ([first]: SeededRows) => first,
  ),
  column('seeds', 'count', 'seeds that the means are over', (rows) => rows.length),
  ...FIGURES.flatMap(({ name, unit, about, of }) =>
    ESTIMATES.map(([end, key, what]) =>
      column<SeededRows>(`${name}${end}`, unit, `${about}: ${what}`, (rows) =>
        figure(estimateOf(rows, of)?.[key]),
      ),
    ),
  ),
];

/** A figure's mean over the seeds, with its interval if there are several; `-` if it does not exist. */
export function estimateText(
  rows: SeededRows,
  value: (row: CellRow) => number | undefined,
  digits: number,
): string {
  const estimate = estimateOf(rows, value);
  if (estimate === undefined) return '-';
  const { mean, low, high } = estimate;
  if (low === undefined || high === undefined) return mean.toFixed(digits);
  return `${mean.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** Means with intervals, one line a cell, a table per conditions. */
export function intervalTables(rows: readonly CellRow[], wide: boolean): string {
  const sections = Map.groupBy(groupBySeed(rows), ([{ result }]) => conditionsText(result.system));
  const heads = [
    { text: 'workload' },
    { text: 'backend' },
    { text: 'thr', rank: 3 },
    { text: 'seeds', rank: 4 },
    { text: 'ns/tx' },
    { text: 'slowdown', rank: 2 },
    { text: 'speedup' },
    { text: '/ bound', rank: 5 },
  ];
  const tables = [...sections].map(([title, groups]) => {
    const lines = groups.map((members) => {
      const [{ result }] = members;
      const { execution, system, threads } = result;
      const figures = FIGURES.map(({ of }, i) =>
        estimateText(members, of, i === 0 ? 0 : wide ? 3 : 2),
      );
      const counts = [String(threads), String(members.length)];
      return [executionLabel(execution), system.backend, ...counts, ...figures];
    });
    return `${title}; means over seeds [95 % bootstrap interval]\n\n${fittedTable(heads, lines, wide)}`;
  });
  return [...tables, ...intervalNotes(rows)].join('\n\n');
}

/** What is to be said below tables with intervals: nothing where there are enough seeds, or one. */
export function intervalNotes(rows: readonly CellRow[]): string[] {
  const isFew = (members: SeededRows) => members.length > 1 && members.length < ENOUGH_VALUES;
  return groupBySeed(rows).some(isFew) ? [`Note: ${FEW_VALUES}.`] : [];
}
