import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROFILES } from '../../rdma/index.ts';
import type { CellGroup, WorkloadExecution } from './cells.ts';
import { runGroups } from './pool.ts';
import { expandSystems } from './systems.ts';
import { shortTransact } from './testing/short-transact.ts';
import type { ShowWork } from './work-store.ts';

const SYSTEMS = expandSystems({
  backends: ['sm-ob'],
  profiles: PROFILES.slice(0, 1),
  replicas: [1],
});

function group(change: Partial<WorkloadExecution>): CellGroup {
  const execution = shortTransact({
    threads: 1,
    transactions: 50,
    warmupTransactions: 5,
    ...change,
  });
  return { execution, systems: SYSTEMS };
}

const broken: CellGroup = {
  execution: {
    kind: 'trace',
    name: 'gone',
    file: '/no/such/file',
    txMarkers: [],
    instructionsPerTx: [0],
    computeModel: 'given',
    orderNeeded: 'any',
    seed: 1,
  },
  systems: SYSTEMS,
};

test('results are in the order of the groups, whatever the number of workers', async () => {
  // The first takes longest, so that it is not the first to be done.
  const groups = [2000, 20, 30, 40].map((transactions) => group({ transactions }));
  const seen: number[] = [];
  const show: ShowWork = (_, work) => work((done) => void seen.push(done));
  const one = await runGroups(groups, { jobs: 1, show });
  assert.deepEqual(
    one.map(([result]) => result.report.counts.transactions),
    [2000, 20, 30, 40],
  );
  assert.deepEqual(await runGroups(groups, { jobs: 3 }), one);
  assert.equal(seen.at(-1), 4);
});

test('the first failure ends the run, as what it is for the user', async () => {
  const gone = { name: 'FailureError', message: /^\/no\/such\/file: no such file/ };
  await assert.rejects(runGroups([broken, group({ transactions: 1e8 })], { jobs: 2 }), gone);
  const wrong = group({ parameters: { epochs: 0 } });
  await assert.rejects(runGroups([wrong]), {
    name: /^(Usage|Parameter)Error$/,
    message: /epochs = '0'/,
  });
  const defect = group({ workload: 'none' });
  await assert.rejects(runGroups([defect]), { message: /no workload 'none'/ });
});

test('nothing to run is no work', async () => {
  assert.deepEqual(await runGroups([]), []);
});
