import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashState } from '../../pm/crash/crash-state.ts';
import { PmHeap } from '../../pm/heap.ts';
import { Random } from '../../pm/random.ts';
import { CrashSampler } from '../../pm/testing/crash-sampler.ts';
import { exploreCrashes } from '../testing/crashes.ts';
import type { Program } from '../workload.ts';
import { echo } from './echo.ts';
import { CommitState, RECORD, VECTOR } from './layout.ts';
import { BlockState } from './pool.ts';
import { EchoStore } from './store.ts';
import { survey } from './survey.ts';

const THREADS = 2;
const GEOMETRY = { keyBytes: 15, valueBytes: 20, bucketCount: 18 } as const;
const SIZES = { preloadedKeys: 6, keyBytes: 15, valueBytes: 20, putsPerCommit: 3 } as const;
const CONFIGURED = echo.configure(SIZES);

function start(seed: number): { heap: PmHeap; program: Program } {
  const heap = new PmHeap(CONFIGURED.heapBytes(THREADS, 16));
  return { heap, program: CONFIGURED.create(heap, THREADS, seed) };
}

function recover(image: Uint8Array): { heap: PmHeap; digest: string } {
  const heap = new PmHeap(image);
  const program = CONFIGURED.recover(heap, THREADS, 1);
  program.verify();
  return { heap, digest: program.digest() };
}

/** Blocks that are allocated and that nothing owns. */
function leaks(heap: PmHeap): number {
  const store = EchoStore.open(heap, GEOMETRY) as EchoStore;
  const { reached } = survey(store);
  const isLeak = (block: { data: number; state: number }) =>
    block.state !== BlockState.FREE && !reached.has(block.data);
  return store.pool.walk().filter(isLeak).length;
}

test('after a crash at any fence, a commit is there whole or not at all, and nothing leaks', () => {
  const counts = exploreCrashes(CONFIGURED, {
    threads: THREADS,
    seed: 11,
    transactions: 4,
    oneFenceIn: 5,
    check: (_program, heap) => assert.equal(leaks(heap), 0),
  });
  assert.ok(counts.before > 20 && counts.after > 20, JSON.stringify(counts));
  assert.ok(counts.interrupted > 10, JSON.stringify(counts));
});

test('growing vectors survive a crash at any fence', () => {
  const heap = new PmHeap(1 << 17);
  const store = EchoStore.create(heap, GEOMETRY);
  const commit = (serial: number): void => {
    const batch = { keys: Float64Array.of(3), serials: Uint32Array.of(serial), count: 1 };
    store.commit(batch, store.takeSnapshot());
  };
  for (let serial = 0; serial < 8; serial++) commit(serial);
  // Data and capacity lie on one line, but not in one word: the new capacity with the old array.
  const { entries } = survey(store);
  for (const vector of [store.log, entries[0].vector]) {
    const torn = new PmHeap(heap.bytes.slice());
    torn.storeWord(vector + VECTOR.capacity, 16);
    recover(torn.bytes);
  }
  const counts = new Set<number>();
  const crashes = new CrashSampler(heap, {
    random: new Random(9),
    check: (image) => {
      const recovered = recover(image);
      const found = survey(EchoStore.open(recovered.heap, GEOMETRY) as EchoStore);
      counts.add(found.entries[0].versions.length);
    },
  });
  heap.attach([crashes]);
  // The ninth commit doubles both the log and the version table of its key.
  commit(8);
  assert.deepEqual([...counts].sort(), [8, 9]);
});

test('recovery that crashes at any fence recovers to the same contents', () => {
  const configured = echo.configure({ ...SIZES, updateShare: 1 });
  const heap = new PmHeap(configured.heapBytes(THREADS, 16));
  const program = configured.create(heap, THREADS, 23);
  // With what came before durable, most puts meet keys whose version tables recovery finds.
  for (let tx = 0; tx < 8; tx++) program.transaction(tx % THREADS);
  const images: Uint8Array[] = [];
  const outer = new CrashSampler(heap, {
    random: new Random(1),
    oneFenceIn: 12,
    check: (image) => images.push(image.slice()),
  });
  heap.attach([outer]);
  program.transaction(0);
  for (const image of images) {
    const expected = recover(image.slice()).digest;
    const again = new PmHeap(image);
    const inner = new CrashSampler(again, {
      random: new Random(2),
      oneFenceIn: 9,
      check: (half) => assert.equal(recover(half).digest, expected),
    });
    again.attach([inner]);
    configured.recover(again, THREADS, 1);
    assert(inner.fences > 0, 'recovery persists what it does');
    assert.equal(recover(inner.image('none')).digest, expected, 'and all of it');
  }
});

