import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { resolveWorkload } from '../../workloads/index.ts';
import { scanTrace } from '../../workloads/traces/import.ts';
import { exportStoreLog } from './export-log.ts';
import { REGISTRY } from './registry.ts';
import { executionOf } from './suite.ts';

const directory = mkdtempSync(join(tmpdir(), 'export-log-'));
after(() => rmSync(directory, { recursive: true, force: true }));

test('a run becomes a log with a marker pair a transaction, and nothing else is left behind', async () => {
  const workload = resolveWorkload('ctree');
  assert(workload !== undefined);
  const choice = { transactions: 40, warmupTransactions: 2, parameters: { removeShare: 0.4 } };
  const execution = executionOf(workload, choice);
  const path = join(directory, 'new', 'ctree.storelog');
  assert.deepEqual(exportStoreLog(execution, REGISTRY, path), ['insert', 'remove']);
  const { markers, threads } = await scanTrace(path, { txMarkers: ['insert', 'remove'] });
  assert.equal(threads, 1);
  assert.equal(
    markers.reduce((total, { begins }) => total + begins, 0),
    42,
  );
  assert.deepEqual(readdirSync(join(directory, 'new')), ['ctree.storelog']);
  assert.throws(() => exportStoreLog(execution, REGISTRY, join(directory, 'new')), {
    name: 'FailureError',
    message: /cannot write/,
  });
  assert.deepEqual(readdirSync(directory), ['new']);
});
