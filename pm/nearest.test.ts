import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest, suggestion } from './nearest.ts';

const COMMANDS = ['run', 'replay', 'list', 'calibrate', 'bench-transact'];

test('finds the word that was mistyped by a letter or two', () => {
  for (const [given, meant] of [
    ['ren', 'run'],
    ['runs', 'run'],
    ['calibrat', 'calibrate'],
    ['callibrate', 'calibrate'],
    ['Bench-Transact', 'bench-transact'],
    ['rpelay', 'replay'],
    ['lsit', 'list'],
    ['bench-tarnsact', 'bench-transact'],
    ['bench-transaction', 'bench-transact'],
  ]) {
    assert.deepEqual(nearest(given, COMMANDS), [meant], given);
  }
});

test('finds nothing for another word, and nothing far-fetched for a short one', () => {
  for (const given of ['bogus', 'x', 'ab', '', 'bench']) {
    assert.deepEqual(nearest(given, COMMANDS), [], given);
  }
});

test('several that are as near are all named', () => {
  const profiles = ['paper-2018', 'optane-cx5', 'optane-cx6'];
  assert.equal(suggestion('optane-cx7', profiles), ': did you mean optane-cx5 or optane-cx6?');
  assert.equal(suggestion('optane', profiles), '');
});
