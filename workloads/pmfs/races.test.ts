/** Clients that change the same files at once, which the programs' clients do not: calls of the library itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../../pm/heap.ts';
import { RaceDetector, raceText, watchOrder } from '../../pm/races.ts';
import { FileSystem } from './filesystem.ts';
import { ROOT_INODE } from './layout.ts';

const CLIENTS = 3;
const ROUNDS = 8;

test('calls on the same files and directory race under none of their locks', () => {
  const heap = new PmHeap(2 ** 21);
  const fs = FileSystem.format(heap, 16 * 1024, 'call');
  const shared = fs.create(ROOT_INODE, 'shared');
  const detector = new RaceDetector(CLIENTS);
  watchOrder(heap, CLIENTS, [detector], () => {
    for (let i = 0; i < ROUNDS * CLIENTS; i++) {
      heap.switchTo(i % CLIENTS);
      const link = `link-${i}`;
      fs.link(shared, ROOT_INODE, link);
      fs.write(shared, 0, new Uint8Array(100 + 1000 * i));
      fs.setAttributes(shared, i, 0o600);
      heap.switchTo((i + 1) % CLIENTS);
      fs.unlink(shared, ROOT_INODE, link);
      const own = fs.create(ROOT_INODE, `own-${i}`);
      heap.switchTo((i + 2) % CLIENTS);
      fs.unlink(own, ROOT_INODE, `own-${i}`);
    }
  });
  assert.deepEqual(
    detector.races.map((race) => raceText(race, [])),
    [],
  );
});