test('a commit that never happened is dropped though a later one of another client did', () => {
  const { heap, program } = start(31);
  for (let tx = 0; tx < 4; tx++) program.transaction(tx % THREADS);
  const before = program.digest();
  let image: Uint8Array = new Uint8Array(0);
  const lastRecord = (on: PmHeap): number => {
    const { records } = survey(EchoStore.open(on, GEOMETRY) as EchoStore);
    return records[records.length - 1].record;
  };
  const crashes = new CrashSampler(heap, {
    random: new Random(3),
    evictions: ['none'],
    check: (found) => {
      const crashed = new PmHeap(found.slice());
      const state = crashed.loadU32(lastRecord(crashed) + RECORD.state);
      if (state === CommitState.CREATED) image = crashed.bytes;
    },
  });
  heap.attach([crashes]);
  program.transaction(0);
  // In `image` client 0's record is in the log and its commit has not happened. Client 1 commits
  // behind it; it only looks whether the record before has to signal it.
  const behind = new PmHeap(image);
  const store = EchoStore.open(behind, GEOMETRY) as EchoStore;
  const record = lastRecord(behind);
  behind.storeU32(record + RECORD.state, CommitState.COMMITTED);
  const batch = { keys: Float64Array.of(77_701), serials: Uint32Array.of(5), count: 1 };
  store.commit(batch, store.takeSnapshot());
  behind.storeU32(record + RECORD.state, CommitState.CREATED);
  const recovered = recover(image);
  const { records, entries } = survey(EchoStore.open(recovered.heap, GEOMETRY) as EchoStore);
  assert.equal(records[records.length - 2].state, CommitState.ABORTED);
  assert.equal(entries.filter(({ number }) => number === 77_701).length, 1);
  assert.notEqual(recovered.digest, before);
  assert(entries.every(({ versions }) => versions.every((v) => v.record !== record)));
});

test('a recovered store takes further commits and survives another crash', () => {
  const { heap, program } = start(47);
  for (let tx = 0; tx < 3; tx++) program.transaction(tx % THREADS);
  let image = heap.bytes;
  for (let round = 0; round < 3; round++) {
    const next = new PmHeap(image.slice());
    const recovered = CONFIGURED.recover(next, THREADS, 100 + round);
    const state = new CrashState(next.bytes);
    next.attach([state]);
    for (let tx = 0; tx < 3; tx++) recovered.transaction(tx % THREADS);
    recovered.verify();
    image = state.durable;
    assert.equal(recover(image.slice()).digest, recovered.digest());
  }
});

test('a recovered client continues with new keys behind those that it had put', () => {
  const configured = echo.configure({ ...SIZES, updateShare: 0, putShare: 1 });
  const heap = new PmHeap(configured.heapBytes(THREADS, 16));
  const program = configured.create(heap, THREADS, 3);
  for (let tx = 0; tx < 6; tx++) program.transaction(tx % THREADS);
  const recovered = configured.recover(heap, THREADS, 3);
  for (let tx = 0; tx < 6; tx++) recovered.transaction(tx % THREADS);
  recovered.verify();
  const { entries } = survey(EchoStore.open(heap, GEOMETRY) as EchoStore);
  assert.equal(entries.length, 6 + 12 * 3);
});

test('recovery gets by with the heap of the run though it builds most version tables anew', () => {
  const configured = echo.configure({ valueBytes: 100 });
  const heap = new PmHeap(configured.heapBytes(4, 200));
  const program = configured.create(heap, 4, 1);
  const state = new CrashState(heap.bytes);
  heap.attach([state]);
  for (let tx = 0; tx < 200; tx++) program.transaction(tx % 4);
  const recovered = configured.recover(new PmHeap(state.durable), 4, 1);
  recovered.verify();
  assert.equal(recovered.digest(), program.digest());
});
