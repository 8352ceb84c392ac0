import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EpochStats } from '../pm/epoch-stats.ts';
import { PmHeap } from '../pm/heap.ts';
import { LINE_BYTES } from '../pm/line.ts';
import { LineState } from '../pm/line-state.ts';
import { Op, type OpCode, type PersistSink } from '../pm/op.ts';
import { Random } from '../pm/random.ts';
import { ParameterError } from './parameters.ts';
import { transact } from './transact.ts';
import { VerifyError } from './workload.ts';

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
        if (op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE) fences.push(op);
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

/** Stops the program with an exception when it has performed `limit` fences, lines as they are. */
class Crash extends Error {}

/** Runs transactions of alternating clients and crashes at fence `limit`; some dirty words survive. */
function crashAt(limit: number, given: Record<string, string | number>, evict: Random | null) {
  const { configured, heap, program } = start(given, 2);
  const state = new LineState(heap.bytes);
  let fences = 0;
  let committed = 0;
  heap.attach([
    {
      op(op, a, b) {
        const fence = op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE;
        if (fence && ++fences === limit) throw new Crash();
        state.op(op, a, b);
      },
    },
  ]);
  try {
    for (;;) {
      program.transaction(committed % 2);
      committed++;
    }
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  const image = state.durable.slice();
  for (let line = 0; evict !== null && line < image.length / LINE_BYTES; line++) {
    for (let word = line * LINE_BYTES; word < (line + 1) * LINE_BYTES; word += 8) {
      if (evict.chance(0.5)) image.set(heap.bytes.subarray(word, word + 8), word);
    }
  }
  return { configured, image, committed };
}

test('after a crash at any fence, with any dirty words evicted, recovery rolls forward', () => {
  const given = { epochs: 3, linesPerEpoch: 2, bytesPerWrite: 20, regionLines: 8, readShare: 0.2 };
  const evict = new Random(SEED);
  const whole = start(given, 2);
  const digests = [whole.program.digest()];
  for (let i = 0; i < 60; i++) {
    whole.program.transaction(i % 2);
    digests.push(whole.program.digest());
  }
  for (let limit = 1; limit <= 60; limit++) {
    for (const random of [null, evict]) {
      const { configured, image, committed } = crashAt(limit, given, random);
      const program = configured.recover(new PmHeap(image), 2, SEED);
      program.verify();
      const digest = program.digest();
      const again = configured.recover(new PmHeap(image), 2, SEED);
      assert.equal(again.digest(), digest, 'recovery is idempotent');
      assert.ok(
        digest === digests[committed] || digest === digests[committed + 1],
        `crash at fence ${limit}: neither before nor after transaction ${committed}`,
      );
    }
  }
});

test('recovery persists what it changes: what it leaves durable recovers to the same', () => {
  const given = { epochs: 4, linesPerEpoch: 2, regionLines: 16 };
  const { configured, image } = crashAt(10, given, null);
  const heap = new PmHeap(image);
  const state = new LineState(heap.bytes);
  heap.attach([state]);
  const digest = configured.recover(heap, 2, SEED).digest();
  const durable = configured.recover(new PmHeap(state.durable), 2, SEED);
  assert.equal(durable.digest(), digest);
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
