import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { PROFILES } from '../../../../rdma/index.ts';
import { resolveWorkload } from '../../../../workloads/index.ts';
import { type CellResult, REGISTRY, runGroup } from '../../../bench/index.ts';
import { csvText } from '../../../report/index.ts';
import { HEADLINE_COLUMNS, headlineRowsOf } from '../headline/columns.ts';
import { headlineRows } from '../headline/rows.ts';
import { jointColumns, jointRowsOf } from './columns.ts';
import { type JointChoice, planJoint } from './plan.ts';
import { jointRows, wholeHeadlines } from './rows.ts';

const directory = mkdtempSync(join(tmpdir(), 'joint-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const ctree = resolveWorkload('ctree');
assert.ok(ctree !== undefined);

async function run(choice: JointChoice) {
  const plan = planJoint(PROFILES[0], ctree === undefined ? [] : [ctree], choice);
  const results: CellResult[][] = [];
  for (const group of plan.groups) results.push(await runGroup(group, REGISTRY, { directory }));
  return { plan, results, rows: jointRows(plan, results) };
}

const { plan, results, rows } = await run({ machines: 4, factor: 0.1 });
const headline = headlineRows(rows, wholeHeadlines(plan, results));

test('every machine has the counts of both builds, those of o2 at one of two speeds', () => {
  const numbers = (model: string) =>
    rows.filter(({ computeModel }) => computeModel === model).map(({ machine }) => machine);
  assert.deepEqual(['o2', 'whisper', 'native'].map(numbers), [
    [0, 1, 3],
    [0, 1, 2, 3, 4],
    [0, 2, 4],
  ]);
});

test('more volatile work leaves less to gain, on the same machine', () => {
  for (const machine of [0, 1, 3]) {
    const gain = (model: string) =>
      rows.find((row) => row.machine === machine && row.computeModel === model)?.headlines[0][
        'sm-dd'
      ].geometric ?? Number.NaN;
    assert.ok(gain('whisper') < gain('o2'), `machine ${machine}`);
  }
});

test('a part of the study gives the same rows', async () => {
  const part = await run({ machines: 4, factor: 0.1, only: [2], whole: false });
  const expected = rows.filter(({ machine }) => machine === 0 || machine === 2);
  assert.deepEqual(part.rows, expected);
});

test('the headline can be made of the file, and be read back', () => {
  const text = csvText(jointColumns(plan.assumptions), rows);
  const read = jointRowsOf(parse(text, { columns: true }));
  assert.deepEqual(
    read,
    rows.map((row) => ({ ...row, values: [] })),
  );
  const again = headlineRows(read, wholeHeadlines(plan, results));
  assert.deepEqual(again, headline);
  const csv = csvText(HEADLINE_COLUMNS, headline);
  assert.equal(csvText(HEADLINE_COLUMNS, headlineRowsOf(parse(csv, { columns: true }))), csv);
});

test('a line for each guarantee, build and design; of a program of one thread both guarantees agree', () => {
  assert.equal(headline.length, 8);
  const figures = headline.map(({ geometric, arithmetic }) => ({ geometric, arithmetic }));
  assert.deepEqual(figures.slice(0, 4), figures.slice(4));
  assert.deepEqual(
    headline
      .slice(0, 4)
      .map((row) => [row.instructionCounts, row.computeModels, row.design, row.machines]),
    [
      ['o2', 'o2 native', 'sm-ob', 4],
      ['o2', 'o2 native', 'sm-dd', 4],
      ['whisper', 'whisper', 'sm-ob', 4],
      ['whisper', 'whisper', 'sm-dd', 4],
    ],
  );
  // The whole run of ctree in paper-2018, and the short one near it.
  for (const { geometric } of headline) {
    assert.ok(Math.abs(geometric.short / geometric.value - 1) < 0.05);
    assert.ok(geometric.p5 <= geometric.p50 && geometric.p50 <= geometric.p95);
  }
});
