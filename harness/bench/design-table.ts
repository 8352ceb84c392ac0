/** A line a program and design: how long transactions take, the slow ones too, and how many there are. */

import { BASELINE } from '../../rdma/index.ts';
import {
  arithmeticMean,
  countText,
  fittedTable,
  type Head,
  threeDigits,
  timeText,
} from '../report/index.ts';
import { executionLabel } from './cells.ts';
import { type CellRow, speedupOverRemoteCommit, throughputTxPerS } from './columns.ts';
import { groupBySeed } from './seed-groups.ts';
import { UPPER_BOUND } from './volatile-work.ts';
import { isUpperBound } from './work-heads.ts';

/** What a line is of beside its design: heads, and the words of a row. */
interface Subject {
  readonly heads: readonly Head[];
  wordsOf(row: CellRow): readonly string[];
}

const PROGRAM: Subject = {
  heads: [{ text: 'workload', key: true }],
  wordsOf: ({ result }) => [executionLabel(result.execution)],
};

/**
 * Percentiles of the latency (in per cent, each of which every row has) and throughput; of one subject the
 * speedup too. Of several seeds their means. `rows` are of the same conditions.
 */
export function designTable(
  rows: readonly CellRow[],
  percentiles: readonly number[],
  wide: boolean,
  { heads: subjectHeads, wordsOf } = PROGRAM,
): string {
  const groups = groupBySeed(rows);
  const subjects = new Set(groups.map(([row]) => wordsOf(row).join(' ')));
  const speeds = rows.map(speedupOverRemoteCommit);
  const hasSpeedup = subjects.size === 1 && speeds.every((speedup) => speedup !== undefined);
  const heads: Head[] = [...subjectHeads, { text: 'backend', words: true, key: true }];
  const over = 'latency of a transaction';
  heads.push(...percentiles.map((p) => ({ text: `latency p${p}`, short: `p${p}`, over })));
  heads.push({ text: 'tx/s' });
  if (hasSpeedup) {
    const title = isUpperBound(rows) ? UPPER_BOUND : `vs ${BASELINE.name}`;
    heads.push({ text: `speedup ${title}`, short: 'speedup', over: title, bar: true });
  }
  const lines = groups.map((members) => {
    const mean = (of: (row: CellRow) => number) => arithmeticMean(members.map(of));
    const [first] = members;
    const latencies = percentiles.map((p) =>
      timeText(mean(({ result }) => result.latency.percentilesPs[p]) / 1000),
    );
    const throughput = countText(mean(({ result }) => throughputTxPerS(result)));
    const line = [...wordsOf(first), first.result.system.backend, ...latencies, throughput];
    if (hasSpeedup)
      line.push(threeDigits(mean((row) => speedupOverRemoteCommit(row) ?? Number.NaN)));
    return line;
  });
  return fittedTable(heads, lines, wide);
}
