/** Redis beside a Map: requests, types and contents that follow from what was drawn. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { assertDrawnFrom, assertRefused, counted } from '../../pm/testing/chi-squared.ts';
import { Draws, watchedRun } from '../testing/watched.ts';
import { redis } from './redis.ts';

const [OVERWRITE, NEW, GET] = [0, 1, 2];

interface Given {
  readonly keys: number;
  readonly preloadShare: number;
  readonly pipeline: number;
  readonly powerLaw: number;
}

/** Runs both; returns the keys that requests named. */
function besideMap(given: Given, transactions: number): number[] {
  const run = watchedRun(redis.configure({ ...given }), { transactions });
  const map = new Map<string, string>();
  const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_';
  let values = 0;
  const set = (key: number): void => {
    const number = values++;
    const value = [4096, 64, 1].map((unit) => digits[Math.floor(number / unit) % 64]).join('');
    map.set(`lru:${key}`, value);
  };
  for (let key = 0; key < Math.floor(given.keys * given.preloadShare); key++) set(key);
  assert.deepEqual(run.loadDraws, []);
  const keys = run.transactions.map(({ draws: drawn, type }, i) => {
    const draws = new Draws(drawn);
    const u = draws.take('fraction');
    draws.end();
    const key = given.keys - 1 - Math.floor(given.keys * u ** (1 / (given.powerLaw + 1)));
    const isGet = Math.floor(i / given.pipeline) % 2 === 1;
    const wanted = isGet ? GET : map.has(`lru:${key}`) ? OVERWRITE : NEW;
    assert.equal(redis.txTypes[type], redis.txTypes[wanted], `request ${i}`);
    if (!isGet) set(key);
    return key;
  });
  const text = [...map].sort(([x], [y]) => (x < y ? -1 : 1)).map(([k, v]) => `${k}=${v}\n`);
  const hash = createHash('sha256').update(text.join('')).digest('hex');
  assert.equal(run.program.digest(), `${map.size} keys ${hash}`);
  return keys;
}

test('SETs and GETs come in rows, name the keys drawn, and leave what a Map holds', () => {
  besideMap({ keys: 1000, preloadShare: 1, pipeline: 250, powerLaw: 6.2 }, 600);
  besideMap({ keys: 300, preloadShare: 0.3, pipeline: 7, powerLaw: 2 }, 600);
  besideMap({ keys: 500, preloadShare: 0, pipeline: 60, powerLaw: 0 }, 600);
});

test("keys have redis-cli's power law: another exponent would be refused", () => {
  const keys = 30;
  // Density as x^alpha, largest first.
  const shares = (alpha: number): number[] =>
    Array.from({ length: keys }, (_, key) => {
      const x = keys - 1 - key;
      return (x + 1) ** (alpha + 1) - x ** (alpha + 1);
    });
  const given = { keys, preloadShare: 1, pipeline: 50 };
  const counts = counted(besideMap({ ...given, powerLaw: 6.2 }, 3000), keys);
  assertDrawnFrom('6.2', counts, shares(6.2));
  for (const other of [5.2, 7.2]) assertRefused(`${other}`, counts, shares(other));
  const uniform = counted(besideMap({ ...given, powerLaw: 0 }, 2000), keys);
  assertDrawnFrom('uniform', uniform, shares(0));
});
