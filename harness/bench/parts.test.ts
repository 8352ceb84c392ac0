import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { profileNamed } from '../../rdma/index.ts';
import { type CellGroup, planCells, type WorkloadExecution } from './cells.ts';
import { partsOf } from './parts.ts';
import { CELLS } from './pool.ts';
import { REGISTRY } from './registry.ts';
import { resumed } from './resumption.ts';
import { runGroup } from './run.ts';
import type { SystemChoice } from './systems.ts';
import { shortTransact } from './testing/short-transact.ts';

const CHOICE: SystemChoice = {
  backends: ['no-sm', 'sm-rc', 'sm-ob'],
  profiles: [profileNamed('paper-2018'), profileNamed('optane-cx5')],
  replicas: [1],
  queuePairs: ['auto', 'any'],
};

function planned(change: Partial<WorkloadExecution>, choice: Partial<SystemChoice> = {}) {
  return planCells([shortTransact(change)], { ...CHOICE, ...choice })[0];
}

const parted = (groups: readonly CellGroup[], workers: number) =>
  partsOf(groups, { workers, least: 1 }, REGISTRY);

test('a part holds whole policies of a design on a machine, and every system is in one', () => {
  const group = planned({});
  for (const workers of [1, 2, 3, 100]) {
    const parts = parted([group], workers);
    // Four designs, with the bound, on two machines.
    assert.equal(parts.length, Math.min(workers, 8));
    const all = parts.flatMap(({ indices }) => indices).sort((a, b) => a - b);
    assert.deepEqual(all, [...group.systems.keys()]);
    const owners = Map.groupBy(
      parts.flatMap((part) => part.item.systems.map((system) => ({ part, system }))),
      ({ system }) => `${system.profile.name} ${system.backend}`,
    );
    for (const own of owners.values()) assert.equal(new Set(own.map(({ part }) => part)).size, 1);
  }
});

test('parts give what the group gives', async () => {
  const directory = tmpdir();
  const groups = [planned({}), planned({ workload: 'ctree', parameters: {} })];
  const whole = await Promise.all(groups.map((one) => runGroup(one, REGISTRY, { directory })));
  const cut = (all: readonly CellGroup[]) => parted(all, 5);
  assert.ok(cut(groups).length > groups.length);
  const { results } = await resumed(groups, { ...CELLS, cut }, {}, async (items, watch) => {
    // The last is done first, as on workers.
    for (const [i, item] of [...items.entries()].reverse()) {
      watch?.onDone?.(i, await runGroup(item, REGISTRY, { directory }), 1);
    }
    return [];
  });
  assert.deepEqual(results, whole);
});

test('the longest comes first, and what is short stays whole', () => {
  const groups = [planned({}), planned({ transactions: 2000 }), planned({ transactions: 200 })];
  const order = (parts: ReturnType<typeof partsOf>) => parts.map(({ of }) => of);
  assert.deepEqual(order(parted(groups, 2)), [1, 1, 2, 0]);
  assert.deepEqual(order(partsOf(groups, { workers: 2 }, REGISTRY)), [1, 2, 0]);
});

test('a group of very many machines is kept in parts, however few workers there are', () => {
  const [paper] = CHOICE.profiles;
  const profiles = Array.from({ length: 160 }, (_, i) => ({ ...paper, name: `machine-${i}` }));
  const group = planned({}, { profiles });
  const parts = partsOf([group], { workers: 1 }, REGISTRY);
  const sizes = parts.map(({ indices }) => indices.length);
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    group.systems.length,
  );
  assert.ok(group.systems.length > 800 && Math.max(...sizes) <= 260, String(sizes));
});

test('whether a replica stalls is asked of the whole group', () => {
  const faults = [{ replica: 0, stallFromNs: 0, stallForNs: 1 }];
  assert.equal(parted([planned({}, { faults })], 4).length, 1);
});
