import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveWorkload, WORKLOADS } from '../../workloads/index.ts';
import { SIZES } from '../../workloads/workload.ts';
import { refuseWithoutRoom } from '../host/index.ts';
import { memoryBytesOf } from './functional-run.ts';
import { atSize } from './sizes.ts';
import { executionOf } from './suite.ts';

test('every workload can be run at every size, and grows with it', () => {
  for (const workload of WORKLOADS) {
    const transactions = SIZES.map((size) => executionOf(workload, { size }).transactions);
    assert.equal(transactions[0], workload.transactionsDefault, workload.name);
    assert(transactions[0] < transactions[1] && transactions[1] < transactions[2], workload.name);
  }
});

test('no size that is offered needs more memory than a command may take', () => {
  for (const workload of WORKLOADS) {
    for (const size of SIZES) {
      const execution = executionOf(workload, { size });
      const configured = workload.configure(execution.parameters);
      refuseWithoutRoom(memoryBytesOf(configured, execution), `${workload.name} ${size}`);
    }
  }
});

test('the size sets the data of workloads that have one, unless a parameter says otherwise', () => {
  const ycsb = resolveWorkload('ycsb');
  assert(ycsb !== undefined);
  assert.deepEqual(atSize(ycsb, 'large'), { parameters: { size: 'large' }, transactions: 40_000 });
  const chosen = { size: 'large', parameters: { size: 'medium' }, transactions: 7 } as const;
  const execution = executionOf(ycsb, chosen);
  assert.equal(execution.parameters.size, 'medium');
  assert.equal(execution.transactions, 7);
});
