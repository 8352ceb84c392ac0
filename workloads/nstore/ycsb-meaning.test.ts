/**
 * What ycsb asks for and gets, seen from outside: requests are told from the texts that a transaction
 * loads and stores ("key:version:..."), and compared with closed formulas and a Map.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDrawnFrom, assertRefused, counted, evenly } from '../../pm/testing/chi-squared.ts';
import { Draws, type SeenTransaction, typeCounts, watchedRun } from '../testing/watched.ts';
import { ycsb } from './ycsb.ts';

const [READ, UPDATE, INSERT, SCAN, READ_MODIFY_WRITE] = [0, 1, 2, 3, 4];
const FIELDS = 5;

/** A row that was read or written whole: five equal texts of one version. */
interface SeenRow {
  readonly key: number;
  readonly version: number;
  readonly text: string;
}

/** The rows that a transaction loads and stores, in order. Throws if the fields of one differ. */
function rowsOf(seen: SeenTransaction): { reads: SeenRow[]; writes: SeenRow[] } {
  const rows = (isStore: boolean): SeenRow[] => {
    const texts = seen.accesses.filter((access) => access.isStore === isStore);
    const named = texts.filter(({ text }) => /^\d+:\d+:/.test(text));
    assert.equal(named.length % FIELDS, 0, 'whole rows');
    return Array.from({ length: named.length / FIELDS }, (_, row) => {
      const fields = named.slice(row * FIELDS, (row + 1) * FIELDS).map(({ text }) => text);
      assert.equal(new Set(fields).size, 1, 'one version in all fields');
      const [key, version] = fields[0].split(':').map(Number);
      return { key, version, text: fields[0] };
    });
  };
  return { reads: rows(false), writes: rows(true) };
}

function run(given: Record<string, string | number>, transactions: number, threads = 1) {
  const configured = ycsb.configure(given);
  const keep = (bytes: number): boolean => bytes === 101;
  const seen = watchedRun(configured, { threads, seed: 3, transactions, keep });
  return { ...seen, counts: typeCounts(configured, seen) };
}

/** Shares of a Zipfian over n items, by its definition. */
const zipf = (n: number, theta: number) => Array.from({ length: n }, (_, i) => (i + 1) ** -theta);

test('every read gives what was last written to its key, and every write is what its type says', () => {
  for (const mix of ['whisper', 'a', 'b', 'c', 'd', 'e', 'f']) {
    const keys = 60;
    const threads = 2;
    const { transactions } = run({ mix, keys, writeShare: 0.5 }, 300, threads);
    const stores = Array.from({ length: threads }, () => {
      const loaded = Array.from({ length: keys / threads }, (_, key) => [key, 0] as const);
      return new Map<number, number>(loaded);
    });
    for (const seen of transactions) {
      const store = stores[seen.client];
      const { reads, writes } = rowsOf(seen);
      const { type } = seen;
      for (const { key, version } of reads) assert.equal(version, store.get(key), `key ${key}`);
      const writesRow = type === UPDATE || type === INSERT || type === READ_MODIFY_WRITE;
      assert.equal(writes.length, writesRow ? 1 : 0);
      if (type === SCAN) {
        assert.ok(reads.length >= 1 && reads.length <= 100);
        for (const [i, { key }] of reads.entries()) assert.equal(key, reads[0].key + i);
      } else {
        assert.equal(reads.length, type === READ || type === READ_MODIFY_WRITE ? 1 : 0);
      }
      if (!writesRow) continue;
      const [{ key, version }] = writes;
      if (type === READ_MODIFY_WRITE) assert.equal(key, reads[0].key);
      assert.equal(store.has(key), type !== INSERT, `${ycsb.txTypes[type]} of key ${key}`);
      if (type === INSERT) assert.equal(key, store.size);
      else assert.ok(version > (store.get(key) ?? Number.NaN));
      store.set(key, version);
    }
  }
});

test('operations have the shares of the core workloads, and of writeShare', () => {
  const shares: Record<string, number[]> = {
    a: [0.5, 0.5, 0, 0, 0],
    b: [0.95, 0.05, 0, 0, 0],
    d: [0.95, 0, 0.05, 0, 0],
    e: [0, 0, 0.05, 0.95, 0],
    f: [0.5, 0, 0, 0, 0.5],
    whisper: [0.2, 0.8, 0, 0, 0],
  };
  for (const [mix, expected] of Object.entries(shares)) {
    const { counts } = run({ mix, keys: 8 }, 3000);
    assertDrawnFrom(mix, counts, expected);
  }
  assert.deepEqual(run({ mix: 'c', keys: 8 }, 100).counts, [100, 0, 0, 0, 0]);
  const { counts } = run({ writeShare: 0.3, keys: 8 }, 3000);
  assertDrawnFrom('writeShare', counts, [0.7, 0.3, 0, 0, 0]);
  assertRefused('a fifth more', counts, [0.64, 0.36, 0, 0, 0]);
});

