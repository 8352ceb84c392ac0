import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EpochStats } from '../../pm/epoch-stats.ts';
import { PmHeap } from '../../pm/heap.ts';
import { OP_NAMES, Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import { ParameterError } from '../parameters.ts';
import { exploreCrashes } from '../testing/crashes.ts';
import { OperationHasher } from '../testing/operation-hasher.ts';
import { runInTurn, VerifyError } from '../workload.ts';
import { vacation } from './vacation.ts';

const SMALL = { relations: 8, number: 2, queriesPercent: 100, userPercent: 60, logKiB: 4 };

test('a reservation performs the operations that the trace of the real program shows', () => {
  const heap = new PmHeap(vacation.configure({ relations: 50 }).heapBytes(1, 100));
  const program = vacation.configure({ relations: 50 }).create(heap, 1, 3);
  const seen: string[] = [];
  const sink: PersistSink = {
    op(op: OpCode, _a: number, b: number): void {
      if (op !== Op.LOAD && op !== Op.WRITE_BACK) seen.push(`${OP_NAMES[op]}${b > 0 ? b : ''}`);
    },
  };
  heap.attach([sink]);
  // The first ones take a superblock for each size, which adds stores of its header.
  for (let i = 0; i < 4; i++) program.transaction(0);
  seen.length = 0;
  program.transaction(0);
  const chunk = Array.from({ length: 8 }, () => 'ntStore8');
  assert.deepEqual(seen, [
    'txBegin',
    // The info's three bitmap bits; used, free and type fill a chunk; the list node's two bits.
    ...['store8', 'store8', 'store8', ...chunk, 'store8', 'store8'],
    ...[...chunk, ...chunk, ...chunk, 'orderingFence'],
    ...['ntStore8', 'orderingFence'],
    // Offer (2 words); info: type (4 bytes, one by one), id, price; node; previous node; size.
    ...['store8', 'store8', 'store1', 'store1', 'store1', 'store1', 'store8', 'store8'],
    ...['store8', 'store8', 'store8', 'store8', 'orderingFence'],
    ...['ntStore8', 'durabilityFence'],
    'txEnd',
  ]);
});

test('its epochs are those of the original', () => {
  const configured = vacation.configure({});
  const heap = new PmHeap(configured.heapBytes(4, 2000));
  const program = configured.create(heap, 4, 1);
  const stats = new EpochStats(4);
  heap.attach(stats.sinks());
  runInTurn(heap, program, { threads: 4, transactions: 2000 });
  const found = stats.summary();
  const epochs = found.linesPerEpoch.count;
  const near = (what: string, value: number, original: number, tolerance: number): void =>
    assert.ok(Math.abs(value - original) <= tolerance, `${what}: ${value}, original ${original}`);
  assert.equal(found.epochsPerTx.quantile(0.5), 4);
  near('lines per epoch', found.linesPerEpoch.mean, 2.87, 0.2 * 2.87);
  near('one-line share', found.linesPerEpoch.of(1) / epochs, 0.53, 0.08);
  near('bytes per transaction', found.bytesPerTx.mean, 449, 0.2 * 449);
  near('distinct lines', found.distinctLinesPerTx.mean, 12, 0.2 * 12);
  near('self-dependent', found.selfDependent[3] / epochs, 0.99, 0.1);
  // The original's 4.9 fences include those of aborted attempts, which do not occur here.
  assert.equal(found.fencesPerTx.mean, 4);
  program.verify();
});

test('after a failure at any moment a transaction is there wholly or not at all', () => {
  const counts = exploreCrashes(vacation.configure(SMALL), {
    threads: 2,
    seed: 5,
    transactions: 240,
    storeChance: 0.02,
    evictions: ['none', 'all', 'words'],
    recoveryCrashChance: 0.05,
  });
  assert.ok(counts.before > 100 && counts.after > 500, JSON.stringify(counts));
});

test('a recovered program resumes where it was', () => {
  const configured = vacation.configure(SMALL);
  const heap = new PmHeap(configured.heapBytes(1, 600));
  let program = configured.create(heap, 1, 9);
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 100; i++) program.transaction(0);
    const digest = program.digest();
    program = configured.recover(heap, 1, 9 + round);
    assert.equal(program.digest(), digest);
    program.verify();
  }
});

test('the same seed gives the same operations and bytes, another seed others', () => {
  const run = (seed: number): string => {
    const configured = vacation.configure({ relations: 100 });
    const heap = new PmHeap(configured.heapBytes(2, 200));
    const program = configured.create(heap, 2, seed);
    const hasher = new OperationHasher();
    heap.attach([hasher]);
    runInTurn(heap, program, { threads: 2, transactions: 200 });
    return hasher.digest(heap.bytes);
  };
  assert.equal(run(1), run(1));
  assert.notEqual(run(1), run(2));
});

test('verify finds a wrong count, price, pointer or lost block', () => {
  const configured = vacation.configure({ relations: 20, logKiB: 4 });
  const heap = new PmHeap(configured.heapBytes(1, 100));
  const program = configured.create(heap, 1, 2);
  for (let i = 0; i < 100; i++) program.transaction(0);
  program.verify();
  // Static area: header, one descriptor line, log; then the roots of the trees.
  const roots = 128 + 4096;
  const carRoot = heap.loadWord(roots);
  const offer = heap.loadWord(carRoot + 8);
  const customer = heap.loadWord(heap.loadWord(roots + 48) + 8);
  for (const offset of [offer + 8, offer + 32, carRoot, carRoot + 24, customer + 8, roots + 16]) {
    const old = heap.loadWord(offset);
    heap.storeWord(offset, old + 1);
    assert.throws(() => program.verify(), VerifyError, `at ${offset}`);
    heap.storeWord(offset, old);
    program.verify();
  }
  heap.storeWord(0, 1);
  assert.throws(() => configured.recover(heap, 1, 2), VerifyError);
});

test('parameters out of range are refused with the range', () => {
  assert.throws(() => vacation.configure({ userPercent: 101 }), ParameterError);
  assert.throws(() => vacation.configure({ relations: 0 }), /relations = '0'.*from 1 to/);
});
