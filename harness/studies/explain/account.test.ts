import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PROFILES, withValue } from '../../../rdma/index.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import { executionOf, planCells, type SystemChoice } from '../../bench/index.ts';
import type { Account } from './account.ts';
import { accountedRows } from './rows.ts';

const directory = mkdtempSync(join(tmpdir(), 'account-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const TRANSACTIONS = 50;

/** Accounts of the microbenchmark: 4 epochs of 2 lines. */
async function accounts(
  replicas: number,
  change: Partial<SystemChoice> = {},
  threads = 1,
): Promise<Account[]> {
  const transact = resolveWorkload('transact');
  assert.ok(transact !== undefined);
  const parameters = { epochs: 4, linesPerEpoch: 2, regionLines: 4096 };
  const choice = { parameters, threads, transactions: TRANSACTIONS, warmupTransactions: 5 };
  const backends = ['sm-rc', 'sm-ob', 'no-sm'];
  const systems = { backends, profiles: [PROFILES[0]], replicas: [replicas], ...change };
  const [group] = planCells([executionOf(transact, choice)], systems);
  const rows = await accountedRows(group, { directory });
  return rows.map(({ account }) => account);
}

const [commit, barrier, alone] = await accounts(1);
const share = ({ utilisations }: Account, resource: string): number =>
  utilisations.find((one) => one.resource === resource)?.share ?? Number.NaN;
const HOLD = 'hold of queue pairs for ROFENCEs at the replica';
const close = (actual: number, expected: number, message: string): void =>
  assert.ok(Math.abs(actual / expected - 1) < 1e-9, `${message}: ${actual}, not ${expected}`);

test('the parts sum to the time, and waits are what the parts say', () => {
  for (const one of [commit, barrier, alone]) {
    const parts = Object.values(one.partNsPerTx).reduce((sum, ns) => sum + ns, 0);
    close(parts, one.timeNsPerTx, one.backend);
    const { remoteOrdering, remoteDurability } = one.partNsPerTx;
    const waits = one.roundTripsPerTx * one.waitNsPerRoundTrip;
    assert.ok(Math.abs(waits - remoteOrdering - remoteDurability) < 1e-6, one.backend);
  }
});

test('epochs, lines, round trips and verbs are those of the protocol', () => {
  for (const one of [commit, barrier, alone]) {
    assert.deepEqual([one.epochsPerTx, one.linesPerTx], [4, 8], one.backend);
  }
  assert.deepEqual(
    [commit, barrier, alone].map((one) => one.roundTripsPerTx),
    [4, 1, 0],
  );
  assert.deepEqual(commit.verbsPerTx, { WRITE: 8, RCOMMIT: 4, ROFENCE: 0, RDFENCE: 0 });
  assert.deepEqual(barrier.verbsPerTx, { WRITE: 8, RCOMMIT: 0, ROFENCE: 3, RDFENCE: 1 });
  assert.equal(barrier.messagesPerTx, 12);
});

test('resources are as busy as their rates say', () => {
  const { nic, link, pcie, replicaMemory } = PROFILES[0];
  const { timeNsPerTx } = barrier;
  const messages = 12;
  close(share(barrier, 'queue pair'), (messages * 1000) / nic.qpRateMps.value / timeNsPerTx, 'QP');
  const nicNs = (messages * 1000) / nic.nicRateMps.value;
  close(share(barrier, 'NIC of the primary'), nicNs / timeNsPerTx, 'NIC');
  const bits = (messages * link.headerBytes.value + 8 * 64) * 8;
  close(share(barrier, 'link'), bits / link.rateGbps.value / timeNsPerTx, 'link');
  const chain = 3 * pcie.readRoundTripNs.value;
  assert.equal(barrier.releaseChainNsPerTx, chain);
  close(share(barrier, HOLD), chain / timeNsPerTx, 'hold');
  close(barrier.releaseHeldShare, chain / timeNsPerTx, 'hold');
  const media = (8 * replicaMemory.mediaBlockWriteNs.value) / replicaMemory.dimmCount.value;
  const ratio = share(barrier, 'PM media of the replica') / (media / timeNsPerTx);
  assert.ok(ratio > 0.9 && ratio < 1.1, `media: ${ratio}`);
  for (const { resource, share: busy } of alone.utilisations) {
    assert.equal(busy > 0, resource === 'PM media of the primary', resource);
  }
});

test('the number of lines in flight follows from their time in flight', () => {
  for (const one of [commit, barrier]) {
    assert.ok(one.lineToDurableNs !== undefined);
    close(one.linesInFlight, (8 * one.lineToDurableNs) / one.timeNsPerTx, one.backend);
  }
  assert.deepEqual([alone.lineToDurableNs, alone.linesInFlight], [undefined, 0]);
});

test('two replicas double what is sent, not what is waited for', async () => {
  const [, two] = await accounts(2);
  assert.equal(two.messagesPerTx, 24);
  assert.equal(two.roundTripsPerTx, 1);
  assert.equal(two.releaseChainNsPerTx, barrier.releaseChainNsPerTx);
  assert.ok(two.linesInFlight > 1.8 * barrier.linesInFlight);
  const { nic, pcie } = PROFILES[0];
  const messageNs = 1000 / nic.nicRateMps.value;
  const { timeNsPerTx } = two;
  close(share(two, 'NIC of the primary'), (24 * messageNs) / timeNsPerTx, 'two at once');
  close(share(two, 'NIC of each replica'), (12 * messageNs) / timeNsPerTx, 'one each');
  const lineNs = ((64 + pcie.headerBytes.value) * 8) / pcie.rateGbps.value;
  close(share(two, 'PCIe of each replica'), (8 * lineNs) / timeNsPerTx, 'PCIe');
});

test('a slow replica is the busiest, with its own rates', async () => {
  const faults = [{ replica: 1, slowdown: 4 }];
  const [, two] = await accounts(2);
  const [, slow] = await accounts(2, { faults });
  assert.deepEqual([two.busiestReplica, slow.busiestReplica], ['each replica', 'replica 1']);
  assert.equal(slow.releaseChainNsPerTx, 4 * two.releaseChainNsPerTx);
  for (const resource of ['NIC', 'PCIe', 'hold of queue pairs for ROFENCEs']) {
    const at = resource.startsWith('hold') ? 'at' : 'of';
    const busyNs = (one: Account) =>
      share(one, `${resource} ${at} ${one.busiestReplica}`) * one.timeNsPerTx;
    close(busyNs(slow), 4 * busyNs(two), resource);
  }
  const { nic, pcie } = PROFILES[0];
  const longer = 3 * (2 * nic.pipelineNs.value + pcie.postedNs.value);
  close(slow.bareTripNs, two.bareTripNs + longer, 'two passes through its NIC, one of its PCIe');
  const stalled = [{ replica: 0, stallFromNs: 1000, stallForNs: 1e6 }];
  const [, silent] = await accounts(2, { faults: stalled });
  assert.equal(silent.busiestReplica, 'each replica', 'a replica that is silent is not at work');
});

test('a wait for some is for the nearest, and each different replica is accounted for', async () => {
  const far = { replica: 0, values: [['link.propagationNs', '5000']] as const };
  const profiles = [{ ...PROFILES[0], name: 'far', others: [far] }];
  const [, both] = await accounts(2, { profiles });
  const [, one] = await accounts(2, { profiles, quorums: [1] });
  const [, alike] = await accounts(2);
  assert.deepEqual(
    [both, one, alike].map(({ waitEndedShare }) => waitEndedShare),
    [[1, 0], [0, 1], []],
  );
  const longer = 2 * (5000 - PROFILES[0].link.propagationNs.value);
  assert.equal(one.bareTripNs, alike.bareTripNs);
  assert.equal(both.bareTripNs, alike.bareTripNs + longer);
  const names = one.utilisations.map(({ resource }) => resource);
  for (const name of ['NIC of replica 0', 'PCIe of replica 1']) assert.ok(names.includes(name));
  assert.ok(!names.some((name) => name.startsWith('PM media of replica')), 'nobody knows whose');
});

test('a queue pair that all cores share is held as long as the fences of all', async () => {
  const [, shared] = await accounts(1, { queuePairs: ['shared'] }, 4);
  const [, own] = await accounts(1, { queuePairs: ['per-core'] }, 4);
  assert.equal(shared.releaseChainNsPerTx, own.releaseChainNsPerTx);
  close(share(own, HOLD), own.releaseChainNsPerTx / own.timeNsPerTx, 'of the time of its core');
  const ofAll = (4 * shared.releaseChainNsPerTx) / shared.timeNsPerTx;
  close(share(shared, HOLD), ofAll, 'of the time that passes');
  assert.equal(shared.releaseHeldShare, share(shared, HOLD));
});

test('send queues hold what was posted since the last wait', async () => {
  assert.equal(commit.sendQueue?.max, 3, 'two lines and the fence behind them');
  const { max, fullShare } = barrier.sendQueue ?? { max: 0, fullShare: 0 };
  assert.ok(max > 3 && max <= 12, `${max}`);
  assert.equal(fullShare, 0);
  assert.equal(alone.sendQueue, undefined);
});

test('a short send queue is full at least while its core waits for room', async () => {
  const [, short] = await accounts(1, {
    profiles: [withValue(PROFILES[0], 'nic.sendQueueEntries', '4')],
  });
  assert.ok(short.sendQueue !== undefined);
  assert.deepEqual([short.sendQueue.entries, short.sendQueue.max], [4, 4]);
  const waiting = short.partNsPerTx.sendQueueFull / short.timeNsPerTx;
  assert.ok(waiting > 0.1, `waiting ${waiting}`);
  assert.ok(short.sendQueue.fullShare >= waiting, `${short.sendQueue.fullShare} < ${waiting}`);
  assert.ok(short.sendQueue.mean > 1 && short.sendQueue.mean < 4);
});

test('of several threads too each design is told what its own mirror did, whichever ran first', async () => {
  const [first, , last] = await accounts(1, {}, 2);
  assert.ok((first.lineToDurableNs ?? 0) > 0, 'sm-rc sends lines');
  assert.equal(last.lineToDurableNs, undefined, 'no-sm sends none');
  const [other] = await accounts(1, { backends: ['no-sm', 'sm-rc'] }, 2);
  assert.equal(other.lineToDurableNs, undefined);
});

test('what posts nothing is watched whatever the replicas and whichever ran first', async () => {
  const [alone] = await accounts(2, { backends: ['no-sm', 'sm-rc'] }, 2);
  assert.deepEqual([alone.backend, alone.messagesPerTx], ['no-sm', 0]);
});
