import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import { LineHistory, Tearing } from '../../../pm/crash/line-history.ts';
import { ALL_WORDS } from '../../../pm/line.ts';
import { Random } from '../../../pm/random.ts';
import { chooseImage, countImages, lookedAt } from './choose.ts';

/** Numbers of lines that the images looked at keep, of `lines` lines that may be there or not. */
function kept(lines: number, limit: number): number[] {
  const history = new LineHistory(new Uint8Array(lines * 64));
  const ones = new Uint8Array(64).fill(1);
  for (let line = 0; line < lines; line++) history.add(line, 0, ones, 0, ALL_WORDS, Tearing.NONE);
  const sweep = new CrashSweep(history);
  sweep.advanceTo(0, () => {});
  const images = countImages(sweep, limit);
  const random = new Random(1, 1);
  return Array.from({ length: lookedAt(images) }, (_, number) => {
    chooseImage(sweep, number, images, random);
    return sweep.kept().length;
  });
}

test('few images are all looked at', () => {
  assert.deepEqual(kept(2, 4).sort(), [0, 1, 1, 2]);
  assert.deepEqual(kept(0, 4), [0]);
});

test('of many, both corners come first, then a corner but for one line', () => {
  const [nothing, everything, almost, ...draws] = kept(20, 8);
  assert.deepEqual([nothing, everything], [0, 20]);
  assert(almost === 1 || almost === 19);
  assert.equal(draws.length, 5);
});
