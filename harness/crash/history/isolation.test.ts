import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Op } from '../../../pm/op.ts';
import { isolate } from './isolation.ts';
import type { RecordedTransaction } from './recording.ts';

/** A transaction that loads and stores at these lines, under these locks. */
function transaction(
  client: number,
  uses: { loads?: readonly number[]; stores?: readonly number[]; locks?: readonly number[] },
): RecordedTransaction {
  const ops = [
    ...(uses.locks ?? []).map((a) => ({ op: Op.LOCK, a, b: 0, bytes: null })),
    ...(uses.loads ?? []).map((line) => ({ op: Op.LOAD, a: line * 64, b: 8, bytes: null })),
    ...(uses.stores ?? []).map((line) => ({
      op: Op.STORE,
      a: line * 64 + 8,
      b: 8,
      bytes: new Uint8Array(8),
    })),
  ];
  return { client, type: 0, ops };
}

const waitsOf = (transactions: readonly RecordedTransaction[]): number[] =>
  isolate(transactions, 'lines').map(({ waits }) => waits.length);

test('what needs the data of another client waits for it, what does not does not', () => {
  const writer = transaction(0, { stores: [5] });
  assert.deepEqual(waitsOf([writer, transaction(1, { loads: [5] })]), [0, 1]);
  assert.deepEqual(waitsOf([writer, transaction(1, { stores: [5] })]), [0, 1]);
  assert.deepEqual(waitsOf([writer, transaction(1, { stores: [6] })]), [0, 0]);
  assert.deepEqual(waitsOf([writer, transaction(0, { loads: [5] })]), [0, 0]);
});

test('by words, other words of the same line do not count', () => {
  // Loads are of the first word of a line here, stores of the second.
  const pair = [transaction(0, { stores: [5] }), transaction(1, { loads: [5] })];
  assert.deepEqual(
    isolate(pair, 'words').map(({ waits }) => waits.length),
    [0, 0],
  );
  const same = [transaction(0, { stores: [5] }), transaction(1, { stores: [5] })];
  assert.deepEqual(
    isolate(same, 'words').map(({ waits }) => waits.length),
    [0, 1],
  );
});

test('a common lock is isolation enough', () => {
  const locked = (client: number, lock: number) =>
    transaction(client, { stores: [5], locks: [lock] });
  assert.deepEqual(waitsOf([locked(0, 3), locked(1, 3)]), [0, 0]);
  assert.deepEqual(waitsOf([locked(0, 3), locked(1, 4)]), [0, 1]);
});

test('several that wait for one have turns, and only what is waited for holds a lock', () => {
  const reader = (client: number) => transaction(client, { loads: [5] });
  const [writer, first, second] = isolate(
    [transaction(0, { stores: [5] }), reader(1), reader(2)],
    'lines',
  );
  assert.deepEqual(
    [...first.waits, ...second.waits],
    [
      [writer.holds, 1],
      [writer.holds, 2],
    ],
  );
  assert.deepEqual([first.holds, second.holds], [-1, -1]);
});
