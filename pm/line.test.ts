import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differingLines } from './line.ts';

test('lines that differ are found by a byte, wherever they are', () => {
  const bytes = 4096 + 3 * 64;
  const one = new Uint8Array(bytes);
  assert.deepEqual(differingLines(one, one), []);
  assert.deepEqual(differingLines(one, one.slice()), []);
  for (const at of [0, 63, 64, 4095, 4096, bytes - 1]) {
    const other = one.slice();
    other[at] = 1;
    assert.deepEqual(differingLines(one, other), [at >>> 6], `byte ${at}`);
  }
  const all = new Uint8Array(bytes).fill(1);
  assert.deepEqual(
    differingLines(one, all),
    Array.from({ length: bytes / 64 }, (_, line) => line),
  );
});
