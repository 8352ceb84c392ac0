import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepSparsely } from './sparse-image.ts';

test('images come back whole, as they were when they were kept, in whatever order they are asked for', () => {
  const bytes = new Uint8Array(3 * 4096 + 100);
  const zero = keepSparsely(bytes);
  for (const at of [0, 4095, 2 * 4096, bytes.length - 1]) bytes[at] = 7;
  const before = bytes.slice();
  const some = keepSparsely(bytes);
  bytes.fill(9);
  for (const [image, expected] of [
    [some, before],
    [zero, new Uint8Array(bytes.length)],
    [some, before],
    [keepSparsely(bytes), bytes],
  ] as const) {
    assert.deepEqual(Buffer.from(image()), Buffer.from(expected));
  }
});
