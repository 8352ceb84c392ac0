import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrderBetween } from '../../pm/order.ts';
import { BACKENDS, profileNamed } from '../../rdma/index.ts';
import {
  expandSystems,
  faultsText,
  QUEUE_PAIR_POLICIES,
  type QueuePairPolicy,
  resolveSystem,
  sameConditions,
  timingKey,
} from './systems.ts';

const PAPER = profileNamed('paper-2018');
const CHOICE = {
  backends: ['no-sm', 'sm-rc'],
  profiles: ['p', 'q'].map((name) => ({ ...PAPER, name })),
  replicas: [1, 2],
};
const ALL = expandSystems({
  backends: BACKENDS.map(({ name }) => name),
  profiles: [PAPER],
  replicas: [2],
});

/** The backends that share a queue pair under `policy`. */
function sharing(
  queuePairs: QueuePairPolicy,
  threads: number,
  orderNeeded: OrderBetween,
): string[] {
  const clients = { threads, orderNeeded };
  const systems = ALL.map((one) => resolveSystem({ ...one, queuePairs }, clients));
  return systems.filter((one) => one.queuePairs === 'shared').map(({ backend }) => backend.name);
}

test('sound shares where clients depend, under every design that keeps something at a replica', () => {
  const names = BACKENDS.filter(({ durability }) => durability !== null).map(({ name }) => name);
  assert.ok(['sm-rc', 'sm-ob', 'sm-dd'].every((name) => names.includes(name)));
  assert.ok(!names.includes('no-sm') && !names.includes('ideal'));
  assert.deepEqual(sharing('sound', 2, 'locks'), names);
  assert.deepEqual(sharing('sound', 2, 'none'), []);
});

test('shared and per-core are so for every design that mirrors, whatever the program', () => {
  const mirroring = BACKENDS.filter(({ ddio }) => ddio !== 'none').map(({ name }) => name);
  for (const orderNeeded of ['none', 'any'] as const) {
    assert.deepEqual(sharing('shared', 2, orderNeeded), mirroring);
    assert.deepEqual(sharing('per-core', 2, orderNeeded), []);
  }
});

test('one thread has one queue pair under every policy', () => {
  for (const policy of QUEUE_PAIR_POLICIES) assert.deepEqual(sharing(policy, 1, 'any'), []);
});

test('a system is resolved to its backend, by who knows it, on the same machines', () => {
  const [spec] = expandSystems({ ...CHOICE, faults: [{ replica: 0, slowdown: 2 }] });
  const clients = { threads: 1, orderNeeded: 'none' } as const;
  const { backend, ...machines } = resolveSystem(spec, clients);
  assert.equal(backend.name, 'no-sm');
  const { profile, replicas, faults } = spec;
  assert.deepEqual(machines, { profile, replicas, queuePairs: 'per-core', faults });
  assert.equal(resolveSystem(spec, clients, () => BACKENDS[1]).backend, BACKENDS[1]);
  assert.throws(() => resolveSystem({ ...spec, backend: 'sm-x' }, clients), /no backend 'sm-x'/);
});

test('every policy of queue pairs is a system, the default one if none is given', () => {
  const policies = (queuePairs?: readonly QueuePairPolicy[]) =>
    expandSystems({ ...CHOICE, replicas: [1], queuePairs }).map((one) => one.queuePairs);
  assert.deepEqual(new Set(policies()), new Set(['sound']));
  const both = ['sound', 'sound', 'shared', 'shared'];
  assert.deepEqual(policies(['sound', 'shared']), [...both, ...both]);
});

test('a timing is the same under policies that come to the same', () => {
  const [system] = expandSystems(CHOICE);
  const key = timingKey(system, 'per-core');
  assert.equal(timingKey({ ...system, queuePairs: 'per-core' }, 'per-core'), key);
  assert.notEqual(timingKey(system, 'shared'), key);
  const faults = [{ replica: 0, slowdown: 2 }];
  for (const change of [{ replicas: 2 }, { faults }, { profile: PAPER }, { backend: 'sm-dd' }]) {
    assert.notEqual(timingKey({ ...system, ...change }, 'per-core'), key);
  }
});

test('only what ran in the same conditions is compared', () => {
  const [a] = expandSystems(CHOICE);
  assert.ok(sameConditions(a, { ...a, profile: { ...a.profile } }));
  const faults = [{ replica: 0, slowdown: 2 }];
  for (const other of [
    { ...a, replicas: 2 },
    { ...a, queuePairs: 'shared' as const },
    { ...a, faults },
    { ...a, profile: PAPER },
  ]) {
    assert.ok(!sameConditions(a, other));
  }
});

test('faults read as on the command line', () => {
  assert.equal(faultsText([]), '-');
  const stalled = { replica: 1, slowdown: 2.5, stallFromNs: 10, stallForNs: 20 };
  assert.equal(faultsText([stalled]), 'slow=1:2.5 stall=1:10:20');
});
