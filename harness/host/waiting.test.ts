import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Waiting } from './waiting.ts';

/** What each of `workers` takes, one after the other. */
const taken = (near: string, workers: string): readonly (number | undefined)[] => {
  const waiting = new Waiting<string>([...near]);
  return [...workers].map((worker) => waiting.take(worker));
};

test('items are taken in their order, until none is left', () => {
  assert.deepEqual(taken('abc', 'xyxy'), [0, 1, 2, undefined]);
});

test('near items go to one worker, and others are taken before them', () => {
  // x does the first of a; y leaves the second to it, and takes b.
  assert.deepEqual(taken('aabc', 'xyyx'), [0, 2, 3, 1]);
});

test('nobody waits: the last items are taken by whoever is there', () => {
  assert.deepEqual(taken('aaa', 'xyx'), [0, 1, 2]);
});
