import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Execution } from './cells.ts';
import { cellRows } from './columns.ts';
import type { CellResult } from './run.ts';
import { groupBySeed } from './seed-groups.ts';
import { hasSeveralSeeds, INTERVAL_COLUMNS, intervalTables } from './seeds.ts';

function result(seed: number, backend: string, elapsedNs: number, computePs = 1): CellResult {
  const execution = {
    kind: 'workload',
    workload: 'ctree',
    parameters: {},
    seed,
  } as unknown as Execution;
  const timePs = { compute: computePs };
  const report = { elapsedPs: elapsedNs * 1000, cores: 1, counts: { transactions: 1 }, timePs };
  const profile = { name: 'p' };
  const system = { backend, profile, replicas: 1, queuePairs: 'auto', faults: [] };
  const cell = { execution, system, queuePairsUsed: 'per-core', report, threads: 1 };
  return cell as unknown as CellResult;
}

/** Times vary by a third between seeds, the ratio of the two designs hardly. */
const ROWS = [1, 2, 3, 4].flatMap((seed) =>
  cellRows([result(seed, 'sm-rc', 300 * seed + seed), result(seed, 'sm-dd', 100 * seed)]),
);

test('rows that differ in the seed only are one row with means and intervals', () => {
  const groups = groupBySeed(ROWS);
  assert.equal(groups.length, 2);
  assert.ok(hasSeveralSeeds(ROWS) && !hasSeveralSeeds(ROWS.slice(0, 2)));
  const value = (name: string) =>
    Number(INTERVAL_COLUMNS.find((column) => column.name === name)?.value(groups[1]));
  assert.equal(value('seeds'), 4);
  assert.equal(value('execTimeNsPerTxMean'), 250);
  assert.ok(value('execTimeNsPerTxLow') < 200 && value('execTimeNsPerTxHigh') > 300);
  assert.ok(!INTERVAL_COLUMNS.some(({ name }) => name === 'seed'));
  const [{ result: first }] = ROWS;
  const shared = { ...first, system: { ...first.system, queuePairs: 'shared' as const } };
  assert.equal(groupBySeed([...ROWS, ...cellRows([shared])]).length, 3);
});

test('speedups are paired: what the seeds have in common cancels', () => {
  const [, dd] = groupBySeed(ROWS);
  const value = (name: string) =>
    INTERVAL_COLUMNS.find((column) => column.name === name)?.value(dd);
  const mean = 'speedupOverSmRc';
  assert.deepEqual(
    [value(`${mean}Low`), value(`${mean}Mean`), value(`${mean}High`)],
    [3.01, 3.01, 3.01],
  );
  assert.equal(value('slowdownOverNoSmMean'), '', 'no-sm was not run');
});

test('intervals over few seeds carry a note, others and single seeds do not', () => {
  const seeds = (count: number) =>
    Array.from({ length: count }, (_, i) => result(i + 1, 'sm-dd', 100 + i));
  for (const [count, isFew] of [
    [1, false],
    [2, true],
    [9, true],
    [10, false],
  ] as const) {
    const text = intervalTables(cellRows(seeds(count)), true);
    assert.equal(/\n\nNote: of fewer than 10 seeds [\s\S]*\.$/.test(text), isFew, `${count} seeds`);
    for (const line of text.split('\n').slice(3)) assert.ok(line.length <= 80, line);
  }
});

test('the table shows intervals, and a bare mean for one seed', () => {
  assert.match(
    intervalTables(ROWS, true),
    /ctree +sm-dd +1 +4 +250 \[\d+, \d+\] +- +3\.010 \[3\.010, /,
  );
  assert.match(intervalTables(ROWS.slice(0, 2), true), /ctree +sm-dd +1 +1 +100 +- +3\.010 +-$/m);
});

test('a table that fits has times in one unit, and says of what is free that it is a bound', () => {
  const table = intervalTables(ROWS, false);
  assert.match(table, /ctree +sm-dd +1 +4 +250 ns \[\d+, \d+\] +- +3\.01 \[3\.01, 3\.01\]/);
  assert.doesNotMatch(table, /upper bound/);
  const free = ROWS.map(({ result: { execution, system, report } }) =>
    result(execution.seed, system.backend, report.elapsedPs / 1000, 0),
  );
  const seeds = [1, 2, 3, 4].flatMap((seed) =>
    cellRows(free.filter(({ execution }) => execution.seed === seed)),
  );
  assert.match(intervalTables(seeds, false), /no volatile work: upper bound\n/);
  assert.match(intervalTables(seeds, true), /speedup \(no volatile work: upper bound\)/);
  const both = intervalTables([...ROWS, ...seeds], false);
  assert.equal(both.match(/^workload/gm)?.length, 2, 'a table each');
});
