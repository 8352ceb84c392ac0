/**
 * Echo beside a naive versioned store: puts and gets are told from the keys and values that go to and
 * from the heap, and compared with a Map of lists of versions.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDrawnFrom, assertRefused, counted, evenly } from '../../pm/testing/chi-squared.ts';
import { Draws, type SeenAccess, watchedRun } from '../testing/watched.ts';
import { echo } from './echo.ts';

const SIZES = { keyBytes: 20, valueBytes: 64 };

interface Given {
  readonly preloadedKeys: number;
  readonly putsPerCommit: number;
  readonly putShare: number;
  readonly updateShare: number;
}

interface Version {
  readonly commit: number;
  readonly serial: number;
}

/** What one client asks for next. */
interface Request {
  readonly isPut: boolean;
  readonly isNew: boolean;
  readonly index: number;
  /** Of an update: how many indices there are. */
  readonly of: number;
}

const number = ({ bytes }: SeenAccess): number => bytes.readUInt32LE(0);
const serialOf = ({ bytes }: SeenAccess): number => bytes.readUInt32LE(4);

/** Runs both and returns all requests. */
function besideMap(given: Given, threads: number, transactions: number): Request[] {
  const configured = echo.configure({ ...SIZES, ...given });
  const keep = (bytes: number, isStore: boolean): boolean =>
    bytes === SIZES.valueBytes + 1 || (isStore && bytes === SIZES.keyBytes + 1);
  const run = watchedRun(configured, { threads, transactions, keep });
  assert.deepEqual(run.loadDraws, []);
  const store = new Map<number, Version[]>();
  for (let key = 0; key < given.preloadedKeys; key++) store.set(key, [{ commit: 0, serial: 0 }]);
  const clients = Array.from({ length: threads }, () => ({ news: 0, serial: 0, lastCommit: 0 }));
  const requests: Request[] = [];
  for (const [i, { client: c, draws: drawn, accesses }] of run.transactions.entries()) {
    const client = clients[c];
    const draws = new Draws(drawn);
    const batch = new Map<number, number>();
    const gets: [key: number, serial: number][] = [];
    for (let puts = 0; puts < given.putsPerCommit; ) {
      const isPut = draws.take('fraction') < given.putShare;
      const of = given.preloadedKeys + client.news * threads + c;
      const isNew = isPut && draws.take('fraction') >= given.updateShare;
      const index = isNew ? of : draws.take(isPut ? of : given.preloadedKeys);
      requests.push({ isPut, isNew, index, of });
      if (isPut) {
        puts++;
        if (isNew) client.news++;
        batch.set(index * 100 + c, client.serial++);
      } else if (!batch.has(index)) {
        const seen = store.get(index)?.filter(({ commit }) => commit <= client.lastCommit);
        gets.push([index, seen?.at(-1)?.serial ?? -1]);
      }
    }
    draws.end();
    const values = accesses.filter(({ bytes }) => bytes.length === SIZES.valueBytes + 1);
    const got = values.filter(({ isStore }) => !isStore).map((v) => [number(v), serialOf(v)]);
    assert.deepEqual(got, gets, `gets of commit ${i}`);
    const put = values.filter(({ isStore }) => isStore).map((v) => [number(v), serialOf(v)]);
    assert.deepEqual(put, [...batch], `puts of commit ${i}`);
    const keys = accesses.filter(({ bytes }) => bytes.length === SIZES.keyBytes + 1);
    const names = [...batch.keys()].map((key) => `${`${key}`.padStart(SIZES.keyBytes, '0')}\0`);
    assert.deepEqual(
      keys.map(({ text }) => text),
      names,
    );
    client.lastCommit = i + 1;
    for (const [key, serial] of batch) {
      const versions = store.get(key) ?? [];
      versions.push({ commit: i + 1, serial });
      store.set(key, versions);
    }
  }
  assert.ok(run.program.digest().startsWith(`echo ${store.size} keys `));
  return requests;
}

test('puts are what was drawn, and gets give the latest version of their snapshot', () => {
  const base = { preloadedKeys: 12, putsPerCommit: 3, putShare: 0.5, updateShare: 0.7 };
  besideMap(base, 3, 150);
  besideMap({ ...base, putsPerCommit: 8, updateShare: 0 }, 1, 60);
  besideMap({ ...base, putShare: 0.9, updateShare: 1 }, 2, 100);
});

test('requests have the shares asked for, and updates touch old and inserted keys alike', () => {
  const given = { preloadedKeys: 20, putsPerCommit: 8, putShare: 0.8, updateShare: 0.7 };
  const requests = besideMap(given, 1, 400);
  const puts = requests.filter(({ isPut }) => isPut);
  const news = puts.filter(({ isNew }) => isNew);
  const kinds = [requests.length - puts.length, puts.length - news.length, news.length];
  assertDrawnFrom('kinds', kinds, [0.2, 0.8 * 0.7, 0.8 * 0.3]);
  assertRefused('fewer puts', kinds, [0.25, 0.75 * 0.7, 0.75 * 0.3]);
  // Where among the indices there are an update falls, in twentieths.
  const updates = puts.filter(({ isNew }) => !isNew);
  const places = counted(
    updates.map(({ index, of }) => Math.floor((20 * (index + 0.5)) / of)),
    20,
  );
  assertDrawnFrom('updates', places, evenly(20));
  assert.ok(updates.some(({ index }) => index > 10 * given.preloadedKeys));
  const gets = counted(
    requests.filter(({ isPut }) => !isPut).map(({ index }) => index),
    20,
  );
  assertDrawnFrom('gets', gets, evenly(20));
  assertRefused('half of the keys', gets, [...evenly(10), ...new Array(10).fill(0)]);
});
