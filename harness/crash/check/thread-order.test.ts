/**
 * What holds between threads. A thread that takes over a lock may store what depends on what the one
 * before it stored, both in transactions that are not over. The primary's own memory has the two in
 * order, since the lock is passed on after a fence. A replica has them in order where the fence
 * waits for it, or where all cores share a queue pair. With a queue pair for each core the designs
 * that do not wait at ordering points order each core's lines only. Of one line that two threads
 * store to, no design with a queue pair for each core has the two copies in order: a fence waits
 * for its own core's.
 * Where only words are posted there are no such copies, unless both store to the same word.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import { Op, type OpCode } from '../../../pm/op.ts';
import {
  backendNamed,
  ONE_REPLICA,
  profileNamed,
  type QueuePairs,
  type System,
} from '../../../rdma/index.ts';
import { transact } from '../../../workloads/micro/transact.ts';
import { crashTrace } from '../history/recorded-trace.ts';
import type { RecordedOp, RecordedTransaction, Recording } from '../history/recording.ts';
import { timelineOf } from '../history/timeline.ts';

/** Lines that the first thread sends before the one that matters. */
const BACKLOG = 48;
const FIRST = BACKLOG;
const SECOND = BACKLOG + 1;
/** Volatile work after which the first thread has stored all its lines and not yet sent the last. */
const LATER_INSTRUCTIONS = 12_000;

function transaction(
  client: number,
  lines: readonly number[],
  ticket: number,
): RecordedTransaction {
  const plain = (op: OpCode, a = 0, b = 0): RecordedOp => ({ op, a, b, bytes: null });
  const store = (line: number): RecordedOp[] => [
    { op: Op.STORE, a: line * 64, b: 8, bytes: new Uint8Array(8).fill(1) },
    plain(Op.WRITE_BACK, line * 64, 8),
  ];
  const ops = [
    plain(Op.TX_BEGIN),
    plain(Op.LOCK, 0, ticket),
    ...lines.flatMap(store),
    plain(Op.ORDERING_FENCE),
    plain(Op.UNLOCK),
    plain(Op.DURABILITY_FENCE),
    plain(Op.TX_END),
  ];
  return { client, type: 0, ops };
}

function recordingOf(transactions: readonly RecordedTransaction[]): Recording {
  const heapBytes = (BACKLOG + 2) * 64;
  const configured = transact.configure({});
  return {
    subject: { configured, threads: 2, seed: 1, transactions: 2 },
    heapBytes,
    initial: new Uint8Array(heapBytes),
    transactions,
    digests: [],
  };
}

function systemOf(name: string, queuePairs: QueuePairs): System {
  const profile = profileNamed('optane-cx5');
  return { backend: backendNamed(name), profile, ...ONE_REPLICA, queuePairs };
}

/** Whether the second thread's line may be durable at the replica while the first one's is not. */
function overtakes(name: string, queuePairs: QueuePairs): boolean {
  const backlog = Array.from({ length: BACKLOG }, (_, line) => line);
  const recording = recordingOf([
    transaction(0, [...backlog, FIRST], 0),
    transaction(1, [SECOND], 1),
  ]);
  const { machines } = timelineOf(crashTrace(recording), systemOf(name, queuePairs));
  const certainPs = (machine: number, line: number): number => {
    const { history } = machines[machine];
    const all = history.mustPs.subarray(0, history.musts);
    return Math.min(...all.filter((_, i) => history.line[history.mustVersion[i]] === line));
  };
  const mayPs = (machine: number, line: number): number => {
    const { history } = machines[machine];
    return history.mayPs[history.first(line)];
  };
  assert(mayPs(0, SECOND) >= certainPs(0, FIRST), 'the primary has them in order');
  return mayPs(1, SECOND) < certainPs(1, FIRST);
}

