/**
 * What the primary promises: a line that was written back is durable when a fence of its core is over,
 * not when time has passed, and whoever's write-back it was that sent it. With persistent caches a
 * store is durable when it is over, and in part while it is in flight. And when transactions are
 * acknowledged: who returns has acknowledged.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import { Op, type OpCode } from '../../../pm/op.ts';
import { backendNamed, ONE_REPLICA, profileNamed } from '../../../rdma/index.ts';
import { transact } from '../../../workloads/micro/transact.ts';
import { crashTrace } from '../history/recorded-trace.ts';
import type { RecordedOp, RecordedTransaction } from '../history/recording.ts';
import { type Timeline, timelineOf } from '../history/timeline.ts';

const HEAP_BYTES = 4 * 64;
/** Far longer than any write-back takes. */
const LONG_INSTRUCTIONS = 100_000;

const plain = (op: OpCode, a = 0, b = 0): RecordedOp => ({ op, a, b, bytes: null });
const store = (line: number, bytes = 8): RecordedOp => ({
  ...plain(Op.STORE, line * 64, bytes),
  bytes: new Uint8Array(bytes).fill(1),
});
const writeBack = (line: number): RecordedOp => plain(Op.WRITE_BACK, line * 64, 8);
const pause = plain(Op.COMPUTE, LONG_INSTRUCTIONS);

function timeline(...clients: readonly (readonly RecordedOp[])[]): Timeline {
  const ended = clients.map((ops) => [...ops, plain(Op.DURABILITY_FENCE)]);
  return timelineOn('optane-cx5', ended);
}

function timelineOn(machine: string, clients: readonly (readonly RecordedOp[])[]): Timeline {
  const transactions: RecordedTransaction[] = clients.map((ops, client) => ({
    client,
    type: 0,
    ops: [plain(Op.TX_BEGIN), ...ops, plain(Op.TX_END)],
  }));
  const [configured, threads] = [transact.configure({}), clients.length];
  const subject = { configured, threads, seed: 1, transactions: threads };
  const initial = new Uint8Array(HEAP_BYTES);
  const recording = { subject, heapBytes: HEAP_BYTES, initial, transactions, digests: [] };
  const [backend, profile] = [backendNamed('no-sm'), profileNamed(machine)];
  return timelineOf(crashTrace(recording), { backend, profile, ...ONE_REPLICA });
}

/** Whether a crash can leave the last store of `line` out although that of `later` is there. */
function mayBeLost({ machines: [{ history }] }: Timeline, line: number, later: number): boolean {
  const times = [...history.times()].sort((x, y) => x - y);
  return times.some((ps) => {
    const sweep = new CrashSweep(history);
    sweep.advanceTo(ps, () => {});
    const open = [...sweep.open.subarray(0, sweep.openCount)];
    return open.includes(line) && (open.includes(later) || sweep.floor[later * 64] === 1);
  });
}

test('a write-back without a fence promises nothing, however long ago it was', () => {
  const end = [pause, store(2), writeBack(2)];
  const fence = plain(Op.ORDERING_FENCE);
  assert(mayBeLost(timeline([store(1), writeBack(1), ...end]), 1, 2));
  assert(!mayBeLost(timeline([store(1), writeBack(1), fence, ...end]), 1, 2));
  assert(mayBeLost(timeline([store(1), fence, writeBack(1), ...end]), 1, 2));
});

test('a fence covers a line that another core has sent', () => {
  const lockAt = (ticket: number) => plain(Op.LOCK, 0, ticket);
  const first = [lockAt(0), store(1), writeBack(1), plain(Op.UNLOCK), pause, pause];
  const mine = (...more: RecordedOp[]) => [
    lockAt(1),
    ...more,
    plain(Op.ORDERING_FENCE),
    store(2),
    writeBack(2),
    plain(Op.UNLOCK),
  ];
  assert(mayBeLost(timeline(first, mine(store(3), writeBack(3))), 1, 2), 'it is not its own');
  assert(!mayBeLost(timeline(first, mine(writeBack(1))), 1, 2), 'written back again, though clean');
});

/** How many images there are at each moment, up to 1000. */
function imageCounts({ machines: [{ history }] }: Timeline): number[] {
  const sweep = new CrashSweep(history);
  const times = [0, ...history.times()].sort((x, y) => x - y);
  return times.map((ps) => {
    sweep.advanceTo(ps, () => {});
    return sweep.imageCount(1000);
  });
}

test('a store to persistent caches is torn while it is in flight, and whole when it is over', () => {
  const counts = (bytes: number): number[] =>
    imageCounts(timelineOn('eadr', [[pause, store(0, bytes)]]));
  assert.deepEqual(counts(8), [1, 2, 1], 'at most 8 bytes are atomic');
  assert.deepEqual(counts(16), [1, 4, 1]);
  assert.deepEqual(counts(256), [1, 1000, 1]);
  // One after the other: the second is in flight when the first is over.
  const two = timelineOn('eadr', [[pause, store(0, 16), store(1, 16)]]);
  assert.deepEqual(imageCounts(two), [1, 4, 4, 1]);
});

test('a transaction is acknowledged at its last durability point, or when the transaction returns', () => {
  const durability = plain(Op.DURABILITY_FENCE);
  const tail = [pause, store(2), writeBack(2), plain(Op.ORDERING_FENCE)];
  const acknowledgedPs = (...ops: RecordedOp[]): number =>
    timelineOn('optane-cx5', [ops]).spans[0][0].acknowledgedPs;
  const early = acknowledgedPs(store(1), writeBack(1), durability);
  assert.equal(acknowledgedPs(store(1), writeBack(1), durability, ...tail), early);
  const late = acknowledgedPs(store(1), writeBack(1), durability, ...tail, durability);
  const returned = acknowledgedPs(store(1), writeBack(1), ...tail);
  assert(late > early && returned > early && Number.isFinite(returned));
});
