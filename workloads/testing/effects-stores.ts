/** What the parameters of the stores, the maps and the microbenchmark do. Used by tests only. */

import { Op } from '../../pm/op.ts';
import { transact } from '../micro/transact.ts';
import { ycsb } from '../nstore/ycsb.ts';
import { ctree } from '../nvml/ctree.ts';
import { about, type Effects, fences, firstCount, loadDrawsOf, mean, shareOf } from './effects.ts';
import type { SeenTransaction, WatchedRun } from './watched.ts';

const ECHO = { preloadedKeys: 10, keyBytes: 20, valueBytes: 16 };

/** Keys that a commit stores. */
const echoKeys = ({ accesses }: SeenTransaction): string[] =>
  accesses.filter(({ text }) => /^\d{15,}\0$/.test(text)).map(({ text }) => text);

const longestStore = ({ transactions }: WatchedRun): number =>
  Math.max(...transactions.flatMap((seen) => seen.accesses.map(({ bytes }) => bytes.length)));

const stores = (_bytes: number, isStore: boolean): boolean => isStore;

export const ECHO_EFFECTS: Effects = {
  size: {
    values: ['small', 'medium'],
    given: { keyBytes: 20, valueBytes: 16 },
    measure: firstCount,
    gives: [500, 2000],
  },
  preloadedKeys: { values: [8, 30], given: ECHO, measure: firstCount, gives: [8, 30] },
  keyBytes: {
    values: [20, 40],
    given: ECHO,
    transactions: 5,
    keep: stores,
    measure: mean((seen) => (echoKeys(seen)[0]?.length ?? 0) - 1),
    gives: [20, 40],
  },
  valueBytes: {
    values: [100, 300],
    given: ECHO,
    transactions: 5,
    keep: stores,
    measure: (run) => longestStore(run) - 1,
    gives: [100, 300],
  },
  putsPerCommit: {
    values: [2, 5],
    given: { ...ECHO, updateShare: 0 },
    transactions: 20,
    keep: stores,
    measure: mean((seen) => echoKeys(seen).length),
    gives: [2, 5],
  },
  putShare: {
    values: [0.25, 0.75],
    given: { ...ECHO, updateShare: 0, putsPerCommit: 8 },
    transactions: 100,
    keep: (bytes, isStore) => bytes === 17 && !isStore,
    // Gets a put.
    measure: mean(({ accesses }) => accesses.length / 8),
    gives: [about(3, 0.1), about(1 / 3, 0.2)],
  },
  updateShare: {
    values: [0, 1],
    given: ECHO,
    transactions: 50,
    keep: stores,
    // Share of the keys that were not loaded.
    measure: mean((seen) => {
      const keys = echoKeys(seen).map((text) => Number(text.slice(0, -1)));
      return keys.filter((key) => key >= 1000).length / keys.length;
    }),
    gives: [1, 0],
  },
};

/** The keys of the first texts that transactions of ycsb load or store. */
const ycsbKeys = ({ transactions }: WatchedRun): number[] =>
  transactions.map(({ accesses }) => {
    return Number(accesses.find(({ text }) => /^\d+:\d+:/.test(text))?.text.split(':')[0]);
  });

const rows = ({ heap }: WatchedRun): number =>
  (Buffer.from(heap.bytes)
    .toString('latin1')
    .match(/\d+:0:/g)?.length ?? 0) / 5;

const whole = (bytes: number): boolean => bytes === 101;

export const YCSB_EFFECTS: Effects = {
  // A row takes 1640 B with its part of the index. More of them would take seconds to load.
  size: { values: ['small', 'medium'], gives: { more: about(28_000 * 1640, 0.02) } },
  keys: { values: [20, 50], measure: rows, gives: [20, 50] },
  mix: {
    values: ['a', 'c'],
    given: { keys: 10 },
    transactions: 400,
    measure: shareOf(ycsb, /update/),
    gives: [about(0.5, 0.15), 0],
  },
  writeShare: {
    values: [0.25, 1],
    given: { keys: 10 },
    transactions: 400,
    measure: shareOf(ycsb, /update/),
    gives: [about(0.25, 0.25), 1],
  },
  skew: {
    values: [0.1, 0.5],
    given: { keys: 60 },
    transactions: 600,
    keep: whole,
    // 10 u below the skew, at least 10 above.
    measure: (run) => ycsbKeys(run).filter((key) => key < 10).length / 600,
    gives: [about(0.1, 0.3), about(0.5, 0.15)],
  },
};

/** A customer of the load draws a discount, and an item a price. */
const [DISCOUNTS, PRICES] = [5000, 9901];
const TPCC = { warehouses: 1, districts: 1, customers: 3, items: 4 };

