/**
 * Memcached beside a naive cache that shares no code with it: an array an LRU list, after items.c and
 * slabs.c of memcached 1.2.4, fed with what the port drew.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDrawnFrom, assertRefused, counted, evenly } from '../../pm/testing/chi-squared.ts';
import { type Draw, Draws, typeCounts, watchedRun } from '../testing/watched.ts';
import { memcached } from './memcached.ts';

const VALUE_BYTES = [64, 128, 256, 512];
const GET_HIT = ['getRead', 'getLookUp', 'getUpdate', 'getCount', 'getWrite', 'getRelease'];
const GET_MISS = ['getRead', 'getLookUp', 'getCount', 'getWrite'];
const SET = ['setRead', 'setAllocate', 'setCount', 'setStore', 'setRelease', 'setWrite'];

/** Chunk sizes: header and 48 B, then by 1.25, in eights. */
const CHUNKS = [104];
while (CHUNKS.length < 9) CHUNKS.push(Math.ceil((CHUNKS[CHUNKS.length - 1] * 1.25) / 8) * 8);

interface Item {
  readonly key: number;
  readonly bytes: number;
  timeS: number;
}

class NaiveCache {
  readonly #perPage: readonly number[];
  #pages: number;
  readonly #free = CHUNKS.map(() => 0);
  /** Most recently used first. */
  readonly #lists = CHUNKS.map((): Item[] => []);
  evictions = 0;
  bumps = 0;

  constructor(memoryKiB: number, slabKiB: number) {
    this.#pages = Math.floor(memoryKiB / slabKiB);
    this.#perPage = CHUNKS.map((bytes) => Math.floor((slabKiB * 1024) / bytes));
    for (const bytes of VALUE_BYTES) this.#addPage(classOf(bytes));
  }

  #addPage(slab: number): void {
    this.#pages--;
    this.#free[slab] += this.#perPage[slab];
  }

  #find(key: number): { list: Item[]; at: number; slab: number } | null {
    for (const [slab, list] of this.#lists.entries()) {
      const at = list.findIndex((item) => item.key === key);
      if (at >= 0) return { list, at, slab };
    }
    return null;
  }

  set(key: number, bytes: number, timeS: number): void {
    const slab = classOf(bytes);
    if (this.#free[slab] === 0 && this.#pages > 0) this.#addPage(slab);
    if (this.#free[slab] === 0) {
      this.#lists[slab].pop();
      this.#free[slab]++;
      this.evictions++;
    }
    this.#free[slab]--;
    const old = this.#find(key);
    if (old !== null) {
      old.list.splice(old.at, 1);
      this.#free[old.slab]++;
    }
    this.#lists[slab].unshift({ key, bytes, timeS });
  }

  /** Whether it is there; moves it to the front if it was not within the last minute. */
  get(key: number, timeS: number): boolean {
    const found = this.#find(key);
    if (found === null) return false;
    const item = found.list[found.at];
    if (item.timeS < timeS - 60) {
      found.list.splice(found.at, 1);
      found.list.unshift(item);
      item.timeS = timeS;
      this.bumps++;
    }
    return true;
  }

  /** Keys and sizes, sorted. */
  text(): string[] {
    const name = (key: number): string => `key-${`${key}`.padStart(12, '0')}`;
    return this.#lists
      .flatMap((list) => list.map(({ key, bytes }) => `${name(key)}: ${bytes} B`))
      .sort();
  }
}

/** Header 56 B, key and its zero, " 0 <bytes>\r\n", the value, "\r\n". */
function classOf(bytes: number): number {
  const item = 56 + 17 + ` 0 ${bytes}\r\n`.length + bytes + 2;
  return CHUNKS.findIndex((chunk) => chunk >= item);
}

interface Request {
  readonly isSet: boolean;
  readonly key: number;
  readonly bytes: number;
}

