/** Every declared parameter of every workload changes what it says, and as much as it says. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WORKLOADS } from './index.ts';
import type { Effect, Effects, Expected } from './testing/effects.ts';
import {
  EXIM_EFFECTS,
  MEMCACHED_EFFECTS,
  MYSQL_EFFECTS,
  NFS_EFFECTS,
  VACATION_EFFECTS,
} from './testing/effects-services.ts';
import {
  ECHO_EFFECTS,
  LMDB_EFFECTS,
  MAP_EFFECTS,
  REDIS_EFFECTS,
  TPCC_EFFECTS,
  TRANSACT_EFFECTS,
  YCSB_EFFECTS,
} from './testing/effects-stores.ts';
import { watchedRun } from './testing/watched.ts';
import { type AnyWorkload, SIZES } from './workload.ts';

const EFFECTS: Readonly<Record<string, Effects>> = {
  echo: ECHO_EFFECTS,
  ycsb: YCSB_EFFECTS,
  tpcc: TPCC_EFFECTS,
  redis: REDIS_EFFECTS,
  ctree: MAP_EFFECTS,
  hashmap: MAP_EFFECTS,
  vacation: VACATION_EFFECTS,
  memcached: MEMCACHED_EFFECTS,
  nfs: NFS_EFFECTS,
  exim: EXIM_EFFECTS,
  mysql: MYSQL_EFFECTS,
  btree: MAP_EFFECTS,
  rbtree: MAP_EFFECTS,
  lmdb: LMDB_EFFECTS,
  transact: TRANSACT_EFFECTS,
};

function measured(workload: AnyWorkload, name: string, effect: Effect): [number, number] {
  const { values, given = {}, threads, transactions = 0, keep, measure } = effect;
  const [first, second] = values.map((value) => {
    const configured = workload.configure({ ...given, [name]: value });
    if (measure === undefined) return configured.heapBytes(1, 10);
    const run = watchedRun(configured, { threads, transactions, keep, seed: 2 });
    try {
      return measure(run, configured);
    } finally {
      run.program.close?.();
    }
  });
  return [first, second];
}

function rangeOf(expected: Expected): readonly [low: number, high: number] {
  return typeof expected === 'number' ? [expected, expected] : expected;
}

function check(what: string, found: number, expected: Expected): void {
  const [low, high] = rangeOf(expected);
  assert.ok(found >= low && found <= high, `${what}: ${found}, expected ${expected}`);
}

test('the effect of every declared parameter is tested', () => {
  const names = (of: Readonly<Record<string, unknown>>): string[] => Object.keys(of).sort();
  assert.deepEqual(names(EFFECTS), WORKLOADS.map(({ name }) => name).sort());
  for (const { name, parameters } of WORKLOADS) {
    assert.deepEqual(names(EFFECTS[name]), names(parameters), name);
  }
});

test('a parameter that is ignored cannot give what is expected of both values', () => {
  for (const [workload, effects] of Object.entries(EFFECTS)) {
    for (const [name, { gives }] of Object.entries(effects)) {
      const [first, second] = 'more' in gives ? [0, gives.more] : gives;
      const [low, high] = rangeOf(first);
      const [otherLow, otherHigh] = rangeOf(second);
      assert.ok(high < otherLow || otherHigh < low, `${workload}, ${name}`);
    }
  }
});

for (const workload of WORKLOADS) {
  test(`${workload.name}: parameters do what they say`, () => {
    for (const [name, effect] of Object.entries(EFFECTS[workload.name])) {
      const [first, second] = measured(workload, name, effect);
      const { gives } = effect;
      if ('more' in gives) check(`${name}, difference`, second - first, gives.more);
      else
        for (const i of [0, 1])
          check(`${name} = ${effect.values[i]}`, [first, second][i], gives[i]);
    }
  });
}

test('each size is what its numbers say: the heap is that of these', () => {
  const numbers: Readonly<Record<string, readonly Record<string, number>[]>> = {
    echo: [500, 2000, 10_000].map((preloadedKeys) => ({ preloadedKeys })),
    ycsb: [12_000, 40_000, 100_000].map((keys) => ({ keys })),
    tpcc: [
      { customers: 120, items: 100 },
      { customers: 600, items: 400 },
      { customers: 1000, items: 1000 },
    ],
    nfs: [96, 1000, 3000].map((files) => ({ files })),
    exim: [64, 250, 1000].map((mailboxes) => ({ mailboxes })),
    mysql: [2000, 50_000, 400_000].map((rows) => ({ rows })),
  };
  const sized = WORKLOADS.filter(({ parameters }) => 'size' in parameters);
  assert.deepEqual(sized.map(({ name }) => name).sort(), Object.keys(numbers).sort());
  for (const workload of sized) {
    for (const [i, size] of SIZES.entries()) {
      const bytes = workload.configure({ size }).heapBytes(1, 10);
      const given = workload.configure(numbers[workload.name][i]).heapBytes(1, 10);
      assert.equal(bytes, given, `${workload.name}, ${size}`);
    }
  }
});
