import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Screen } from '../host/index.ts';
import { fittedTable, listTable, plainTable, threeDigits, timeText } from './table.ts';

const HEADS = [
  { text: 'program' },
  { text: 'a ratio', short: 'a', over: 'ratio of' },
  { text: 'b ratio', short: 'b', over: 'ratio of' },
  { text: 'a note', rank: 1 },
  { text: 'of less weight', rank: 2 },
];
const ROW = ['echo', '1.00', '2.00', 'some words', '7'];

const widest = (table: string): number => Math.max(...table.split('\n').map((line) => line.length));

test('a table that fits has all columns, under titles that neighbours share', () => {
  assert.equal(
    fittedTable(HEADS, [ROW], false),
    [
      '           ratio of',
      'program     a     b      a note  of less weight',
      'echo     1.00  2.00  some words               7',
    ].join('\n'),
  );
});

test('of a wider one the columns that matter least are left out, as many as it takes', () => {
  const long = ROW.with(3, 'x'.repeat(55));
  const table = fittedTable(HEADS, [ROW, long], false);
  assert.match(table, /a note$/m);
  assert.doesNotMatch(table, /7$/m);
  assert.match(table, /\n\(--wide has more: of less weight\)$/, 'what is left out is said');
  assert.equal(widest(table), 76);
  const narrower = fittedTable(HEADS, [ROW.with(3, 'x'.repeat(60))], false);
  assert.match(narrower, /^echo +1\.00 +2\.00\n\(--wide has more: a note; of less weight\)$/m);
});

test('what must stay and is too wide wraps in its first column', () => {
  const name = 'a name of several words that go on and on, over the end of the line, for ever';
  const table = fittedTable(HEADS, [ROW.with(0, name)], false);
  assert.equal(widest(table), 80);
  for (const word of name.split(' ')) assert(table.includes(word), word);
});

test('a wide table has every column on one line, whatever its width', () => {
  const lines = fittedTable(HEADS, [ROW.with(3, 'x'.repeat(90))], true).split('\n');
  assert.match(lines[0], /^program +a ratio +b ratio +a note +of less weight$/);
  assert.equal(lines.length, 2);
});

const at = (width: number, unicode = false): Screen => ({ width, unicode, colour: false });

test('a wider screen has what a narrower one leaves out', () => {
  const long = ROW.with(3, 'x'.repeat(55));
  assert.match(fittedTable(HEADS, [long], false, at(120)), /of less weight\n.* 7$/m);
  assert.doesNotMatch(fittedTable(HEADS, [long], false, at(120)), /--wide/);
});

test('numbers that do not fit side by side come in blocks, each with the first column', () => {
  const names = Array.from({ length: 12 }, (_, i) => `design-${i}`);
  const rows = ['echo', 'ycsb'].map((name) => [name, ...names.map((_, i) => String(1000 + i))]);
  const table = plainTable(['program', ...names], rows, at(80));
  assert(widest(table) <= 80);
  for (const name of names) assert(table.includes(name), name);
  assert.equal(table.match(/^program/gm)?.length, 2);
  assert.equal(table.match(/^ycsb/gm)?.length, 2);
  assert.equal(plainTable(['program', ...names], rows, at(160)).split('\n').length, 3);
});

test('words that a block has room for are not wrapped, though the whole table has none', () => {
  const name = 'trace:of-a-long-name.log';
  const names = Array.from({ length: 8 }, (_, i) => `design-0000${i}`);
  const rows = [[name, ...names.map((_, i) => String(1000 + i))]];
  const table = plainTable(['program', ...names], rows, at(80));
  assert(widest(table) <= 80);
  assert.equal(table.match(/^trace:of-a-long-name\.log /gm)?.length, 2, table);
});

test('words are left-aligned and wrapped, also where a word is longer than its line', () => {
  const heads = [{ text: 'n' }, { text: 'found', words: true }];
  const table = fittedTable(heads, [['1', `so much ${'y'.repeat(90)}`]], false, at(80));
  assert.equal(widest(table), 80);
  assert.equal(table.match(/y/g)?.length, 90, 'nothing is cut');
  assert.match(table, /^n {2}found\n1 {2}so much\n {3}y{77}\n {3}y{13}$/);
  const wide = plainTable(['n', '\u540d'], [['\u8ffd\u8de1', '1']], at(80));
  assert.equal(wide, 'n     \u540d\n\u8ffd\u8de1   1', 'wide characters take two columns');
});

test('numbers that are the message have bars where there is room', () => {
  const heads = [{ text: 'design' }, { text: 'speedup', bar: true }];
  const rows = [
    ['sm-rc', '1.00'],
    ['sm-dd', '4.00'],
    ['no-sm', '-'],
  ];
  assert.equal(
    fittedTable(heads, rows, false, at(80)),
    [
      'design                            speedup',
      `sm-rc   ${'#'.repeat(6).padEnd(24)}     1.00`,
      `sm-dd   ${'#'.repeat(24)}     4.00`,
      `no-sm   ${' '.repeat(24)}        -`,
    ].join('\n'),
  );
  const [, half, whole] = fittedTable(
    heads,
    rows.with(0, ['sm-rc', '0.0850']),
    false,
    at(80, true),
  ).split('\n');
  assert.match(half, /^sm-rc +\u258c +0\.0850$/);
  assert.match(whole, /^sm-dd +\u2588{24} +4\.00$/);
  const long = rows.map((row) => ['x'.repeat(66), row[1]]);
  assert.doesNotMatch(fittedTable(heads, long, false, at(80)), /#/, 'no room for a bar');
});

test('a list wraps its last column', () => {
  const list = listTable(
    [
      ['  a', 'word '.repeat(40)],
      ['  bcd', 'short'],
    ],
    at(80),
  );
  assert.equal(widest(list) <= 80, true);
  assert.match(list, /^ {2}a {4}word.*\n {7}word/);
});

test('three digits, and the unit that suits them', () => {
  for (const [value, text] of [
    [12.449, '12.4'],
    [1, '1.00'],
    [0.05678, '0.0568'],
    [9.999, '10.0'],
    [1234.5, '1230'],
    [0, '0'],
    [undefined, '-'],
  ] as const) {
    assert.equal(threeDigits(value), text);
  }
  for (const [ns, text] of [
    [98.76, '98.8 ns'],
    [999.4, '999 ns'],
    [999.6, '1.00 us'],
    [310_415, '310 us'],
    [3_863_868, '3.86 ms'],
    [undefined, '-'],
  ] as const) {
    assert.equal(timeText(ns), text);
  }
});
