import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FailureError } from '../../host/index.ts';
import { csvText } from '../../report/index.ts';
import { VALIDATION_COLUMNS } from './columns.ts';
import { refuseBeyond } from './judge.ts';
import { measure } from './measure.ts';
import { predict } from './prediction.ts';
import { subject } from './reference.ts';
import { validate } from './rows.ts';
import { suiteRows } from './suite-facts.ts';
import { validationTables, verdictLine } from './table.ts';

const directory = mkdtempSync(join(tmpdir(), 'validate-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const CTREE = subject({
  workload: 'ctree',
  threads: 1,
  transactions: 50,
  warmupTransactions: 20,
  inSuite: true,
  source: 'a measurement',
  figures: {
    epochsPerTxMedian: 12,
    fencesPerTxMean: 8,
    bytesPerTxMean: { original: 228, reason: { ours: 324, text: 'more is counted' } },
    publishedEpochsPerTx: { original: 11, note: 'fewer are counted' },
  },
});

test('every figure gets its verdict; tables, CSV and exit code say it', async () => {
  const seen: string[] = [];
  const onProgress = (done: number, label: string): void => void seen.push(`${done} ${label}`);
  const rows = await validate({ subjects: [CTREE], pairs: [], directory, onProgress });
  const programs = rows.filter(({ section }) => section === 'program');
  const verdicts = programs.map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ['within', 'beyond', 'explained', 'reported']);
  assert.deepEqual(seen, ['0 ctree']);
  assert.throws(() => refuseBeyond(rows), FailureError);
  assert.throws(
    () => refuseBeyond(rows),
    /ctree \(1 thread, 50 tx, all stores\): fencesPerTxMean$/,
  );
  refuseBeyond(rows.filter(({ verdict }) => verdict !== 'beyond'));
  const text = validationTables(programs, true);
  assert.match(text, /^fencesPerTxMean +8 +12 +\+50\.0 % +20 % +BEYOND$/m);
  assert.match(text, /^bytesPerTxMean .* explained +\[1\]$/m);
  assert.match(text, /^\[1\] more is counted\n\[2\] fewer are counted$/m);
  assert.match(verdictLine(programs), /^4 figures: 1 within tolerance, 1 beyond it for a/);
  const csv = csvText(VALIDATION_COLUMNS, programs).split('\n');
  assert.match(
    csv[2],
    /^program,ctree,.*,fencesPerTxMean,fences,8,8,12,50,20,percent,beyond,,a meas/,
  );
  const again = await validate({ subjects: [CTREE], pairs: [], directory });
  assert.deepEqual(again, rows);
});

test('suite-wide figures are unweighted over the programs and never judged', () => {
  const summary = measure(CTREE);
  const rows = suiteRows([
    { workload: 'ctree', summary },
    { workload: 'vacation', summary },
  ]);
  assert.deepEqual(
    rows.map(({ metric, original, verdict }) => [metric, original, verdict]),
    [
      ['pmShareOfWrites', 0.04, 'reported'],
      ['orderingPointsPerTx', [5, 50], 'reported'],
      ['oneLineEpochShare', 0.75, 'reported'],
      ['selfDependentShare', 0.8, 'reported'],
    ],
  );
  assert.equal(rows[0].ours, 0.0093, 'mean of 1.55 % and 0.31 %');
  assert.equal(rows[1].ours, 12);
  assert.match(rows[1].reason, /2 of 2 lie in the range: ctree 12, vacation 12$/);
});

test('a port is timed with and without its loads, of which its trace has none', async () => {
  const reasons = { 'optane-cx5 sm-dd': { ours: 1, text: 'not the value that it is' } };
  const pair = { workload: 'ycsb', parameters: { keys: 2000, writeShare: 0.47 }, threads: 2 };
  const rows = await predict({ ...pair, trace: 'ycsb', transactions: 300, reasons }, directory);
  // Its clients depend on each other, so it is timed with a shared queue pair too.
  assert.equal(rows.length, 16);
  const of = (loads: string, metric: string) => {
    const row = rows.find((r) => r.conditions.includes(loads) && r.metric.endsWith(metric));
    assert(row !== undefined);
    return row;
  };
  for (const metric of ['paper-2018 sm-ob', 'paper-2018 sm-dd', 'optane-cx5 sm-dd']) {
    assert.equal(of('left out', metric).verdict, 'within', metric);
  }
  const [without, charged] = ['left out', 'charged'].map((l) => of(l, 'optane-cx5 sm-dd'));
  assert.equal(without.original, charged.original);
  assert(without.ours > charged.ours * 1.2, `${without.ours}, ${charged.ours}`);
  assert.equal(charged.verdict, 'beyond');
  assert.match(charged.reason, /no longer explained/);
  const shared = of('left out', 'paper-2018 sm-ob, queue pair shared');
  assert.equal(shared.verdict, 'within');
  const perCore = of('left out', 'paper-2018 sm-ob');
  assert(Number(shared.original) < Number(perCore.original) * 0.8);
});
