import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prose, wrapped } from './wrap.ts';

test('text is broken at blanks, and in a word only where it is longer than a line', () => {
  assert.deepEqual(wrapped('as it is', 8), ['as it is']);
  assert.deepEqual(wrapped('one two three', 8), ['one two', 'three']);
  assert.deepEqual(wrapped('a abcdefghij k', 4), ['a', 'abcd', 'efgh', 'ij k']);
  assert.deepEqual(wrapped('  in two lines', 8), ['  in two', 'lines']);
  assert.deepEqual(wrapped('takes 5.2 % or 30 us', 9), ['takes', '5.2 % or', '30 us']);
});

test('prose goes on under its beginning, or indented', () => {
  const screen = { width: 12, unicode: false, colour: false };
  assert.equal(prose('  one two three\nfour', 0, screen), '  one two\n  three\nfour');
  assert.equal(prose('one two three four', 2, screen), 'one two\n  three four');
  assert.equal(
    prose('a:   1 two three', 2, screen),
    'a:   1 two\n  three',
    'nothing is said twice',
  );
});
