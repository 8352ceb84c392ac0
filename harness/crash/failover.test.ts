import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Backend, resolveBackend, resolveProfile } from '../../rdma/index.ts';
import { resolveWorkload } from '../../workloads/index.ts';
import { CANARY_BACKENDS } from './canaries.ts';
import { runFailover } from './failover.ts';
import { SMALL_PARAMETERS } from './plan.ts';

function options(name: string, backend: Backend | undefined, crashShare: number) {
  const workload = resolveWorkload(name);
  const profile = resolveProfile('optane-cx5');
  assert(workload !== undefined && profile !== undefined && backend !== undefined);
  const configured = workload.configure(SMALL_PARAMETERS[name]);
  return {
    subject: { configured, threads: 2, seed: 1, transactions: 16 },
    far: { backend, profile, replicas: 2, seed: 1 },
    crashShare,
    replica: 1,
    goOnTransactions: 6,
  };
}

for (const name of ['ctree', 'vacation', 'transact']) {
  test(`${name}: a replica takes over at any time, goes on and is mirrored again`, () => {
    for (const backend of ['sm-rc', 'sm-ob', 'sm-dd']) {
      for (const share of [0, 0.3, 0.77, 1]) {
        const report = runFailover(options(name, resolveBackend(backend), share));
        const { least, most } = report.acknowledged;
        for (const [client, count] of report.recovered.entries()) {
          assert(count >= least[client] && count <= most[client]);
        }
        if (share === 1) assert.deepEqual(report.recovered, [8, 8]);
        assert(report.copiedLines > 0 && report.goOnPs > 0);
      }
    }
  });
}

test('a replica that was not told everything is found out', () => {
  const canary = CANARY_BACKENDS.find(({ backend }) => backend.name === 'canary-skips-line');
  assert.throws(() => runFailover(options('vacation', canary?.backend, 1)), {
    message: /recovers contents|vacation:/,
  });
});

test('a backend without replicas is refused', () => {
  assert.throws(() => runFailover(options('ctree', resolveBackend('no-sm'), 0.5)), {
    name: 'FailureError',
    message: /keeps no replica 1/,
  });
});
