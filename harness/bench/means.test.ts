/** Rows of means with every column derived by hand: of whisper-summary.csv and whisper-intervals.csv. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TIME_PARTS } from '../../rdma/mirror.ts';
import { readRow } from '../report/testing/read-row.ts';
import { cellRows } from './columns.ts';
import type { CellResult } from './run.ts';
import { groupBySeed } from './seed-groups.ts';
import { INTERVAL_COLUMNS } from './seeds.ts';
import { SUMMARY_COLUMNS, summarise } from './summary.ts';
import { summaryTable } from './tables.ts';

interface Known {
  readonly workload: string;
  readonly seed: number;
  readonly backend: string;
  readonly queuePairs?: string;
  /** Elapsed time of 4 transactions on 2 cores, so twice what one takes of one core. */
  readonly elapsedNs: number;
  /** Shares of core time, in the order of TIME_PARTS. */
  readonly percent?: readonly number[];
}

function result(known: Known): CellResult {
  const { workload, seed, backend, queuePairs = 'auto', elapsedNs, percent = [] } = known;
  const parts = TIME_PARTS.map((part, i) => [
    part,
    ((percent[i] ?? 0) / 100) * 2 * elapsedNs * 1e3,
  ]);
  const far = { profile: { name: 'p' }, replicas: 3, queuePairs, faults: [] };
  return {
    execution: {
      kind: 'workload',
      workload,
      parameters: { a: 1 },
      seed,
      computeModel: 'o2',
      warmupTransactions: 6,
    },
    system: { ...far, backend, reference: backend === 'ideal' },
    queuePairsUsed: 'shared',
    keepsOrder: true,
    threads: 2,
    report: {
      elapsedPs: elapsedNs * 1000,
      cores: 2,
      counts: { transactions: 4 },
      timePs: Object.fromEntries(parts),
    },
  } as unknown as CellResult;
}

test('every column of a row of means, by hand, and what the terminal shows of it', () => {
  const program = (workload: string, seed: number, times: Record<string, number>) => {
    const ours = times['sm-ob'];
    const percent = workload === 'ctree' ? CTREE : HASHMAP;
    const of = (backend: string, elapsedNs: number, queuePairs = 'shared') =>
      result({ workload, seed, backend, queuePairs, elapsedNs, percent });
    return cellRows([
      of('no-sm', ours / times.slowdown),
      of('sm-rc', ours * times.speedup),
      of('sm-rc', ours * times.soundSpeedup, 'auto'),
      of('sm-ob', ours),
    ]);
  };
  const CTREE = [1, 2, 3, 4, 5, 6, 7, 8, 9, 55];
  const HASHMAP = [5, 6, 7, 8, 9, 10, 11, 12, 13, 19];
  // Two programs, of which one takes ten times as long, under two seeds.
  const rows = [
    ...program('ctree', 1, { 'sm-ob': 100, slowdown: 2, speedup: 1, soundSpeedup: 3 }),
    ...program('hashmap', 1, { 'sm-ob': 1000, slowdown: 8, speedup: 4, soundSpeedup: 12 }),
    ...program('ctree', 2, { 'sm-ob': 100, slowdown: 2, speedup: 2, soundSpeedup: 3 }),
    ...program('hashmap', 2, { 'sm-ob': 1000, slowdown: 8, speedup: 8, soundSpeedup: 48 }),
  ];
  const row = summarise(rows).find(({ backend }) => backend === 'sm-ob');
  assert(row !== undefined);
  assert.deepEqual(readRow(SUMMARY_COLUMNS, row), {
    set: ['whisper', '-'],
    backend: ['sm-ob', '-'],
    profile: ['p', '-'],
    replicas: [3, 'count'],
    quorum: ['', 'count'],
    queuePairs: ['shared', '-'],
    members: [2, 'count'],
    seeds: [2, 'count'],
    // The fourth roots of 1 x 4 x 2 x 8 = 64 and of 3 x 12 x 3 x 48 = 5184.
    geometricMeanSpeedupOverSmRc: [2.82843, 'ratio'],
    arithmeticMeanSpeedupOverSmRc: [15 / 4, 'ratio'],
    geometricMeanSpeedupOverSoundSmRc: [8.48528, 'ratio'],
    arithmeticMeanSpeedupOverSoundSmRc: [66 / 4, 'ratio'],
    geometricMeanSlowdownOverNoSm: [4, 'ratio'],
    arithmeticMeanSlowdownOverNoSm: [5, 'ratio'],
    publishedSpeedupOverSmRc: [1.8, 'ratio'],
    geometricMeanDeviationPercent: [57.1348, '%'],
    arithmeticMeanDeviationPercent: [108.333, '%'],
    // Of two seeds the interval is from the one's mean to the other's.
    geometricMeanSpeedupLow: [2, 'ratio'],
    geometricMeanSpeedupHigh: [4, 'ratio'],
    arithmeticMeanSpeedupLow: [2.5, 'ratio'],
    arithmeticMeanSpeedupHigh: [5, 'ratio'],
    // Each program counts the same, however long it takes.
    computePercent: [3, '%'],
    pmLoadPercent: [4, '%'],
    storeFlushPercent: [5, '%'],
    localFencePercent: [6, '%'],
    rdmaPostPercent: [7, '%'],
    sendQueueFullPercent: [8, '%'],
    remoteOrderingPercent: [9, '%'],
    remoteDurabilityPercent: [10, '%'],
    lockWaitPercent: [11, '%'],
    idlePercent: [37, '%'],
  });
  const shown = [
    'sm-ob',
    '2.83',
    '3.75',
    '1.8',
    '+57.1 %',
    '+108.3 %',
    '4.00',
    '5.00',
    '8.49',
    '16.50',
  ];
  const found = summaryTable([row], true).split(/ {2,}|\n/);
  assert.deepEqual(
    found.slice(found.indexOf('sm-ob'), found.indexOf('sm-ob') + shown.length),
    shown,
  );
  assert.deepEqual(found.slice(-2), ['[2.00, 4.00]', '[2.50, 5.00]']);
});

