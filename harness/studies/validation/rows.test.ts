import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { profileNamed } from '../../../rdma/index.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import {
  exampleExecutions,
  executionOf,
  exportStoreLog,
  REGISTRY,
  type TraceExecution,
} from '../../bench/index.ts';
import { FailureError } from '../../host/index.ts';
import { csvText } from '../../report/index.ts';
import { VALIDATION_COLUMNS } from './columns.ts';
import { compare } from './comparison.ts';
import { refuseBeyond } from './judge.ts';
import { measure } from './measure.ts';
import { PAIRS, SUBJECTS } from './plan.ts';
import { COMPARED, comparisonNotes, comparisonRows, predict } from './prediction.ts';
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

test('a port is held against its trace without loads and locks, and shown with them', async () => {
  const reasons = { 'optane-cx5 sm-dd': { ours: 1, text: 'not the value that it is' } };
  const pair = { workload: 'ycsb', parameters: { keys: 2000, writeShare: 0.47 } };
  const rows = await predict({ ...pair, trace: 'ycsb', transactions: 100, reasons }, directory);
  // Two designs, policies and profiles, without and with.
  assert.equal(rows.length, 16);
  const of = (loads: string, metric: string) => {
    const row = rows.find((r) => r.conditions.includes(loads) && r.metric.endsWith(metric));
    assert(row !== undefined);
    return row;
  };
  for (const metric of ['paper-2018 sm-ob', 'optane-cx5 sm-ob', 'sm-ob, queue pair shared']) {
    assert.equal(of('left out', metric).verdict, 'within', metric);
  }
  const [without, charged] = ['left out', 'charged'].map((l) => of(l, 'optane-cx5 sm-dd'));
  assert.equal(without.original, charged.original);
  assert(without.ours > charged.ours * 1.2, `${without.ours}, ${charged.ours}`);
  assert.deepEqual([charged.verdict, charged.tolerance], ['reported', null]);
  const perCore = of('left out', 'paper-2018 sm-ob');
  const shared = of('left out', 'paper-2018 sm-ob, queue pair shared');
  assert(Number(shared.original) < Number(perCore.original) * 0.8);
});

test('a port is close to its own log, and far from that of another program', async () => {
  const redis = resolveWorkload('redis');
  const ctree = resolveWorkload('ctree');
  assert(redis !== undefined && ctree !== undefined);
  const file = join(directory, 'redis.storelog');
  const given = executionOf(redis, { transactions: 100, warmupTransactions: 0, seed: 7 });
  const txMarkers = exportStoreLog(given, REGISTRY, file);
  const trace: TraceExecution = {
    ...exampleExecutions('o2', 1)[0],
    name: 'redis',
    file,
    txMarkers,
    orderNeeded: 'none',
  };
  const profiles = [profileNamed('paper-2018')];
  const plan = { workload: redis, parameters: {}, trace, profiles, backends: COMPARED };
  const own = await compare(plan, join(directory, 'own'));
  for (const row of comparisonRows(plan, own).filter(({ tolerance }) => tolerance !== null)) {
    assert.equal(row.verdict, 'within', row.metric);
    assert(Math.abs(row.deviation) < 5);
  }
  assert.doesNotMatch(comparisonNotes(plan, own).join(), /is it a trace of that program/);
  const other = { ...plan, workload: resolveWorkload('vacation') ?? redis };
  const notes = comparisonNotes(other, await compare(other, join(directory, 'other')));
  assert.match(notes.join(), /vacation has 4.0 epochs a transaction and the trace 14.0/);
  await assert.rejects(compare({ ...plan, trace: { ...trace, txMarkers: [] } }, directory), {
    name: 'UsageError',
    message: /marks no transactions.*--tx-marker takes: set-overwrite/,
  });
  const threads = { ...plan, trace: exampleExecutions('o2', 1)[2] };
  await assert.rejects(compare(threads, join(directory, 'threads')), {
    name: 'UsageError',
    message: /3 threads run transactions in it; the clients of redis are at most 1/,
  });
});

test('every figure that is open says what is to be done next', () => {
  const reasons = [
    ...SUBJECTS.flatMap(({ references }) => references.map(({ reason }) => reason)),
    ...PAIRS.flatMap(({ reasons: own = {} }) => Object.values(own)),
  ].filter((reason) => reason !== undefined);
  assert(reasons.some(({ next }) => next !== undefined));
  for (const { text, next } of reasons) {
    if (/not known|does not\b/.test(text)) assert(next !== undefined && next !== '', text);
  }
});
