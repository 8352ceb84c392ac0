import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fittedTable, threeDigits, timeText } from './table.ts';

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
  assert.doesNotMatch(table, /weight/);
  assert.equal(widest(table), 76);
  assert.doesNotMatch(fittedTable(HEADS, [ROW.with(3, 'x'.repeat(60))], false), /note|weight/);
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
