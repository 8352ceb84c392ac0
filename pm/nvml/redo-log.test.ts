import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashState } from '../crash/crash-state.ts';
import { PmHeap } from '../heap.ts';
import { Op } from '../op.ts';
import { PoolError } from './layout.ts';
import { RedoLog } from './redo-log.ts';

const WORDS = [1024, 2048, 4096];

function change(heap: PmHeap): void {
  const redo = new RedoLog(heap, 0);
  redo.or(WORDS[0], 30, 5);
  redo.clear(WORDS[1], 60, 4);
  redo.set(WORDS[2], 2 ** 40 + 8);
  redo.process();
}

function words(heap: PmHeap): string {
  return WORDS.map((w) => heap.loadU64(w).toString(16)).join(' ');
}

function fresh(): PmHeap {
  const heap = new PmHeap(8192);
  heap.storeU64(WORDS[0], 1n);
  heap.storeU64(WORDS[1], 0xffff_ffff_ffff_ffffn);
  return heap;
}

test('bits are set and cleared across the halves of a word, and words set', () => {
  const heap = fresh();
  change(heap);
  assert.equal(words(heap), '7c0000001 fffffffffffffff 10000000008');
});

test('after a crash at each fence all words change or none', () => {
  const before = words(fresh());
  const seen: string[] = [];
  const heap = fresh();
  const durable = new CrashState(heap.bytes);
  heap.attach([
    {
      op(op, a, b) {
        if (op === Op.ORDERING_FENCE) {
          const image = new PmHeap(durable.durable.slice());
          new RedoLog(image, 0).recover();
          seen.push(words(image));
        }
        durable.op(op, a, b);
      },
    },
  ]);
  change(heap);
  const after = words(heap);
  // entries | FINISH | targets | clear |: recovery finishes it once FINISH is durable.
  assert.deepEqual(seen, [before, before, after, after]);
});

test('a log with two finish flags, or a target outside of the heap, is refused', () => {
  const twice = new PmHeap(8192);
  twice.storeWord(0, 1024 + 1);
  twice.storeWord(16, 1024 + 1);
  assert.throws(() => new RedoLog(twice, 0).recover(), PoolError);
  const outside = new PmHeap(8192);
  outside.storeWord(0, 8192 + 1);
  assert.throws(() => new RedoLog(outside, 0).recover(), PoolError);
});
