import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from './heap.ts';
import { LocksetDetector } from './locksets.ts';
import { RaceDetector, watchOrder } from './races.ts';

const DATA = 64;
const FLAG = 128;
const LOCK = 1;

type Step = (heap: PmHeap) => void;
const add: Step = (heap) => heap.storeWord(DATA, heap.loadWord(DATA) + 1);
const note: Step = (heap) => heap.storeWord(FLAG, heap.loadWord(FLAG) + 1);
const locked =
  (...steps: readonly Step[]): Step =>
  (heap) => {
    heap.lock(LOCK);
    for (const step of steps) step(heap);
    heap.unlock(LOCK);
  };

/** Words that each of the two checks finds when two clients do these in turn, several times. */
function found(one: Step, other: Step) {
  const heap = new PmHeap(4096);
  const [races, locks] = [new RaceDetector(2), new LocksetDetector(2)];
  watchOrder(heap, 2, [races, locks], () => {
    for (let i = 0; i < 6; i++) {
      heap.switchTo(i % 2);
      (i % 2 === 0 ? one : other)(heap);
    }
  });
  return {
    races: races.races.map(({ place }) => place),
    locks: [...locks.found.keys()],
    atomicStores: [...locks.atomicStores.keys()],
  };
}

test('a lock that is let go of in the middle shows by locks, and by the order of the run never', () => {
  const split: Step = (heap) => {
    locked(note)(heap);
    add(heap);
    locked(note)(heap);
  };
  const whole = locked(note, add, note);
  assert.deepEqual(found(whole, whole), { races: [], locks: [], atomicStores: [] });
  assert.deepEqual(found(split, whole), { races: [], locks: [DATA], atomicStores: [] });
});

test('one lock at all accesses is enough, atomic ones need none, and a client may set up alone', () => {
  assert.deepEqual(found(locked(add), locked(add)).locks, []);
  assert.deepEqual(found(locked(add), add).locks, [DATA]);
  assert.deepEqual(found(add, () => {}).locks, []);
  const atomically: Step = (heap) => heap.atomic().storeWord(DATA, 1);
  assert.deepEqual(found(atomically, atomically).locks, []);
  assert.deepEqual(found(atomically, atomically).atomicStores, [DATA]);
  const look: Step = (heap) => heap.atomic().loadWord(DATA);
  assert.deepEqual(found(locked(atomically), look).atomicStores, []);
  assert.deepEqual(found(locked(atomically), locked(atomically)).atomicStores, []);
  const load: Step = (heap) => heap.loadWord(DATA);
  assert.deepEqual(found(load, load).locks, []);
});

test('other means count as a lock does, and fresh memory starts anew', () => {
  const within: Step = (heap) => {
    heap.enter('means');
    add(heap);
    heap.leave('means');
  };
  assert.deepEqual(found(within, within).locks, []);
  assert.deepEqual(found(within, locked(add)).locks, [DATA]);
  const renewed: Step = (heap) => {
    heap.fresh(DATA, 8);
    add(heap);
  };
  assert.deepEqual(found(renewed, renewed).locks, []);
});
