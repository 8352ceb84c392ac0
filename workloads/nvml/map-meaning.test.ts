/**
 * The map programs beside a sorted array that shares no code with them: through their clients, fed with
 * what these drew, and through the maps themselves with so few keys that most are met again.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { PmHeap } from '../../pm/heap.ts';
import { OBJECT_ID_BYTES } from '../../pm/nvml/object-id.ts';
import { Pool } from '../../pm/nvml/pool.ts';
import { Random } from '../../pm/random.ts';
import { assertDrawnFrom, assertRefused } from '../../pm/testing/chi-squared.ts';
import { Draws, typeCounts, watchedRun } from '../testing/watched.ts';
import { btree, btreeMap } from './btree.ts';
import { ctree, ctreeMap } from './ctree.ts';
import { hashMap, hashmap } from './hashmap.ts';
import { createMap } from './map.ts';
import { rbtree, rbtreeMap } from './rbtree.ts';

const WORKLOADS = [ctree, hashmap, btree, rbtree];
const [INSERT, REMOVE, LOOKUP] = [0, 1, 2];

/** Entries in the order of their keys, found by looking at one after the other. */
class SortedArray {
  readonly entries: [key: number, value: number][] = [];

  find(key: number): number {
    return this.entries.find(([at]) => at === key)?.[1] ?? 0;
  }

  put(key: number, value: number): void {
    this.remove(key);
    const at = this.entries.findIndex(([other]) => other > key);
    this.entries.splice(at < 0 ? this.entries.length : at, 0, [key, value]);
  }

  remove(key: number): void {
    const at = this.entries.findIndex(([other]) => other === key);
    if (at >= 0) this.entries.splice(at, 1);
  }

  digest(): string {
    const text = this.entries.map(([key, value]) => `${key}=${value}\n`).join('');
    return `${this.entries.length} keys ${createHash('sha256').update(text).digest('hex')}`;
  }
}

/** One client: what it holds, and how many values it has given out. */
interface NaiveClient {
  readonly keys: number[];
  values: number;
}

const newKey = (draws: Draws): number => (draws.take('word') >>> 11) * 2 ** 32 + draws.take('word');

for (const workload of WORKLOADS) {
  test(`${workload.name}: what clients insert and remove is what a sorted array holds`, () => {
    const shares = { removeShare: 0.3, lookupShare: 0.2 };
    const configured = workload.configure({ keys: 60, ...shares });
    const threads = 2;
    const run = watchedRun(configured, { threads, transactions: 400 });
    const array = new SortedArray();
    const clients = Array.from({ length: threads }, (): NaiveClient => ({ keys: [], values: 0 }));
    const insert = (draws: Draws, c: number): void => {
      const key = newKey(draws);
      array.put(key, 4096 + c * 2 ** 32 + clients[c].values++);
      clients[c].keys.push(key);
    };
    const load = new Draws(run.loadDraws);
    // The hash function's coefficients.
    if (workload === hashmap) for (const range of [1000, 100_000]) load.take(range);
    for (let i = 0; i < 60; i++) insert(load, i % threads);
    load.end();
    for (const { client, type, draws: drawn } of run.transactions) {
      const { keys } = clients[client];
      const draws = new Draws(drawn);
      const u = draws.take('fraction');
      const wanted = keys.length === 0 || u >= 0.5 ? INSERT : u < 0.3 ? REMOVE : LOOKUP;
      assert.equal(type, wanted);
      if (type === INSERT) insert(draws, client);
      else {
        const at = draws.take(keys.length);
        if (type === REMOVE) {
          array.remove(keys[at]);
          keys[at] = keys[keys.length - 1];
          keys.pop();
        }
      }
      draws.end();
    }
    assert.equal(run.program.digest(), array.digest());
  });
}

test('shares of removes and lookups are those asked for', () => {
  for (const [removeShare, lookupShare] of [
    [0.25, 0.15],
    [0, 0.6],
    [0.3, 0],
  ]) {
    const configured = ctree.configure({ keys: 1000, removeShare, lookupShare });
    const counts = typeCounts(configured, watchedRun(configured, { transactions: 2000 }));
    const insertShare = 1 - removeShare - lookupShare;
    assertDrawnFrom('types', counts, [insertShare, removeShare, lookupShare]);
    assertRefused('others', counts, [insertShare - 0.1, removeShare + 0.1, lookupShare]);
  }
});

test('keys that come again are overwritten or kept, as the original does, and never counted twice', () => {
  for (const [kind, overwrites] of [
    [ctreeMap, true],
    [hashMap, false],
    [btreeMap, true],
    [rbtreeMap, false],
  ] as const) {
    const pool = Pool.create(new PmHeap(4 * 2 ** 20), 1, OBJECT_ID_BYTES);
    const random = new Random(7);
    const map = createMap(pool, kind, random);
    const [tx] = pool.lanes;
    const array = new SortedArray();
    for (let i = 1; i <= 1500; i++) {
      const key = random.between(1, 50);
      const held = array.find(key);
      // Growing and shrinking in turn.
      if (random.chance(Math.floor(i / 300) % 2 === 0 ? 0.75 : 0.25)) {
        const stored = held === 0 || overwrites;
        assert.equal(map.insert(tx, key, 4096 + i), stored, `${kind.name}: insert of ${key}`);
        if (stored) array.put(key, 4096 + i);
      } else {
        assert.equal(map.remove(tx, key), held, `${kind.name}: remove of ${key}`);
        array.remove(key);
      }
      assert.equal(map.lookup(key), array.find(key));
      if (i % 25 > 0) continue;
      const { entries, objects } = map.contents();
      assert.deepEqual(
        [...entries].sort((x, y) => x[0] - y[0]),
        array.entries,
        kind.name,
      );
      pool.check(objects);
    }
  }
});
