/** Tables for the terminal: results per program and backend, and the summary of a suite. */

import { BASELINE, TIME_PARTS, type TimePart, UNMIRRORED } from '../../rdma/index.ts';
import { resolveWorkload } from '../../workloads/index.ts';
import {
  arithmeticMean,
  fittedTable,
  geometricMean,
  type Head,
  headsOf,
  threeDigits,
  timeText,
} from '../report/index.ts';
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
import { UPPER_BOUND, volatileWorkOf } from './volatile-work.ts';

/** Time in ns with digits that suit its size. */
function nanoseconds(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  return value.toFixed(value < 100 ? 1 : 0);
}

function ratio(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(2);
}

/** Digits of a wide table, and of one that fits 80 characters. */
const digitsOf = (wide: boolean) =>
  wide ? { time: nanoseconds, ratio } : { time: timeText, ratio: threeDigits };

/** A table of the programs whose volatile work is charged, and one of the others. */
function resultTablesByWork(rows: readonly CellRow[], wide: boolean): string {
  const kinds = Map.groupBy(rows, ({ result }) => volatileWorkOf(result));
  return [...kinds.values()].map((some) => resultTable(some, wide)).join('\n\n');
}

/**
 * One line per program: its queue pairs (all that are used by any design), execution time per
 * transaction under each backend, then slowdowns over no-sm and speedups over sm-rc. `rows` are of
 * the same conditions, and all have volatile work or none has: then slowdowns and speedups are headed as
 * the bounds that they are.
 */
function resultTable(rows: readonly CellRow[], wide: boolean): string {
  const backends = [...new Set(rows.map(({ result }) => result.system.backend))];
  const mirrored = backends.filter((backend) => backend !== UNMIRRORED.name);
  const compared = mirrored.filter((backend) => backend !== BASELINE.name);
  const hasBase = backends.includes(UNMIRRORED.name);
  const hasCommit = backends.includes(BASELINE.name);
  const heads: Head[] = [{ text: 'workload' }, { text: 'thr', rank: 2 }, { text: 'qp', rank: 3 }];
  for (const head of headsOf(backends, { what: 'ns/tx', over: 'time/tx' })) {
    // Ratios and the time that they are over say all the times.
    const isBase = head.short === (hasBase ? UNMIRRORED : BASELINE).name;
    heads.push({ ...head, rank: isBase || !(hasBase || hasCommit) ? 0 : 4 });
  }
  const isFree = volatileWorkOf(rows[0].result) === 'none';
  if (hasBase) heads.push(...slowdownHeads(mirrored, isFree));
  if (hasCommit) heads.push(...speedupHeads(compared, isFree));
  const digits = digitsOf(wide);
  const lines = byExecution(rows).map((cells) => {
    const each = (some: readonly string[], of: (row: CellRow) => number | undefined) =>
      some.map((backend) => {
        const cell = cells.find(({ result }) => result.system.backend === backend);
        return cell && of(cell);
      });
    const [{ result }] = cells;
    const used = cells
      .filter((one) => one.result.system.backend !== UNMIRRORED.name)
      .map((one) => one.result.queuePairsUsed);
    const queuePairs = [...new Set(used)].join(' ') || '-';
    const line = [executionLabel(result.execution), String(result.threads), queuePairs];
    line.push(...each(backends, (row) => execTimeNsPerTx(row.result)).map(digits.time));
    if (hasBase) line.push(...each(mirrored, slowdownOverUnmirrored).map(digits.ratio));
    if (hasCommit) line.push(...each(compared, speedupOverRemoteCommit).map(digits.ratio));
    return line;
  });
  return fittedTable(heads, lines, wide);
}

/** Heads of slowdowns; `isFree`: no volatile work is charged. */
function slowdownHeads(backends: readonly string[], isFree: boolean): Head[] {
  const over = `slowdown vs ${UNMIRRORED.name}`;
  if (!isFree) return headsOf(backends, { what: 'slowdown', over });
  return headsOf(backends, { what: 'slowdown (no volatile work)', over, rank: 1 });
}

/** Heads of speedups, which are bounds if no volatile work is charged: then no table does without. */
function speedupHeads(backends: readonly string[], isFree: boolean): Head[] {
  const over = `speedup vs ${BASELINE.name}`;
  if (!isFree) return headsOf(backends, { what: 'speedup', over, rank: 1 });
  const heads = headsOf(backends, { what: `speedup (${UPPER_BOUND})`, over: UPPER_BOUND });
  return heads.map((head) => ({ ...head, short: `${head.short} speedup` }));
}

