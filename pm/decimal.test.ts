import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal } from './decimal.ts';

test('numbers are written in decimal digits', () => {
  const accepted = { '0': 0, '12': 12, '-0.5': -0.5, '+3': 3, '1.': 1, '.25': 0.25, '1e-6': 1e-6 };
  for (const [text, value] of Object.entries(accepted)) assert.equal(decimal(text), value);
  for (const text of ['', ' ', ' 1', '1 ', '0x10', '0b1', '0o7', 'Infinity', 'NaN', '1e400']) {
    assert.equal(decimal(text), Number.NaN, text);
  }
  for (const text of [
    '1,5',
    '1_000',
    '1e',
    'e5',
    '.',
    '-',
    '1.2.3',
    '--1',
    '1n',
    '\u0661',
    '1\n',
  ]) {
    assert.equal(decimal(text), Number.NaN, text);
  }
});
