import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHUNK_BYTES, RUN_DATA_BYTES } from './layout.ts';
import { occupiedBytes, SIZE_CLASSES, sizeClassOf, UNITS_MAX } from './size-classes.ts';

test('the block sizes seen in store logs of the original', () => {
  const blockOf = (bytes: number): number => SIZE_CLASSES.blockBytes[sizeClassOf(bytes)];
  // A ctree node with its headers; a btree node and its copy in the undo log, two units each.
  assert.equal(blockOf(120), 128);
  assert.equal(blockOf(368), 192);
  assert.equal(blockOf(384), 192);
  assert.equal(occupiedBytes(368), 384);
});

test('every size up to the limit is served by at most eight blocks, larger ones by chunks', () => {
  for (let bytes = 1; bytes <= SIZE_CLASSES.runAllocationBytesMax; bytes += 37) {
    const block = SIZE_CLASSES.blockBytes[sizeClassOf(bytes)];
    assert(Math.ceil(bytes / block) <= UNITS_MAX, `${bytes} B in blocks of ${block} B`);
    assert(occupiedBytes(bytes) >= bytes);
  }
  for (const block of SIZE_CLASSES.blockBytes) {
    assert.equal(block % 64, 0);
    assert(RUN_DATA_BYTES % block <= 1024, `runs of ${block} B blocks waste too much`);
  }
  assert.equal(sizeClassOf(SIZE_CLASSES.runAllocationBytesMax + 1), -1);
  assert.equal(occupiedBytes(CHUNK_BYTES + 1), 2 * CHUNK_BYTES);
});
