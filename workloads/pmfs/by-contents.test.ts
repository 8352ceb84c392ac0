import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByContents } from './by-contents.ts';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

test('the same contents are made of once, whoever holds them', () => {
  const known = new ByContents<object>(8);
  const first = known.of('', [bytes(1, 2)], () => ({}));
  assert.equal(
    known.of('', [bytes(1, 2)], () => ({})),
    first,
  );
});

test('other options, bytes, and files that are cut elsewhere are told apart', () => {
  const known = new ByContents<string>(8);
  const asked: readonly (readonly [string, readonly Uint8Array[]])[] = [
    ['', [bytes(1, 2)]],
    ['rows', [bytes(1, 2)]],
    ['', [bytes(1, 3)]],
    ['', [bytes(1), bytes(2)]],
    ['', []],
  ];
  const made = asked.map(([options, files], i) => known.of(options, files, () => `${i}`));
  assert.deepEqual(made, ['0', '1', '2', '3', '4']);
});

test('what was made first is forgotten first, and what fails is tried again', () => {
  const known = new ByContents<number>(2);
  let made = 0;
  const make = (value: number) => known.of('', [bytes(value)], () => ++made);
  assert.deepEqual([make(1), make(2), make(3), make(3), make(1)], [1, 2, 3, 3, 4]);
  const fails = () => known.of('', [bytes(9)], () => assert.fail('damaged'));
  assert.throws(fails, /damaged/);
  assert.throws(fails, /damaged/);
});