test('order between threads holds where fences or releases wait, or a queue pair is shared', () => {
  for (const name of ['sm-rc', 'sm-ob', 'sm-dd'])
    assert.equal(overtakes(name, 'shared'), false, name);
  assert.equal(overtakes('sm-rc', 'per-core'), false);
  assert.equal(overtakes('sm-rc', 'words'), false);
  for (const name of ['sm-ob', 'sm-dd']) assert.equal(overtakes(name, 'release'), false, name);
});

test('where lines are numbered over all cores, queue pairs do not matter', () => {
  for (const kind of ['per-core', 'words', 'shared'] as const) {
    assert.equal(overtakes('sm-sb', kind), false, kind);
    assert.deepEqual(wordsKept('sm-sb', kind), [1, 2], kind);
    assert.deepEqual(wordsKept('sm-sb', kind, true), [2, 0], kind);
  }
});

test('with a queue pair for each core, designs that do not wait lose it', () => {
  for (const name of ['sm-ob', 'sm-dd'])
    for (const kind of ['per-core', 'words'] as const)
      assert.equal(overtakes(name, kind), true, name);
});

/**
 * What a replica has in the end of two words of a line. A first thread stores 1 to the first of them, a
 * second 2 to the second, or to the same; the second's copy is sent while the first's waits to be.
 */
function wordsKept(name: string, queuePairs: QueuePairs, isSame = false): [number, number] {
  const store = (at: number, value = 1): RecordedOp[] => [
    { op: Op.STORE, a: at, b: 8, bytes: new Uint8Array(8).fill(value) },
    { op: Op.WRITE_BACK, a: at, b: 8, bytes: null },
  ];
  const whole = (client: number, ops: readonly RecordedOp[]): RecordedTransaction => {
    const ends = [Op.DURABILITY_FENCE, Op.TX_END].map((op) => ({ op, a: 0, b: 0, bytes: null }));
    return {
      client,
      type: 0,
      ops: [{ op: Op.TX_BEGIN, a: 0, b: 0, bytes: null }, ...ops, ...ends],
    };
  };
  // Who stores to the word of another holds the lock that the other had, until its fence at most.
  const locked = (ops: readonly RecordedOp[], ticket: number): readonly RecordedOp[] => {
    const lock = { op: Op.LOCK, a: 0, b: ticket, bytes: null };
    return isSame ? [lock, ...ops, { op: Op.UNLOCK, a: 0, b: 0, bytes: null }] : ops;
  };
  const backlog = Array.from({ length: BACKLOG }, (_, line) => store(line * 64)).flat();
  // While the first thread's copy waits behind its backlog, the second stores and sends its own.
  const later: RecordedOp = { op: Op.COMPUTE, a: LATER_INSTRUCTIONS, b: 0, bytes: null };
  const transactions = [
    whole(0, locked([...backlog, ...store(FIRST * 64)], 0)),
    whole(1, [later, ...locked(store(FIRST * 64 + (isSame ? 0 : 8), 2), 1)]),
  ];
  const { machines } = timelineOf(
    crashTrace(recordingOf(transactions), 'words'),
    systemOf(name, queuePairs),
  );
  const sweep = new CrashSweep(machines[1].history);
  sweep.advanceTo(Number.POSITIVE_INFINITY, () => {});
  return [sweep.floor[FIRST * 64], sweep.floor[FIRST * 64 + 8]];
}

test("two threads' words of one line are both kept on a shared queue pair, or where only words are posted", () => {
  for (const name of ['sm-rc', 'sm-ob', 'sm-dd']) {
    for (const kind of ['shared', 'words', 'release'] as const)
      assert.deepEqual(wordsKept(name, kind), [1, 2], name);
    assert.deepEqual(wordsKept(name, 'per-core'), [1, 0], name);
  }
});

test('of a word that is handed on before its fence, only waiting or one queue pair keeps the newer value', () => {
  for (const name of ['sm-rc', 'sm-ob', 'sm-dd']) {
    for (const kind of ['shared', 'release'] as const)
      assert.deepEqual(wordsKept(name, kind, true), [2, 0], name);
    for (const kind of ['words', 'per-core'] as const)
      assert.deepEqual(wordsKept(name, kind, true), [1, 0], name);
  }
});
