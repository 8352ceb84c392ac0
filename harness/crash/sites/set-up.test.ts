import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PmHeap } from '../../../pm/heap.ts';
import { WORKLOADS } from '../../../workloads/index.ts';
import { defineWorkload, NotSetUpError, VerifyError } from '../../../workloads/workload.ts';
import { exploreSetUp } from './set-up.ts';

for (const { name, configure, smallParameters } of WORKLOADS) {
  test(`${name}: power may fail while it is set up`, () => {
    const configured = configure(smallParameters);
    const subject = { configured, threads: 1, seed: 1, transactions: 8 };
    const { problem, images } = exploreSetUp(subject, { seed: 1 });
    assert.equal(problem, null);
    assert(images > 2);
  });
}

test('back links of index leaves are written back: one of them by the last insert of a load', () => {
  const workload = WORKLOADS.find(({ name }) => name === 'ycsb');
  assert(workload !== undefined);
  // The 63rd key splits a leaf that has a next one, and nothing is stored to that afterwards.
  const configured = workload.configure({ keys: 63 });
  const subject = { configured, threads: 1, seed: 1, transactions: 8 };
  assert.equal(exploreSetUp(subject, { seed: 1, fences: 2 }).problem, null);
});

/** Where a magic number lies, and what it vouches for, on another line. */
const [MAGIC, DATA] = [64, 128];

/** A program that formats two lines, and what it finds of them. */
function formatted(format: (heap: PmHeap) => void): string | null {
  const digest = (heap: PmHeap): string => String(heap.loadWord(DATA));
  const open = (heap: PmHeap) => ({
    transaction() {},
    verify() {
      if (heap.loadWord(DATA) !== 7) throw new VerifyError(`data is ${heap.loadWord(DATA)}`);
    },
    digest: () => digest(heap),
  });
  const workload = defineWorkload({
    ...WORKLOADS[0],
    parameters: {},
    smallParameters: {},
    instructionsPerTx: () => [0],
    heapBytes: () => 256,
    create(heap) {
      format(heap);
      return open(heap);
    },
    recover(heap) {
      if (heap.loadWord(MAGIC) === 0) throw new NotSetUpError('nothing');
      return open(heap);
    },
  });
  const configured = workload.configure({});
  const subject = { configured, threads: 1, seed: 1, transactions: 0 };
  return exploreSetUp(subject, { seed: 1 }).problem;
}

test('data, fence, magic number, durability: sound; without any of them: not', () => {
  const steps: readonly ((heap: PmHeap) => void)[] = [
    (heap) => heap.writeBack(DATA, 8),
    (heap) => heap.orderingFence(),
    (heap) => heap.storeWord(MAGIC, 1),
    (heap) => heap.writeBack(MAGIC, 8),
    (heap) => heap.durabilityFence(),
  ];
  const without = (gone: number): string | null =>
    formatted((heap) => {
      heap.storeWord(DATA, 7);
      for (const [i, step] of steps.entries()) if (i !== gone) step(heap);
    });
  assert.equal(without(-1), null);
  const problems = [
    'VerifyError: data is 0',
    'VerifyError: data is 0',
    'NotSetUpError: nothing',
    'NotSetUpError: nothing',
    'NotSetUpError: nothing',
  ];
  for (const [gone, problem] of problems.entries()) {
    assert.equal(without(gone), problem, `step ${gone}`);
  }
  // The primary can do with an order.
  const ordered = formatted((heap) => {
    heap.storeWord(DATA, 7);
    for (const step of steps.slice(0, -1)) step(heap);
    heap.orderingFence();
  });
  assert.match(String(ordered), /^a mirror need not hold .* NotSetUpError: nothing$/);
});
