import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../heap.ts';
import { OP_NAMES, type OpCode, type PersistSink } from '../op.ts';
import { Random } from '../random.ts';
import { CrashSampler } from '../testing/crash-sampler.ts';
import { RedoFormatError } from './raw-log.ts';
import { type RedoOptions, redoHeapBytes } from './redo-layout.ts';
import { RedoMemory } from './redo-memory.ts';

const OPTIONS: RedoOptions = { threads: 2, logBytes: 1024, staticBytes: 256 };
const SLOTS = 16;

class Listing implements PersistSink {
  readonly lines: string[] = [];
  op(op: OpCode, a: number, b: number): void {
    if (OP_NAMES[op] !== 'load') this.lines.push(`${OP_NAMES[op]} ${a} ${b}`);
  }
  take(): string[] {
    return this.lines.splice(0);
  }
}

function fresh(superblocks = 6): { heap: PmHeap; memory: RedoMemory; listing: Listing } {
  const heap = new PmHeap(redoHeapBytes(OPTIONS, superblocks) + 64);
  const memory = RedoMemory.format(heap, OPTIONS);
  const listing = new Listing();
  heap.attach([listing]);
  return { heap, memory, listing };
}

test('a transaction of two words has the four epochs of the protocol', () => {
  const { memory, listing } = fresh();
  const at = memory.staticOffset;
  memory.begin();
  memory.storeWord(at + 8, 7);
  memory.storeWord(at + 16, 8);
  assert.deepEqual(listing.take(), []);
  memory.commit();
  const log = 128;
  assert.deepEqual(listing.take(), [
    // Two records of three words, marker and sequence number: 8 words, one chunk.
    ...Array.from({ length: 8 }, (_, i) => `ntStore ${log + i * 8} 8`),
    'orderingFence 0 0',
    'ntStore 80 8',
    'orderingFence 0 0',
    `store ${at + 8} 8`,
    `store ${at + 16} 8`,
    `writeBack ${at} 64`,
    'orderingFence 0 0',
    'ntStore 72 8',
    'durabilityFence 0 0',
  ]);
});

test('the log takes ceil((3 w + 2) / 8) chunks for w stores', () => {
  const { memory, listing } = fresh();
  for (let words = 1; words <= 12; words++) {
    memory.begin();
    for (let i = 0; i < words; i++) memory.storeWord(memory.staticOffset + i * 8, i);
    memory.commit();
    const ntStores = listing.take().filter((line) => line.startsWith('ntStore')).length;
    assert.equal(ntStores, 8 * Math.ceil((3 * words + 2) / 8) + 2);
  }
});

test('a transaction without stores leaves no trace, one with volatile stores only a marker', () => {
  const { memory, listing } = fresh();
  memory.begin();
  memory.loadWord(memory.staticOffset);
  memory.commit();
  assert.deepEqual(listing.take(), []);
  memory.begin();
  memory.noteVolatileStore();
  memory.commit();
  const kinds = listing.take().map((line) => line.split(' ')[0]);
  assert.deepEqual(kinds, [
    ...Array.from({ length: 8 }, () => 'ntStore'),
    'orderingFence',
    'ntStore',
    'orderingFence',
    'orderingFence',
    'ntStore',
    'durabilityFence',
  ]);
});

test('a transaction reads its own stores, and memory keeps the old ones until it commits', () => {
  const { heap, memory } = fresh();
  const at = memory.staticOffset;
  memory.begin();
  memory.storeWord(at, 0x0002030405060708);
  memory.commit();
  memory.begin();
  memory.storeU32(at + 4, 0xaabbccdd);
  memory.storeU16(at + 6, 0x2211);
  memory.storeU8(at + 8, 0x33);
  assert.equal(memory.loadU32(at), 0x05060708);
  assert.equal(memory.loadU32(at + 4), 0x2211ccdd);
  assert.equal(memory.loadU16(at + 2), 0x0506);
  assert.equal(memory.loadU16(at + 6), 0x2211);
  assert.equal(memory.loadU8(at + 8), 0x33);
  assert.equal(heap.loadU32(at + 4), 0x00020304);
  memory.commit();
  assert.equal(heap.loadU32(at + 4), 0x2211ccdd);
  assert.equal(heap.loadU8(at + 8), 0x33);
});

test('an aborted transaction changes nothing and gives its blocks back', () => {
  const { heap, memory, listing } = fresh();
  const at = memory.staticOffset;
  memory.begin();
  memory.alloc(24);
  memory.storeWord(at, 5);
  memory.abort();
  assert.equal(heap.loadWord(at), 0);
  assert.equal(memory.liveBlocks, 0);
  const fences = listing.take().filter((line) => line.includes('Fence'));
  assert.deepEqual(fences, ['orderingFence 0 0', 'orderingFence 0 0', 'orderingFence 0 0']);
});

