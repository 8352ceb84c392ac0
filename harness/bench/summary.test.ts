import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TIME_PARTS } from '../../rdma/mirror.ts';
import { figure } from '../report/index.ts';
import type { Execution } from './cells.ts';
import { cellRows } from './columns.ts';
import type { CellResult } from './run.ts';
import { SUMMARY_COLUMNS, summarise } from './summary.ts';
import { resultTables, shareTable, summaryTable } from './tables.ts';

/** A result that took `elapsedNs` for one transaction; nothing else of it matters here. */
function result(
  execution: Execution,
  backend: string,
  elapsedNs: number,
  queuePairs = 'auto',
): CellResult {
  const timePs = Object.fromEntries(TIME_PARTS.map((part) => [part, 0]));
  timePs.compute = elapsedNs * 250;
  timePs.idle = elapsedNs * 750;
  const report = { elapsedPs: elapsedNs * 1000, cores: 1, counts: { transactions: 1 }, timePs };
  const profile = { name: 'p' };
  const system = { backend, profile, replicas: 1, queuePairs, faults: [] };
  const queuePairsUsed = queuePairs === 'shared' ? 'shared' : 'per-core';
  const cell = { execution, system, queuePairsUsed, report, threads: 1 };
  return cell as unknown as CellResult;
}

const workload = (name: string): Execution =>
  ({ kind: 'workload', workload: name, seed: 1 }) as unknown as Execution;
const trace = { kind: 'trace', name: 'ctree' } as unknown as Execution;

function rowsOf(execution: Execution, times: Record<string, number>) {
  const results = Object.entries(times).map(([backend, ns]) => result(execution, backend, ns));
  return cellRows(results);
}

/** `ctree` is of the suite; a workload that is in no table counts as a microbenchmark. */
const ROWS = [
  ...rowsOf(workload('ctree'), { 'no-sm': 100, 'sm-rc': 400, 'sm-ob': 200, 'sm-dd': 100 }),
  ...rowsOf(trace, { 'no-sm': 10, 'sm-rc': 90, 'sm-ob': 10, 'sm-dd': 10 }),
  ...rowsOf(workload('one'), { 'no-sm': 1, 'sm-rc': 8, 'sm-ob': 1, 'sm-dd': 1 }),
  ...rowsOf(workload('two'), { 'no-sm': 1, 'sm-rc': 2, 'sm-ob': 1, 'sm-dd': 1 }),
];

const valueIn = (name: string, set: string, backend: string): string | number => {
  const row = summarise(ROWS).find((one) => one.set === set && one.backend === backend);
  const column = SUMMARY_COLUMNS.find((one) => one.name === name);
  assert.ok(row !== undefined && column !== undefined);
  return column.value(row);
};

test('means are per set: traces do not enter the headline', () => {
  assert.equal(valueIn('geometricMeanSpeedupOverSmRc', 'whisper', 'sm-ob'), 2);
  assert.equal(valueIn('geometricMeanSpeedupOverSmRc', 'trace', 'sm-ob'), 9);
  assert.equal(valueIn('geometricMeanSpeedupOverSmRc', 'micro', 'sm-ob'), 4);
  assert.equal(valueIn('arithmeticMeanSpeedupOverSmRc', 'micro', 'sm-ob'), 5);
  assert.equal(valueIn('members', 'micro', 'sm-ob'), 2);
  assert.equal(valueIn('geometricMeanSlowdownOverNoSm', 'whisper', 'sm-rc'), 4);
});

test('only the suite is held against what is published', () => {
  assert.equal(valueIn('publishedSpeedupOverSmRc', 'whisper', 'sm-ob'), 1.8);
  assert.equal(valueIn('publishedSpeedupOverSmRc', 'whisper', 'sm-dd'), 2.9);
  assert.equal(valueIn('geometricMeanDeviationPercent', 'whisper', 'sm-ob'), 11.1111);
  assert.equal(valueIn('arithmeticMeanDeviationPercent', 'whisper', 'sm-dd'), 37.931);
  for (const [set, backend] of [
    ['whisper', 'sm-rc'],
    ['trace', 'sm-ob'],
  ]) {
    assert.equal(valueIn('publishedSpeedupOverSmRc', set, backend), '');
    assert.equal(valueIn('geometricMeanDeviationPercent', set, backend), '');
  }
});

test('without the baseline in the run there is no mean, rather than one over fewer programs', () => {
  const rows = [...rowsOf(workload('ctree'), { 'sm-ob': 5 }), ...ROWS.slice(0, 4)];
  const row = summarise(rows).find(({ backend }) => backend === 'sm-ob');
  assert.equal(row?.members, 2);
  const column = SUMMARY_COLUMNS.find(({ name }) => name === 'geometricMeanSpeedupOverSmRc');
  assert.equal(row && column?.value(row), '');
});

test('tables show every program, and a dash where nothing was run', () => {
  const text = resultTables([...ROWS, ...rowsOf(workload('alone'), { 'sm-ob': 7 })], true);
  assert.match(text, /^profile p, 1 replica, queue pairs auto\n/);
  assert.match(text, /\nctree +1 +per-core +100 +400 +200 +100 +4\.00 +2\.00 +1\.00 +2\.00 +4\.00/);
  assert.match(text, /\nalone +1 +per-core +- +- +7\.0 +- +- +- +- +- +-/);
  assert.match(
    summaryTable(summarise(ROWS), true),
    /WHISPER workloads +1 +auto +sm-ob +2\.00 +2\.00 +1\.8 /,
  );
});

