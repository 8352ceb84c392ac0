import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../../pm/heap.ts';
import { redoHeapBytes } from '../../pm/mnemosyne/redo-layout.ts';
import { RedoMemory } from '../../pm/mnemosyne/redo-memory.ts';
import { checkSlabChunks, readStore } from './inspect.ts';
import { type ItemOptions, ItemStore, itemStoreBytes } from './items.ts';

/** One page, so that only values of one size can be stored: 23 of 512 B. */
const ITEMS: ItemOptions = { hashPower: 4, slabs: { pageBytes: 16384, pages: 1 } };
const REDO = { threads: 1, logBytes: 16384, staticBytes: itemStoreBytes(ITEMS) };

function emptyStore() {
  const memory = RedoMemory.format(new PmHeap(redoHeapBytes(REDO, 0) + 64), REDO);
  const store = new ItemStore(memory, ITEMS, 0);
  const inTransaction = <T>(work: () => T): T => {
    memory.begin();
    const result = work();
    memory.commit();
    return result;
  };
  return { memory, store, inTransaction };
}

function keyOf(number: number): Uint8Array {
  return new TextEncoder().encode(`key-${String(number).padStart(12, '0')}`);
}

test('eviction takes the item at the end of the list that nobody holds', () => {
  const { memory, store, inTransaction } = emptyStore();
  const evicted: Uint8Array[] = [];
  const set = (number: number): number =>
    inTransaction(() => {
      const item = store.alloc(keyOf(number), 512, evicted);
      memory.heap.fill(store.dataOf(item), 65, 512);
      memory.heap.storeBytes(store.dataOf(item) + 512, Uint8Array.of(13, 10));
      store.store(item, keyOf(number), 1);
      store.release(item);
      return item;
    });
  for (let number = 0; number < 23; number++) set(number);
  assert.equal(evicted.length, 0);
  const oldest = inTransaction(() => store.get(keyOf(0)));
  set(100);
  assert.deepEqual(evicted, [keyOf(1)]);
  inTransaction(() => store.release(oldest));
  set(101);
  assert.deepEqual(evicted, [keyOf(1), keyOf(0)]);

  const fail = (why: string): never => assert.fail(why);
  const { linked, values, lastCas } = readStore(memory.heap, store, fail);
  checkSlabChunks(memory.heap, store, linked, [], fail);
  assert.equal(values.size, 23);
  assert.equal(lastCas, 25);
});

test('an item that is replaced while held lives until it is released', () => {
  const { memory, store, inTransaction } = emptyStore();
  const set = (): number =>
    inTransaction(() => {
      const item = store.alloc(keyOf(1), 512, []);
      memory.heap.storeBytes(store.dataOf(item) + 512, Uint8Array.of(13, 10));
      store.store(item, keyOf(1), 1);
      store.release(item);
      return item;
    });
  const first = set();
  assert.equal(
    inTransaction(() => store.get(keyOf(1))),
    first,
  );
  const second = set();
  assert.notEqual(second, first);
  assert.equal(store.find(keyOf(1)), second);
  const fail = (why: string): never => assert.fail(why);
  checkSlabChunks(memory.heap, store, [second], [first], fail);
  inTransaction(() => store.release(first));
  checkSlabChunks(memory.heap, store, [second], [], fail);
  assert.equal(set(), first);
});
