import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CheckedFile, csvDifferences } from './csv-differences.ts';

const FILE: CheckedFile = { name: 'a.csv', key: ['program', 'design'] };
const COMMITTED = [
  'program,design,timeNs,note',
  'ctree,sm-ob,10,',
  'ctree,sm-dd,7,"with, comma"',
  'echo,sm-ob,300,x',
].join('\n');

const differences = (regenerated: string, file = FILE): readonly string[] =>
  csvDifferences(file, `${COMMITTED}\n`, `${regenerated}\n`);

test('the same bytes differ in nothing', () => {
  assert.deepEqual(differences(COMMITTED), []);
});

test('what moved is reported by row and column, committed value first', () => {
  const changed = COMMITTED.replace('7,"with, comma"', '8,other').replace('300', '');
  assert.deepEqual(differences(changed), [
    'program=ctree, design=sm-dd: timeNs 7 -> 8',
    'program=ctree, design=sm-dd: note with, comma -> other',
    'program=echo, design=sm-ob: timeNs 300 -> ',
  ]);
});

test('rows that are gone or new are reported, also one of two with one key', () => {
  assert.deepEqual(differences(COMMITTED.replace('echo', 'tpcc')), [
    'program=echo, design=sm-ob: the row is gone',
    'program=tpcc, design=sm-ob: the row is new',
  ]);
  assert.deepEqual(differences(`${COMMITTED}\necho,sm-ob,300,x`), [
    'program=echo, design=sm-ob: the row is new',
  ]);
});

test('columns that are gone, new or in another place are reported, and the others still compared', () => {
  assert.deepEqual(differences(COMMITTED.replace('timeNs', 'timePs').replace('300', '301')), [
    'column timeNs is gone',
    'column timePs is new',
  ]);
  const exchanged = 'program,design,note,timeNs\nctree,sm-ob,,10';
  assert.match(
    differences(exchanged)[0],
    /^columns in another order: program,design,timeNs,note ->/,
  );
});

test('another order of rows, or other bytes of the same values, are no more the same', () => {
  const [head, first, second, third] = COMMITTED.split('\n');
  const told = ['the rows are the same, but not their order or their bytes'];
  assert.deepEqual(differences([head, second, first, third].join('\n')), told);
  assert.deepEqual(differences(COMMITTED.replace('echo', '"echo"')), told);
  assert.deepEqual(csvDifferences(FILE, `${COMMITTED}\n`, COMMITTED), told);
});

test('of a file that is made anew in part only that part is compared, byte for byte', () => {
  const file: CheckedFile = { ...FILE, isPart: ({ program }) => program === 'ctree' };
  const part = COMMITTED.split('\n').slice(0, 3).join('\n');
  assert.deepEqual(differences(part, file), []);
  assert.deepEqual(differences(COMMITTED, file), ['program=echo, design=sm-ob: the row is new']);
  assert.deepEqual(differences(part.replace(',7,', ',9,'), file), [
    'program=ctree, design=sm-dd: timeNs 7 -> 9',
  ]);
  assert.deepEqual(differences(part.replace('ctree,sm-ob', '"ctree",sm-ob'), file).length, 1);
});

test('a part has no column of a parameter that none of its rows has', () => {
  const [head, ...rows] = COMMITTED.split('\n');
  const whole = [`${head},param.size,param.skew`, ...rows.map((row, i) => `${row},,${i || ''}`)];
  const file: CheckedFile = { ...FILE, isPart: ({ program }) => program === 'ctree' };
  const part = [`${head},param.skew`, `${rows[0]},`, `${rows[1]},1`].join('\n');
  const found = (text: string) => csvDifferences(file, `${whole.join('\n')}\n`, `${text}\n`);
  assert.deepEqual(found(part), []);
  assert.deepEqual(found(part.replace('param.skew', 'param.size')), [
    'column param.skew is gone',
    'column param.size is new',
  ]);
  assert.equal(found(part.replace('ctree,sm-ob', '"ctree",sm-ob')).length, 1);
});

test('an empty file, or one that is cut off, is reported', () => {
  assert.match(csvDifferences(FILE, `${COMMITTED}\n`, '')[0], /^column program is gone$/);
  const cut = COMMITTED.slice(0, COMMITTED.indexOf(',sm-dd'));
  assert.ok(differences(cut).includes('program=ctree, design=sm-dd: the row is gone'));
});