test('a block of 24 B is three stores of one bitmap word; blocks come from the top down', () => {
  const { memory, listing } = fresh();
  memory.begin();
  const first = memory.alloc(24);
  const stores = listing.take();
  // Block size and owner of the new superblock, then the same bitmap word three times.
  assert.equal(stores.length, 5);
  assert.deepEqual(stores.slice(3), [stores[2], stores[2]]);
  assert.equal(memory.alloc(17), first - 24);
  memory.abort();
});

test('a log that is too small for a transaction refuses it', () => {
  const { memory } = fresh();
  memory.begin();
  const fill = (): void => {
    for (let i = 0; i < 60; i++) memory.storeWord(memory.staticOffset, i);
  };
  assert.throws(fill, /does not fit its log of 1024 B/);
});

/** What the program below has in PM: SLOTS pointers to blocks, each holding its size and a stamp. */
type Slots = { bytes: number; stamp: number }[];

function readSlots(heap: PmHeap, memory: RedoMemory): { slots: Slots; live: number[] } {
  const slots: Slots = [];
  const live: number[] = [];
  for (let i = 0; i < SLOTS; i++) {
    const block = heap.loadWord(memory.staticOffset + i * 8);
    slots.push(
      block === 0
        ? { bytes: 0, stamp: 0 }
        : { bytes: heap.loadWord(block), stamp: heap.loadWord(block + 8) },
    );
    if (block !== 0) live.push(block);
  }
  return { slots, live };
}

function recoverSlots(image: Uint8Array): { heap: PmHeap; memory: RedoMemory; slots: Slots } {
  const heap = new PmHeap(image);
  const memory = RedoMemory.recover(heap, OPTIONS);
  const { slots, live } = readSlots(heap, memory);
  memory.reclaim(live);
  assert.equal(memory.liveBlocks, live.length);
  return { heap, memory, slots };
}

/** Replaces, fills or empties one to four slots in one transaction; gives one in six up. */
function changeSlots(memory: RedoMemory, random: Random, model: Slots): void {
  const before = model.slice();
  memory.begin();
  for (let n = random.between(1, 4); n > 0; n--) {
    const i = random.below(SLOTS);
    const pointer = memory.staticOffset + i * 8;
    const old = memory.loadWord(pointer);
    if (old !== 0) memory.free(old);
    const bytes = random.chance(0.3) ? 0 : random.between(16, 100);
    const stamp = random.next();
    const block = bytes === 0 ? 0 : memory.alloc(bytes);
    if (block !== 0) {
      memory.storeWord(block, bytes);
      memory.storeWord(block + 8, stamp);
    }
    memory.storeWord(pointer, block);
    model[i] = bytes === 0 ? { bytes: 0, stamp: 0 } : { bytes, stamp };
  }
  if (random.below(6) > 0) {
    memory.commit();
  } else {
    memory.abort();
    model.splice(0, SLOTS, ...before);
  }
}

test('after a failure at any moment a transaction is there wholly or not at all', () => {
  const { heap, memory } = fresh(24);
  const random = new Random(11);
  let before: Slots = Array.from({ length: SLOTS }, () => ({ bytes: 0, stamp: 0 }));
  let seenOld = 0;
  let seenNew = 0;
  const pending: string[] = [];
  const sampler = new CrashSampler(heap, {
    random: new Random(12),
    storeChance: 0.05,
    check: (image) => pending.push(JSON.stringify(recoverSlots(image).slots)),
  });
  heap.attach([sampler]);
  for (let i = 0; i < 150; i++) {
    heap.switchTo(0);
    const after = before.slice();
    changeSlots(memory, random, after);
    const [old, now] = [JSON.stringify(before), JSON.stringify(after)];
    for (const found of pending.splice(0)) {
      assert.ok(found === old || found === now, `transaction ${i}: neither before nor after`);
      if (found === old) seenOld++;
      else seenNew++;
    }
    sampler.fail();
    for (const found of pending.splice(0)) {
      assert.equal(found, now, `transaction ${i} was acknowledged`);
    }
    before = after;
  }
  assert.ok(seenOld > 200 && seenNew > 200, `${seenOld} before, ${seenNew} after`);
});

