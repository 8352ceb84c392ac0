import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../../pm/heap.ts';
import { Op } from '../../pm/op.ts';
import { exploreCrashes } from '../testing/crashes.ts';
import { CRASHES, epochShares, epochSignatures, epochStatistics } from '../testing/nvml.ts';
import { VerifyError } from '../workload.ts';
import { redis } from './redis.ts';

test('an overwriting SET allocates a value and frees one in 14 epochs', () => {
  const signatures = epochSignatures(redis.configure({ keys: 64 }), 200, 0);
  const overwrite =
    '[2]f | 0x2000[4]f [6] | 0x2010[1]f | 0x28a8[1]f [1]f | 0x2010[1]f | ' +
    '0x2988[1]f [1]f [4] | [1]f | 0x2800[1]f | 0x28a8[1]f | 0x2000[4]f | 0x2010[1]f | ' +
    '0x2988[1]f [1]f | 0x2010[1]f | 0x2800[1]f';
  // The table may still be growing in the first ones, which moves links.
  const rest = signatures.slice(5);
  assert.equal(rest.filter((s) => s === overwrite).length, rest.length, rest[0]);
});

test('a SET of a new key allocates value, key and entry in 21 epochs', () => {
  const workload = redis.configure({ keys: 100_000, preloadShare: 0, powerLaw: 0 });
  const counts = epochSignatures(workload, 250, 1).map((s) => s.split(' | ').length);
  // Two of them make a run, or name a vector's first array.
  assert(counts.filter((n) => n === 21).length >= counts.length - 2, `${counts}`);
});

test('epoch statistics are those of the original', () => {
  // Per transaction that writes: 14 epochs; 1.51 lines an epoch, 70 % of one line, 9 lines, 84 %
  // self-dependent; 6.9 fences over all, GETs included. The original's 202 B is less than an
  // overwriting SET stores, step by step: not compared.
  const summary = epochStatistics(redis.configure({}), 5000);
  const { oneLine, selfDependent } = epochShares(summary);
  assert.equal(summary.epochsPerTx.quantile(0.5), 14);
  assert(Math.abs(summary.fences / summary.transactions / 6.9 - 1) < 0.05);
  assert(Math.abs(summary.linesPerEpoch.mean / 1.51 - 1) < 0.2, `${summary.linesPerEpoch.mean}`);
  assert(Math.abs(oneLine - 0.7) < 0.08, `${oneLine}`);
  assert(Math.abs(selfDependent - 0.84) < 0.1, `${selfDependent}`);
  assert(Math.abs(summary.distinctLinesPerTx.mean / 9 - 1) < 0.2);
});

test('a GET writes nothing once the table has stopped growing', () => {
  const workload = redis.configure({ keys: 64, pipeline: 1 });
  const heap = new PmHeap(workload.heapBytes(1, 200));
  const program = workload.create(heap, 1, 1);
  for (let i = 0; i < 100; i++) program.transaction(0);
  let type = -1;
  let stores = 0;
  const count = (op: number, a: number): void => {
    if (op === Op.TX_BEGIN) type = a;
    if (op === Op.STORE && type === 2) stores++;
  };
  heap.attach([{ op: count }]);
  for (let i = 0; i < 100; i++) program.transaction(0);
  assert.equal(stores, 0);
});

test('a crash at any fence leaves the contents from before or after the SET', () => {
  const workload = redis.configure({ keys: 60, preloadShare: 0.3, powerLaw: 0, pipeline: 5 });
  const { images } = exploreCrashes(workload, {
    threads: 1,
    seed: 5,
    transactions: 60,
    ...CRASHES,
  });
  assert(images > 30 * 10);
});

test('verify notices changed values and keys', () => {
  const workload = redis.configure({ keys: 50 });
  const heap = new PmHeap(workload.heapBytes(1, 0));
  const program = workload.create(heap, 1, 1);
  program.verify();
  const text = new TextDecoder('latin1').decode(heap.bytes);
  for (const word of ['lru:7\0', '\0lru:31\0']) {
    const at = text.indexOf(word) + 2;
    heap.bytes[at] ^= 1;
    assert.throws(() => program.verify(), VerifyError);
    heap.bytes[at] ^= 1;
  }
  program.verify();
});
