/**
 * What makes a line certain at a replica. In its cache: a fence that is satisfied there, behind the
 * line on its queue pair, however long ago the line left the cache. Where it bypasses the cache,
 * acceptance; with persistent caches, arrival.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import { Op, type OpCode } from '../../../pm/op.ts';
import { backendNamed, ONE_REPLICA, profileNamed, type QueuePairs } from '../../../rdma/index.ts';
import { transact } from '../../../workloads/micro/transact.ts';
import { crashTrace } from '../history/recorded-trace.ts';
import type { RecordedOp } from '../history/recording.ts';
import { timelineOf } from '../history/timeline.ts';

const HEAP_LINES = 64;
/** Far longer than a line's way into a replica's memory. */
const LONG_INSTRUCTIONS = 100_000;
const EARLIER = 1;
const LATER = 2;

const plain = (op: OpCode, a = 0, b = 0): RecordedOp => ({ op, a, b, bytes: null });
const persist = (line: number): RecordedOp[] => [
  { ...plain(Op.STORE, line * 64, 8), bytes: new Uint8Array(8).fill(1) },
  plain(Op.WRITE_BACK, line * 64, 8),
];
const pause = plain(Op.COMPUTE, LONG_INSTRUCTIONS);
const fence = plain(Op.ORDERING_FENCE);
const lockAt = (ticket: number): RecordedOp => plain(Op.LOCK, 0, ticket);
const unlock = plain(Op.UNLOCK);

interface Case {
  readonly backend: string;
  readonly profile?: string;
  readonly queuePairs?: QueuePairs;
}

/** Whether a crash of the replica can leave LATER there and EARLIER not. */
function mayOvertake(clients: readonly (readonly RecordedOp[])[], given: Case): boolean {
  const transactions = clients.map((ops, client) => {
    const ends = [plain(Op.DURABILITY_FENCE), plain(Op.TX_END)];
    return { client, type: 0, ops: [plain(Op.TX_BEGIN), ...ops, ...ends] };
  });
  const heapBytes = HEAP_LINES * 64;
  const threads = clients.length;
  const subject = { configured: transact.configure({}), threads, seed: 1, transactions: threads };
  const initial = new Uint8Array(heapBytes);
  const recording = { subject, heapBytes, initial, transactions, digests: [] };
  const { queuePairs = 'per-core', profile = 'optane-cx5' } = given;
  const backend = backendNamed(given.backend);
  const system = { backend, profile: profileNamed(profile), ...ONE_REPLICA, queuePairs };
  const { machines } = timelineOf(crashTrace(recording), system);
  const { history } = machines[1];
  return [...history.times()]
    .sort((x, y) => x - y)
    .some((ps) => {
      const sweep = new CrashSweep(history);
      sweep.advanceTo(ps, () => {});
      const open = [...sweep.open.subarray(0, sweep.openCount)];
      const isThere = (line: number): boolean => sweep.floor[line * 64] === 1;
      return !isThere(EARLIER) && (open.includes(LATER) || isThere(LATER));
    });
}

test('a line in the cache is certain by a fence, not by time', () => {
  const later = [pause, ...persist(LATER)];
  for (const backend of ['sm-rc', 'sm-ob']) {
    assert(mayOvertake([[...persist(EARLIER), ...later]], { backend }), backend);
    assert(!mayOvertake([[...persist(EARLIER), fence, ...later]], { backend }), backend);
    assert(mayOvertake([[fence, ...persist(EARLIER), ...later]], { backend }), backend);
  }
});

test('a line that bypasses the cache is certain when it is accepted, with persistent caches on arrival', () => {
  const unfenced = [[...persist(EARLIER), pause, ...persist(LATER)]];
  assert(!mayOvertake(unfenced, { backend: 'sm-dd' }));
  assert(!mayOvertake(unfenced, { backend: 'sm-ob', profile: 'eadr' }));
});

test("a fence covers other cores' lines on a shared queue pair, and only there", () => {
  const store = (...own: RecordedOp[]) => [lockAt(0), ...persist(EARLIER), ...own, unlock, pause];
  const second = [lockAt(1), pause, ...persist(3), fence, ...persist(LATER), unlock];
  const overtakes = (first: readonly RecordedOp[], queuePairs: QueuePairs): boolean =>
    mayOvertake([[...first, pause], second], { backend: 'sm-ob', queuePairs });
  assert(!overtakes(store(), 'shared'));
  assert(overtakes(store(), 'per-core'));
  assert(!overtakes(store(fence), 'per-core'), 'its own fence, long before');
});
