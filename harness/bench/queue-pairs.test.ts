import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKENDS } from '../../rdma/index.ts';
import { QUEUE_PAIR_POLICIES, queuePairsOf } from './queue-pairs.ts';

/** The backends that share a queue pair under `policy`. */
function sharing(
  policy: (typeof QUEUE_PAIR_POLICIES)[number],
  threads: number,
  clientsDepend: boolean,
): string[] {
  const clients = { threads, clientsDepend };
  const shared = BACKENDS.filter((one) => queuePairsOf(policy, one, clients) === 'shared');
  return shared.map(({ name }) => name);
}

test('sound shares where clients depend, under every design that keeps something at a replica', () => {
  const names = BACKENDS.filter(({ durability }) => durability !== null).map(({ name }) => name);
  assert.ok(['sm-rc', 'sm-ob', 'sm-dd'].every((name) => names.includes(name)));
  assert.ok(!names.includes('no-sm') && !names.includes('ideal'));
  assert.deepEqual(sharing('sound', 2, true), names);
  assert.deepEqual(sharing('sound', 2, false), []);
});

test('shared and per-core are so for every design that mirrors, whatever the program', () => {
  const mirroring = BACKENDS.filter(({ ddio }) => ddio !== 'none').map(({ name }) => name);
  for (const clientsDepend of [false, true]) {
    assert.deepEqual(sharing('shared', 2, clientsDepend), mirroring);
    assert.deepEqual(sharing('per-core', 2, clientsDepend), []);
  }
});

test('one thread has one queue pair under every policy', () => {
  for (const policy of QUEUE_PAIR_POLICIES) assert.deepEqual(sharing(policy, 1, true), []);
});
