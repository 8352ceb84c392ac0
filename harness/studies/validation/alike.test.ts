import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Op, type OpCode } from '../../../pm/op.ts';
import { recordTrace, replayThread, type Trace } from '../../../pm/trace.ts';
import { keptFor, type Likeness, madeAlike, mixOf } from './alike.ts';

type Operation = readonly [op: OpCode, a?: number, b?: number];

/** A transaction of type `type` with so many epochs of one store, a load and a lock before them. */
const tx = (type: number, epochs: number): Operation[] => [
  [Op.TX_BEGIN, type],
  [Op.LOCK, 3, 0],
  [Op.LOAD, 64, 8],
  [Op.COMPUTE, 999],
  ...Array.from({ length: epochs }, (_, i): Operation[] => [
    [Op.STORE, 64 * i, 8],
    [Op.ORDERING_FENCE],
    [Op.ORDERING_FENCE],
  ]).flat(),
  [Op.UNLOCK, 3],
  [Op.TX_END],
];

const traceOf = (...operations: Operation[]): Trace =>
  recordTrace(1, 4096, (sink) => {
    for (const [op, a = 0, b = 0] of operations) sink.op(op, a, b);
  });

function operationsOf(trace: Trace): Operation[] {
  const found: Operation[] = [];
  replayThread(trace, 0, { op: (op, a, b) => void found.push([op, a, b]) });
  return found;
}

const LIKENESS: Likeness = {
  loadsAndLocks: false,
  fromStart: true,
  ntStores: true,
  keep: { short: 1, long: 1 },
  instructionsPerTx: { short: 10, long: 70 },
};

test('transactions of one epoch at most are short; what is before MEASURE is not counted', () => {
  const trace = traceOf(...tx(0, 5), [Op.MEASURE], ...tx(0, 0), ...tx(0, 1), ...tx(1, 2));
  const mix = mixOf([trace, trace], [20, 300]);
  assert.deepEqual(mix, { short: 4, long: 2, instructionsPerTx: { short: 20, long: 300 } });
});

test('the volatile work of each kind is charged anew, and loads and locks are left out', () => {
  const trace = traceOf([Op.MEASURE], ...tx(9, 1), ...tx(9, 2));
  const charged = (change: Partial<Likeness>) =>
    operationsOf(madeAlike(trace, { ...LIKENESS, ...change }));
  const sums = [0, 0];
  let kind = 0;
  for (const [op, a = 0] of charged({})) {
    assert.ok(op !== Op.LOAD && op !== Op.LOCK && op !== Op.UNLOCK);
    if (op === Op.TX_BEGIN) kind = a;
    if (op === Op.COMPUTE) sums[kind] += a;
  }
  assert.deepEqual(sums, [10, 70]);
  const whole = charged({ loadsAndLocks: true }).map(([op]) => op);
  for (const code of [Op.LOAD, Op.LOCK, Op.UNLOCK]) {
    assert.equal(whole.filter((op) => op === code).length, 2);
  }
});

test('a non-temporal store is a store and its write-back where a log has no others', () => {
  const trace = traceOf([Op.MEASURE], [Op.NT_STORE, 128, 16]);
  const codes = (ntStores: boolean) => operationsOf(madeAlike(trace, { ...LIKENESS, ntStores }));
  assert.deepEqual(codes(true).slice(1), [[Op.NT_STORE, 128, 16]]);
  assert.deepEqual(codes(false).slice(1), [
    [Op.STORE, 128, 16],
    [Op.WRITE_BACK, 128, 16],
  ]);
});

test('what is before MEASURE stays or goes', () => {
  const trace = traceOf([Op.STORE, 0, 8], ...tx(0, 1), [Op.MEASURE], ...tx(0, 1));
  const first = (fromStart: boolean) =>
    operationsOf(madeAlike(trace, { ...LIKENESS, fromStart }))[0];
  assert.deepEqual([first(true)[0], first(false)[0]], [Op.STORE, Op.MEASURE]);
});

test('transactions are thinned out evenly until the mix is that of the other', () => {
  const eight = Array.from({ length: 8 }, () => [...tx(0, 1), ...tx(0, 3)]).flat();
  const ours = mixOf([traceOf([Op.MEASURE], ...eight)], []);
  const theirs = mixOf([traceOf([Op.MEASURE], ...tx(0, 1), ...tx(0, 2), ...tx(0, 2))], []);
  const keep = keptFor(ours, theirs);
  assert.deepEqual(keep, { short: 0.5, long: 1 });
  const alike = madeAlike(traceOf([Op.MEASURE], ...eight), { ...LIKENESS, keep });
  const { short, long } = mixOf([alike], []);
  assert.deepEqual([short, long], [4, 8]);
  assert.deepEqual(keptFor(theirs, ours), { short: 1, long: 0.5 });
  assert.deepEqual(keptFor({ ...ours, short: 0 }, theirs), { short: 1, long: 1 }, 'none to keep');
});
