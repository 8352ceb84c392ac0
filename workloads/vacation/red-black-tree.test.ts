import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PmHeap } from '../../pm/heap.ts';
import { redoHeapBytes } from '../../pm/mnemosyne/redo-layout.ts';
import { RedoMemory } from '../../pm/mnemosyne/redo-memory.ts';
import { RedBlackTree } from './red-black-tree.ts';

const OPTIONS = { threads: 1, logBytes: 262144, staticBytes: 64 };

function emptyTree(): { memory: RedoMemory; tree: RedBlackTree } {
  const memory = RedoMemory.format(new PmHeap(redoHeapBytes(OPTIONS, 4) + 64), OPTIONS);
  const tree = new RedBlackTree(memory, memory.staticOffset);
  memory.begin();
  tree.initialise();
  memory.commit();
  return { memory, tree };
}

function contents(tree: RedBlackTree): [number, number][] {
  const pairs: [number, number][] = [];
  tree.walk(
    (key, value) => pairs.push([key, value]),
    (why) => assert.fail(why),
  );
  return pairs;
}

test('it holds what a map holds, sorted and balanced, whatever is inserted and removed', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 40 })), {
    maxLength: 120,
  });
  fc.assert(
    fc.property(steps, (list) => {
      const { memory, tree } = emptyTree();
      const model = new Map<number, number>();
      for (const [insert, key] of list) {
        const had = model.has(key);
        memory.begin();
        const changed = insert ? tree.insert(key, key * 8) : tree.remove(key);
        memory.commit();
        assert.equal(changed, insert !== had);
        if (insert) model.set(key, key * 8);
        else model.delete(key);
        assert.equal(tree.find(key), model.get(key) ?? 0);
        assert.deepEqual(
          contents(tree),
          [...model].sort((x, y) => x[0] - y[0]),
        );
        assert.equal(memory.liveBlocks, model.size);
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('ascending and descending runs keep it balanced through insertion and removal', () => {
  const { memory, tree } = emptyTree();
  memory.begin();
  for (let key = 1; key <= 64; key++) tree.insert(key, key);
  for (let key = 200; key > 136; key--) tree.insert(key, key);
  memory.commit();
  for (let key = 1; key <= 200; key++) {
    memory.begin();
    tree.remove(key);
    memory.commit();
    contents(tree);
  }
  assert.deepEqual(contents(tree), []);
});

test('walk reports a broken colour, order or parent', () => {
  const { memory, tree } = emptyTree();
  memory.begin();
  for (let key = 1; key <= 8; key++) tree.insert(key, key);
  memory.commit();
  const root = memory.loadWord(memory.staticOffset);
  const breakAndWalk = (offset: number, value: number): void => {
    const old = memory.heap.loadWord(offset);
    memory.heap.storeWord(offset, value);
    assert.throws(() => contents(tree));
    memory.heap.storeWord(offset, old);
    contents(tree);
  };
  breakAndWalk(root, 1);
  breakAndWalk(root + 40, 0);
  breakAndWalk(root + 24, 0);
  breakAndWalk(memory.heap.loadWord(root + 24) + 16, 0);
});
