import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../../pm/heap.ts';
import { VerifyError } from '../workload.ts';
import { mysql } from './mysql.ts';

const SMALL = { rows: 400, checkpointPages: 40, journalKiB: 64 };

function run(transactions: number) {
  const configured = mysql.configure(SMALL);
  const heap = new PmHeap(configured.heapBytes(2, transactions));
  const program = configured.create(heap, 2, 3);
  for (let i = 0; i < transactions; i++) {
    heap.switchTo(i % 2);
    program.transaction(i % 2);
  }
  return { heap, program, configured };
}

test('the files in persistent memory are those that SQLite wrote, and damage is noticed', () => {
  const { heap, program } = run(40);
  program.verify();
  const file = Buffer.from(heap.bytes.buffer).indexOf('SQLite format 3');
  heap.bytes[file + 5000] ^= 0x10;
  assert.throws(() => program.verify(), VerifyError);
});

test('a recovered database goes on', () => {
  const { heap, program, configured } = run(33);
  const recovered = configured.recover(heap, 2, 3);
  assert.equal(recovered.digest(), program.digest());
  for (let i = 0; i < 20; i++) recovered.transaction(i % 2);
  recovered.verify();
});
