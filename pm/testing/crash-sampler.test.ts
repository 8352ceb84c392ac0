import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../heap.ts';
import { Random } from '../random.ts';
import { CrashSampler, EVICTIONS, type Eviction } from './crash-sampler.ts';

function start(): { heap: PmHeap; sampler: CrashSampler } {
  const heap = new PmHeap(256);
  const sampler = new CrashSampler(heap, { random: new Random(1) });
  heap.attach([sampler]);
  return { heap, sampler };
}

/** What the words at `offsets` hold in many images of one kind, each combination once, sorted. */
function seen(sampler: CrashSampler, eviction: Eviction, ...offsets: number[]): string {
  const found = new Set<string>();
  for (let i = 0; i < 300; i++) {
    const image = sampler.image(eviction);
    found.add(offsets.map((at) => image[at]).join(''));
  }
  return [...found].sort().join(' ');
}

test('what was written back and fenced is in every image, what was only written back in some', () => {
  const { heap, sampler } = start();
  heap.storeWord(64, 1);
  heap.writeBack(64, 8);
  assert.equal(seen(sampler, 'none', 64), '0');
  assert.equal(seen(sampler, 'all', 64), '1');
  for (const eviction of ['lines', 'words', 'versions'] as const) {
    assert.equal(seen(sampler, eviction, 64), '0 1', eviction);
  }
  heap.orderingFence();
  for (const eviction of EVICTIONS) assert.equal(seen(sampler, eviction, 64), '1', eviction);
});

test('stores to one cached line survive in order, unless single words are evicted', () => {
  const { heap, sampler } = start();
  heap.storeWord(64, 1);
  heap.storeWord(72, 1);
  assert.equal(seen(sampler, 'versions', 64, 72), '00 10 11');
  assert.equal(seen(sampler, 'lines', 64, 72), '00 11');
  assert.equal(seen(sampler, 'words', 64, 72), '00 01 10 11');
});

test('of different lines either may be evicted first', () => {
  const { heap, sampler } = start();
  heap.storeWord(0, 1);
  heap.storeWord(64, 1);
  for (const eviction of ['lines', 'words', 'versions'] as const) {
    assert.equal(seen(sampler, eviction, 0, 64), '00 01 10 11', eviction);
  }
});

test('a store sent before a fence is durable though the line has been stored to again', () => {
  const { heap, sampler } = start();
  heap.storeWord(64, 1);
  heap.writeBack(64, 8);
  heap.storeWord(64, 2);
  assert.equal(seen(sampler, 'versions', 64), '0 1 2');
  heap.orderingFence();
  assert.equal(seen(sampler, 'none', 64), '1');
  assert.equal(seen(sampler, 'versions', 64), '1 2');
  heap.persist(64, 8);
  assert.equal(seen(sampler, 'versions', 64), '2');
});

test('of a long store, and of non-temporal ones, any words may be there', () => {
  const cached = start();
  cached.heap.storeBytes(64, new Uint8Array(24).fill(1));
  const any = '000 001 010 011 100 101 110 111';
  assert.equal(seen(cached.sampler, 'versions', 64, 72, 80), any);
  const { heap, sampler } = start();
  heap.ntStoreBytes(64, new Uint8Array(16).fill(1));
  assert.equal(seen(sampler, 'versions', 64, 72), '00 01 10 11');
});

test('fails before every fence with images of every kind, none of them twice', () => {
  const heap = new PmHeap(256);
  const kinds: Eviction[] = [];
  const check = (_image: Uint8Array, eviction: Eviction): void => void kinds.push(eviction);
  const sampler = new CrashSampler(heap, { random: new Random(1), check });
  heap.attach([sampler]);
  heap.orderingFence();
  assert.deepEqual(kinds.splice(0), ['none'], 'nothing is open: all kinds are alike');
  heap.storeWord(64, 1);
  heap.persist(64, 8);
  assert.deepEqual(kinds.splice(0), ['none', 'all']);
  assert.deepEqual([sampler.fences, sampler.images], [2, 3]);
});

test('one fence in so many and a share of the stores are moments, the same for the same seed', () => {
  const run = (oneFenceIn: number, storeChance: number): number => {
    const heap = new PmHeap(256);
    const options = { random: new Random(3), oneFenceIn, storeChance, check: () => {} };
    const sampler = new CrashSampler(heap, { ...options, evictions: ['none'] });
    heap.attach([sampler]);
    for (let i = 0; i < 1000; i++) {
      heap.storeWord(64, i);
      heap.persist(64, 8);
    }
    return sampler.images;
  };
  assert.equal(run(1, 0), 1000);
  assert.ok(Math.abs(run(10, 0) - 100) < 30);
  assert.ok(Math.abs(run(1, 0.1) - 1100) < 30);
  assert.equal(run(10, 0.1), run(10, 0.1));
});
