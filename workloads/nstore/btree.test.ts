import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { PmHeap } from '../../pm/heap.ts';
import type { BTree } from './btree.ts';
import { createDatabase } from './database.ts';
import { schemaOf } from './schema.ts';

const SPEC = {
  name: 'numbers',
  schema: schemaOf('N:int'),
  indexes: [{ key: () => 0, duplicates: 'first' as const }],
};

function emptyTree(): BTree {
  const heap = new PmHeap(1 << 20);
  return createDatabase(heap, { base: 0, sizeBytes: heap.sizeBytes }, [SPEC]).tables[0].trees[0];
}

it('finds what a map would, through insertions, replacements and removals', () => {
  const command = fc.record({
    what: fc.constantFrom('insert', 'insert', 'insert', 'erase', 'replace'),
    key: fc.integer({ min: 0, max: 400 }),
    row: fc.integer({ min: 1, max: 2 ** 31 }),
  });
  const property = fc.property(fc.array(command, { maxLength: 900, size: 'max' }), (commands) => {
    const tree = emptyTree();
    const map = new Map<number, number>();
    for (const { what, key, row } of commands) {
      if (what === 'insert') {
        assert.equal(tree.insert(key, row), !map.has(key));
        if (!map.has(key)) map.set(key, row);
      } else if (what === 'erase') {
        tree.erase(key);
        map.delete(key);
      } else if (map.has(key)) {
        tree.replace(key, row);
        map.set(key, row);
      }
    }
    tree.verify(new Set());
    assert.equal(tree.size, map.size);
    for (let key = 0; key <= 400; key++) assert.equal(tree.find(key), map.get(key) ?? 0);
  });
  fc.assert(property, { numRuns: 60, seed: 1 });
});

it('grows to three levels, and shrinks to nothing', () => {
  const tree = emptyTree();
  for (let i = 0; i < 3000; i++) assert.ok(tree.insert((i * 7919) % 3001, i + 1));
  const nodes = new Set<number>();
  tree.verify(nodes);
  assert.ok(nodes.size > 120, `${nodes.size} nodes`);
  for (let i = 0; i < 3000; i++) assert.equal(tree.find((i * 7919) % 3001), i + 1);
  for (let i = 0; i < 3000; i++) tree.erase((i * 7919) % 3001);
  nodes.clear();
  tree.verify(nodes);
  assert.equal(nodes.size, 0);
});
