/** Tables for the terminal: results per program and backend, and the summary of a suite. */

import Table from 'cli-table3';
import { TIME_PARTS } from '../pm/mirror.ts';
import { executionLabel, faultsText, type Target } from './cell.ts';
import {
  type CellRow,
  execTimeNsPerTx,
  ratioToBound,
  slowdownOverUnmirrored,
  speedupOverRemoteCommit,
} from './columns.ts';
import { arithmeticMean, geometricMean } from './statistics.ts';
import {
  arithmeticSlowdown,
  arithmeticSpeedup,
  geometricSlowdown,
  geometricSpeedup,
  publishedDeviation,
  publishedSpeedup,
  type SummaryRow,
  speedupInterval,
} from './summary.ts';

/** No rules, no colours: columns by blanks, so that the text can be pasted and parsed. */
const PLAIN = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
};

/** A table with left-aligned first and right-aligned further columns. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    ...PLAIN,
    head: [...head],
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
  });
  for (const row of rows) table.push([...row]);
  return trimLines(table.toString());
}

/** A table with all columns left-aligned. */
export function listTable(rows: readonly (readonly string[])[]): string {
  const table = new Table(PLAIN);
  for (const row of rows) table.push([...row]);
  return trimLines(table.toString());
}

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Time in ns with digits that suit its size. */
function nanoseconds(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  return value.toFixed(value < 100 ? 1 : 0);
}

function ratio(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(2);
}

/**
 * One line per program: execution time per transaction under each backend, then slowdowns over no-sm
 * and speedups over sm-rc. `rows` are of one profile and one number of replicas.
 */
export function resultTable(rows: readonly CellRow[]): string {
  const backends = [...new Set(rows.map(({ result }) => result.target.backend))];
  const mirrored = backends.filter((backend) => backend !== 'no-sm');
  const compared = mirrored.filter((backend) => backend !== 'sm-rc');
  const hasBase = backends.includes('no-sm');
  const hasCommit = backends.includes('sm-rc');
  const head = ['workload', 'thr', ...backends.map((b) => `${b} ns/tx`)];
  if (hasBase) head.push(...mirrored.map((b) => `${b} slowdown`));
  if (hasCommit) head.push(...compared.map((b) => `${b} speedup`));
  const lines = byExecution(rows).map((cells) => {
    const of = (backend: string): CellRow | undefined =>
      cells.find(({ result }) => result.target.backend === backend);
    const [{ result }] = cells;
    const line = [executionLabel(result.execution), String(result.threads)];
    line.push(...backends.map((b) => nanoseconds(mapped(of(b), (r) => execTimeNsPerTx(r.result)))));
    if (hasBase) line.push(...mirrored.map((b) => ratio(mapped(of(b), slowdownOverUnmirrored))));
    if (hasCommit) line.push(...compared.map((b) => ratio(mapped(of(b), speedupOverRemoteCommit))));
    return line;
  });
  return plainTable(head, lines);
}

function mapped<T, U>(value: T | undefined, map: (value: T) => U): U | undefined {
  return value === undefined ? undefined : map(value);
}

/** What the rows of one table have in common, in words. */
export function conditionsText({ profile, replicas, queuePairs, faults }: Target): string {
  const parts = [`profile ${profile.name}`, `${replicas} replica${replicas === 1 ? '' : 's'}`];
  if (queuePairs === 'shared') parts.push('queue pairs shared by all cores');
  if (faults.length > 0) parts.push(`faults ${faultsText(faults)}`);
  return parts.join(', ');
}

/** All results: tables per profile, number of replicas and so on, under a title. */
export function resultTables(rows: readonly CellRow[]): string {
  const sections = new Map<string, CellRow[]>();
  for (const row of rows) {
    const title = conditionsText(row.result.target);
    sections.set(title, [...(sections.get(title) ?? []), row]);
  }
  return [...sections]
    .map(([title, members]) => `${title}\n\n${resultTable(members)}${boundSection(members)}`)
    .join('\n\n');
}

/** Below a table of results: how far above the bound each design is. Empty if none was held to it. */
function boundSection(rows: readonly CellRow[]): string {
  const held = rows.filter((row) => ratioToBound(row) !== undefined);
  if (held.length === 0) return '';
  const backends = [...new Set(held.map(({ result }) => result.target.backend))];
  const head = ['workload', 'thr', 'bound ns/tx', ...backends.map((b) => `${b} / bound`)];
  const lines = byExecution(held).map((cells) => {
    const [{ result, bound }] = cells;
    const ratios = backends.map((backend) => {
      const cell = cells.find((one) => one.result.target.backend === backend);
      return ratio(mapped(cell, ratioToBound));
    });
    const boundNs = nanoseconds(mapped(bound, execTimeNsPerTx));
    return [executionLabel(result.execution), String(result.threads), boundNs, ...ratios];
  });
  return `\n\n${plainTable(head, lines)}`;
}

/** Rows of the same execution together, in the order of their first. */
function byExecution(rows: readonly CellRow[]): CellRow[][] {
  const programs = new Map<CellRow['result']['execution'], CellRow[]>();
  for (const row of rows) {
    const { execution } = row.result;
    const cells = programs.get(execution);
    if (cells === undefined) programs.set(execution, [row]);
    else cells.push(row);
  }
  return [...programs.values()];
}

/** Names of the sets of a summary, for readers. */
const SET_TITLES: Readonly<Record<string, string>> = {
  whisper: 'WHISPER workloads',
  extra: 'further programs',
  trace: 'traces of real programs',
  micro: 'microbenchmarks',
};

/** The summary: means per set and backend beside what is published. */
export function summaryTable(rows: readonly SummaryRow[]): string {
  const head = [
    'means over',
    'n',
    'backend',
    'speedup over sm-rc: geo',
    'arith',
    'published',
    'deviation: geo',
    'arith',
    'slowdown over no-sm: geo',
    'arith',
  ];
  const several = rows.some(({ seeds }) => seeds > 1);
  if (several) head.push('seeds', 'speedup geo: 95 %', 'arith: 95 %');
  const percent = (value: number | undefined): string =>
    value === undefined ? '-' : `${value > 0 ? '+' : ''}${value.toFixed(1)} %`;
  const lines = rows.map((row) => {
    const geometric = geometricSpeedup(row);
    const arithmetic = arithmeticSpeedup(row);
    return [
      SET_TITLES[row.set],
      String(row.members),
      row.backend,
      ratio(geometric),
      ratio(arithmetic),
      publishedSpeedup(row)?.toFixed(1) ?? '-',
      percent(publishedDeviation(row, geometric)),
      percent(publishedDeviation(row, arithmetic)),
      ratio(geometricSlowdown(row)),
      ratio(arithmeticSlowdown(row)),
      ...(several ? [String(row.seeds), ...intervals(row)] : []),
    ];
  });
  return plainTable(head, lines);
}

function intervals(row: SummaryRow): string[] {
  return [geometricMean, arithmeticMean].map((mean) => {
    const interval = speedupInterval(row, mean);
    return interval === undefined ? '-' : `[${ratio(interval.low)}, ${ratio(interval.high)}]`;
  });
}

/** Where time goes: per set and backend, the share of each part in per cent of core time. */
export function shareTable(rows: readonly SummaryRow[]): string {
  const parts = TIME_PARTS.filter((part) => rows.some((row) => row.partPercent[part] >= 0.05));
  const head = ['% of core time, mean over', 'backend', ...parts];
  const lines = rows.map((row) => [
    SET_TITLES[row.set],
    row.backend,
    ...parts.map((part) => row.partPercent[part].toFixed(1)),
  ]);
  return plainTable(head, lines);
}
