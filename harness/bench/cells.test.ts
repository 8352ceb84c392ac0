import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profileNamed } from '../../rdma/index.ts';
import {
  cellKey,
  type Execution,
  executionKey,
  executionLabel,
  parametersOf,
  parametersText,
  planCells,
  type WorkloadExecution,
} from './cells.ts';
import { boundsOf, expandSystems } from './systems.ts';

const EXECUTION: WorkloadExecution = {
  kind: 'workload',
  workload: 'transact',
  parameters: { epochs: 4, pattern: 'random' },
  threads: 1,
  seed: 1,
  transactions: 10,
  warmupTransactions: 1,
  computeModel: 'o2',
};
const TRACE: Execution = {
  kind: 'trace',
  name: 'a',
  file: '/a.gz',
  txMarkers: ['GT_INSERT', 'GT_REMOVE'],
  instructionsPerTx: [1, 2],
  computeModel: 'given',
  orderNeeded: 'any',
  seed: 1,
};
const PAPER = profileNamed('paper-2018');
const CHOICE = {
  backends: ['no-sm', 'sm-rc'],
  profiles: ['p', 'q'].map((name) => ({ ...PAPER, name })),
  replicas: [1, 2],
};

test('a plan has every combination once, backends changing fastest', () => {
  const groups = planCells([EXECUTION, TRACE], CHOICE);
  assert.equal(groups.length, 2);
  const asked = groups[0].systems.filter(({ reference }) => !reference);
  const words = asked.map((t) => `${t.profile.name}${t.replicas} ${t.backend}`);
  assert.deepEqual(words, [
    'p1 no-sm',
    'p1 sm-rc',
    'p2 no-sm',
    'p2 sm-rc',
    'q1 no-sm',
    'q1 sm-rc',
    'q2 no-sm',
    'q2 sm-rc',
  ]);
});

test('equal executions run once, whatever the order of their parameters', () => {
  const same = { ...EXECUTION, parameters: { pattern: 'random', epochs: 4 } };
  assert.equal(planCells([EXECUTION, same], CHOICE).length, 1);
});

test('every field of an execution is part of its key', () => {
  const changes: Partial<WorkloadExecution>[] = [
    { workload: 'x' },
    { parameters: { epochs: 5, pattern: 'random' } },
    { threads: 2 },
    { seed: 2 },
    { transactions: 11 },
    { warmupTransactions: 2 },
    { computeModel: 'whisper' },
  ];
  const keys = [EXECUTION, ...changes.map((change) => ({ ...EXECUTION, ...change })), TRACE];
  keys.push({ ...TRACE, orderNeeded: 'none' });
  assert.equal(new Set(keys.map(executionKey)).size, keys.length);
  const [system] = expandSystems(CHOICE);
  const keyOf = (change: object): string =>
    cellKey({ execution: EXECUTION, system: { ...system, ...change } });
  const faults = [{ replica: 0, slowdown: 2 }];
  const otherValue = {
    ...PAPER,
    name: 'p',
    memory: { ...PAPER.memory, persistenceDomain: 'eadr' },
  };
  const changed: object[] = [{}, { replicas: 2 }, { faults }, { profile: PAPER }];
  changed.push({ queuePairs: 'shared' }, { queuePairs: 'per-core' }, { profile: otherValue });
  assert.equal(new Set(changed.map(keyOf)).size, changed.length);
});

test('labels and parameters read as in the result rows', () => {
  assert.equal(executionLabel(EXECUTION), 'transact');
  assert.equal(executionLabel(TRACE), 'trace:a');
  assert.equal(parametersText(EXECUTION), 'epochs=4 pattern=random');
  assert.equal(parametersText(TRACE), 'txMarker=GT_INSERT txMarker=GT_REMOVE');
  assert.equal(parametersText({ ...EXECUTION, parameters: {} }), '');
  assert.deepEqual(parametersOf(EXECUTION), { epochs: 4, pattern: 'random' });
  assert.deepEqual(parametersOf(TRACE), { txMarker: 'GT_INSERT;GT_REMOVE' });
  assert.deepEqual(parametersOf({ ...TRACE, txMarkers: [] }), {});
});

test('the bound runs along once a profile, unless it is asked for', () => {
  const [group] = planCells([EXECUTION], CHOICE);
  const along = group.systems.filter(({ reference }) => reference);
  assert.deepEqual(
    along.map(({ backend, profile }) => [backend, profile.name]),
    [
      ['ideal', 'p'],
      ['ideal', 'q'],
    ],
  );
  assert.deepEqual(boundsOf(expandSystems({ ...CHOICE, backends: ['ideal'] })), []);
});