test('every column of a row of intervals, by hand', () => {
  const times = {
    ideal: [50, 250],
    'no-sm': [50, 50],
    'sm-rc': [400, 300],
    'sm-dd': [100, 300],
  };
  const rows = [0, 1].flatMap((i) =>
    cellRows(
      Object.entries(times).map(([backend, elapsedNs]) =>
        result({ workload: 'ctree', seed: i + 1, backend, elapsedNs: elapsedNs[i] }),
      ),
    ),
  );
  const row = groupBySeed(rows).find(([{ result: one }]) => one.system.backend === 'sm-dd');
  assert(row !== undefined);
  assert.deepEqual(readRow(INTERVAL_COLUMNS, row), {
    set: ['whisper', '-'],
    workload: ['ctree', '-'],
    parameters: ['a=1', '-'],
    'param.a': [1, '-'],
    backend: ['sm-dd', '-'],
    profile: ['p', '-'],
    threads: [2, 'count'],
    replicas: [3, 'count'],
    quorum: ['', 'count'],
    queuePairs: ['auto', '-'],
    queuePairsUsed: ['shared', '-'],
    keepsOrder: ['yes', '-'],
    faults: ['', '-'],
    computeModel: ['o2', '-'],
    volatileWork: ['none', '-'],
    warmupTransactions: [6, 'count'],
    transactions: [4, 'count'],
    seeds: [2, 'count'],
    // 50 and 150 ns; then the ratios 2 and 6, 4 and 1, 2 and 1.2.
    execTimeNsPerTxMean: [100, 'ns'],
    execTimeNsPerTxLow: [50, 'ns'],
    execTimeNsPerTxHigh: [150, 'ns'],
    slowdownOverNoSmMean: [4, 'ratio'],
    slowdownOverNoSmLow: [2, 'ratio'],
    slowdownOverNoSmHigh: [6, 'ratio'],
    speedupOverSmRcMean: [2.5, 'ratio'],
    speedupOverSmRcLow: [1, 'ratio'],
    speedupOverSmRcHigh: [4, 'ratio'],
    aboveBoundMean: [1.6, 'ratio'],
    aboveBoundLow: [1.2, 'ratio'],
    aboveBoundHigh: [2, 'ratio'],
  });
});
