/** Tables for the terminal: results per program and backend, and the summary of a suite. */

import { BASELINE, TIME_PARTS, UNMIRRORED } from '../../rdma/index.ts';
import { arithmeticMean, geometricMean, plainTable } from '../report/index.ts';
import { type Execution, executionLabel } from './cells.ts';
import {
  type CellRow,
  execTimeNsPerTx,
  ratioToBound,
  slowdownOverUnmirrored,
  speedupOverRemoteCommit,
} from './columns.ts';
import {
  arithmeticSlowdown,
  arithmeticSoundSpeedup,
  arithmeticSpeedup,
  geometricSlowdown,
  geometricSoundSpeedup,
  geometricSpeedup,
  publishedDeviation,
  publishedSpeedup,
  type SummaryRow,
  speedupInterval,
} from './summary.ts';
import { faultsText, type SystemSpec, timingKey } from './systems.ts';

/** Time in ns with digits that suit its size. */
function nanoseconds(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  return value.toFixed(value < 100 ? 1 : 0);
}

function ratio(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(2);
}

/**
 * One line per program: its queue pairs (shared if those of any design are), execution time per
 * transaction under each backend, then slowdowns over no-sm and speedups over sm-rc. `rows` are of
 * the same conditions.
 */
export function resultTable(rows: readonly CellRow[]): string {
  const backends = [...new Set(rows.map(({ result }) => result.system.backend))];
  const mirrored = backends.filter((backend) => backend !== UNMIRRORED.name);
  const compared = mirrored.filter((backend) => backend !== BASELINE.name);
  const hasBase = backends.includes(UNMIRRORED.name);
  const hasCommit = backends.includes(BASELINE.name);
  const head = ['workload', 'thr', 'qp', ...backends.map((b) => `${b} ns/tx`)];
  if (hasBase) head.push(...mirrored.map((b) => `${b} slowdown`));
  if (hasCommit) head.push(...compared.map((b) => `${b} speedup`));
  const lines = byExecution(rows).map((cells) => {
    const of = (backend: string): CellRow | undefined =>
      cells.find(({ result }) => result.system.backend === backend);
    const [{ result }] = cells;
    const used = cells.some((one) => one.result.queuePairsUsed === 'shared');
    const queuePairs = used ? 'shared' : 'per-core';
    const line = [executionLabel(result.execution), String(result.threads), queuePairs];
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
export function conditionsText({ profile, replicas, queuePairs, faults }: SystemSpec): string {
  const parts = [`profile ${profile.name}`, `${replicas} replica${replicas === 1 ? '' : 's'}`];
  parts.push(`queue pairs ${queuePairs}`);
  if (faults.length > 0) parts.push(`faults ${faultsText(faults)}`);
  return parts.join(', ');
}

/**
 * All results: tables per profile, number of replicas and so on, under a title. A program for which
 * a policy of queue pairs comes to what is in a table above is not shown again.
 */
export function resultTables(rows: readonly CellRow[]): string {
  const sections = Map.groupBy(rows, ({ result }) => conditionsText(result.system));
  const shown = new Map<Execution, Set<string>>();
  const texts = [...sections].map(([title, members]) => {
    const fresh = byExecution(members).filter((cells) => addTimings(shown, cells));
    const whole = fresh.flat();
    const text = whole.length === 0 ? '' : `\n\n${resultTable(whole)}${boundSection(whole)}`;
    const omitted = whole.length < members.length ? '; programs not listed: as above' : '';
    return `${title}${omitted}${text}`;
  });
  return texts.join('\n\n');
}

/** Notes how `cells`, of one execution, were timed; whether any was timed in a new way. */
function addTimings(shown: Map<Execution, Set<string>>, cells: readonly CellRow[]): boolean {
  const { execution } = cells[0].result;
  const known = shown.get(execution) ?? new Set();
  const before = known.size;
  for (const { result } of cells) known.add(timingKey(result.system, result.queuePairsUsed));
  shown.set(execution, known);
  return known.size > before;
}

/** Below a table of results: how far above the bound each design is. Empty if none was held to it. */
function boundSection(rows: readonly CellRow[]): string {
  const held = rows.filter((row) => ratioToBound(row) !== undefined);
  if (held.length === 0) return '';
  const backends = [...new Set(held.map(({ result }) => result.system.backend))];
  const head = ['workload', 'thr', 'bound ns/tx', ...backends.map((b) => `${b} / bound`)];
  const lines = byExecution(held).map((cells) => {
    const [{ result, bound }] = cells;
    const ratios = backends.map((backend) => {
      const cell = cells.find((one) => one.result.system.backend === backend);
      return ratio(mapped(cell, ratioToBound));
    });
    const boundNs = nanoseconds(mapped(bound, execTimeNsPerTx));
    return [executionLabel(result.execution), String(result.threads), boundNs, ...ratios];
  });
  return `\n\n${plainTable(head, lines)}`;
}

/** Rows of the same execution together, in the order of their first. */
function byExecution(rows: readonly CellRow[]): CellRow[][] {
  return [...Map.groupBy(rows, ({ result }) => result.execution).values()];
}

/** Names of the sets of a summary, for readers. */
const SET_TITLES: Readonly<Record<string, string>> = {
  whisper: 'WHISPER workloads',
  extra: 'further programs',
  trace: 'traces of real programs',
  micro: 'microbenchmarks',
};

/** Where the policy of queue pairs stands in the tables of a summary. */
const POLICY_COLUMN = 'queue pairs';

/** `plainTable` without lines that differ from one above in the policy of queue pairs only. */
function policyTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const policy = head.indexOf(POLICY_COLUMN);
  const shown = new Set<string>();
  const fresh = rows.filter((row) => {
    const key = JSON.stringify(row.toSpliced(policy, 1));
    return !shown.has(key) && shown.add(key);
  });
  return plainTable(head, fresh);
}

/** The summary: means per set and backend beside what is published. */
export function summaryTable(rows: readonly SummaryRow[]): string {
  const head = [
    'means over',
    'n',
    POLICY_COLUMN,
    'backend',
    'speedup over sm-rc: geo',
    'arith',
    'published',
    'deviation: geo',
    'arith',
    'slowdown over no-sm: geo',
    'arith',
  ];
  // Over sm-rc under the same policy first; where all share, sm-rc too is slower than it could be.
  const overSound = rows.some((row) => {
    const speedup = geometricSoundSpeedup(row);
    return speedup !== undefined && speedup !== geometricSpeedup(row);
  });
  if (overSound) head.push('over sound sm-rc: geo', 'arith');
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
      row.queuePairs,
      row.backend,
      ratio(geometric),
      ratio(arithmetic),
      publishedSpeedup(row)?.toFixed(1) ?? '-',
      percent(publishedDeviation(row, geometric)),
      percent(publishedDeviation(row, arithmetic)),
      ratio(geometricSlowdown(row)),
      ratio(arithmeticSlowdown(row)),
      ...(overSound ? [geometricSoundSpeedup(row), arithmeticSoundSpeedup(row)].map(ratio) : []),
      ...(several ? [String(row.seeds), ...intervals(row)] : []),
    ];
  });
  return policyTable(head, lines);
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
  const head = ['% of core time, mean over', POLICY_COLUMN, 'backend', ...parts];
  const lines = rows.map((row) => [
    SET_TITLES[row.set],
    row.queuePairs,
    row.backend,
    ...parts.map((part) => row.partPercent[part].toFixed(1)),
  ]);
  return policyTable(head, lines);
}