export const TPCC_EFFECTS: Effects = {
  size: {
    values: ['small', 'medium'],
    given: { warehouses: 1, districts: 1 },
    measure: (run) => loadDrawsOf(DISCOUNTS)(run) + loadDrawsOf(PRICES)(run),
    gives: [120 + 100, 600 + 400],
  },
  warehouses: { values: [1, 3], given: TPCC, measure: loadDrawsOf(DISCOUNTS), gives: [3, 9] },
  districts: { values: [1, 4], given: TPCC, measure: loadDrawsOf(DISCOUNTS), gives: [3, 12] },
  customers: { values: [2, 7], given: TPCC, measure: loadDrawsOf(DISCOUNTS), gives: [2, 7] },
  items: { values: [4, 9], given: TPCC, measure: loadDrawsOf(PRICES), gives: [4, 9] },
};

/** Numbers in the keys that GETs and SETs were seen to compare last. */
const redisKeys = (seen: SeenTransaction): number => {
  const named = seen.accesses.filter(({ text }) => /^lru:\d+$/.test(text));
  return Number(named.at(-1)?.text.slice(4));
};

export const REDIS_EFFECTS: Effects = {
  keys: { values: [20, 60], measure: firstCount, gives: [20, 60] },
  preloadShare: {
    values: [0.25, 0.75],
    given: { keys: 40 },
    measure: firstCount,
    gives: [10, 30],
  },
  pipeline: {
    values: [3, 10],
    given: { keys: 20 },
    transactions: 40,
    measure: ({ transactions }) => transactions.findIndex(({ type }) => type === 2),
    gives: [3, 10],
  },
  powerLaw: {
    values: [0, 6.2],
    given: { keys: 100 },
    transactions: 1000,
    keep: (bytes, isStore) => bytes <= 6 && !isStore,
    measure: mean(redisKeys),
    // (keys - 1) / 2; and keys / (alpha + 2) less half a key.
    gives: [about(49.5, 0.06), about(11.7, 0.08)],
  },
};

const MAP_RUN = { given: { keys: 300 }, transactions: 400 };

/** Of each of the four maps, whose types are the same. */
export const MAP_EFFECTS: Effects = {
  keys: { values: [10, 50], measure: firstCount, gives: [10, 50] },
  removeShare: {
    values: [0, 0.4],
    ...MAP_RUN,
    measure: shareOf(ctree, /remove/),
    gives: [0, about(0.4, 0.2)],
  },
  lookupShare: {
    values: [0, 0.4],
    ...MAP_RUN,
    measure: shareOf(ctree, /lookup/),
    gives: [0, about(0.4, 0.2)],
  },
};

/** How far the entries of two keys that follow each other are apart in their page. */
const lmdbEntryBytes = ({ heap }: WatchedRun): number => {
  const at = ['1', '2'].map((key) => Buffer.from(heap.bytes).indexOf(key.padStart(16, '0')));
  return Math.abs(at[1] - at[0]);
};

export const LMDB_EFFECTS: Effects = {
  keys: { values: [10, 30], measure: firstCount, gives: [10, 30] },
  // A node's header and key come with each value.
  valueBytes: { values: [60, 300], given: { keys: 4 }, measure: lmdbEntryBytes, gives: [84, 324] },
  putsPerTransaction: {
    values: [1, 6],
    given: { keys: 20 },
    transactions: 5,
    measure: mean(({ draws }) => draws.length),
    gives: [1, 6],
  },
};

const REGION = { regionLines: 64 };
const MICRO = { given: REGION, transactions: 20, keep: () => true };

const lineNumbers = ({ transactions }: WatchedRun): number[] =>
  transactions.flatMap(({ accesses }) => accesses.map(({ at }) => (at - 4096) / 64));

export const TRANSACT_EFFECTS: Effects = {
  epochs: { values: [2, 6], ...MICRO, measure: fences, gives: [2, 6] },
  linesPerEpoch: {
    values: [1, 5],
    ...MICRO,
    measure: mean(({ operations }) => operations[Op.STORE] / 4),
    gives: [1, 5],
  },
  bytesPerWrite: { values: [8, 40], ...MICRO, measure: longestStore, gives: [8, 40] },
  pattern: {
    values: ['random', 'sequential'],
    ...MICRO,
    measure: (run) => {
      const all = lineNumbers(run);
      return all.filter((line, i) => i > 0 && line === (all[i - 1] + 1) % 64).length;
    },
    gives: [[0, 20], 79],
  },
  regionLines: {
    values: [16, 40],
    ...MICRO,
    transactions: 200,
    measure: (run) => Math.max(...lineNumbers(run)) + 1,
    gives: [16, 40],
  },
  instructionsPerEpoch: {
    values: [10, 700],
    ...MICRO,
    measure: mean(({ instructions }) => instructions / 4),
    gives: [10, 700],
  },
  readShare: {
    values: [0, 0.6],
    ...MICRO,
    transactions: 200,
    measure: shareOf(transact, /read/),
    gives: [0, about(0.6, 0.2)],
  },
};