function besideCache(given: Record<string, number>, requests: number) {
  const configured = memcached.configure({ slabKiB: 16, logKiB: 4, hashPower: 8, ...given });
  const { keys, setPercent, memoryKiB, slabKiB, requestsPerSecond } = configured.parameters;
  const cache = new NaiveCache(Number(memoryKiB), Number(slabKiB));
  const bytesOf = (draws: Draws): number => {
    const bytes = VALUE_BYTES[draws.take(4)];
    draws.take('word');
    return bytes;
  };
  const seen: Request[] = [];
  let steps: readonly string[] = [];
  let isLoaded = false;
  const load = (drawn: readonly Draw[]): void => {
    const draws = new Draws(drawn);
    for (let key = 0; key < Number(keys); key++) cache.set(key, bytesOf(draws), 1);
    draws.end();
    isLoaded = true;
  };
  watchedRun(configured, {
    transactions: requests * 6,
    after({ draws: drawn, type }, { program, loadDraws }) {
      if (!isLoaded) load(loadDraws);
      const draws = new Draws(drawn);
      if (steps.length === 0) {
        const isSet = draws.take(100) < Number(setPercent);
        const key = draws.take(Number(keys));
        const bytes = isSet ? bytesOf(draws) : 0;
        seen.push({ isSet, key, bytes });
        const timeS = 1 + Math.floor(seen.length / Number(requestsPerSecond));
        if (isSet) cache.set(key, bytes, timeS);
        steps = isSet ? SET : cache.get(key, timeS) ? GET_HIT : GET_MISS;
      }
      draws.end();
      assert.equal(memcached.txTypes[type], steps[0]);
      steps = steps.slice(1);
      if (steps.length > 0 || seen.length % 25 > 0) return;
      const held = program.digest().replaceAll(/, .*/g, '').split('\n');
      assert.deepEqual(held, cache.text(), `after ${seen.length} requests`);
    },
  });
  return { cache, seen };
}

test('what is held, evicted and moved to the front is what an array for a list gives', () => {
  for (const given of [
    { keys: 200, memoryKiB: 64, setPercent: 40, requestsPerSecond: 1 },
    { keys: 130, memoryKiB: 64, setPercent: 60, requestsPerSecond: 3 },
    { keys: 400, memoryKiB: 128, setPercent: 50, requestsPerSecond: 1 },
  ]) {
    const { cache } = besideCache(given, 500);
    assert.ok(cache.evictions > 30 && cache.bumps > 5, `${cache.evictions}, ${cache.bumps}`);
  }
});

test('requests, keys and sizes have the shares that the parameters say', () => {
  const { seen } = besideCache({ keys: 40, setPercent: 20, memoryKiB: 256 }, 4000);
  const sets = seen.filter(({ isSet }) => isSet);
  const kinds = [seen.length - sets.length, sets.length];
  assertDrawnFrom('sets', kinds, [0.8, 0.2]);
  assertRefused('a sixth more', kinds, [0.76, 0.24]);
  const keys = counted(
    seen.map(({ key }) => key),
    40,
  );
  assertDrawnFrom('keys', keys, evenly(40));
  assertRefused('all but one', keys, [...evenly(39), 0]);
  const sizes = counted(
    sets.map(({ bytes }) => VALUE_BYTES.indexOf(bytes)),
    4,
  );
  assertDrawnFrom('sizes', sizes, evenly(4));
  assertRefused('fewer large ones', sizes, [1, 1, 1, 0.5]);
  const large = memcached.configure({ keys: 40, memoryKiB: 256, slabKiB: 16, setPercent: 100 });
  assert.deepEqual(
    typeCounts(large, watchedRun(large, { transactions: 600 })),
    [0, 0, 0, 0, 0, 0, 100, 100, 100, 100, 100, 100],
  );
});

test('as many transactions are in conflict as said, each aborted as often as said', () => {
  const fences = (given: Record<string, number>): number[] => {
    const configured = memcached.configure({ keys: 20, hashPower: 8, ...given });
    const ordering = watchedRun(configured, { transactions: 3000 });
    return ordering.transactions.map(({ operations }) => operations[5] ?? 0);
  };
  // The same requests. A transaction that writes has three ordering fences, an aborted attempt two.
  const quiet = fences({});
  const loud = fences({ conflictPercent: 10, attemptsPerConflict: 7 });
  const more = loud.map((count, i) => count - quiet[i]);
  const inConflict = more.filter((count) => count > 0);
  const kinds = [more.length - inConflict.length, inConflict.length];
  const writing = quiet.filter((count) => count > 0).length;
  assertDrawnFrom('conflicts', [writing - kinds[1], kinds[1]], [0.9, 0.1]);
  assertRefused('half of them', [writing - kinds[1], kinds[1]], [0.95, 0.05]);
  assert.equal(new Set(inConflict).size, 1, `${[...new Set(inConflict)]}`);
  assert.equal(inConflict[0] % 7, 0, `${inConflict[0]}`);
});
