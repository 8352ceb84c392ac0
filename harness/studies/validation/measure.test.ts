import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure } from './measure.ts';
import { METRICS } from './metrics.ts';
import { type PortRun, subject } from './reference.ts';

const small = (given: Partial<PortRun>): PortRun =>
  subject({
    workload: 'ctree',
    threads: 1,
    transactions: 40,
    inSuite: false,
    source: '',
    ...given,
  });

test('which stores are counted decides how many epochs an insert has', () => {
  const medianOf = (counted: PortRun['counted']): number =>
    METRICS.epochsPerTxMedian.of(measure(small({ counted })));
  assert.equal(medianOf('stores'), 12);
  assert.equal(medianOf('instrumented'), 11);
  assert.equal(medianOf('library'), 10);
});

test('what comes before the measured part is not counted', () => {
  for (const counted of ['stores', 'instrumented'] as const) {
    const summary = measure(small({ counted, warmupTransactions: 25 }));
    assert.equal(summary.transactions, 40, counted);
    assert.equal(summary.epochsPerTx.count, 40, counted);
  }
});

test('parameters and threads reach the port', () => {
  const given = { workload: 'ycsb', threads: 2, parameters: { writeShare: 0.1, keys: 200 } };
  const summary = measure(small(given));
  assert.equal(summary.transactions, 40);
  assert.equal(METRICS.epochsPerTxMedian.of(summary), 1, 'reads have one epoch');
});

test('what cannot be run is refused', () => {
  assert.throws(() => measure(small({ workload: 'nothing' })), /no workload 'nothing'/);
  assert.throws(() => measure(small({ threads: 2, counted: 'library' })), /one thread only/);
  assert.throws(() => measure(small({ parameters: { size: 'huge' } })), /ctree has no parameter/);
});
