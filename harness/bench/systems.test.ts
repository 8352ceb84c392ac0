import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ORDERS, type OrderBetween } from '../../pm/order.ts';
import { BACKENDS, profileNamed, runnable, setValues } from '../../rdma/index.ts';
import {
  candidateSystems,
  conditionsKey,
  expandSystems,
  faultsText,
  isRight,
  QUEUE_PAIR_POLICIES,
  type QueuePairPolicy,
  resolveSystem,
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
  whereTheyRun: true,
});

/** The queue pairs that each design, and the baseline, may use under `policy`, by name. */
function used(queuePairs: QueuePairPolicy, orderNeeded: OrderBetween, threads = 2) {
  const clients = { threads, orderNeeded };
  const systems = ALL.map((one) => candidateSystems({ ...one, queuePairs }, clients));
  return Object.fromEntries(
    systems.map((own) => [own[0].backend.name, own.map((one) => one.queuePairs).join(' or ')]),
  );
}

const NO_MIRROR = { 'no-sm': 'per-core', ideal: 'per-core' };

test('auto uses the fastest queue pairs that keep what the program needs', () => {
  const names = runnable(BACKENDS, PAPER)
    .filter(({ ddio, numbered }) => ddio !== 'none' && numbered === undefined)
    .map(({ name }) => name);
  // Where all cores have one order a queue pair for each is right for any program.
  const all = (kind: string) => ({
    ...NO_MIRROR,
    'sm-sb': 'per-core',
    ...Object.fromEntries(names.map((name) => [name, kind])),
  });
  assert.deepEqual(used('auto', 'none'), all('per-core'));
  assert.deepEqual(used('auto', 'words'), all('words'));
  assert.deepEqual(used('auto', 'locks'), all('shared or release'));
  assert.deepEqual(used('auto', 'any'), all('shared'));
});

test('over CXL there are no queue pairs to choose, and nothing more to keep', () => {
  const [spec] = expandSystems({
    backends: ['cxl-direct'],
    profiles: [profileNamed('cxl-attached')],
    replicas: [1],
  });
  for (const queuePairs of QUEUE_PAIR_POLICIES) {
    const clients = { threads: 4, orderNeeded: 'any' } as const;
    const system = resolveSystem({ ...spec, queuePairs }, clients);
    assert.equal(system.queuePairs, 'per-core');
    assert.ok(isRight(system, clients));
  }
});

test('any uses what is right for any program, whatever this one needs', () => {
  for (const needed of ORDERS) assert.deepEqual(used('any', needed), used('auto', 'any'));
});

test('all other policies are so for every design that mirrors, whatever the program', () => {
  for (const policy of ['per-core', 'words', 'release', 'shared'] as const) {
    for (const needed of ORDERS) {
      const { 'no-sm': none, ideal, ...mirroring } = used(policy, needed);
      assert.deepEqual([none, ideal], ['per-core', 'per-core']);
      assert.deepEqual(new Set(Object.values(mirroring)), new Set([policy]));
    }
  }
});

test('a system is right where it keeps what the program needs', () => {
  const mirrors = ['sm-rc', 'sm-ob', 'sm-dd', 'sm-ad'];
  const rights = (policy: QueuePairPolicy, orderNeeded: OrderBetween) => {
    const clients = { threads: 2, orderNeeded };
    return ALL.filter((one) =>
      isRight(resolveSystem({ ...one, queuePairs: policy }, clients), clients),
    )
      .map(({ backend }) => backend)
      .filter((name) => name.startsWith('sm-') && name !== 'sm-sb');
  };
  assert.deepEqual(rights('per-core', 'none'), mirrors);
  assert.deepEqual(rights('per-core', 'words'), []);
  assert.deepEqual(rights('words', 'locks'), []);
  assert.deepEqual(rights('release', 'locks'), mirrors);
  assert.deepEqual(rights('release', 'any'), []);
  for (const needed of ORDERS) {
    for (const policy of ['auto', 'any', 'shared'] as const) {
      assert.deepEqual(rights(policy, needed), mirrors);
    }
  }
});

test('one thread has one queue pair under every policy', () => {
  for (const policy of QUEUE_PAIR_POLICIES) {
    assert.deepEqual(new Set(Object.values(used(policy, 'any', 1))), new Set(['per-core']));
  }
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
  assert.deepEqual(new Set(policies()), new Set(['auto']));
  const both = ['auto', 'auto', 'shared', 'shared'];
  assert.deepEqual(policies(['auto', 'shared']), [...both, ...both]);
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
  assert.equal(conditionsKey(a), conditionsKey({ ...a, profile: { ...a.profile } }));
  const faults = [{ replica: 0, slowdown: 2 }];
  for (const other of [
    { ...a, replicas: 2 },
    { ...a, queuePairs: 'shared' as const },
    { ...a, faults },
    { ...a, profile: PAPER },
  ]) {
    assert.notEqual(conditionsKey(a), conditionsKey(other));
  }
});

test('faults read as on the command line', () => {
  assert.equal(faultsText([]), '');
  const stalled = { replica: 1, slowdown: 2.5, stallFromNs: 10, stallForNs: 20 };
  assert.equal(faultsText([stalled]), 'slow=1:2.5 stall=1:10:20');
});

test('a design that the machines cannot run is refused, or left out where each runs where it can', () => {
  const profiles = [PAPER, { ...setValues(PAPER, [['nic.flush', 0]]), name: 'without' }];
  const choice = { backends: ['sm-rc', 'ibta-flush'], profiles, replicas: [1] };
  assert.throws(
    () => expandSystems(choice),
    /^UsageError: ibta-flush cannot run on without: its NICs/,
  );
  const runs = expandSystems({ ...choice, whereTheyRun: true });
  assert.deepEqual(
    runs.map(({ backend, profile }) => `${backend} on ${profile.name}`),
    ['sm-rc on paper-2018', 'ibta-flush on paper-2018', 'sm-rc on without'],
  );
});
