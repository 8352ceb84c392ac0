import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseWithoutRoom, roomBytes } from './memory.ts';
import { withEnvironment } from './testing/environment.ts';

test('what has no room is refused with the size that it needs, which then has room', async () => {
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
  await withEnvironment({ PMIRROR_MEMORY_MB: needed }, () => refuseWithoutRoom(10 * bytes, 'big'));
});

test('a bound below the usual, or none at all, is wrong usage', async () => {
  for (const wrong of ['', '699', 'much', '-1', 'NaN']) {
    await withEnvironment({ PMIRROR_MEMORY_MB: wrong }, () =>
      assert.throws(() => refuseWithoutRoom(1, 'any'), { name: 'UsageError' }),
    );
  }
});
