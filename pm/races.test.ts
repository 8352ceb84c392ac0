/** What orders the accesses of two clients, and what does not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from './heap.ts';
import { RaceDetector, raceText, watchOrder } from './races.ts';

const WORD = 64;
const OTHER = 128;

/** Places of races when the clients do these things, one after another. */
function races(...steps: readonly (readonly [client: number, run: (heap: PmHeap) => void])[]) {
  const heap = new PmHeap(4096);
  const detector = new RaceDetector(3);
  watchOrder(heap, 3, [detector], () => {
    for (const [client, run] of steps) {
      heap.switchTo(client);
      run(heap);
    }
  });
  return detector.races.map(({ place }) => place);
}

const store = (heap: PmHeap) => heap.storeWord(WORD, 1);
const load = (heap: PmHeap) => heap.loadWord(WORD);

/** `run` under lock `id`. */
function locked(id: number, run: (heap: PmHeap) => void) {
  return (heap: PmHeap) => {
    heap.lock(id);
    run(heap);
    heap.unlock(id);
  };
}

test('stores and loads of one word race, loads do not, nor what one client does', () => {
  assert.deepEqual(races([0, store], [1, store]), [WORD]);
  assert.deepEqual(races([0, store], [1, load]), [WORD]);
  assert.deepEqual(races([0, load], [1, store]), [WORD]);
  assert.deepEqual(races([0, load], [1, load]), []);
  assert.deepEqual(races([0, store], [0, store]), []);
  assert.deepEqual(races([0, store], [1, (heap) => heap.storeWord(WORD + 8, 1)]), []);
  assert.deepEqual(races([0, store], [1, (heap) => heap.storeU8(WORD + 7, 1)]), [WORD]);
});

test('one lock at both accesses orders them, and two locks do not', () => {
  assert.deepEqual(races([0, locked(1, store)], [1, locked(1, load)]), []);
  assert.deepEqual(races([0, locked(1, store)], [1, locked(2, load)]), [WORD]);
  assert.deepEqual(races([0, locked(1, store)], [1, load]), [WORD]);
  assert.deepEqual(races([0, store], [1, locked(1, load)]), [WORD]);
});

test('a fence orders no client', () => {
  const fenced = (heap: PmHeap) => {
    store(heap);
    heap.persist(WORD, 8);
    heap.durabilityFence();
  };
  assert.deepEqual(races([0, fenced], [1, load]), [WORD]);
});

test('what was stored before is handed on by what is stored under a lock, and by nothing less', () => {
  const flag = locked(1, (heap) => heap.storeWord(OTHER, 1));
  const look = locked(1, (heap) => heap.loadWord(OTHER));
  const nothing = locked(1, () => {});
  assert.deepEqual(races([0, store], [0, flag], [1, look], [1, load]), []);
  // What is stored after the lock was released is not.
  assert.deepEqual(races([0, flag], [0, store], [1, look], [1, load]), [WORD]);
  // In another order of two sections with nothing in common, nothing would be between the accesses.
  assert.deepEqual(races([0, store], [0, nothing], [1, nothing], [1, load]), [WORD]);
  assert.deepEqual(races([0, store], [0, look], [1, look], [1, load]), [WORD]);
  // Through a third client.
  const pass = (heap: PmHeap) => {
    look(heap);
    locked(2, (own) => own.storeWord(192, 1))(heap);
  };
  const take = locked(2, (heap) => heap.loadWord(192));
  assert.deepEqual(races([0, store], [0, flag], [1, pass], [2, take], [2, load]), []);
});

test('a lock in any order keeps apart and hands nothing on', () => {
  const flag = (heap: PmHeap) => {
    heap.lockInAnyOrder(1);
    heap.storeWord(OTHER, 1);
    heap.unlock(1);
  };
  assert.deepEqual(races([0, flag], [1, flag]), []);
  assert.deepEqual(races([0, store], [0, flag], [1, flag], [1, load]), [WORD]);
});

test('an atomic store hands on to who loads it atomically, a relaxed one does not', () => {
  const publish = (heap: PmHeap) => {
    store(heap);
    heap.atomic().storeWord(OTHER, 1);
  };
  const consume = (heap: PmHeap) => {
    heap.atomic().loadWord(OTHER);
    load(heap);
  };
  assert.deepEqual(races([0, publish], [1, consume]), []);
  assert.deepEqual(races([0, publish], [1, load]), [WORD]);
  assert.deepEqual(races([0, publish], [0, store], [1, consume]), [WORD]);
  assert.deepEqual(races([0, publish], [1, (heap) => heap.loadWord(OTHER)]), [OTHER]);
  const count = (heap: PmHeap) => {
    store(heap);
    heap.relaxed().storeWord(OTHER, 1);
  };
  assert.deepEqual(races([0, count], [1, (heap) => heap.relaxed().loadWord(OTHER)]), []);
  const consumeRelaxed = (heap: PmHeap) => {
    heap.relaxed().loadWord(OTHER);
    load(heap);
  };
  assert.deepEqual(races([0, count], [1, consumeRelaxed]), [WORD]);
});

test('other means count as a lock, and things in ordinary memory as words', () => {
  const isolated = (run: (heap: PmHeap) => void) => (heap: PmHeap) => {
    heap.enter('transactions');
    run(heap);
    heap.leave('transactions');
  };
  assert.deepEqual(races([0, isolated(store)], [1, isolated(load)]), []);
  assert.deepEqual(races([0, isolated(store)], [1, load]), [WORD]);
  const list = (heap: PmHeap) => heap.dram('list', true);
  assert.deepEqual(races([0, list], [1, list]), ['list']);
  assert.deepEqual(races([0, locked(1, list)], [1, locked(1, list)]), []);
  assert.deepEqual(races([0, store], [0, locked(1, list)], [1, locked(1, list)], [1, load]), []);
});

test('fresh bytes are of nobody else', () => {
  const take = (heap: PmHeap) => {
    heap.fresh(WORD, 64);
    store(heap);
  };
  assert.deepEqual(races([0, store], [1, take]), []);
  assert.deepEqual(races([0, store], [1, take], [0, load]), [WORD]);
});

test('a race names the word, the line, both clients, operations, transactions and what they held', () => {
  const heap = new PmHeap(4096);
  const detector = new RaceDetector(2);
  watchOrder(heap, 2, [detector], () => {
    heap.txBegin(1);
    locked(7, store)(heap);
    heap.txEnd();
    heap.switchTo(1);
    load(heap);
  });
  assert.equal(
    raceText(detector.races[0], ['get', 'put']),
    "nothing orders two accesses of word 64 (line 1): client 0's store of 8 B at 64 in put, " +
      "holding lock 7; and client 1's load of 8 B at 64 outside of transactions, holding nothing",
  );
});

test('of each word one race is told, and locks that several clients took', () => {
  const heap = new PmHeap(4096);
  const detector = new RaceDetector(2);
  const blind = new RaceDetector(2, (guard) => guard === 3);
  watchOrder(heap, 2, [detector, blind], () => {
    for (let i = 0; i < 4; i++) {
      heap.switchTo(i % 2);
      locked(3, store)(heap);
      locked(4 + (i % 2), () => {})(heap);
    }
  });
  assert.equal(detector.races.length, 0);
  assert.equal(blind.races.length, 1);
  assert.deepEqual(detector.sharedLocks, [3]);
});
