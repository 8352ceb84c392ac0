import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../heap.ts';
import { CrashState } from './crash-state.ts';

/** A heap, and what a failure leaves of it. */
function start(): { readonly heap: PmHeap; readonly state: CrashState } {
  const heap = new PmHeap(256);
  const state = new CrashState(heap.bytes);
  heap.attach([state]);
  return { heap, state };
}

test('a store survives only once it is written back and fenced', () => {
  const { heap, state } = start();
  const lines = (): number[] => [...state.dirtyLines(), state.images.openCount];
  heap.storeU8(64, 1);
  assert.deepEqual(lines(), [1, 1]);
  heap.orderingFence();
  assert.equal(state.durable[64], 0);
  heap.writeBack(64, 1);
  assert.deepEqual(lines(), [1], 'none dirty, but one not certain');
  assert.equal(state.durable[64], 0);
  heap.durabilityFence();
  assert.equal(state.durable[64], 1);
  assert.deepEqual(lines(), [0]);
  heap.ntStoreBytes(128, new Uint8Array([7]));
  assert.deepEqual(lines(), [1]);
  heap.orderingFence();
  assert.equal(state.durable[128], 7);
});

test('a line that is stored to after its write-back survives as it was sent', () => {
  const { heap, state } = start();
  heap.storeU8(64, 1);
  heap.writeBack(64, 1);
  heap.storeU8(64, 2);
  heap.orderingFence();
  assert.equal(state.durable[64], 1);
  assert.deepEqual(state.dirtyLines(), [1]);
});

test('lines in places of their own are followed like others, and a store to none of them is not', () => {
  const live = new Uint8Array(256);
  const state = new CrashState(live, new Uint8Array(64), (line) => (line === 2 ? 0 : -1));
  const heap = new PmHeap(live);
  heap.attach([state]);
  heap.writeBack(64, 8);
  heap.storeU8(130, 5);
  assert.deepEqual(state.dirtyLines(), [0]);
  heap.persist(130, 1);
  assert.equal(state.durable[2], 5);
  assert.throws(() => heap.storeU8(64, 1), /line 1 has no place/);
});
