/** LMDB's entries beside an array of the last puts, fed with what the port drew. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { assertDrawnFrom, assertRefused, counted, evenly } from '../../pm/testing/chi-squared.ts';
import { Draws, watchedRun } from '../testing/watched.ts';
import { lmdb } from './lmdb.ts';

const VALUE_BYTES = 60;

/** Key number, put number, then 32-bit words of a xorshift generator; the last byte is zero. */
function writtenValue(key: number, put: number): Buffer {
  const value = Buffer.alloc(VALUE_BYTES + 4);
  value.writeUInt32LE(key, 0);
  value.writeUInt32LE(put, 4);
  let word = (Math.imul(key, 0x9e3779b1) ^ Math.imul(put, 0x85ebca6b)) | 1;
  for (let at = 8; at < VALUE_BYTES; at += 4) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    value.writeInt32LE(word, at);
  }
  value[VALUE_BYTES - 1] = 0;
  return value.subarray(0, VALUE_BYTES);
}

test('every key holds what was put last, and keys are drawn uniformly', () => {
  const [keys, putsPerTransaction, threads] = [40, 5, 2];
  const configured = lmdb.configure({ keys, putsPerTransaction, valueBytes: VALUE_BYTES });
  const run = watchedRun(configured, { threads, transactions: 150 });
  assert.deepEqual(run.loadDraws, []);
  const puts = new Array<number>(keys).fill(0);
  const made = new Array<number>(threads).fill(0);
  const drawn: number[] = [];
  for (const { client, draws: all } of run.transactions) {
    const draws = new Draws(all);
    for (let i = 0; i < putsPerTransaction; i++) {
      const key = draws.take(keys);
      drawn.push(key);
      puts[key] = 64 * ++made[client] + client;
    }
    draws.end();
  }
  const hash = createHash('sha256');
  for (const [key, put] of puts.entries()) {
    hash.update(`${key}`.padStart(16, '0')).update(writtenValue(key, put));
  }
  assert.equal(run.program.digest(), `lmdb ${keys} entries ${hash.digest('hex')}`);
  run.program.close?.();
  const counts = counted(drawn, keys);
  assertDrawnFrom('keys', counts, evenly(keys));
  assertRefused('half of them', counts, [...evenly(keys / 2), ...new Array(keys / 2).fill(0)]);
});

test('a commit loads the meta pages, the root and each leaf that it puts to, once', () => {
  const [keys, putsPerTransaction] = [400, 6];
  const configured = lmdb.configure({ keys, putsPerTransaction, valueBytes: VALUE_BYTES });
  const keep = (bytes: number, isStore: boolean): boolean => !isStore && bytes >= 4096;
  const run = watchedRun(configured, { transactions: 40, keep });
  run.program.close?.();
  for (const { accesses, draws } of run.transactions) {
    const [meta, ...pages] = accesses;
    assert.equal(meta.bytes.length, 2 * 4096);
    assert.ok(pages.every(({ bytes }) => bytes.length === 4096));
    assert.equal(new Set(pages.map(({ at }) => at)).size, pages.length);
    // All pages of a tree of two levels: every key drawn is in one of the leaves.
    const text = pages.map((page) => page.text).join('');
    for (const { value } of draws) assert.ok(text.includes(`${value}`.padStart(16, '0')));
    assert.ok(pages.length >= 2 && pages.length <= 1 + putsPerTransaction, `${pages.length}`);
  }
});