/** What the rows of one table have in common, in words. */
export function conditionsText(system: SystemSpec): string {
  const { profile, replicas, quorum, queuePairs, faults } = system;
  const parts = [`profile ${profile.name}`, `${replicas} replica${replicas === 1 ? '' : 's'}`];
  if (quorum !== undefined) parts.push(`waits for ${quorum} of them`);
  parts.push(`queue pairs ${queuePairs}`);
  if (faults.length > 0) parts.push(`faults ${faultsText(faults)}`);
  return parts.join(', ');
}

/**
 * All results: tables per profile, number of replicas and so on, under a title. A program for which
 * a policy of queue pairs comes to what is in a table above is not shown again.
 */
export function resultTables(rows: readonly CellRow[], wide: boolean): string {
  const sections = Map.groupBy(rows, ({ result }) => conditionsText(result.system));
  const shown = new Map<Execution, Set<string>>();
  const texts = [...sections].map(([title, members]) => {
    const fresh = byExecution(members).filter((cells) => addTimings(shown, cells));
    const whole = fresh.flat();
    const text =
      whole.length === 0
        ? ''
        : `\n\n${resultTablesByWork(whole, wide)}${boundSection(whole, wide)}`;
    const omitted = whole.length < members.length ? '; programs not listed: as above' : '';
    return `${title}${omitted}${text}`;
  });
  const note = nativeNote(rows.map(({ result }) => result.execution));
  return [...texts, ...(note === undefined ? [] : [note])].join('\n\n');
}

