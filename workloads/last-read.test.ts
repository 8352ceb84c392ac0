import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PmHeap } from '../pm/heap.ts';
import { WORKLOADS } from './index.ts';
import { LastRead } from './last-read.ts';

const EIGHT_BYTES = new Uint8Array(8);

/** Everything by which a program stores. */
const STORES: Readonly<Record<string, (heap: PmHeap) => void>> = {
  storeU8: (heap) => heap.storeU8(0, 1),
  storeU16: (heap) => heap.storeU16(0, 1),
  storeU32: (heap) => heap.storeU32(0, 1),
  storeU64: (heap) => heap.storeU64(0, 1n),
  storeWord: (heap) => heap.storeWord(0, 1),
  storeF64: (heap) => heap.storeF64(0, 1),
  storeBytes: (heap) => heap.storeBytes(0, EIGHT_BYTES),
  fill: (heap) => heap.fill(0, 1, 8),
  ntStoreWord: (heap) => heap.ntStoreWord(0, 1),
  ntStoreBytes: (heap) => heap.ntStoreBytes(0, EIGHT_BYTES),
};

describe('what was read last', () => {
  it('is read again after any store, and after nothing else', () => {
    const heap = new PmHeap(64);
    const last = new LastRead<number>(heap);
    let reads = 0;
    const read = (): number => ++reads;
    for (const [name, store] of Object.entries(STORES)) {
      store(heap);
      const before = reads;
      last.get(read);
      heap.loadU64(0);
      heap.persist(0, 8);
      heap.durabilityFence();
      assert.equal(last.get(read), before + 1, name);
    }
  });

  it('has an entry here for every way to store', () => {
    const methods = Object.getOwnPropertyNames(PmHeap.prototype);
    const storing = methods.filter((name) => /^(store|ntStore)[A-Z]|^fill$/.test(name));
    assert.deepEqual(storing.sort(), Object.keys(STORES).sort());
  });
});

describe('verification', () => {
  for (const workload of WORKLOADS) {
    it(`of ${workload.name} looks at memory, whatever was read of it before`, () => {
      const configured = workload.configure(workload.smallParameters ?? {});
      const heap = new PmHeap(configured.heapBytes(1, 8));
      const program = configured.create(heap, 1, 1);
      try {
        program.transaction(0);
        program.verify();
        program.digest();
        program.verify();
        // Nothing is stored: the bytes change by themselves.
        heap.bytes.fill(0);
        assert.throws(() => program.verify());
      } finally {
        program.close?.();
      }
    });
  }
});
