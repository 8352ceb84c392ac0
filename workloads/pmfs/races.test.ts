/** Clients that change the same files at once, which the programs' clients do not: calls of the library itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../../pm/heap.ts';
import { Op } from '../../pm/op.ts';
import { RaceDetector, raceText, watchOrder } from '../../pm/races.ts';
import { FileSystem } from './filesystem.ts';
import {
  LOCK_BLOCKS,
  LOCK_INODE,
  LOCK_INODE_TABLE,
  LOCK_JOURNAL,
  LOCK_ORPHANS,
  ROOT_INODE,
} from './layout.ts';

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
    detector.races.slice(0, 5).map((race) => raceText(race, [])),
    [],
  );
});

const NAMES = new Map([
  [LOCK_JOURNAL, 'journal'],
  [LOCK_INODE_TABLE, 'table'],
  [LOCK_ORPHANS, 'orphans'],
  [LOCK_BLOCKS, 'blocks'],
  [LOCK_INODE + ROOT_INODE, 'directory'],
]);

test('each call takes each lock once for each thing that it does, and holds it to the end of that', () => {
  const heap = new PmHeap(2 ** 21);
  const fs = FileSystem.format(heap, 16 * 1024, 'call');
  fs.create(ROOT_INODE, 'first');
  const taken = (call: () => unknown): string => {
    const order: string[] = [];
    const name = (id: number) => NAMES.get(id) ?? 'file';
    const sink = {
      op(op: number, a: number) {
        if (op === Op.LOCK) order.push(name(a));
        if (op === Op.UNLOCK) order.push(`-${name(a)}`);
      },
    };
    heap.attach([sink]);
    call();
    heap.detach();
    return order.join(' ').replaceAll(/(\w+) -\1\b/g, '($1)');
  };
  let file = 0;
  const all = {
    create: taken(() => {
      file = fs.create(ROOT_INODE, 'a');
    }),
    append: taken(() => fs.write(file, 0, new Uint8Array(100))),
    overwrite: taken(() => fs.write(file, 0, new Uint8Array(50))),
    attributes: taken(() => fs.setAttributes(file, 1, 0o600)),
    lookup: taken(() => fs.lookup(ROOT_INODE, 'a')),
    link: taken(() => fs.link(file, ROOT_INODE, 'b')),
    rename: taken(() => fs.rename(file, ROOT_INODE, 'b', 'c')),
    unlink: taken(() => fs.unlink(file, ROOT_INODE, 'a')),
    last: taken(() => fs.unlink(file, ROOT_INODE, 'c')),
  };
  assert.deepEqual(all, {
    create: 'directory (journal) (table) -directory',
    append: 'file (journal) (blocks) -file',
    overwrite: '(file)',
    attributes: 'file (journal) -file',
    lookup: '(directory)',
    link: 'directory file (journal) -file -directory',
    rename: 'directory (journal) -directory',
    unlink: 'directory file (journal) -file -directory',
    last:
      'directory file (journal) (orphans) -file -directory ' +
      'table (journal) -table (blocks) (orphans)',
  });
});
