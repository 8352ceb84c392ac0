import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PROFILES } from '../../rdma/index.ts';
import { resolveWorkload } from '../../workloads/index.ts';
import { type Execution, planCells } from './cells.ts';
import { cellRows } from './columns.ts';
import { latencyColumnsWith, latencyRows, txTypeName } from './latency-columns.ts';
import { REGISTRY } from './registry.ts';
import { runGroup } from './run.ts';
import { executionOf } from './suite.ts';

const directory = mkdtempSync(join(tmpdir(), 'latency-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

test('a row per cell and type of transaction, which together are all of them', async () => {
  const transact = resolveWorkload('transact');
  assert.ok(transact !== undefined);
  const parameters = { readShare: 0.5, regionLines: 64 };
  const execution = executionOf(transact, { transactions: 100, parameters });
  const systems = { backends: ['no-sm', 'sm-dd'], profiles: PROFILES.slice(0, 1), replicas: [1] };
  const [group] = planCells([execution], systems);
  const cells = cellRows(await runGroup(group, REGISTRY, { directory }));
  const rows = latencyRows(cells);
  const value = (name: string, row: (typeof rows)[number]) =>
    latencyColumnsWith()
      .find((column) => column.name === name)
      ?.value(row);
  assert.deepEqual(
    rows.map((row) => `${value('backend', row)} ${value('txType', row)}`),
    ['no-sm', 'sm-dd'].flatMap((backend) => transact.txTypes.map((type) => `${backend} ${type}`)),
  );
  const counts = rows.slice(0, 2).map((row) => Number(value('transactions', row)));
  assert.equal(counts[0] + counts[1], 100);
  const means = rows.map((row) => Number(value('latencyMeanNs', row)));
  const all = (counts[0] * means[2] + counts[1] * means[3]) / 100;
  assert.ok(Math.abs(all / (cells[1].result.latency.meanPs / 1000) - 1) < 1e-4);
});

test('types of a trace are called after their markers', () => {
  const trace = { kind: 'trace', txMarkers: ['INS', 'DEL'] } as unknown as Execution;
  assert.deepEqual(
    [0, 1, 2].map((type) => txTypeName(trace, type)),
    ['INS', 'DEL', 'type 2'],
  );
  const unmarked = { kind: 'trace', txMarkers: [] } as unknown as Execution;
  assert.equal(txTypeName(unmarked, 0), 'transaction');
});
