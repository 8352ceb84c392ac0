import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Op, type OpCode } from '../../pm/op.ts';
import { MemoryTrace, replayThread, type Trace, TraceRecorder } from '../../pm/trace.ts';
import { backendNamed, createMirror, ONE_REPLICA, profileNamed } from '../../rdma/index.ts';
import { activeThreads, type MeasuredPart } from './measured-part.ts';
import { measuredPart, PairedReplays } from './replays.ts';

type Operation = readonly [op: OpCode, a?: number, b?: number];

/** A microsecond of volatile work: 1.5 instructions a cycle at 2.4 GHz. */
const US = 3600;
const PROFILE = profileNamed('paper-2018');
const MEASURE: Operation = [Op.MEASURE];

/** A transaction of so many microseconds. */
const tx = (us: number, ...more: Operation[]): Operation[] => [
  [Op.TX_BEGIN, 0],
  ...more,
  [Op.COMPUTE, us * US],
  [Op.TX_END],
];

const times = (count: number, operations: Operation[]): Operation[] =>
  Array.from({ length: count }, () => operations).flat();

/** A trace of these threads, in chunks of three operations. */
function traceOf(...threads: Operation[][]): Trace {
  const trace = new MemoryTrace(threads.length, 4096);
  for (const [thread, operations] of threads.entries()) {
    const recorder = new TraceRecorder((chunk) => trace.append(thread, chunk), null, 3);
    for (const [op, a = 0, b = 0] of operations) recorder.op(op, a, b);
    recorder.flush();
  }
  return trace;
}

const measured = (trace: Trace): MeasuredPart =>
  measuredPart(activeThreads(trace), { profile: PROFILE, seed: 1 }, { createMirror });

/** Elapsed and idle microseconds of `part` under a design. */
function timed(part: Trace, backend = 'no-sm'): { elapsed: number; idle: number } {
  const system = { backend: backendNamed(backend), profile: PROFILE, ...ONE_REPLICA };
  const replays = new PairedReplays({ trace: part, seed: 1 }, { createMirror });
  const { elapsedPs, timePs } = replays.replay(system).mirror.finish();
  return { elapsed: elapsedPs / 1e6, idle: timePs.idle / 1e6 };
}

function codesOf(trace: Trace, thread: number): OpCode[] {
  const codes: OpCode[] = [];
  replayThread(trace, thread, { op: (op) => void codes.push(op) });
  return codes;
}

test('the part ends when the first thread runs out: what ends at that very time is in it', () => {
  // 5 x 4 us = 20 us; of the other thread's transactions two end by then, or one if they are longer.
  const shorter = [MEASURE, ...times(5, tx(4))];
  const even = measured(traceOf([MEASURE, ...times(3, tx(10))], shorter));
  assert.deepEqual(even.transactions, [2, 5]);
  assert.deepEqual(timed(even), { elapsed: 20, idle: 0 });
  const late = measured(traceOf([MEASURE, ...times(3, tx(10.005))], shorter));
  assert.deepEqual(late.transactions, [1, 5]);
  assert.deepEqual(timed(late), { elapsed: 20, idle: 9.995 });
  assert.deepEqual(timed(late, 'sm-dd'), timed(late), 'every design replays the same part');
});

test('a thread without a whole transaction is no core, and others are numbered anew', () => {
  const busy = [MEASURE, ...times(2, tx(3))];
  const cutOff: Operation[] = [MEASURE, [Op.TX_BEGIN, 0], [Op.COMPUTE, 90 * US]];
  const part = measured(traceOf([[Op.COMPUTE, US], MEASURE], busy, cutOff, busy));
  assert.deepEqual([part.threads, part.places], [2, [0, 1]]);
  assert.deepEqual(timed(part), { elapsed: 6, idle: 0 });
  assert.deepEqual(activeThreads(traceOf(busy, cutOff, busy)).places, [0, 2]);
});

test('a thread that ends no transaction before another runs out is left out too', () => {
  const part = measured(traceOf([MEASURE, ...tx(50)], [MEASURE, ...times(3, tx(2))]));
  assert.deepEqual([part.threads, part.transactions], [1, [3]]);
  assert.deepEqual(timed(part), { elapsed: 6, idle: 0 });
});

test('one thread is measured to the end of its last transaction, whatever follows', () => {
  const operations = [MEASURE, ...times(4, tx(3))];
  const whole = measured(traceOf(operations));
  assert.deepEqual([whole.transactions, whole.operations], [[4], operations.length]);
  assert.deepEqual(timed(whole), { elapsed: 12, idle: 0 });
  const tearDown: Operation[] = [
    [Op.COMPUTE, US],
    [Op.TX_BEGIN, 0],
    [Op.COMPUTE, US],
  ];
  const longer = measured(traceOf([...operations, ...tearDown]));
  assert.deepEqual(codesOf(longer, 0), codesOf(whole, 0));
});

test('transactions before the measured part are not counted, and nested ones not by themselves', () => {
  const nested = tx(1, ...tx(1));
  const part = measured(
    traceOf([...times(9, tx(1)), MEASURE, ...times(3, nested)], [...tx(1), MEASURE, ...nested]),
  );
  assert.deepEqual(part.transactions, [1, 1]);
  assert.equal(codesOf(part, 0).filter((op) => op === Op.TX_END).length, 9 + 2);
  assert.deepEqual(timed(part), { elapsed: 2, idle: 0 });
});

test('a lock is not waited for that only a transaction beyond the end would hand on', () => {
  // The first holds the lock from 0 to 1 us and ends at 9; the second has it from 1 to 2.
  const held: Operation[] = [
    [Op.LOCK, 7, 0],
    [Op.COMPUTE, US],
    [Op.UNLOCK, 7],
  ];
  const later: Operation[] = [
    [Op.LOCK, 7, 1],
    [Op.COMPUTE, US],
    [Op.UNLOCK, 7],
  ];
  const part = measured(traceOf([MEASURE, ...tx(8, ...held)], [MEASURE, ...tx(1, ...later)]));
  assert.deepEqual([part.threads, part.transactions], [1, [1]]);
  assert.deepEqual(timed(part, 'sm-rc'), { elapsed: 2, idle: 0 });
});

test('a trace whose threads are more than a machine has cores is refused; idle ones are none', () => {
  const idle = Array.from({ length: 100 }, () => []);
  const busy = (count: number) => Array.from({ length: count }, () => [MEASURE, ...tx(1)]);
  assert.equal(activeThreads(traceOf(...busy(256), ...idle)).threads, 256);
  assert.throws(() => activeThreads(traceOf(...busy(257))), {
    name: 'FailureError',
    message: /^the trace has 257 threads with transactions, .* at most 256 are modelled$/,
  });
});
