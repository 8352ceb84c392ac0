import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EpochStats } from '../../pm/epoch-stats.ts';
import { PmHeap } from '../../pm/heap.ts';
import { Random } from '../../pm/random.ts';
import { runInTurn, VerifyError } from '../workload.ts';
import { appendBytes, nfs } from './nfs.ts';

test("nfs writes as WHISPER's trace does: a page an epoch, else one to three lines", () => {
  const configured = nfs.configure({});
  const threads = nfs.threadsDefault;
  const heap = new PmHeap(configured.heapBytes(threads, 3000));
  const program = configured.create(heap, threads, 1);
  const stats = new EpochStats(threads);
  heap.attach(stats.sinks());
  runInTurn(heap, program, { threads, transactions: 3000 });
  heap.detach();
  program.verify();
  const { linesPerEpoch, epochsPerTx, emptyFences, fences } = stats.summary();
  // Measured on the original: median 2, mean 16.6, 95th percentile 65, 7 % of fences empty.
  assert.equal(linesPerEpoch.quantile(0.5), 2);
  assert.ok(Math.abs(linesPerEpoch.mean / 16.6 - 1) < 0.2, `mean ${linesPerEpoch.mean}`);
  assert.equal(linesPerEpoch.quantile(0.95), 65);
  // Fewer empty fences here: the share of appends within a block in the original is not known.
  assert.ok(emptyFences / fences > 0.005 && emptyFences / fences < 0.08);
  // Most procedures that write are WRITEs that need a block.
  assert.equal(epochsPerTx.quantile(0.5), 5);
});

test('verify notices a changed byte in a file', () => {
  const configured = nfs.configure({ files: 6, fileMeanBytes: 5000, journalKiB: 16 });
  const heap = new PmHeap(configured.heapBytes(2, 10));
  const program = configured.create(heap, 2, 1);
  program.verify();
  const firstData = heap.bytes.findLastIndex((byte) => byte >= 0x20 && byte < 0x60);
  heap.bytes[firstData] ^= 1;
  assert.throws(() => program.verify(), VerifyError);
});

test('a recovered file server resumes', () => {
  const configured = nfs.configure({ files: 9, fileMeanBytes: 5000, journalKiB: 16 });
  const heap = new PmHeap(configured.heapBytes(3, 800));
  const program = configured.create(heap, 3, 5);
  for (let i = 0; i < 400; i++) program.transaction(i % 3);
  const digest = program.digest();
  const recovered = configured.recover(heap, 3, 5);
  assert.equal(recovered.digest(), digest);
  for (let i = 0; i < 400; i++) recovered.transaction(i % 3);
  recovered.verify();
});

test("appends are filebench's: uniform up to 16 KiB, 8 KiB on average", () => {
  const { appendMaxBytes } = nfs.configure({}).parameters;
  const random = new Random(1);
  const appends = Array.from({ length: 20_000 }, () => appendBytes(random, Number(appendMaxBytes)));
  const mean = appends.reduce((sum, size) => sum + size, 0) / appends.length;
  // Five standard errors of a uniform distribution about the mean of whole grains.
  assert.ok(Math.abs(mean - (16 + 16_384) / 2) < (5 * 16_384) / Math.sqrt(12 * appends.length));
  assert.equal(Math.min(...appends), 16);
  assert.equal(Math.max(...appends), 16_384);
});

test('too large a file set is refused with what it would need', () => {
  const configured = nfs.configure({ files: 1_000_000 });
  assert.throws(() => configured.heapBytes(8, 1), /fewer files or smaller ones/);
});
