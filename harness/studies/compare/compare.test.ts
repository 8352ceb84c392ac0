import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ComparedFile, compareFiles } from './compare.ts';
import { kindOf } from './kinds.ts';

type Row = Readonly<Record<string, string>>;

function fileOf(name: string, records: readonly Row[]): ComparedFile {
  const columns = Object.keys(records[0]);
  const kind = kindOf(name, columns);
  assert(kind !== undefined, name);
  return { name, kind, columns, records };
}

/** Rows of one cell, a row a seed. */
const seeded = (times: readonly number[], first = 1) =>
  fileOf(
    'whisper.csv',
    times.map((time, index) => ({
      workload: 'ctree',
      backend: 'sm-dd',
      profile: 'paper-2018',
      queuePairs: 'auto',
      seed: String(first + index),
      execTimeNsPerTx: String(time),
    })),
  );

const moveOf = (before: readonly number[], after: readonly number[], first = 1) =>
  compareFiles(seeded(before), seeded(after, first)).moves[0];

test('a change within every seed is beyond their interval, however far the seeds are apart', () => {
  const before = [100, 200, 300, 400, 500];
  const move = moveOf(
    before,
    before.map((time) => time * 1.02),
  );
  assert.equal(move.beyond, 'beyond');
  assert.match(move.why, /change \+2 to \+2 % over 5 seeds, paired/);
  assert.ok(Math.abs((move.changePercent ?? 0) - 2) < 1e-9);
});

test('a change that goes up under some seeds and down under others is within it', () => {
  const move = moveOf([100, 100, 100, 100], [104, 97, 103, 98]);
  assert.equal(move.beyond, 'within');
  assert.match(move.why, /^change −5\.09 to \+6\.09 %/);
});

test('seeds that are others are compared by the intervals of their means', () => {
  assert.equal(moveOf([100, 110, 105], [104, 108, 106], 11).beyond, 'within');
  assert.equal(moveOf([100, 110, 105], [204, 208, 206], 11).beyond, 'beyond');
});

test('of one seed on either side nothing is said of chance', () => {
  for (const move of [moveOf([100], [200]), moveOf([100, 101], [200]), moveOf([1], [2, 3])]) {
    assert.deepEqual([move.beyond, move.why], ['unknown', 'one seed: no interval']);
  }
});

test('what is equal has not moved', () => {
  const { moves, rowsMoved, rowsCompared } = compareFiles(seeded([1, 2]), seeded([1, 2]));
  assert.deepEqual([moves, rowsMoved, rowsCompared], [[], 0, 1]);
});

test('the order of rows is no change', () => {
  const before = seeded([1, 2]);
  const records = before.records.map((row, i) => ({ ...row, keepsOrder: i === 0 ? 'yes' : 'no' }));
  const of = (rows: readonly Row[]) => fileOf('whisper.csv', rows);
  assert.deepEqual(compareFiles(of(records), of(records.toReversed())).moves, []);
});

test('means whose file states their interval are held against that', () => {
  const summary = (mean: number, low: string, high: string) =>
    fileOf('whisper-summary.csv', [
      {
        set: 'whisper',
        backend: 'sm-ob',
        profile: 'p',
        queuePairs: 'auto',
        geometricMeanSpeedupOverSmRc: String(mean),
        geometricMeanSpeedupLow: low,
        geometricMeanSpeedupHigh: high,
      },
    ]);
  const of = (after: ComparedFile) => compareFiles(summary(2, '1.9', '2.1'), after).moves[0].beyond;
  assert.equal(of(summary(2.15, '2.05', '2.25')), 'within');
  assert.equal(of(summary(2.3, '2.2', '2.4')), 'beyond');
  assert.equal(of(summary(2.3, '', '')), 'unknown');
});

test('rows and columns on one side only are counted; texts and gaps move, too', () => {
  const row = { profile: 'p', quantity: 'q', unit: 'ns', verdict: 'ok', model: '1', measured: '' };
  const before = fileOf('calibration.csv', [row, { ...row, quantity: 'gone' }]);
  const after = fileOf('calibration.csv', [
    { ...row, verdict: 'open', measured: '3', extra: 'x' },
    { ...row, quantity: 'new', extra: 'x' },
  ]);
  const found = compareFiles(before, after);
  assert.deepEqual([found.rowsCompared, found.onlyBefore, found.onlyAfter], [1, 1, 1]);
  assert.deepEqual(found.columnsOnlyAfter, ['extra']);
  assert.deepEqual(
    found.moves.map(({ column, before: was, after: is }) => [column, was, is]),
    [
      ['verdict', 'ok', 'open'],
      ['measured', '', '3'],
    ],
  );
});

test('what a sweep varies, and parameters in columns of their own, tell rows apart', () => {
  const row = { workload: 'a', backend: 'b', profile: 'p', queuePairs: 'auto', seed: '1' };
  const sweep = (times: readonly string[]) =>
    fileOf(
      'mine.csv',
      times.map((time, index) => ({
        'link.rateGbps': String(10 * (index + 1)),
        ...row,
        'param.keys': '7',
        execTimeNsPerTx: time,
      })),
    );
  const { moves } = compareFiles(sweep(['1', '2']), sweep(['1', '4']));
  assert.deepEqual(
    moves.map(({ row: name, changePercent }) => [name, changePercent]),
    [['link.rateGbps 20', 100]],
  );
});

test('runs on two machines are compared across them, and it is said; two programs are not', () => {
  const of = (changes: Row) => {
    const { records } = seeded([5]);
    return fileOf('whisper.csv', [{ ...records[0], ...changes }]);
  };
  const machines = compareFiles(of({}), of({ profile: 'mine', execTimeNsPerTx: '6' }));
  assert.deepEqual(machines.across, ['profile paper-2018 before, mine after']);
  assert.deepEqual([machines.rowsCompared, machines.moves.length], [1, 1]);
  assert.equal(compareFiles(of({}), of({ workload: 'hashmap' })).rowsCompared, 0);
});
