/** What crashes leave where a wait is for some of the replicas. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backendNamed, profileNamed, type System } from '../../../rdma/index.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import { crashTrace } from '../history/recorded-trace.ts';
import { record } from '../history/recording.ts';
import { isBehind, isSpread, type Timeline, timelineOf } from '../history/timeline.ts';
import { Explorer } from './explore.ts';
import { Failover } from './failover.ts';

const ctree = resolveWorkload('ctree');
assert.ok(ctree !== undefined);
const subject = {
  configured: ctree.configure({ ...ctree.smallParameters }),
  threads: 1,
  seed: 1,
  transactions: 8,
};
const trace = crashTrace(record(subject));
const THOROUGHNESS = {
  seed: 1,
  crashes: 120,
  imagesPerCrash: 8,
  resumeOneIn: 20,
  interruptOneIn: 20,
};

function systemOf(design: string, quorum?: number, profile = profileNamed('optane-cx5')): System {
  const faults = [{ replica: 1, slowdown: 8 }];
  const backend = backendNamed(design);
  return { backend, profile, replicas: 2, queuePairs: 'per-core', faults, quorum };
}

for (const design of ['sm-rc', 'sm-ob', 'sm-dd']) {
  test(`${design}: a replica is behind a quorum of one, and the other one has everything`, () => {
    const timeline = timelineOf(trace, systemOf(design, 1));
    const behind = (name: string) =>
      timeline.machines.find((machine) => machine.name === name)?.behind.length ?? 0;
    assert.ok(behind('replica-1') >= 8 && behind('takeover-1') === behind('replica-1'));
    assert.equal(behind('replica-0') + behind('takeover-0') + behind('primary'), 0);
    const { failure, crashPoints } = new Explorer(trace, THOROUGHNESS).explore(timeline);
    assert.equal(failure, null);
    assert.ok(crashPoints > 120);
    const all = timelineOf(trace, systemOf(design));
    for (const machine of all.machines) assert.equal(machine.behind.length, 0, machine.name);
  });
}

test('what a replica holds while it is behind is not what must be there', () => {
  const timeline = timelineOf(trace, systemOf('sm-dd', 1));
  // As if each wait were for it.
  const machines = timeline.machines.map((machine) => ({ ...machine, behind: [] }));
  const { failure } = new Explorer(trace, THOROUGHNESS).explore({ ...timeline, machines });
  assert.match(failure?.machine ?? '', /-1$/);
});

test('where each replica lacks what another one has answered, none can be recovered from', () => {
  const timeline = timelineOf(trace, systemOf('sm-dd', 1));
  const always = [[0, Number.POSITIVE_INFINITY]] as const;
  const machines = timeline.machines.map((machine) =>
    machine.name === 'primary' ? machine : { ...machine, behind: always },
  );
  const spread: Timeline = { ...timeline, machines };
  assert.ok(isSpread(spread, 5) && !isSpread(timeline, 5));
  const { failure } = new Explorer(trace, THOROUGHNESS).explore(spread);
  assert.equal(failure?.machine, 'all replicas');
  assert.match(failure?.problem ?? '', /no single one holds all that was acknowledged/);
});

test('a replica that is behind does not take over; one that has everything does', () => {
  const options = { subject, system: systemOf('sm-ob', 1), resumedTransactions: 4 };
  const shares = [0.2, 0.4, 0.6, 0.8];
  const first = new Failover({ ...options, replica: 0 });
  for (const share of shares) assert.ok(first.at(share).machines >= 2);
  const second = new Failover({ ...options, replica: 1 });
  assert.throws(() => shares.map((share) => second.at(share)), {
    name: 'FailureError',
    message: /replica 1 has not answered all .* 1 of 2; --replica 0 has all of it/,
  });
});

test('a replica with DDIO off has each line durable when it is readable, the other one later', () => {
  const profile = {
    ...profileNamed('paper-2018'),
    others: [{ replica: 1, values: [['ddio.enabled', '0'] as const] }],
  };
  const timeline = timelineOf(trace, { ...systemOf('sm-rc', undefined, profile), faults: [] });
  const open = (name: string): number => {
    const history = timeline.machines.find((machine) => machine.name === name)?.history;
    assert.ok(history !== undefined);
    return history.times().length;
  };
  // Readable and certain come at one time there: fewer moments than where they are two.
  assert.ok(open('replica-1') < open('replica-0'));
  const { failure } = new Explorer(trace, THOROUGHNESS).explore(timeline);
  assert.equal(failure, null);
});

test('a machine is behind from when a core resumes until it has answered', () => {
  const [machine] = timelineOf(trace, systemOf('sm-dd', 1)).machines;
  const lagging = { ...machine, behind: [[10, 20] as const] };
  assert.deepEqual(
    [9, 10, 19, 20].map((ps) => isBehind(lagging, ps)),
    [false, true, true, false],
  );
});
