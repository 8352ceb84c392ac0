import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, printableInColour, printableLines } from './printable.ts';

test('what a terminal would act on is shown as an escape, all else as it is', () => {
  assert.equal(
    printable('a\u001b[31mb\u0007\u009b1m\u007f'),
    'a\\u001b[31mb\\u0007\\u009b1m\\u007f',
  );
  assert.equal(printable('a\nb\r\tc\u2028d'), 'a\\nb\\r\\tc\\u2028d');
  assert.equal(printable('\u202egnp.exe\u200b\ufeff\ud800'), '\\u202egnp.exe\\u200b\\ufeff\\ud800');
  const plain = "it's <fine>; 100 % über 漢字 😀 \\n";
  assert.equal(printable(plain), plain);
});

test('of several lines each stays one, but for those that a name brings along', () => {
  const message = 'x is wrong:\n  a\u0007\n  b';
  assert.equal(printableLines(message, ['', 'b']), 'x is wrong:\n  a\\u0007\n  b');
  const name = 'a\npmirror: done\n';
  assert.equal(printableLines(`no '${name}':\n  b`, [name]), "no 'a\\npmirror: done\\n':\n  b");
});

test('colours of our own stay where they are wanted, and nothing else that moves the cursor', () => {
  const text = '\u001b[1;31mred\u001b[0m\n\u001b[2J\u202e';
  assert.equal(printableInColour(text), '\u001b[1;31mred\u001b[0m\n\\u001b[2J\\u202e');
});
