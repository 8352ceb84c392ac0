import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.ts';

const COMMANDS = ['run', 'replay', 'list', 'calibrate', 'bench-transact'];

test('finds the word that was mistyped by a letter or two', () => {
  for (const [given, meant] of [
    ['ren', 'run'],
    ['runs', 'run'],
    ['calibrat', 'calibrate'],
    ['callibrate', 'calibrate'],
    ['Bench-Transact', 'bench-transact'],
    ['rpelay', 'replay'],
  ]) {
    assert.equal(nearest(given, COMMANDS), meant, given);
  }
});

test('finds nothing for another word, and nothing far-fetched for a short one', () => {
  for (const given of ['bogus', 'x', 'ab', '', 'bench']) {
    assert.equal(nearest(given, COMMANDS), undefined, given);
  }
});
