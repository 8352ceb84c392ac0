import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ComputeSpread } from './compute-spread.ts';
import { PmHeap } from './heap.ts';
import { Op, type OpCode, type PersistSink } from './op.ts';
import { MemoryTrace, recordersInto, replayThread, TraceRecorder } from './trace.ts';

type Listed = [OpCode, number, number];

function listing(): PersistSink & { readonly ops: Listed[] } {
  const ops: Listed[] = [];
  return { ops, op: (op, a, b) => ops.push([op, a, b]) };
}

describe('recording and replay', () => {
  it('gives back every operation of every thread, across chunk boundaries', () => {
    const store = new MemoryTrace(2, 1 << 20);
    const expected: Listed[][] = [[], []];
    const recorders = [0, 1].map(
      (t) => new TraceRecorder((chunk) => store.append(t, chunk), null, 16),
    );
    for (let i = 0; i < 100; i++) {
      for (const t of [0, 1]) {
        const op: Listed = [((i % 12) + 1) as OpCode, 2 ** 32 - 1 - i, i * (t + 1)];
        expected[t].push(op);
        recorders[t].op(...op);
      }
    }
    for (const recorder of recorders) recorder.flush();
    assert.equal(store.operations, 200);
    assert.equal(store.chunkCount(0), 7);
    for (const t of [0, 1]) {
      const log = listing();
      replayThread(store, t, log);
      assert.deepEqual(log.ops, expected[t]);
    }
  });

  it('keeps the bytes of stores when asked to, as they were at the store', () => {
    const heap = new PmHeap(4096);
    const store = new MemoryTrace(1, 4096);
    const recorders = recordersInto(store, heap.bytes);
    heap.attach(recorders);
    heap.storeU32(64, 0x04030201);
    heap.loadU32(64);
    heap.ntStoreBytes(128, new Uint8Array([5, 6]));
    heap.storeU8(64, 9);
    heap.storeBytes(256, new Uint8Array(2000).fill(8));
    recorders[0].flush();
    const chunk = store.chunk(0, 0);
    assert.equal(chunk.payloadBytes, 2007);
    assert.deepEqual([...(chunk.payload ?? []).slice(0, 8)], [1, 2, 3, 4, 5, 6, 9, 8]);
  });

  it('hands over whole chunks only, and the rest at flush', () => {
    const sizes: number[] = [];
    const recorder = new TraceRecorder((chunk) => sizes.push(chunk.length), null, 4);
    for (let i = 0; i < 10; i++) recorder.op(Op.LOAD, i, 1);
    recorder.flush();
    recorder.flush();
    assert.deepEqual(sizes, [4, 4, 2]);
  });
});

describe('ComputeSpread', () => {
  const run = (budget: readonly number[], ops: readonly Listed[]) => {
    const log = listing();
    const spread = new ComputeSpread(log, budget);
    for (const op of ops) spread.op(...op);
    spread.flush();
    return log.ops;
  };
  const computed = (ops: readonly Listed[]) =>
    ops.reduce((sum, [op, a]) => sum + (op === Op.COMPUTE ? a : 0), 0);

  it('charges work where the accesses are, before what could wait for it, exactly in sum', () => {
    const ops = run(
      [0, 100],
      [
        [Op.TX_BEGIN, 1, 0],
        [Op.LOAD, 0, 8],
        [Op.LOAD, 64, 8],
        [Op.STORE, 0, 8],
        [Op.WRITE_BACK, 0, 8],
        [Op.ORDERING_FENCE, 0, 0],
        [Op.STORE, 64, 8],
        [Op.DURABILITY_FENCE, 0, 0],
        [Op.TX_END, 0, 0],
      ],
    );
    assert.deepEqual(ops, [
      [Op.TX_BEGIN, 1, 0],
      [Op.LOAD, 0, 8],
      [Op.LOAD, 64, 8],
      [Op.STORE, 0, 8],
      [Op.COMPUTE, 75, 0],
      [Op.WRITE_BACK, 0, 8],
      [Op.ORDERING_FENCE, 0, 0],
      [Op.STORE, 64, 8],
      [Op.COMPUTE, 25, 0],
      [Op.DURABILITY_FENCE, 0, 0],
      [Op.TX_END, 0, 0],
    ]);
  });

  it('charges a transaction without accesses before its end, nested ones to the outermost', () => {
    const ops = run(
      [10, 999],
      [
        [Op.STORE, 0, 8],
        [Op.TX_BEGIN, 0, 0],
        [Op.TX_BEGIN, 1, 0],
        [Op.TX_END, 0, 0],
        [Op.TX_END, 0, 0],
        [Op.TX_BEGIN, 7, 0],
        [Op.TX_END, 0, 0],
      ],
    );
    assert.equal(computed(ops), 10);
    assert.deepEqual(ops[0], [Op.STORE, 0, 8]);
    assert.deepEqual(ops.slice(-3)[0], [Op.TX_END, 0, 0]);
  });

  it('holds transactions of any length and gives back one that never ends', () => {
    const ops: Listed[] = [[Op.TX_BEGIN, 0, 0]];
    for (let i = 0; i < 5000; i++) ops.push([Op.STORE, i * 64, 8], [Op.ORDERING_FENCE, 0, 0]);
    assert.equal(computed(run([7919], [...ops, [Op.TX_END, 0, 0]])), 7919);
    assert.deepEqual(run([7919], ops), ops);
  });

  it('refuses budgets that are not whole numbers', () => {
    for (const bad of [-1, 1.5, 2 ** 32, Number.NaN]) {
      assert.throws(() => new ComputeSpread(listing(), [bad]), RangeError);
    }
  });
});