/** Names the programs that 'native' charges at the profile's own speed; undefined without any. */
export function nativeNote(executions: readonly Execution[]): string | undefined {
  const names = executions
    .filter((one) => one.kind === 'workload' && one.computeModel === 'native')
    .map(executionLabel)
    .filter((name) => resolveWorkload(name)?.nativeInstructionsPerNs === undefined);
  if (names.length === 0) return undefined;
  return `compute native: no native speed was measured of ${[...new Set(names)].join(', ')}; charged as o2`;
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
function boundSection(rows: readonly CellRow[], wide: boolean): string {
  const held = rows.filter((row) => ratioToBound(row) !== undefined);
  if (held.length === 0) return '';
  const backends = [...new Set(held.map(({ result }) => result.system.backend))];
  const heads = [
    { text: 'workload' },
    { text: 'thr' },
    { text: 'bound ns/tx', short: 'bound', over: 'time/tx' },
    ...headsOf(backends, { what: '/ bound', over: 'times the bound' }),
  ];
  const digits = digitsOf(wide);
  const lines = byExecution(held).map((cells) => {
    const [{ result, bound }] = cells;
    const ratios = backends.map((backend) => {
      const cell = cells.find((one) => one.result.system.backend === backend);
      return digits.ratio(cell && ratioToBound(cell));
    });
    const boundTime = digits.time(bound && execTimeNsPerTx(bound));
    return [executionLabel(result.execution), String(result.threads), boundTime, ...ratios];
  });
  return `\n\n${fittedTable(heads, lines, wide)}`;
}

/** Rows of the same execution together, in the order of their first. */
function byExecution(rows: readonly CellRow[]): CellRow[][] {
  return [...Map.groupBy(rows, ({ result }) => result.execution).values()];
}

/** Names of the sets of a summary, for readers. */
const SET_TITLES: Readonly<Record<string, string>> = {
  whisper: 'WHISPER workloads',
  extra: 'further programs',
  trace: 'real traces',
  micro: 'microbenchmarks',
};

/** Lines of `rows` without those that differ from one above in the policy of queue pairs only. */
function policyLines<R extends { readonly queuePairs: string }>(
  rows: readonly R[],
  lineOf: (row: R) => readonly string[],
): (readonly string[])[] {
  const shown = new Set<string>();
  return rows.map(lineOf).filter((line, i) => {
    const key = JSON.stringify(line.toSpliced(line.indexOf(rows[i].queuePairs), 1));
    return !shown.has(key) && shown.add(key);
  });
}

/** Heads of the summary; fitted tables have the means that are published, and what is beside them. */
function summaryHeads({ overSound, seeds }: { overSound: boolean; seeds: boolean }): Head[] {
  const speedup = 'speedup over sm-rc';
  const heads: Head[] = [
    { text: 'means over' },
    { text: 'n', rank: 2 },
    { text: 'queue pairs' },
    { text: 'backend' },
    { text: `${speedup}: geo`, short: 'geo', over: speedup },
    { text: 'arith', over: speedup, rank: 3 },
    { text: 'published', over: speedup },
    { text: 'deviation: geo', rank: 6 },
    { text: 'arith', rank: 6 },
    { text: 'slowdown over no-sm: geo', short: 'geo', over: 'slowdown' },
    { text: 'arith', over: 'slowdown', rank: 4 },
  ];
  if (overSound) heads.push({ text: 'over auto sm-rc: geo', rank: 6 }, { text: 'arith', rank: 6 });
  if (seeds) {
    heads.push({ text: 'seeds', rank: 5 });
    heads.push({ text: 'speedup geo: 95 %', rank: 1 }, { text: 'arith: 95 %', rank: 5 });
  }
  return heads;
}

/** The summary: means per set and backend beside what is published. */
export function summaryTable(summary: readonly SummaryRow[], wide: boolean): string {
  // Of no mirror a fitted table says enough where it is what slowdowns are over.
  const rows = wide ? summary : summary.filter(({ backend }) => backend !== UNMIRRORED.name);
  // Over sm-rc under the same policy first; where all share, sm-rc too is slower than it could be.
  const overSound = rows.some((row) => {
    const speedup = geometricSoundSpeedup(row);
    return speedup !== undefined && speedup !== geometricSpeedup(row);
  });
  const several = rows.some(({ seeds }) => seeds > 1);
  const percent = (value: number | undefined): string =>
    value === undefined ? '-' : `${value > 0 ? '+' : ''}${value.toFixed(1)} %`;
  const digits = digitsOf(wide);
  const lines = policyLines(rows, (row) => {
    const geometric = geometricSpeedup(row);
    const arithmetic = arithmeticSpeedup(row);
    return [
      SET_TITLES[row.set],
      String(row.members),
      row.queuePairs,
      row.backend,
      digits.ratio(geometric),
      digits.ratio(arithmetic),
      publishedSpeedup(row)?.toFixed(1) ?? '-',
      percent(publishedDeviation(row, geometric)),
      percent(publishedDeviation(row, arithmetic)),
      digits.ratio(geometricSlowdown(row)),
      digits.ratio(arithmeticSlowdown(row)),
      ...(overSound ? [geometricSoundSpeedup(row), arithmeticSoundSpeedup(row)].map(ratio) : []),
      ...(several ? [String(row.seeds), ...intervals(row)] : []),
    ];
  });
  return fittedTable(summaryHeads({ overSound, seeds: several }), lines, wide);
}

function intervals(row: SummaryRow): string[] {
  return [geometricMean, arithmeticMean].map((mean) => {
    const interval = speedupInterval(row, mean);
    return interval === undefined ? '-' : `[${ratio(interval.low)}, ${ratio(interval.high)}]`;
  });
}

/** Parts of time that a table of 80 characters has together. */
const PARTS_TOGETHER: readonly (readonly [title: string, ...parts: readonly TimePart[]])[] = [
  ['work', 'compute'],
  ['load', 'pmLoad'],
  ['store', 'storeFlush', 'localFence'],
  ['post', 'rdmaPost', 'sendQueueFull'],
  ['order', 'remoteOrdering'],
  ['durable', 'remoteDurability'],
  ['other', 'lockWait', 'idle'],
];

/**
 * Where time goes: per set and backend, the share of each part in per cent of core time. A fitted
 * table has the parts by what they are spent on: stores and their local fences, posting and waiting for
 * room to post, waits for replicas at ordering and durability points, and waits for locks and the end.
 */
export function shareTable(rows: readonly SummaryRow[], wide: boolean): string {
  const parts = wide
    ? TIME_PARTS.map((part) => [part, part] as const).filter(([part]) =>
        rows.some((row) => row.partPercent[part] >= 0.05),
      )
    : PARTS_TOGETHER;
  const heads = [
    '% of core time, mean over',
    'queue pairs',
    'backend',
    ...parts.map(([title]) => title),
  ];
  const lines = policyLines(rows, (row) => [
    SET_TITLES[row.set],
    row.queuePairs,
    row.backend,
    ...parts.map(([, ...all]) =>
      all.reduce((sum, part) => sum + row.partPercent[part], 0).toFixed(1),
    ),
  ]);
  return fittedTable(
    heads.map((text, i) => ({ text, ...SHARE_SHORT[i], rank: text === 'other' ? 1 : 0 })),
    lines,
    wide,
  );
}

/** Heads of a fitted table of shares. */
const SHARE_SHORT: readonly Partial<Head>[] = [
  { short: '% of core time' },
  { short: 'qp' },
  { short: 'under' },
];
