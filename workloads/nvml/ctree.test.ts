import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../../pm/heap.ts';
import { exploreCrashes } from '../testing/crashes.ts';
import {
  CRASHES,
  checkLongRun,
  epochShares,
  epochSignatures,
  epochStatistics,
} from '../testing/nvml.ts';
import { VerifyError } from '../workload.ts';
import { ctree } from './ctree.ts';

// Signatures of the original's transactions, from a pmemcheck store log of NVML 1.1's ctree map;
// 100 of 100 inserts and 49 of 50 removes have these.
const INSERT =
  '[2]f | 0x2000[4]f [6] | 0x2010[1]f | 0x28a8[1]f [1]f | 0x2010[1]f | [3]f [7] | [2]f | ' +
  '[1]f [3]f | 0x2800[1]f | [6]f | 0x28a8[1]f | 0x2800[1]f';
const REMOVE =
  '[3]f | [2]f | 0x2988[1]f [3] |  | 0x2800[1]f | [6]f | 0x2000[4]f | 0x2010[1]f | ' +
  '0x2988[1]f [1]f | 0x2010[1]f | 0x2800[1]f';

test('inserts store, write back and fence what the original does', () => {
  const signatures = epochSignatures(ctree.configure({ keys: 100 }), 100, 0);
  const same = signatures.filter((s) => s === INSERT).length;
  // A slot that crosses a line is written back in two pieces; nothing else differs.
  assert.equal(
    same,
    100,
    signatures.find((s) => s !== INSERT),
  );
});

test('removes store, write back and fence what the original does', () => {
  const workload = ctree.configure({ keys: 300, removeShare: 1 });
  const signatures = epochSignatures(workload, 51, 1);
  // The first names the embedded array of the vector of freed objects.
  assert.equal(signatures[0], REMOVE.replace('0x2988[1]f [3]', '0x28e8[1]f [3] | 0x2988[1]f'));
  assert.deepEqual(new Set(signatures.slice(1)), new Set([REMOVE]));
});

test('epoch statistics are those of the store log', () => {
  const summary = epochStatistics(ctree.configure({ keys: 1000 }), 2000);
  const { oneLine, selfDependent } = epochShares(summary);
  assert.equal(summary.epochsPerTx.quantile(0.5), 12);
  assert(Math.abs(summary.fencesPerTx.mean - 12) < 0.05);
  assert.equal(Math.round(summary.distinctLinesPerTx.mean), 8);
  assert(Math.abs(summary.linesPerEpoch.mean - 1.333) < 0.01);
  assert(Math.abs(oneLine - 0.667) < 0.01);
  assert(Math.abs(selfDependent - 0.914) < 0.02);
  // The store log's 348 B count the overlap of vector instructions in memcpy and memset: 24 B.
  assert(Math.abs(summary.bytesPerTx.mean - 324) < 3);
});

test('epoch statistics are those of WHISPER, counted as WHISPER counts', () => {
  const summary = epochStatistics(ctree.configure({}), 2000, 'instrumented');
  assert.equal(summary.epochsPerTx.quantile(0.5), 11);
  assert(Math.abs(summary.linesPerEpoch.mean - 1.27) < 0.03);
  assert(Math.abs(epochShares(summary).oneLine - 0.73) < 0.02);
  // 228 B; it does not see the new leaf's entry of 24 B either.
  assert(Math.abs(summary.bytesPerTx.mean - 24 - 228) < 5);
});

test('a crash at any fence leaves the contents from before or after the transaction', () => {
  const mixed = ctree.configure({ keys: 20, removeShare: 0.45, lookupShare: 0.05 });
  const { images } = exploreCrashes(mixed, {
    threads: 2,
    seed: 5,
    transactions: 40,
    ...CRASHES,
  });
  assert(images > 40 * 10);
});

test('a long mixed run holds what was put in', () => {
  const workload = ctree.configure({ keys: 50, removeShare: 0.5, lookupShare: 0.1 });
  checkLongRun(workload, { threads: 4, transactions: 4000, seed: 9 });
});

test('verify notices a changed key, a changed value and a leaked object', () => {
  const workload = ctree.configure({ keys: 100 });
  const heap = new PmHeap(workload.heapBytes(1, 0));
  const program = workload.create(heap, 1, 3);
  const pristine = heap.bytes.slice();
  let noticed = 0;
  const used = [...pristine.keys()].filter((i) => pristine[i] !== 0 && i > 30_000);
  for (let i = 0; i < used.length; i += 101) {
    heap.bytes.set(pristine);
    heap.bytes[used[i]] ^= 0x10;
    try {
      program.verify();
    } catch (error) {
      assert(error instanceof VerifyError, String(error));
      noticed++;
    }
  }
  assert(noticed > 0.9 * Math.floor(used.length / 101), `${noticed} of ${used.length / 101}`);
});
