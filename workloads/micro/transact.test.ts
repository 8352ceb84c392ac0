import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashState } from '../../pm/crash/crash-state.ts';
import { EpochStats } from '../../pm/epoch-stats.ts';
import { PmHeap } from '../../pm/heap.ts';
import { LINE_BYTES } from '../../pm/line.ts';
import { isFence, Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { CrashSampler } from '../../pm/testing/crash-sampler.ts';
import { ParameterError } from '../parameters.ts';
import { exploreCrashes } from '../testing/crashes.ts';
import { runInTurn, VerifyError } from '../workload.ts';
import { transact } from './transact.ts';

const SEED = 7;

function start(given: Record<string, string | number>, threads = 1) {
  const configured = transact.configure({ regionLines: 64, ...given });
  const heap = new PmHeap(configured.heapBytes(threads, 0));
  return { configured, heap, program: configured.create(heap, threads, SEED) };
}

test('a transaction is exactly E epochs of W different lines, the last fence durable', () => {
  for (const pattern of ['random', 'sequential']) {
    const { heap, program } = start({ epochs: 5, linesPerEpoch: 3, bytesPerWrite: 24, pattern });
    const stats = new EpochStats(1);
    const fences: OpCode[] = [];
    const watch: PersistSink = {
      op(op, a, b) {
        stats.sink(0).op(op, a, b);
        if (isFence(op)) fences.push(op);
      },
    };
    heap.attach([watch]);
    for (let i = 0; i < 50; i++) program.transaction(0);
    const summary = stats.summary();
    assert.deepEqual(summary.epochsPerTx.entries(), [[5, 50]]);
    assert.deepEqual(summary.linesPerEpoch.entries(), [[3, 250]]);
    assert.deepEqual(summary.bytesPerTx.entries(), [[5 * 3 * 24, 50]]);
    assert.deepEqual(fences.slice(0, 5), [5, 5, 5, 5, 6]);
    program.verify();
  }
});

test('the share of transactions that only read is as asked, and they store nothing', () => {
  const { heap, program } = start({ readShare: 0.25 });
  const stats = new EpochStats(1);
  heap.attach(stats.sinks());
  for (let i = 0; i < 4000; i++) program.transaction(0);
  const { transactions, writingTransactions } = stats.summary();
  assert.equal(transactions, 4000);
  assert.ok(Math.abs(writingTransactions / 4000 - 0.75) < 0.03, `${writingTransactions}`);
});

test('after a crash at any fence, whatever was evicted, recovery rolls forward', () => {
  const given = { epochs: 3, linesPerEpoch: 2, bytesPerWrite: 20, regionLines: 8, readShare: 0.2 };
  const run = { threads: 2, seed: SEED, transactions: 30, recoveryCrashChance: 0.5 };
  const counts = exploreCrashes(transact.configure(given), run);
  assert.ok(counts.before > 20 && counts.after > 100, JSON.stringify(counts));
  assert.ok(counts.interrupted > 50, JSON.stringify(counts));
});

test('recovery persists what it changes: what it leaves durable recovers to the same', () => {
  const { configured, heap, program } = start({ epochs: 4, linesPerEpoch: 2, regionLines: 16 }, 2);
  let images = 0;
  const check = (image: Uint8Array): void => {
    images++;
    const recovering = new PmHeap(image.slice());
    const state = new CrashState(recovering.bytes);
    recovering.attach([state]);
    const digest = configured.recover(recovering, 2, SEED).digest();
    const durable = configured.recover(new PmHeap(state.durable), 2, SEED);
    assert.equal(durable.digest(), digest);
  };
  heap.attach([new CrashSampler(heap, { random: new Random(SEED), check })]);
  runInTurn(heap, program, { threads: 2, transactions: 6 });
  assert.ok(images > 24, `${images}`);
});

test('a line lost before the crash is found at recovery', () => {
  const { configured, heap, program } = start({ epochs: 2, linesPerEpoch: 2 });
  const before = heap.bytes.slice();
  let lost = 0;
  heap.attach([
    {
      op(op: OpCode, a: number) {
        if (op === Op.STORE && lost === 0) lost = a;
      },
    },
  ]);
  program.transaction(0);
  heap.bytes.set(before.subarray(lost, lost + LINE_BYTES), lost);
  assert.throws(() => configured.recover(new PmHeap(heap.bytes), 1, SEED), {
    name: 'VerifyError',
    message: /holds epoch 0 where epoch 1 must be/,
  });
});

test('a line lost earlier is found though the epoch in flight writes it again', () => {
  const given = { epochs: 2, linesPerEpoch: 2, pattern: 'sequential', regionLines: 4 };
  const { configured, heap, program } = start(given);
  // Epoch 1 writes lines 0 and 1, epoch 2 lines 2 and 3; epoch 3, in flight, 0 and 1 again.
  program.transaction(0);
  const [first, second] = [4096, 4096 + LINE_BYTES];
  for (let word = 0; word < LINE_BYTES; word += 8) heap.bytes[first + word] = 3;
  configured.recover(new PmHeap(heap.bytes.slice()), 1, SEED).verify();
  heap.bytes.fill(0, second, second + LINE_BYTES);
  assert.throws(() => configured.recover(new PmHeap(heap.bytes), 1, SEED), {
    name: 'VerifyError',
    message: /line 1 holds epoch 0 where epoch 1 must be; epoch 3 is in flight/,
  });
});

test('an image of another program, or of other parameters, is refused', () => {
  const { configured, heap } = start({});
  const foreign = new PmHeap(heap.sizeBytes);
  assert.throws(() => configured.recover(foreign, 1, SEED), /no transact header/);
  assert.throws(() => configured.recover(heap, 1, SEED + 1), VerifyError);
});

test('writes of fewer than 4 bytes can be recovered, and the rest of the lines is checked', () => {
  const { configured, heap, program } = start({ bytesPerWrite: 3 });
  program.transaction(0);
  const recovered = configured.recover(new PmHeap(heap.bytes), 1, SEED);
  recovered.verify();
  assert.equal(recovered.digest(), program.digest());
  heap.bytes[4096 + 5] = 1;
  assert.throws(() => recovered.verify(), VerifyError);
});

test('parameters that do not go together are refused with what is accepted', () => {
  const small = transact.configure({ linesPerEpoch: 8, regionLines: 15 });
  assert.throws(() => small.heapBytes(1, 1), { name: 'ParameterError', message: /twice as large/ });
  const large = transact.configure({ regionLines: 2 ** 22 });
  assert.throws(() => large.heapBytes(64, 1), ParameterError);
});
