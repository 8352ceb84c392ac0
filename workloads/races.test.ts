/**
 * Locks of the programs. With all of them nothing races, and each keeps something apart: counted as not
 * taken, it leaves a race.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PmHeap } from '../pm/heap.ts';
import { Op } from '../pm/op.ts';
import type { Guard } from '../pm/races.ts';
import { WORKLOAD_RULES, WorkloadSubject } from './conformance.ts';
import { WORKLOADS } from './index.ts';
import {
  LOCK_BLOCKS,
  LOCK_INODE,
  LOCK_INODE_TABLE,
  LOCK_JOURNAL,
  LOCK_ORPHANS,
  LOCK_PROGRAM,
} from './pmfs/layout.ts';
import { detectRaces, type Ignored, wordsWithoutLock } from './races.ts';
import { counters } from './testing/counters.ts';
import { type AnyWorkload, runInTurn } from './workload.ts';

const only =
  (guard: Guard): Ignored =>
  (one) =>
    one === guard;

const from =
  (id: number): Ignored =>
  (one) =>
    typeof one === 'number' && one >= id;

/** Locks by what they are for. */
const OF_THE_MAP = { 'of the map': only(0) };
const OF_PMFS = {
  journal: only(LOCK_JOURNAL),
  'inode table': only(LOCK_INODE_TABLE),
  orphans: only(LOCK_ORPHANS),
  blocks: only(LOCK_BLOCKS),
  inodes: from(LOCK_INODE),
};

/** The locks of each program that has some, and what it declares beside them. */
const LOCKS: Readonly<Record<string, Readonly<Record<string, Ignored>>>> = {
  echo: { allocator: only(0), log: only(1), buckets: from(2) },
  ctree: OF_THE_MAP,
  hashmap: OF_THE_MAP,
  btree: OF_THE_MAP,
  rbtree: OF_THE_MAP,
  vacation: {
    'transactional memory': only('transactional memory'),
    superblocks: only('locks of superblocks'),
  },
  memcached: { 'transactional memory': only('transactional memory') },
  lmdb: { writer: only(0) },
  nfs: OF_PMFS,
  exim: OF_PMFS,
  mysql: { ...OF_PMFS, database: only(LOCK_PROGRAM) },
};

/**
 * Locks that keep nothing apart in the run of one program, of a library that others use too: clients of
 * nfs each have files of their own, those of mysql share two and hold the database's lock.
 */
const SHOWN_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  nfs: ['inodes'],
  exim: ['inode table', 'orphans', 'blocks'],
  mysql: ['journal', 'inode table', 'orphans', 'blocks', 'inodes'],
};

/** Programs in which memory that is freed under one lock is used again under another. */
const MEMORY_PASSES_ON = new Map([
  ['echo', 'blocks of its allocator, which belong to a bucket and then to another'],
  [
    'memcached',
    'items, which a transaction takes from the free list and fills before it links them',
  ],
  ['nfs', 'blocks of files; the same library shows none in exim and mysql'],
]);

for (const workload of WORKLOADS.filter(({ threadsMax }) => threadsMax > 1)) {
  const locks = LOCKS[workload.name] ?? {};
  const elsewhere = SHOWN_ELSEWHERE[workload.name] ?? [];
  describe(workload.name, () => {
    const looked = Object.entries(locks).filter(([name]) => !elsewhere.includes(name));
    const [all, ...without] = detectRaces(workload, [() => false, ...looked.map(([, is]) => is)]);
    test('runs transactions of every type', () => {
      const missing = workload.txTypes.filter((_, type) => !all.txTypes.has(type));
      assert.deepEqual(missing, []);
    });
    test('has no locks but those', () => {
      for (const lock of all.sharedLocks) {
        assert.ok(
          Object.values(locks).some((is) => is(lock)),
          `lock ${lock}`,
        );
      }
    });
    test('nothing races with all of them', () => {
      // A few will do: of thousands the difference takes gigabytes to show.
      assert.deepEqual(all.races.slice(0, 5), []);
    });
    test('a lock keeps every word that is shared, unless memory passes on from one to another', () => {
      const { used, storedAtomically } = wordsWithoutLock(workload);
      assert.equal(used > 0, MEMORY_PASSES_ON.has(workload.name));
      assert.equal(storedAtomically, 0);
    });
    for (const [i, [name]] of looked.entries()) {
      test(`a race shows without the lock: ${name}`, () => {
        assert.notEqual(without[i].races.length, 0);
      });
    }
  });
}

/** Locks that keep a whole transaction together, or all that it does with what they protect. */
const ONCE: Readonly<Record<string, number>> = {
  echo: 1,
  ctree: 0,
  hashmap: 0,
  btree: 0,
  rbtree: 0,
  lmdb: 0,
  mysql: LOCK_PROGRAM,
};

for (const [name, lock] of Object.entries(ONCE)) {
  test(`${name}: a transaction that lets go of lock ${lock} does not take it again`, () => {
    const workload = WORKLOADS.find((one) => one.name === name);
    assert.ok(workload !== undefined);
    const run = { threads: Math.min(2, workload.threadsMax), transactions: 40 };
    const configured = workload.configure(workload.smallParameters);
    const heap = new PmHeap(configured.heapBytes(run.threads, run.transactions));
    const program = configured.create(heap, run.threads, 1);
    const taken = [0];
    heap.attach([
      {
        op(op, a) {
          if (op === Op.TX_BEGIN) taken.push(0);
          if (op === Op.LOCK && a === lock) taken[taken.length - 1]++;
        },
      },
    ]);
    runInTurn(heap, program, run);
    program.close?.();
    assert.deepEqual([...new Set(taken)].sort(), [0, 1]);
  });
}

test('clients that count in the same words do not conform, and are told which and how', () => {
  const shared: AnyWorkload = {
    ...counters,
    configure(given) {
      const configured = counters.configure(given);
      const create: typeof configured.create = (heap, threads, seed) => {
        const program = configured.create(heap, threads, seed);
        return { ...program, transaction: () => program.transaction(0) };
      };
      return { ...configured, create };
    },
  };
  const rule = WORKLOAD_RULES.find(({ name }) => name === 'races');
  assert.throws(() => rule?.check(new WorkloadSubject(shared)), {
    message:
      /^counters: 4 words without an order, such as: nothing orders two accesses of word 128 \(line 2\): client 0's store of 8 B at 128 in count, holding nothing; and client 1's load/,
  });
});
