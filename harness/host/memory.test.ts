import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { refuseWithoutRoom, roomBytes } from './memory.ts';

afterEach(() => {
  delete process.env.PMIRROR_MEMORY_MB;
});

test('what has no room is refused with the size that it needs, which then has room', () => {
  const bytes = Math.floor(roomBytes());
  refuseWithoutRoom(bytes, 'fits');
  const refusal = /^big needs about (\d+) MB of memory.*at most 700 MB.*--transactions/;
  let needed = '';
  assert.throws(
    () => refuseWithoutRoom(10 * bytes, 'big'),
    (error: Error) => {
      needed = refusal.exec(error.message)?.[1] ?? '';
      return error.name === 'FailureError';
    },
  );
  process.env.PMIRROR_MEMORY_MB = needed;
  refuseWithoutRoom(10 * bytes, 'big');
});

test('a bound below the usual, or none at all, is wrong usage', () => {
  for (const wrong of ['', '699', 'much', '-1', 'NaN']) {
    process.env.PMIRROR_MEMORY_MB = wrong;
    assert.throws(() => refuseWithoutRoom(1, 'any'), { name: 'UsageError' });
  }
});
