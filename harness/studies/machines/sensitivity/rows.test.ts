import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PROFILES } from '../../../../rdma/index.ts';
import { resolveWorkload } from '../../../../workloads/index.ts';
import { type CellResult, REGISTRY, runGroup } from '../../../bench/index.ts';
import { csvText } from '../../../report/index.ts';
import { assumptionsOf } from './assumptions.ts';
import { SENSITIVITY_COLUMNS } from './columns.ts';
import { planSensitivity } from './plan.ts';
import { bandOf, sensitivityRows } from './rows.ts';
import { sensitivityTable } from './table.ts';

const directory = mkdtempSync(join(tmpdir(), 'sensitivity-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const ctree = resolveWorkload('ctree');
assert.ok(ctree !== undefined);
const [paper] = PROFILES;
const POLICIES = ['auto', 'shared'] as const;
const plan = planSensitivity(paper, [ctree], POLICIES, 0.02);
const results: CellResult[][] = [];
for (const group of plan.groups) results.push(await runGroup(group, REGISTRY, { directory }));
const allRows = sensitivityRows(plan, results);
const rows = allRows.filter(({ queuePairs }) => queuePairs === 'auto');

test('every policy has rows of its own', () => {
  assert.equal(allRows.length, POLICIES.length * rows.length);
  // A program of one thread has one queue pair whatever the policy.
  const shared = allRows.slice(rows.length);
  assert.deepEqual(
    shared.map((row) => ({ ...row, queuePairs: 'auto' })),
    rows,
  );
  assert.match(sensitivityTable(allRows), /^queue pairs auto\n\n.*\n\nqueue pairs shared\n\n/s);
});

test('every assumption is tried at both ends, volatile work in two ways, each for both designs', () => {
  // On top come the speed of PM on both machines together, instruction counts, and their speed.
  assert.equal(rows.length, 2 * (assumptionsOf(paper).length + 3));
  for (const { assumption, atLow, defaultValue, lowValue, highValue } of rows) {
    if (assumption.startsWith('instruction ')) assert.equal(atLow, undefined);
    else assert.ok(lowValue <= defaultValue && defaultValue <= highValue, assumption);
  }
});

test('more volatile work leaves less to gain', () => {
  const counts = rows.filter(({ assumption }) => assumption === 'instruction counts');
  assert.equal(counts.length, 2);
  for (const { atDefault, atHigh } of counts) assert.ok(atHigh.geometric < atDefault.geometric);
});

test('ctree runs faster natively than the profile has it: more to gain where nothing overlaps it', () => {
  // Under sm-ob the replica's flushes go on meanwhile, so that it gains less than sm-rc.
  const speed = rows.filter(({ assumption }) => assumption === 'instruction speed');
  const above = speed.map(({ atDefault, atHigh }) => atHigh.geometric > atDefault.geometric);
  assert.deepEqual(Object.fromEntries(speed.map(({ design }, i) => [design, above[i]])), {
    'sm-ob': false,
    'sm-dd': true,
  });
});

test('rows are sorted by effect, which is the larger change of the mean', () => {
  const effects = rows.map(({ effectPercent }) => effectPercent);
  assert.deepEqual(
    effects,
    [...effects].sort((a, b) => b - a),
  );
  for (const { atDefault, atLow, atHigh, effectPercent } of rows) {
    for (const end of [atLow ?? atDefault, atHigh]) {
      const change = Math.abs(end.geometric / atDefault.geometric - 1) * 100;
      assert.ok(change <= effectPercent + 1e-9);
    }
  }
  assert.ok(effects[0] > 5 && effects[effects.length - 1] < 1, `${effects}`);
});

test('the band holds the default and every row, and is reached', () => {
  for (const design of ['sm-ob', 'sm-dd'] as const) {
    const { value, low, high, lowBy, highBy } = bandOf(rows, design, 'geometric');
    assert.ok(low < value && value < high);
    const own = rows.filter((row) => row.design === design);
    const ends = own.flatMap(({ atLow, atHigh }) => [atLow?.geometric ?? value, atHigh.geometric]);
    assert.equal(Math.min(...ends), low);
    assert.equal(Math.max(...ends), high);
    const by = (name: string) => own.find(({ assumption }) => assumption === name);
    assert.ok([by(lowBy)?.atLow?.geometric, by(lowBy)?.atHigh.geometric].includes(low), lowBy);
    assert.ok([by(highBy)?.atLow?.geometric, by(highBy)?.atHigh.geometric].includes(high), highBy);
  }
});

test('a dearer flush at the replica costs the design that flushes at every epoch most', () => {
  const flush = rows.filter(({ assumption }) => assumption === 'pcie.readRoundTripNs');
  const [ob, dd] = ['sm-ob', 'sm-dd'].map((name) => flush.find(({ design }) => design === name));
  assert.ok(ob?.atLow && ob.atLow.geometric > ob.atHigh.geometric);
  assert.ok(dd?.atLow && dd.atLow.geometric < dd.atHigh.geometric);
});

test('the file and the table show the rows', () => {
  const text = csvText(SENSITIVITY_COLUMNS, rows);
  assert.equal(text.trim().split('\n').length, rows.length + 1);
  assert.match(
    text,
    /^profile,queuePairs,assumption,unit,defaultValue,lowValue,highValue,backend,/,
  );
  assert.match(
    sensitivityTable(rows),
    /\nsm-dd +geometric +\d\.\d\d +\d\.\d\d +\d\.\d\d +2\.9 +[a-z]/,
  );
});
