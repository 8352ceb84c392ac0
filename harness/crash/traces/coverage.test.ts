import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CrashState } from '../../../pm/crash/crash-state.ts';
import { isStore, Op, type OpCode } from '../../../pm/op.ts';
import { recordTrace } from '../../../pm/trace.ts';
import { coverageOf } from './coverage.ts';

type Operation = readonly [OpCode, number, number];

const LINES = 8;
const BEGIN: Operation = [Op.TX_BEGIN, 0, 0];
const END: Operation = [Op.TX_END, 0, 0];
const ORDER: Operation = [Op.ORDERING_FENCE, 0, 0];
const COMMIT: Operation = [Op.DURABILITY_FENCE, 0, 0];

function coverage(ops: readonly Operation[], capacity = 64) {
  const trace = recordTrace(1, capacity * 64, (sink) => {
    for (const operation of ops) sink.op(...operation);
  });
  return coverageOf(trace);
}

test('a line stored to and not written back before the durability point is named', () => {
  const { unflushed, unfenced, transactions, first } = coverage([
    BEGIN,
    [Op.STORE, 0, 8],
    [Op.WRITE_BACK, 0, 8],
    COMMIT,
    END,
    [Op.STORE, 640, 8],
    [Op.TX_BEGIN, 3, 0],
    [Op.STORE, 60, 8],
    [Op.NT_STORE, 256, 8],
    [Op.WRITE_BACK, 0, 8],
    [Op.STORE, 128, 8],
    [Op.WRITE_BACK, 128, 8],
    [Op.STORE, 136, 8],
    COMMIT,
    END,
  ]);
  assert.deepEqual([transactions, unflushed, unfenced], [2, 2, 0]);
  const where = { thread: 0, transaction: 1, type: 3, fence: 1 };
  assert.deepEqual(first, [
    { ...where, line: 1, store: 2 },
    { ...where, line: 2, store: 5 },
  ]);
});

test('a line stored to or written back after the last fence of its transaction is named', () => {
  const { unflushed, unfenced, first } = coverage([
    BEGIN,
    [Op.STORE, 0, 8],
    [Op.WRITE_BACK, 0, 8],
    COMMIT,
    [Op.STORE, 64, 8],
    [Op.WRITE_BACK, 64, 8],
    [Op.NT_STORE, 128, 8],
    [Op.STORE, 192, 8],
    END,
  ]);
  assert.deepEqual([unflushed, unfenced], [0, 3]);
  assert.deepEqual(first.map(({ line, fence }) => [line, fence]).sort(), [
    [1, null],
    [2, null],
    [3, null],
  ]);
});

test('a line written back only after another fence is counted, and is no finding', () => {
  const late = coverage([
    BEGIN,
    [Op.STORE, 0, 8],
    [Op.STORE, 64, 8],
    [Op.WRITE_BACK, 64, 8],
    ORDER,
    ORDER,
    [Op.WRITE_BACK, 0, 8],
    COMMIT,
    END,
  ]);
  const counts = { transactions: 1, unflushed: 0, unfenced: 0, late: 1, first: [] };
  assert.deepEqual(late, counts);
});

test('what is found is what power failure may take from an acknowledged transaction', () => {
  const address = fc.integer({ min: 0, max: LINES - 1 }).map((line) => line * 64);
  const access = fc.tuple(
    fc.constantFrom(Op.STORE, Op.NT_STORE, Op.WRITE_BACK),
    address,
    fc.constant(8),
  );
  const step = fc.oneof({ arbitrary: access, weight: 4 }, fc.constant(ORDER));
  const body = fc.array(step, { maxLength: 20 });
  fc.assert(
    fc.property(body, body, (before, after) => {
      // Nothing but the durability point is a fence after it.
      const rest = after.filter(([op]) => op !== Op.ORDERING_FENCE);
      const ops: Operation[] = [BEGIN, ...before, COMMIT, ...rest, END];
      const live = new Uint8Array(LINES * 64);
      const state = new CrashState(live);
      let value = 0;
      const lost = new Set<number>();
      const unlike = (): void => {
        for (let i = 0; i < live.length; i += 64) if (live[i] !== state.durable[i]) lost.add(i);
      };
      for (const [op, a, b] of ops) {
        if (isStore(op)) live[a] = ++value;
        state.op(op, a, b);
        if (op === Op.DURABILITY_FENCE) unlike();
      }
      unlike();
      const { unflushed, unfenced, first } = coverage(ops, LINES);
      const found = new Set(first.map(({ line }) => line * 64));
      if (unflushed + unfenced <= first.length) assert.deepEqual(found, lost);
      assert.equal(unflushed + unfenced > 0, lost.size > 0);
    }),
    { numRuns: 300 },
  );
});
