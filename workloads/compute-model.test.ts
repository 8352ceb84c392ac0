import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chargedInstructions } from './compute-model.ts';
import { WORKLOADS } from './index.ts';
import { EXAMPLES, exampleInstructions } from './traces/examples.ts';

/** Nanoseconds that a core of 3.6 instructions a ns takes for what is charged under 'native'. */
const nativeNs = (counts: readonly number[]): number[] => counts.map((count) => count / 3.6);

test('native charges each type its own time, whatever the build is called', () => {
  assert.deepEqual(chargedInstructions('native', [7200, 3600], [2, 12]), [12_960, 1080]);
  assert.deepEqual(chargedInstructions('native', [7200, 3600], 7.2), [3600, 1800]);
  assert.deepEqual(chargedInstructions('native', [7200, 3600], undefined), [7200, 3600]);
  for (const model of ['o2', 'whisper'] as const) {
    assert.deepEqual(chargedInstructions(model, [7200], 2), [7200]);
  }
});

test('on the core of paper-2018 a program takes the time that was measured natively', () => {
  const measured: Readonly<Record<string, number>> = {
    ctree: 1143,
    hashmap: 1983,
    btree: 1080,
    redis: 1311,
    memcached: 32_500 / 6,
  };
  for (const [name, ns] of Object.entries(measured)) {
    const workload = WORKLOADS.find((one) => one.name === name);
    const [first] = nativeNs(workload?.configure({}).instructionsPerTx('native') ?? []);
    assert.ok(Math.abs(first / ns - 1) < 0.001, `${name}: ${first}, measured ${ns}`);
  }
  const [ctree] = EXAMPLES;
  assert.ok(Math.abs(nativeNs(exampleInstructions(ctree, 'native'))[0] - 1143) < 1);
});

test('what was not measured is charged as o2, and has no speed', () => {
  const unmeasured = WORKLOADS.filter((one) => one.nativeInstructionsPerNs === undefined);
  assert.deepEqual(
    unmeasured.map(({ name }) => name),
    ['nfs', 'exim', 'mysql', 'rbtree', 'lmdb', 'transact'],
  );
  for (const workload of unmeasured) {
    const { instructionsPerTx } = workload.configure({});
    assert.deepEqual(instructionsPerTx('native'), instructionsPerTx('o2'));
  }
});
