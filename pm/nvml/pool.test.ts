import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashState } from '../crash/crash-state.ts';
import { PmHeap } from '../heap.ts';
import { isFence, Op } from '../op.ts';
import { Random } from '../random.ts';
import { UnformattedError } from '../unformatted.ts';
import { PoolFullError } from './heap-alloc.ts';
import { PoolError, poolBytes } from './layout.ts';
import { Pool } from './pool.ts';

const ROOT_BYTES = 256;

/** A list of objects hanging on the root: word 0 of the root and of each object is the next. */
function reachable(pool: Pool): Map<number, number> {
  const objects = new Map<number, number>();
  for (let o = pool.heap.loadWord(pool.root); o !== 0; o = pool.heap.loadWord(o)) objects.set(o, 7);
  return objects;
}

function newPool(chunks = 8): Pool {
  return Pool.create(new PmHeap(poolBytes(1, chunks)), 1, ROOT_BYTES);
}

function pushObject(pool: Pool, bytes: number): number {
  const tx = pool.lanes[0];
  const object = tx.allocate(bytes, 7);
  pool.heap.storeWord(object, pool.heap.loadWord(pool.root));
  tx.addRange(pool.root, 8);
  pool.heap.storeWord(pool.root, object);
  return object;
}

test('objects of every size class and of whole chunks are allocated, freed and reused', () => {
  const pool = newPool(40);
  const tx = pool.lanes[0];
  for (let round = 0; round < 3; round++) {
    for (let bytes = 1; bytes < 500_000; bytes = Math.ceil(bytes * 1.4)) {
      tx.begin();
      pushObject(pool, bytes);
      tx.commit();
    }
    pool.check(reachable(pool));
    tx.begin();
    for (const object of reachable(pool).keys()) tx.free(object);
    tx.addRange(pool.root, 8);
    pool.heap.storeWord(pool.root, 0);
    tx.commit();
    pool.check(new Map());
  }
});

test('a transaction in which a nested one was aborted cannot commit', () => {
  const tx = newPool().lanes[0];
  tx.begin();
  tx.begin();
  tx.abort();
  assert.throws(() => tx.commit(), /aborted/);
});

test('an abort undoes changes, allocations and frees, and leaves the pool usable', () => {
  const pool = newPool();
  const { heap } = pool;
  const tx = pool.lanes[0];
  tx.begin();
  for (let i = 0; i < 30; i++) pushObject(pool, 100);
  tx.commit();
  const before = [...reachable(pool).keys()];
  tx.begin();
  for (let i = 0; i < 20; i++) pushObject(pool, 200);
  for (const object of before) tx.free(object);
  tx.addRange(pool.root + 8, 128);
  heap.fill(pool.root + 8, 0x22, 128);
  tx.free(tx.allocate(64, 7));
  tx.begin();
  tx.abort();
  tx.abort();
  assert.deepEqual([...reachable(pool).keys()], before);
  assert.equal(heap.loadWord(pool.root + 8), 0);
  pool.check(reachable(pool));
  tx.begin();
  pushObject(pool, 100);
  tx.commit();
  pool.check(reachable(pool));
});

test('a nested transaction is durable only with the outermost one', () => {
  const pool = newPool();
  const fences: number[] = [];
  const tx = pool.lanes[0];
  pool.heap.attach([{ op: (op) => void (op >= Op.ORDERING_FENCE && fences.push(op)) }]);
  tx.begin();
  tx.begin();
  pushObject(pool, 100);
  tx.commit();
  assert(!fences.includes(Op.DURABILITY_FENCE));
  tx.commit();
  assert.equal(fences.filter((op) => op === Op.DURABILITY_FENCE).length, 1);
  assert.equal(fences.at(-1), Op.DURABILITY_FENCE);
});