test('a policy is compared with itself, and with auto sm-rc; what differs is shown again', () => {
  const program = workload('ctree');
  const times = { 'sm-rc': [400, 300], 'sm-ob': [200, 250] };
  const rows = cellRows(
    (['auto', 'shared'] as const).flatMap((policy, i) =>
      Object.entries(times).map(([backend, ns]) => result(program, backend, ns[i], policy)),
    ),
  );
  const same = workload('same');
  const again = (['auto', 'shared'] as const).map((policy) => ({
    ...result(same, 'sm-ob', 9, policy),
    queuePairsUsed: 'per-core' as const,
  }));
  const summary = summarise(rows);
  const [, sound, , shared] = summary;
  const value = (name: string, row: (typeof summary)[number]) =>
    SUMMARY_COLUMNS.find((column) => column.name === name)?.value(row);
  assert.deepEqual([sound.queuePairs, shared.queuePairs], ['auto', 'shared']);
  assert.equal(value('geometricMeanSpeedupOverSmRc', shared), 1.2);
  assert.equal(value('geometricMeanSpeedupOverSoundSmRc', shared), 1.6);
  assert.equal(value('arithmeticMeanSpeedupOverSoundSmRc', sound), 2);
  assert.match(
    summaryTable(summary, true),
    /\nWHISPER workloads +1 +shared +sm-ob +1\.20 .* 1\.60 +1\.60/,
  );
  assert.doesNotMatch(summaryTable([sound], true), /per-core/);
  const repeated = summaryTable([sound, { ...sound, queuePairs: 'per-core' }], true);
  assert.equal(
    repeated,
    summaryTable([sound], true),
    'what only the policy tells apart is shown once',
  );
  const [first, second] = resultTables([...rows, ...cellRows(again)], true).split('\n\nprofile');
  assert.match(first, /\nctree .*\nsame /s);
  assert.match(second, /^ p, 1 replica, queue pairs shared; programs not listed: as above\n\n/);
  assert.match(second, /\nctree +1 +shared +300 +250/);
  assert.doesNotMatch(second, /\nsame /);
});

test('figures are rounded, and empty where they do not exist', () => {
  assert.equal(figure(1.23456789), 1.23457);
  assert.equal(figure(undefined), '');
  assert.equal(figure(Number.NaN), '');
});

test('shares of core time are means over the programs', () => {
  assert.equal(valueIn('computePercent', 'whisper', 'sm-ob'), 25);
  assert.equal(valueIn('idlePercent', 'micro', 'sm-dd'), 75);
  assert.match(shareTable(summarise(ROWS), true), /WHISPER workloads +auto +sm-ob +25\.0 +75\.0/);
});

test('with several seeds a mean has an interval, and members count programs', () => {
  const rows = [1, 2, 3].flatMap((seed) =>
    ['ctree', 'hashmap'].flatMap((name) =>
      rowsOf({ ...workload(name), seed } as Execution, { 'sm-rc': 400 + 40 * seed, 'sm-ob': 200 }),
    ),
  );
  const row = summarise(rows).find(({ backend }) => backend === 'sm-ob');
  assert.ok(row !== undefined);
  assert.deepEqual([row.members, row.seeds], [2, 3]);
  const value = (name: string) => SUMMARY_COLUMNS.find((one) => one.name === name)?.value(row);
  assert.equal(value('arithmeticMeanSpeedupOverSmRc'), 2.4);
  assert.equal(value('arithmeticMeanSpeedupLow'), 2.2);
  assert.equal(value('arithmeticMeanSpeedupHigh'), 2.6);
  assert.match(summaryTable([row], true), /3 +\[2\.20, 2\.60\] +\[2\.20, 2\.60\]/);
  assert.equal(valueIn('geometricMeanSpeedupLow', 'whisper', 'sm-ob'), '');
});

test('tables fit 80 characters unless they are to be wide: three digits, what matters most', () => {
  const long = rowsOf({ ...trace, name: 'nvml-btree' } as unknown as Execution, {
    'no-sm': 310_415,
    'sm-rc': 3_863_868,
    'sm-ob': 955_945,
    'sm-dd': 377_873,
    ideal: 310_431,
  });
  const rows = [...ROWS, ...long];
  const summary = summarise(rows);
  const tables = [
    resultTables(rows, false),
    summaryTable(summary, false),
    shareTable(summary, false),
  ];
  const lines = tables.join('\n').split('\n');
  for (const line of lines) assert.ok(line.length <= 80, line);
  const [results, means, shares] = tables;
  assert.match(
    results,
    /\ntrace:nvml-btree +1 +310 us +12\.4 +3\.08 +1\.22 +1\.00 +4\.04 +10\.2 +12\.4/,
  );
  assert.match(results, /\nctree +1 +100 ns +4\.00 +2\.00 +1\.00 +- +2\.00 +4\.00 +-\n/);
  assert.match(means, /\nWHISPER workloads +1 +auto +sm-ob +2\.00 +2\.00 +1\.8 +2\.00 +2\.00\n/);
  assert.doesNotMatch(means, /no-sm +1\.00|deviation.*\n/);
  assert.match(means, /\n\(--wide has more: deviation: geo; arith\)$/);
  // Compute is a quarter of each; the rest is idle, which is among what is left.
  assert.match(shares, /WHISPER workloads +auto +sm-ob +25\.0( +0\.0){5} +75\.0/);
});