test('recovery interrupted at any moment and run again has the same result, and persists it', () => {
  const { heap, memory } = fresh(24);
  const random = new Random(21);
  const model: Slots = Array.from({ length: SLOTS }, () => ({ bytes: 0, stamp: 0 }));
  const images: Uint8Array[] = [];
  const keep = new CrashSampler(heap, {
    random: new Random(22),
    evictions: ['none', 'all', 'words'],
    check: (image) => images.push(image.slice()),
  });
  heap.attach([keep]);
  for (let i = 0; i < 12; i++) changeSlots(memory, random, model);
  let interrupted = 0;
  for (const image of images) {
    const wanted = JSON.stringify(recoverSlots(image.slice()).slots);
    const again = new PmHeap(image);
    let durable = new Uint8Array(0);
    const check = (crashed: Uint8Array): void => {
      interrupted++;
      durable = crashed.slice();
      assert.equal(JSON.stringify(recoverSlots(crashed).slots), wanted);
    };
    const sampler = new CrashSampler(again, { random: new Random(23), storeChance: 0.2, check });
    again.attach([sampler]);
    const recovered = RedoMemory.recover(again, OPTIONS);
    recovered.reclaim(readSlots(again, recovered).live);
    check(sampler.image('none'));
    assert.ok(Buffer.compare(durable, again.bytes) === 0, 'something is not durable');
    assert.deepEqual(readSlots(again, recovered).slots, JSON.parse(wanted));
  }
  assert.ok(interrupted > 400, `${interrupted} interrupted recoveries`);
});

test('transactions in several logs are carried out again in the order of their commits', () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const { heap, memory } = fresh();
    for (const thread of order) {
      heap.switchTo(thread);
      memory.begin();
      memory.storeWord(memory.staticOffset, thread + 10);
      memory.commit();
    }
    // As if neither log had been emptied: both heads back at the start, memory still old.
    for (const thread of order) heap.storeWord(64 + 32 * thread + 8, 0);
    heap.storeWord(memory.staticOffset, 0);
    const image = heap.bytes.slice();
    RedoMemory.recover(heap, OPTIONS);
    assert.equal(heap.loadWord(memory.staticOffset), order[1] + 10);

    const interrupted = new PmHeap(image);
    interrupted.attach([
      new CrashSampler(interrupted, {
        random: new Random(1),
        check: (crashed) => {
          const again = new PmHeap(crashed);
          RedoMemory.recover(again, OPTIONS);
          assert.equal(again.loadWord(memory.staticOffset), order[1] + 10);
        },
      }),
    ]);
    RedoMemory.recover(interrupted, OPTIONS);
  }
});

test('bits of blocks that nobody refers to are cleared at recovery, durably', () => {
  const { heap, memory } = fresh();
  memory.begin();
  memory.alloc(16);
  memory.storeWord(memory.staticOffset, 1);
  memory.commit();
  const image = new PmHeap(heap.bytes.slice());
  const recovered = RedoMemory.recover(image, OPTIONS);
  const listing = new Listing();
  image.attach([listing]);
  recovered.reclaim([]);
  const [store, writeBack, fence] = listing.take();
  assert.equal(writeBack, store.replace('store', 'writeBack'));
  assert.equal(fence, 'orderingFence 0 0');
});

test('after recovery the program resumes, and its next transactions survive too', () => {
  const { heap, memory } = fresh(24);
  const random = new Random(31);
  const model: Slots = Array.from({ length: SLOTS }, () => ({ bytes: 0, stamp: 0 }));
  for (let i = 0; i < 40; i++) changeSlots(memory, random, model);
  let { heap: image, memory: recovered } = recoverSlots(heap.bytes.slice());
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 40; i++) changeSlots(recovered, random, model);
    const next = recoverSlots(image.bytes.slice());
    assert.deepEqual(next.slots, model);
    image = next.heap;
    recovered = next.memory;
  }
});

test('what is no image of such a memory is refused', () => {
  const { heap, memory } = fresh();
  memory.begin();
  memory.storeWord(memory.staticOffset, memory.alloc(32));
  memory.commit();
  const refused = (change: (image: PmHeap) => void): void => {
    const image = new PmHeap(heap.bytes.slice());
    change(image);
    assert.throws(() => recoverSlots(image.bytes), RedoFormatError);
  };
  refused((image) => image.storeWord(0, 1));
  refused((image) => image.storeWord(64 + 16, 12));
  refused((image) => image.storeWord(64 + 16, 96));
  refused((image) => image.storeWord(memory.staticOffset, 64));
  // Two pointers to one block.
  const block = heap.loadWord(memory.staticOffset);
  refused((image) => image.storeWord(memory.staticOffset + 8, block));
  refused((image) => image.fill(memory.staticOffset + 256 + 8, 0, 256));
});
