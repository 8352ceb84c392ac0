/** Tables for the terminal: results per program and backend, and the summary of a suite. */

import { BASELINE, TIME_PARTS, type TimePart, UNMIRRORED } from '../../rdma/index.ts';
import { resolveWorkload } from '../../workloads/index.ts';
import {
  arithmeticMean,
  fittedTable,
  geometricMean,
  type Head,
  headsOf,
  prose,
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
import { designTable } from './design-table.ts';
import {
  meanOf,
  publishedDeviation,
  publishedSpeedup,
  type RatioKey,
  type SummaryRow,
  speedupInterval,
} from './summary.ts';
import { conditionsText, timingKey } from './systems.ts';
import { isUpperBound, slowdownHeads, speedupHeads, tablesByWork } from './work-heads.ts';

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
  const isFree = isUpperBound(rows);
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

/**
 * All results: tables per profile, number of replicas and so on, under a title. A program for which
 * a policy of queue pairs comes to what is in a table above is not shown again. `percentiles` of the
 * latency, in per cent, make a table of all designs; none if there are none.
 */
export function resultTables(
  rows: readonly CellRow[],
  wide: boolean,
  percentiles: readonly number[] = [],
): string {
  const sections = Map.groupBy(rows, ({ result }) => conditionsText(result.system));
  const shown = new Map<Execution, Set<string>>();
  const texts = [...sections].map(([title, members]) => {
    const fresh = byExecution(members).filter((cells) => addTimings(shown, cells));
    const whole = fresh.flat();
    const designSection =
      percentiles.length === 0 ? '' : `\n\n${designTable(whole, percentiles, wide)}`;
    const text =
      whole.length === 0
        ? ''
        : `\n\n${tablesByWork(whole, (some) => resultTable(some, wide))}${boundSection(whole, wide)}${designSection}`;
    const omitted = whole.length < members.length ? '; programs not listed: as above' : '';
    return `${prose(`${title}${omitted}`, 2)}${text}`;
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
  const which = [...new Set(names)].join(', ');
  return prose(`compute native: no native speed was measured of ${which}; charged as o2`, 2);
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
    const speedup = meanOf(row, 'soundSpeedups', geometricMean);
    return speedup !== undefined && speedup !== meanOf(row, 'speedups', geometricMean);
  });
  const several = rows.some(({ seeds }) => seeds > 1);
  const percent = (value: number | undefined): string =>
    value === undefined ? '-' : `${value > 0 ? '+' : ''}${value.toFixed(1)} %`;
  const digits = digitsOf(wide);
  const lines = policyLines(rows, (row) => {
    const [geometric, arithmetic] = meansOf(row, 'speedups');
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
      ...meansOf(row, 'slowdowns').map(digits.ratio),
      ...(overSound ? meansOf(row, 'soundSpeedups').map(ratio) : []),
      ...(several ? [String(row.seeds), ...intervals(row)] : []),
    ];
  });
  return fittedTable(summaryHeads({ overSound, seeds: several }), lines, wide);
}

/** The geometric and the arithmetic mean. */
function meansOf(row: SummaryRow, key: RatioKey): (number | undefined)[] {
  return [geometricMean, arithmeticMean].map((mean) => meanOf(row, key, mean));
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
