import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PmHeap } from './heap.ts';
import { fanOut, Op, type OpCode, type PersistSink } from './op.ts';

/** Keeps every operation, for looking at. */
function listing(): PersistSink & { readonly ops: [OpCode, number, number][] } {
  const ops: [OpCode, number, number][] = [];
  return { ops, op: (op, a, b) => ops.push([op, a, b]) };
}

describe('PmHeap', () => {
  it('reads back what each kind of store wrote, little-endian', () => {
    const heap = new PmHeap(4096);
    heap.storeU8(64, 0xab);
    heap.storeU16(66, 0xbeef);
    heap.storeU32(68, 0xdeadbeef);
    heap.storeU64(72, 0x0123456789abcdefn);
    heap.storeWord(80, 2 ** 53 - 1);
    heap.storeF64(88, -1.5);
    heap.storeBytes(96, new Uint8Array([1, 2, 3]));
    heap.fill(128, 7, 16);
    heap.ntStoreWord(200, 2 ** 40 + 3);
    heap.ntStoreBytes(208, new Uint8Array([9]));
    assert.equal(heap.loadU8(64), 0xab);
    assert.equal(heap.loadU16(66), 0xbeef);
    assert.equal(heap.loadU32(68), 0xdeadbeef);
    assert.equal(heap.loadI32(68), 0xdeadbeef | 0);
    assert.equal(heap.loadU64(72), 0x0123456789abcdefn);
    assert.equal(heap.loadWord(80), 2 ** 53 - 1);
    assert.equal(heap.loadF64(88), -1.5);
    assert.deepEqual([...heap.loadBytes(96, 3)], [1, 2, 3]);
    assert.equal(heap.bytes[72], 0xef);
    assert.equal(heap.bytes[143], 7);
    assert.equal(heap.loadWord(200), 2 ** 40 + 3);
  });

  it('reports each operation with its offset and size, after the bytes are there', () => {
    const heap = new PmHeap(4096);
    const log = listing();
    let seen = -1;
    heap.attach([fanOut([log, { op: () => (seen = heap.bytes[64]) }])]);
    heap.storeU32(64, 42);
    assert.equal(seen, 42);
    heap.persist(64, 4);
    heap.touch(0, 128);
    heap.ntStoreBytes(128, new Uint8Array(64));
    heap.writeBack(5, 0);
    heap.durabilityFence();
    heap.compute(17);
    heap.txBegin(3);
    heap.txEnd();
    assert.deepEqual(log.ops, [
      [Op.STORE, 64, 4],
      [Op.WRITE_BACK, 64, 4],
      [Op.ORDERING_FENCE, 0, 0],
      [Op.LOAD, 0, 128],
      [Op.NT_STORE, 128, 64],
      [Op.DURABILITY_FENCE, 0, 0],
      [Op.COMPUTE, 17, 0],
      [Op.TX_BEGIN, 3, 0],
      [Op.TX_END, 0, 0],
    ]);
  });

  it("sends each thread's operations to its own sink and numbers lock turns from 0", () => {
    const heap = new PmHeap(4096);
    heap.lock(7);
    heap.unlock(7);
    const [first, second] = [listing(), listing()];
    heap.attach([first, second]);
    heap.lock(7);
    heap.unlock(7);
    heap.switchTo(1);
    assert.equal(heap.thread, 1);
    heap.lock(7);
    heap.detach();
    heap.storeU8(64, 1);
    assert.deepEqual(first.ops, [
      [Op.LOCK, 7, 0],
      [Op.UNLOCK, 7, 0],
    ]);
    assert.deepEqual(second.ops, [[Op.LOCK, 7, 1]]);
  });

  it('works on an image in place', () => {
    const image = new Uint8Array(128);
    image[65] = 3;
    const heap = new PmHeap(image);
    assert.equal(heap.loadU8(65), 3);
    heap.storeU8(66, 4);
    assert.equal(image[66], 4);
  });

  it('refuses sizes, words and places that cannot be', () => {
    for (const size of [0, 63, 100, 2 ** 32 + 64, 1.5]) {
      assert.throws(() => new PmHeap(size), /multiple of 64/);
    }
    const heap = new PmHeap(128);
    assert.throws(() => heap.storeWord(0, -1), /not a word/);
    assert.throws(() => heap.storeWord(0, 2 ** 53), /not a word/);
    heap.storeU64(0, 2n ** 63n);
    assert.throws(() => heap.loadWord(0), /exceeds/);
    for (const outside of [
      () => heap.storeU64(121, 0n),
      () => heap.loadU32(126),
      () => heap.fill(100, 0, 29),
      () => heap.storeBytes(127, new Uint8Array(2)),
    ]) {
      assert.throws(outside, RangeError);
    }
    heap.attach([listing(), listing()]);
    assert.throws(() => heap.switchTo(2), /thread 2/);
    assert.throws(() => heap.attach([]), /at least one/);
  });
});
