import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../../pm/heap.ts';
import { OP_NAMES, Op, type OpCode } from '../../pm/op.ts';
import { type AnyWorkload, runInTurn } from '../workload.ts';
import { exim } from './exim.ts';
import { mysql } from './mysql.ts';
import { nfs } from './nfs.ts';

const RUNS: readonly [AnyWorkload, Record<string, number>, number][] = [
  [nfs, { files: 12, fileMeanBytes: 9000, journalKiB: 32 }, 400],
  [exim, { mailboxes: 4, journalKiB: 32 }, 400],
  [mysql, { rows: 400, checkpointPages: 40, journalKiB: 64 }, 40],
];
const THREADS = 2;

function operationsOf(
  workload: AnyWorkload,
  given: Record<string, number>,
  transactions: number,
  seed: number,
): string[][] {
  const configured = workload.configure(given);
  const heap = new PmHeap(configured.heapBytes(THREADS, transactions));
  const program = configured.create(heap, THREADS, seed);
  const perThread: string[][] = [[], []];
  heap.attach(
    perThread.map((operations) => ({
      op(op: OpCode, a: number, b: number) {
        operations.push(`${OP_NAMES[op]} ${a} ${b}`);
      },
    })),
  );
  runInTurn(heap, program, { threads: THREADS, transactions });
  return perThread;
}

for (const [workload, given, transactions] of RUNS) {
  test(`${workload.name}: same seed, same operations; another seed, others`, () => {
    const first = operationsOf(workload, given, transactions, 1);
    assert.deepEqual(operationsOf(workload, given, transactions, 1), first);
    assert.notDeepEqual(operationsOf(workload, given, transactions, 2), first);
  });

  test(`${workload.name}: every operation lies in a transaction, which ends durable`, () => {
    for (const operations of operationsOf(workload, given, transactions, 1)) {
      checkTransactions(operations);
    }
  });
}

function checkTransactions(operations: readonly string[]): void {
  const persists = [Op.STORE, Op.NT_STORE, Op.WRITE_BACK].map((op) => OP_NAMES[op]);
  let depth = 0;
  let isDurable = true;
  for (const operation of operations) {
    const [name] = operation.split(' ');
    if (name === 'txBegin') assert.equal(depth++, 0);
    else assert.equal(depth, 1, `${operation} outside of a transaction`);
    if (persists.includes(name)) isDurable = false;
    if (name === 'durabilityFence') isDurable = true;
    if (name === 'txEnd') {
      depth--;
      assert.ok(isDurable, 'a transaction ended before what it wrote was durable');
    }
  }
}