/** One transaction that uses everything: vectors beyond their embedded array, several caches. */
function bigTransaction(pool: Pool): void {
  const { heap } = pool;
  const tx = pool.lanes[0];
  tx.begin();
  const old = [...reachable(pool).keys()];
  tx.addRange(pool.root, 8);
  heap.storeWord(pool.root, 0);
  for (const object of old) tx.free(object);
  for (let i = 0; i < 20; i++) pushObject(pool, 100 + i * 40);
  for (let i = 0; i < 200; i++) {
    tx.addRange(pool.root + 8 + i * 8, 8);
    heap.storeWord(pool.root + 8 + i * 8, i + 1);
  }
  for (let i = 0; i < 10; i++) {
    tx.addRange(pool.root + 2000 + i * 100, 100);
    heap.fill(pool.root + 2000 + i * 100, i + 1, 100);
  }
  tx.free(tx.allocate(64, 7));
  tx.commit();
}

test('a crash anywhere in a transaction that overflows vectors and caches leaves all or nothing', () => {
  const pool = Pool.create(new PmHeap(poolBytes(1, 16)), 1, 4096);
  const { heap } = pool;
  const tx = pool.lanes[0];
  tx.begin();
  for (let i = 0; i < 200; i++) {
    // Old bytes in reused memory must not be taken for undo entries.
    const bytes = 120 + (i % 20) * 60;
    heap.fill(pushObject(pool, bytes) + 8, 0xff, bytes - 8);
  }
  tx.commit();
  bigTransaction(pool);
  const summary = (p: Pool): string =>
    `${[...reachable(p).keys()]} ${p.heap.bytes.subarray(p.root + 8, p.root + 4096)}`;
  const before = summary(pool);
  const durable = new CrashState(heap.bytes);
  const random = new Random(1);
  const outcomes = new Set<string>();
  heap.attach([
    {
      op(op, a, b) {
        if (isFence(op) && random.chance(0.1)) {
          const image = durable.durable.slice();
          for (const line of durable.dirtyLines()) {
            if (random.chance(0.5)) {
              image.set(heap.bytes.subarray(line * 64, line * 64 + 64), line * 64);
            }
          }
          const recovered = Pool.open(new PmHeap(image));
          recovered.check(reachable(recovered));
          outcomes.add(summary(recovered));
        }
        durable.op(op, a, b);
      },
    },
  ]);
  bigTransaction(pool);
  heap.detach();
  const after = summary(pool);
  pool.check(reachable(pool));
  assert.deepEqual(outcomes, new Set([before, after]));
});

test('a crash while chunks are cut and runs are made leaves a whole pool', () => {
  const pool = newPool(8);
  const { heap } = pool;
  const durable = new CrashState(heap.bytes);
  let images = 0;
  heap.attach([
    {
      op(op, a, b) {
        if (op === Op.ORDERING_FENCE) {
          images++;
          const recovered = Pool.open(new PmHeap(durable.durable.slice()));
          recovered.check(reachable(recovered));
        }
        durable.op(op, a, b);
      },
    },
  ]);
  const tx = pool.lanes[0];
  for (const bytes of [500, 1300, 300_000, 2500]) {
    tx.begin();
    pushObject(pool, bytes);
    tx.commit();
  }
  assert(images > 4 * 10);
});

test('a pool that is full says so and stays whole', () => {
  const pool = newPool(4);
  const tx = pool.lanes[0];
  assert.throws(() => {
    for (;;) {
      tx.begin();
      pushObject(pool, 60_000);
      tx.commit();
    }
  }, PoolFullError);
  tx.abort();
  pool.check(reachable(pool));
});

test('an image without a pool, or with a damaged header, is refused', () => {
  assert.throws(() => Pool.open(new PmHeap(poolBytes(1, 4))), UnformattedError);
  const pool = newPool();
  pool.heap.bytes[40] ^= 1;
  assert.throws(() => Pool.open(pool.heap), PoolError);
  assert.throws(() => pool.check(new Map()), PoolError);
});

test('freeing an object twice is caught', () => {
  const pool = newPool();
  const tx = pool.lanes[0];
  tx.begin();
  const object = pushObject(pool, 100);
  tx.commit();
  tx.begin();
  tx.free(object);
  tx.free(object);
  assert.throws(() => tx.commit(), /double free/);
});