test('what is drawn decides which operation follows, to the last draw', () => {
  const shares: Record<string, number[]> = {
    a: [0.5, 1, 1, 1],
    e: [0, 0, 0.05, 1],
    f: [0.5, 0.5, 0.5, 0.5],
  };
  for (const [mix, bounds] of Object.entries(shares)) {
    for (const { draws, type } of run({ mix, keys: 8 }, 500).transactions) {
      const u = new Draws(draws).take('fraction');
      assert.equal(
        type,
        [...bounds, 2].findIndex((bound) => u < bound),
      );
    }
  }
  for (const { draws, type } of run({ keys: 8, writeShare: 0.7 }, 1000).transactions) {
    assert.equal(type, new Draws(draws).take('fraction') < 0.7 ? UPDATE : READ);
  }
});

test('keys of mixes a, b, c and f are Zipfian with exponent 0.99: 0.9 would be refused', () => {
  const keys = 40;
  const drawnBy = (mix: string, transactions: number): number[] => {
    const seen = run({ mix, keys }, transactions).transactions;
    const drawn = seen.map((one) => {
      const { reads, writes } = rowsOf(one);
      return (reads[0] ?? writes[0]).key;
    });
    return counted(drawn, keys);
  };
  for (const mix of ['a', 'b', 'f']) assertDrawnFrom(mix, drawnBy(mix, 1000), zipf(keys, 0.99));
  const counts = drawnBy('c', 10_000);
  assertDrawnFrom('c', counts, zipf(keys, 0.99));
  assertRefused('0.9', counts, zipf(keys, 0.9));
  assertRefused('1.08', counts, zipf(keys, 1.08));
});

test('mix d reads the latest keys, over all there are: distances from the newest are Zipfian', () => {
  const loaded = 5;
  const { transactions, counts } = run({ mix: 'd', keys: loaded }, 4000);
  let keys = loaded;
  // A draw over n keys, put where the first nine shares end: below, or in cell 9.
  const found = new Array<number>(10).fill(0);
  const expected = new Array<number>(10).fill(0);
  let oldest = 0;
  for (const seen of transactions) {
    if (seen.type === INSERT) {
      keys++;
      continue;
    }
    const distance = keys - 1 - rowsOf(seen).reads[0].key;
    oldest = Math.max(oldest, distance);
    found[Math.min(distance, 9)]++;
    const whole = zipf(keys, 0.99).reduce((sum, share) => sum + share, 0);
    const shares = zipf(Math.min(9, keys), 0.99).map((share) => share / whole);
    for (const [i, share] of shares.entries()) expected[i] += share;
    expected[9] += 1 - shares.reduce((sum, share) => sum + share, 0);
  }
  assert.equal(keys, loaded + counts[INSERT]);
  assertDrawnFrom('distance', found, expected);
  assert.ok(oldest > loaded, 'also keys behind those that the load put in');
});

test('mix e scans 1 to 100 keys, uniformly, from Zipfian keys, inserted ones among them', () => {
  const loaded = 150;
  const { transactions } = run({ mix: 'e', keys: loaded }, 2500);
  let keys = loaded;
  const lengths: number[] = [];
  let fromInserted = 0;
  for (const seen of transactions) {
    if (seen.type === INSERT) {
      keys++;
      continue;
    }
    const { reads } = rowsOf(seen);
    if (reads[0].key + 100 <= keys) lengths.push(reads.length - 1);
    if (reads[0].key >= loaded) fromInserted++;
  }
  const counts = counted(lengths, 100);
  assertDrawnFrom('lengths', counts, evenly(100));
  assertRefused('up to 99', counts, [...evenly(99), 0]);
  assert.ok(fromInserted > 0);
});

test("the mix 'whisper' draws operation and key from one number, as the original's seeds do", () => {
  const keys = 60;
  const { transactions } = run({ keys }, 6000);
  // u in [0, 1): key 10 u below the skew, else 10 + u (keys - 10); an update below writeShare.
  const cells = (skew: number, writeShare: number): number[] => {
    const shares = new Array<number>(2 * keys).fill(0);
    const steps = 100_000;
    for (let i = 0; i < steps; i++) {
      const u = (i + 0.5) / steps;
      const key = Math.floor(u < skew ? 10 * u : 10 + u * (keys - 10));
      shares[u < writeShare ? key : keys + key]++;
    }
    return shares;
  };
  const drawn = transactions.map((seen) => {
    const { reads, writes } = rowsOf(seen);
    return seen.type === UPDATE ? writes[0].key : keys + reads[0].key;
  });
  const counts = counted(drawn, 2 * keys);
  assertDrawnFrom('keys and operations', counts, cells(0.1, 0.8));
  assertRefused('half the skew', counts, cells(0.05, 0.8));
  assertRefused('an eighth fewer writes', counts, cells(0.1, 0.7));
});
