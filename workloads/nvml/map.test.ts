import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashState } from '../../pm/crash/crash-state.ts';
import { PmHeap } from '../../pm/heap.ts';
import { ParameterError } from '../parameters.ts';
import type { AnyWorkload } from '../workload.ts';
import { btree } from './btree.ts';
import { ctree } from './ctree.ts';
import { hashmap } from './hashmap.ts';
import { rbtree } from './rbtree.ts';

const MAPS: readonly AnyWorkload[] = [ctree, hashmap, btree, rbtree];

test('the declared heap is enough for the largest run it is declared for', () => {
  for (const map of MAPS) {
    const workload = map.configure({ keys: 5000 });
    const heap = new PmHeap(workload.heapBytes(4, 5000));
    const program = workload.create(heap, 4, 2);
    for (let i = 0; i < 5000; i++) program.transaction(i % 4);
    program.verify();
    assert(/^10000 keys/.test(program.digest()), map.name);
  }
});

test('all maps hold the same after the same requests', () => {
  const digests = MAPS.map((map) => {
    const workload = map.configure({ keys: 200, removeShare: 0.4, lookupShare: 0.1 });
    const program = workload.create(new PmHeap(workload.heapBytes(2, 500)), 2, 2);
    for (let i = 0; i < 500; i++) program.transaction(i % 2);
    return program.digest();
  });
  assert.equal(new Set(digests).size, 1);
});

test('what a client asks for does not depend on the order in which clients run', () => {
  const finish = (order: readonly number[]): string => {
    const workload = ctree.configure({ keys: 100, removeShare: 0.4 });
    const program = workload.create(new PmHeap(workload.heapBytes(2, 200)), 2, 2);
    for (const client of order) program.transaction(client);
    return program.digest();
  };
  const alternating = Array.from({ length: 200 }, (_, i) => i % 2);
  const oneByOne = Array.from({ length: 200 }, (_, i) => (i < 100 ? 0 : 1));
  assert.equal(finish(alternating), finish(oneByOne));
});

test('a recovered program resumes, and recovers again', () => {
  for (const map of MAPS) {
    const workload = map.configure({ keys: 50, removeShare: 0.3 });
    const heap = new PmHeap(workload.heapBytes(2, 200));
    let program = workload.create(heap, 2, 2);
    for (let round = 0; round < 3; round++) {
      const state = new CrashState(heap.bytes);
      heap.attach([state]);
      for (let i = 0; i < 50; i++) program.transaction(i % 2);
      heap.detach();
      const digest = program.digest();
      heap.bytes.set(state.durable);
      program = workload.recover(heap, 2, 2);
      program.verify();
      assert.equal(program.digest(), digest, map.name);
    }
  }
});

test('shares that exceed one are refused', () => {
  const workload = ctree.configure({ removeShare: 0.7, lookupShare: 0.7 });
  const heap = new PmHeap(workload.heapBytes(1, 0));
  assert.throws(() => workload.create(heap, 1, 1), ParameterError);
});
