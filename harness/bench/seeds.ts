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
  prose,
  threeDigits,
  timeTexts,
} from '../report/index.ts';
import { executionLabel } from './cells.ts';
import {
  type CellRow,
  execTimeNsPerTx,
  IDENTITY_COLUMNS,
  ratioToBound,
  slowdownOverUnmirrored,
  speedupOverRemoteCommit,
} from './columns.ts';
import { designTable } from './design-table.ts';
import { groupBySeed, type SeededRows } from './seed-groups.ts';
import { conditionsText } from './systems.ts';
import { UPPER_BOUND } from './volatile-work.ts';
import { isUpperBound, tablesByWork } from './work-heads.ts';

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

/**
 * A figure's mean over the seeds, with its interval if there are several, each as `show` has it; `-` if
 * it does not exist.
 */
export function estimateText(
  rows: SeededRows,
  value: (row: CellRow) => number | undefined,
  show: (...values: readonly number[]) => readonly string[],
): string {
  const estimate = estimateOf(rows, value);
  if (estimate === undefined) return '-';
  const { mean, low, high } = estimate;
  if (low === undefined || high === undefined) return show(mean)[0];
  const [middle, ...ends] = show(mean, low, high);
  return `${middle} [${ends.join(', ')}]`;
}

/** How figures are shown: times, and ratios. */
interface Show {
  time(...values: readonly number[]): readonly string[];
  ratio(...values: readonly number[]): readonly string[];
}

/** Three digits, or those of a wide table. */
export function estimateShow(wide: boolean): Show {
  const fixed =
    (digits: number) =>
    (...values: readonly number[]) =>
      values.map((value) => value.toFixed(digits));
  if (wide) return { time: fixed(0), ratio: fixed(3) };
  return { time: timeTexts, ratio: (...values) => values.map(threeDigits) };
}

/**
 * Means with intervals, one line a cell, a table per conditions, of all designs with `percentiles` of the
 * latency if there are any.
 */
export function intervalTables(
  rows: readonly CellRow[],
  wide: boolean,
  percentiles: readonly number[] = [],
): string {
  const sections = Map.groupBy(rows, ({ result }) => conditionsText(result.system));
  const tables = [...sections].map(([title, own]) => {
    const parts = [tablesByWork(own, (some) => intervalTable(some, wide))];
    if (percentiles.length > 0) parts.push(designTable(own, percentiles, wide));
    const whole = `${title}; means over seeds [95 % bootstrap interval]`;
    return `${prose(whole)}\n\n${parts.join('\n\n')}`;
  });
  return [...tables, ...intervalNotes(rows)].join('\n\n');
}

function intervalTable(rows: readonly CellRow[], wide: boolean): string {
  const over = isUpperBound(rows) ? UPPER_BOUND : '';
  const heads = [
    { text: 'workload' },
    { text: 'backend', words: true },
    { text: 'thr', rank: 3 },
    { text: 'seeds', rank: 4 },
    { text: wide ? 'ns/tx' : 'time/tx' },
    { text: `slowdown${over && ` (${over})`}`, short: 'slowdown', over, rank: 2 },
    { text: `speedup${over && ` (${over})`}`, short: 'speedup', over },
    { text: '/ bound', rank: 5 },
  ];
  const show = estimateShow(wide);
  const lines = groupBySeed(rows).map((members) => {
    const [{ result }] = members;
    const { execution, system, threads } = result;
    const figures = FIGURES.map(({ unit, of }) =>
      estimateText(members, of, unit === 'ns' ? show.time : show.ratio),
    );
    const counts = [String(threads), String(members.length)];
    return [executionLabel(execution), system.backend, ...counts, ...figures];
  });
  return fittedTable(heads, lines, wide);
}

/** What is to be said below tables with intervals: nothing where there are enough seeds, or one. */
export function intervalNotes(rows: readonly CellRow[]): string[] {
  const isFew = (members: SeededRows) => members.length > 1 && members.length < ENOUGH_VALUES;
  return groupBySeed(rows).some(isFew) ? [prose(`Note: ${FEW_VALUES}.`, 2)] : [];
}
