import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PmHeap } from '../../../pm/heap.ts';
import { type Backend, backendNamed, profileNamed } from '../../../rdma/index.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import { defineWorkload, type Program, VerifyError } from '../../../workloads/workload.ts';
import { FailureError } from '../../host/index.ts';
import { designNamed } from '../bugs/designs.ts';
import { Failover, type FailoverOptions } from './failover.ts';

const RESUMED = 6;

function options(name: string, backend: Backend): FailoverOptions {
  const workload = resolveWorkload(name);
  const profile = profileNamed('optane-cx5');
  assert(workload !== undefined);
  const configured = workload.configure(workload.smallParameters);
  const queuePairs = workload.orderNeeded !== 'none' ? 'shared' : 'per-core';
  return {
    subject: { configured, threads: 2, seed: 1, transactions: 16 },
    system: { backend, profile, replicas: 2, queuePairs, faults: [] },
    replica: 1,
    resumedTransactions: RESUMED,
  };
}

for (const name of ['ctree', 'vacation', 'transact', 'nfs']) {
  test(`${name}: a replica takes over at any time, resumes and is mirrored again`, () => {
    for (const backend of ['sm-rc', 'sm-ob', 'sm-dd']) {
      const failover = new Failover(options(name, backendNamed(backend)));
      for (const share of [0, 0.3, 0.77, 1]) {
        const report = failover.at(share);
        const { least, most } = report.acknowledged;
        for (const [client, count] of report.recovered.entries()) {
          assert(count >= least[client] && count <= most[client]);
        }
        if (share === 1) assert.deepEqual(report.recovered, [8, 8]);
        assert(report.newReplicaLines > 0 && report.resumedPs > 0);
        assert.deepEqual(
          report.survivors.map(({ replica }) => replica),
          [0],
        );
        // Primary, two replicas as power failure leaves them, and as they are readable.
        assert.equal(report.machines, 5);
      }
    }
  });
}

test('a survivor that holds more or less than the new primary is brought level', () => {
  const given = options('vacation', backendNamed('sm-ob'));
  for (const slow of [0, 1]) {
    const faults = [{ replica: slow, slowdown: 40 }];
    const failover = new Failover({ ...given, system: { ...given.system, faults } });
    let differing = 0;
    for (let i = 1; i < 20; i++) {
      for (const one of failover.at(i / 20).survivors) {
        differing += one.differingLines;
        assert(one.copiedLines >= 0);
      }
    }
    assert(differing > 0, `replica ${slow} slow`);
    const again = new Failover({ ...given, system: { ...given.system, faults } });
    assert.deepEqual(again.at(0.5), failover.at(0.5), 'the same every time');
  }
});

test('a replica that was not sent everything is found out, and when', () => {
  const failover = new Failover(options('vacation', designNamed('canary-skips-line')));
  assert.throws(() => failover.at(1), {
    name: 'FailureError',
    message: /^primary dead at [\d.]+ ns \(--at 1\), replica 1 takes over: /,
  });
});

test('a machine that does not hold the contents in the end is found out', () => {
  const given = options('ctree', backendNamed('sm-ob'));
  const { configured } = given.subject;
  let recoveries = 0;
  let closed = 0;
  const wavering = {
    ...configured,
    recover: (...args: Parameters<typeof configured.recover>) => {
      const program = configured.recover(...args);
      const text = program.digest();
      // Before it come those of the new primary, of a failure right then, and of the oracle.
      const isLast = ++recoveries === 4;
      return {
        transaction: (client: number) => program.transaction(client),
        verify: () => program.verify(),
        digest: () => (isLast ? `${text}, not` : program.digest()),
        close: () => {
          closed++;
          program.close?.();
        },
      };
    },
  };
  const failover = new Failover({
    ...given,
    subject: { ...given.subject, configured: wavering },
  });
  assert.throws(() => failover.at(0.5), {
    name: 'FailureError',
    message: /(primary|replica-0), after a second failure: contents .*, not, the primary's are /,
  });
  assert(closed >= 3, 'programs are closed, after failures too');
});

/** At which moment, of many, and how `failover` fails first. */
function firstFailure(failover: Failover): { readonly share: number; readonly message: string } {
  for (let share = 0; share <= 1; share += 1 / 40) {
    try {
      failover.at(share);
    } catch (error) {
      assert(error instanceof FailureError);
      return { share, message: error.message };
    }
  }
  assert.fail('no failure');
}

for (const [name, backend] of [
  ['ctree', 'sm-rc'],
  ['nfs', 'sm-ob'],
] as const) {
  test(`${name}, ${backend}: a second failure loses what was readable and not written back`, () => {
    const given = options(name, backendNamed(backend));
    const one = { ...given, system: { ...given.system, replicas: 1 }, replica: 0 };
    const all = { ...one, subject: { ...given.subject, transactions: 24 } };
    const { share, message } = firstFailure(new Failover({ ...all, skipsWriteBack: true }));
    assert.match(message, /at a failure as soon as it has recovered: |after a second failure: /);
    assert(new Failover(all).at(share).writtenBackLines > 0, 'with the step all is well');
  });
}

const [COUNT, BASE, BUILT_ON] = [64, 128, 192];

/** Counts. Once recovered it has a base, and builds on it from its first transaction on. */
const based = (writesBack: boolean) =>
  defineWorkload({
    name: 'based',
    summary: 'a test',
    protocol: 'a test',
    group: 'micro',
    parameters: {},
    smallParameters: {},
    threadsMax: 1,
    threadsDefault: 1,
    orderNeeded: 'none',
    transactionsDefault: 1,
    txTypes: ['add'],
    instructionsPerTx: () => [100],
    heapBytes: () => 256,
    create: (heap) => counting(heap, false),
    recover(heap) {
      // Whoever recovers before anything is built on it makes it anew.
      if (heap.loadWord(BUILT_ON) === 0) heap.storeWord(BASE, 7);
      if (writesBack) heap.persist(BASE, 8);
      return counting(heap, true);
    },
  });

function counting(heap: PmHeap, isBased: boolean): Program {
  return {
    transaction() {
      heap.txBegin(0);
      if (isBased) heap.storeWord(BUILT_ON, 1);
      heap.persist(BUILT_ON, 8);
      heap.storeWord(COUNT, heap.loadWord(COUNT) + 1);
      heap.writeBack(COUNT, 8);
      heap.durabilityFence();
      heap.txEnd();
    },
    verify() {
      if (heap.loadWord(BUILT_ON) > 0 && heap.loadWord(BASE) !== 7)
        throw new VerifyError('no base');
    },
    digest: () => String(heap.loadWord(COUNT)),
  };
}

test('what recovery does not write back is uncertain while the new primary resumes', () => {
  for (const writesBack of [true, false]) {
    const given = options('ctree', backendNamed('sm-dd'));
    const configured = based(writesBack).configure({});
    const subject = { configured, threads: 1, seed: 1, transactions: 4 };
    const run = () => new Failover({ ...given, subject }).at(0.5);
    if (writesBack) assert.equal(run().recovered.length, 1);
    else
      assert.throws(run, { message: /: primary, after a second failure: VerifyError: no base$/ });
  }
});

test('a backend without replicas is refused', () => {
  assert.throws(() => new Failover(options('ctree', backendNamed('no-sm'))), {
    name: 'FailureError',
    message: /keeps no replica 1/,
  });
});
