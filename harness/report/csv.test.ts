import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { requireWritable, writeWhole } from '../host/index.ts';
import { type Column, column, columnsAsIn, openColumn } from './column.ts';
import { csvText, writeCsv } from './csv.ts';

const root = mkdtempSync(join(tmpdir(), 'csv-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

const COLUMNS: readonly Column<[string, number]>[] = [
  { name: 'name', unit: '-', meaning: 'a name', value: ([name]) => name },
  { name: 'timeNs', unit: 'ns', meaning: 'a time', value: ([, time]) => time },
];

test('rows come back as they were, whatever is in them', () => {
  const rows: [string, number][] = [
    ['plain', 1.5],
    ['with, comma and "quote"', 0],
    ['two\nlines', 1e21],
    ['a return\ralone', -0.5],
    ['\r\n', 1e-7],
    ['"', 1],
    [' blanks at both ends ', 2],
    ['', 3],
  ];
  const text = csvText(COLUMNS, rows);
  assert.ok(text.startsWith('name,timeNs\nplain,1.5\n') && text.endsWith('\n'));
  // As a reader finds it that is not told how lines end.
  const parsed: string[][] = parse(text);
  assert.match(text, /^"with, comma and ""quote""",0$/m);
  assert.match(text, /^"a return\ralone",-0.5$/m);
  assert.deepEqual(
    parsed.slice(1).map(([name, time]) => [name, Number(time)]),
    rows,
  );
});

test('an open column becomes a column for every name of any row, in the order of names', () => {
  const columns: readonly Column<Record<string, string | number>>[] = [
    column('first', '-', '', (row) => Object.keys(row).length),
    openColumn('param.*', '-', 'parameters', (row) => row),
    column('last', '-', '', () => 'x'),
  ];
  const rows = [{ skew: 0.5 }, {}, { size: 'small', Keys: 0 }];
  assert.deepEqual(parse(csvText(columns, rows), { columns: true }), [
    { first: '1', 'param.Keys': '', 'param.size': '', 'param.skew': '0.5', last: 'x' },
    { first: '0', 'param.Keys': '', 'param.size': '', 'param.skew': '', last: 'x' },
    { first: '2', 'param.Keys': '0', 'param.size': 'small', 'param.skew': '', last: 'x' },
  ]);
  // As columns of another file too, and none where no row has any.
  const outer = columnsAsIn('a.csv', columns, ([row]: [Record<string, number>]) => row);
  assert.equal(csvText(outer, [[{ b: 1 }]]), 'first,param.b,last\n1,1,x\n');
  assert.equal(csvText(columns, [{}]), 'first,last\n0,x\n');
});

test('a file is replaced whole and leaves no temporary file', () => {
  const path = join(root, 'deep', 'down', 'a.csv');
  writeCsv(path, COLUMNS, [['a', 1]]);
  writeCsv(path, COLUMNS, [['b', 2]]);
  assert.equal(readFileSync(path, 'utf8'), 'name,timeNs\nb,2\n');
  assert.deepEqual(readdirSync(join(root, 'deep', 'down')), ['a.csv']);
});

test('what cannot be written is a failure that says why, and nothing is half-written', () => {
  const directory = join(root, 'is-a-directory.csv');
  mkdirSync(directory);
  assert.throws(() => writeWhole(directory, 'x'), {
    name: 'FailureError',
    message: /cannot write .*is-a-directory\.csv: it is a directory/,
  });
  const file = join(root, 'file');
  writeFileSync(file, 'old');
  assert.throws(() => writeWhole(join(file, 'below.csv'), 'x'), /cannot write .*below\.csv/);
  assert.equal(readFileSync(file, 'utf8'), 'old');
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith('.')),
    [],
  );
});

test('whether a file can be written is known before, and nothing is made to find out', () => {
  const path = join(root, 'new', 'deep', 'a.csv');
  requireWritable(path);
  assert.equal(existsSync(join(root, 'new')), false);
  const existing = join(root, 'existing.csv');
  writeWhole(existing, 'x');
  requireWritable(existing);
  assert.throws(() => requireWritable(root), /cannot write .*: it is a directory/);
  assert.throws(() => requireWritable(join(existing, 'below.csv')), {
    name: 'FailureError',
    message: /cannot write .*below\.csv: a part of the path is not a directory/,
  });
  assert.throws(() => requireWritable(join(existing, 'far', 'below.csv')), /is not a directory/);
});

test('a directory without write permission is a failure', {
  skip: process.getuid?.() === 0 ? 'root may write anywhere' : false,
}, () => {
  const directory = join(root, 'locked');
  mkdirSync(directory);
  chmodSync(directory, 0o500);
  assert.throws(() => writeWhole(join(directory, 'a.csv'), 'x'), /permission denied/);
  assert.throws(() => requireWritable(join(directory, 'b', 'a.csv')), /permission denied/);
});

test('a link keeps pointing to its file, and a pipe is refused and stays a pipe', () => {
  const file = join(root, 'linked.csv');
  const link = join(root, 'link.csv');
  writeWhole(file, 'old');
  symlinkSync(file, link);
  writeWhole(link, 'new');
  assert.equal(readFileSync(file, 'utf8'), 'new');
  assert(lstatSync(link).isSymbolicLink());
  const pipe = join(root, 'pipe');
  execFileSync('mkfifo', [pipe]);
  assert.throws(() => writeWhole(pipe, 'x'), /pipe: it is not a regular file/);
  assert(lstatSync(pipe).isFIFO());
});
