import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { profileNamed } from '../../rdma/index.ts';
import { resolveWorkload } from '../../workloads/index.ts';
import { planCells } from './cells.ts';
import { REGISTRY } from './registry.ts';
import { runGroup } from './run.ts';
import { executionOf } from './suite.ts';

const directory = mkdtempSync(join(tmpdir(), 'stalls-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Elapsed ns of 50 transactions under each design, with a stall of the first of two replicas. */
async function elapsed(
  stall: readonly [fromNs: number, forNs: number] | undefined,
  { threads = 1, warmupTransactions = 20, backends = ['sm-rc', 'sm-dd'] } = {},
): Promise<number[]> {
  const transact = resolveWorkload('transact');
  assert.ok(transact !== undefined);
  const execution = executionOf(transact, { threads, transactions: 50, warmupTransactions });
  const faults = stall && [{ replica: 0, stallFromNs: stall[0], stallForNs: stall[1] }];
  const profiles = [profileNamed('paper-2018')];
  const [group] = planCells([execution], { backends, profiles, replicas: [2], faults });
  const results = await runGroup(group, REGISTRY, { directory });
  const asked = results.filter(({ system }) => !system.reference);
  return asked.map(({ report }) => report.elapsedPs / 1000);
}

test('a stall costs every design its length, however long the warm-up and however many threads', async () => {
  for (const threads of [1, 2]) {
    for (const warmupTransactions of [0, 200]) {
      const change = { threads, warmupTransactions };
      const smooth = await elapsed(undefined, change);
      const stalled = await elapsed([20_000, 1e6], change);
      for (const [i, ns] of stalled.entries()) {
        assert.ok(Math.abs(ns - smooth[i] - 1e6) < 10_000, `${ns}, ${smooth[i]}`);
      }
    }
  }
});

test('a stall that one design meets is run; one that none meets is wrong input', async () => {
  const [commit, bypass] = await elapsed(undefined);
  assert.ok(bypass < commit);
  const met = await elapsed([bypass + 1, 1e6]);
  assert.equal(met[1], bypass, 'the faster one is over by then');
  assert.ok(met[0] > commit + 0.9e6);
  const refused = {
    name: 'UsageError',
    message: /--stall-replica 0:\d+:1000000: no run of transact/,
  };
  await assert.rejects(elapsed([commit + 1, 1e6]), refused);
  await assert.rejects(elapsed([0, 1e6], { backends: ['no-sm'] }), refused, 'nothing is mirrored');
});
