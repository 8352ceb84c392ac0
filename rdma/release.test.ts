/**
 * The wait at release: with a queue pair per core, a lock is handed on only when what its holder posted
 * is durable at every replica. Times are derived by hand from the stages of ROUND_PROFILE, as in
 * `closed-form.test.ts`.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Op, type PersistSink } from '../pm/op.ts';
import { backendNamed } from './backends/index.ts';
import type { MirrorObserver, MirrorReport, QueuePairs } from './mirror.ts';
import { setValues, withValue } from './profiles/schema.ts';
import { ROUND_PROFILE } from './testing/round-profile.ts';
import { run, traceOf, writeLine } from './testing/runs.ts';

/** From an answer's departure at the replica to the core that waits for it. */
const BACK = 70 + 6 + 250 + 70 + 200;

/**
 * When a core releases that stored a line and fenced. Store 1, clwb 2, request 30, doorbell 50, fence 10.
 * sm-ob: the ROFENCE's request 30 too, so the fence is over at 123 and the RDFENCE's doorbell leaves at
 * 203. The ROFENCE is handled at 113 + 200 + 100 + 70 + 6 + 250 + 70 = 809 and satisfied at 1809, and then
 * the RDFENCE asks. sm-dd: the fence waits for the line, accepted at 103; the doorbell leaves at 183, as
 * soon as the queue pair can send; handled at 383 + 70 + 6 + 250 + 70 = 779.
 */
const RELEASED_NS = { 'sm-ob': 1809 + 1000 + BACK, 'sm-dd': 779 + 1000 + BACK } as const;

const holder = (sink: PersistSink): void => {
  sink.op(Op.LOCK, 0, 0);
  writeLine(sink, 1);
  sink.op(Op.ORDERING_FENCE, 0, 0);
  sink.op(Op.UNLOCK, 0, 0);
  sink.op(Op.DURABILITY_FENCE, 0, 0);
};

const asker = (atNs: number) => (sink: PersistSink) => {
  sink.op(Op.COMPUTE, atNs, 0);
  sink.op(Op.LOCK, 0, 1);
  sink.op(Op.UNLOCK, 0, 0);
};

function lockWaitNs(name: string, atNs: number, queuePairs: QueuePairs): number {
  const trace = traceOf([holder, asker(atNs)]);
  const backend = backendNamed(name);
  const { timePs } = run(trace, { backend, profile: ROUND_PROFILE, queuePairs });
  return timePs.lockWait / 1000;
}

for (const [name, releasedNs] of Object.entries(RELEASED_NS)) {
  test(`${name} hands a lock on when its line is durable, not a nanosecond before`, () => {
    assert.equal(lockWaitNs(name, releasedNs - 1, 'release'), 1);
    assert.equal(lockWaitNs(name, releasedNs, 'release'), 0);
    // Without the wait, when the fence is over.
    const fencedNs = { 'sm-ob': 123, 'sm-dd': 103 }[name] ?? 0;
    assert.equal(lockWaitNs(name, fencedNs - 1, 'words'), 1);
    assert.equal(lockWaitNs(name, fencedNs, 'words'), 0);
  });
}

const alone = (name: string, program: (sink: PersistSink) => void): MirrorReport =>
  run(traceOf([program]), {
    backend: backendNamed(name),
    profile: ROUND_PROFILE,
    queuePairs: 'release',
  });

test('the wait is one RDFENCE and one round trip, on the account of order', () => {
  for (const [name, releasedNs] of Object.entries(RELEASED_NS)) {
    const { counts, timePs, elapsedPs } = alone(name, holder);
    // The durability point has nothing left to ask for: its fence takes 10 ns.
    assert.deepEqual([counts.rdfences, counts.blockingRoundTrips], [1, 1], name);
    assert.equal(counts.durabilityFences, 1);
    assert.equal(elapsedPs, (releasedNs + 10) * 1000);
    assert.equal(timePs.remoteDurability, 0);
    assert.ok(timePs.remoteOrdering > 0);
  }
});

test('a core with no line since its last answer releases at once', () => {
  const again = (sink: PersistSink): void => {
    holder(sink);
    for (let ticket = 1; ticket < 4; ticket++) {
      sink.op(Op.LOCK, 0, ticket);
      sink.op(Op.UNLOCK, 0, 0);
    }
  };
  for (const name of ['sm-rc', 'sm-ob', 'sm-dd']) {
    const [more, once] = [alone(name, again), alone(name, holder)];
    assert.equal(more.counts.lockGrants, 4);
    assert.equal(more.elapsedPs, once.elapsedPs, name);
    assert.equal(more.counts.blockingRoundTrips, once.counts.blockingRoundTrips, name);
  }
  // A design that waits at every fence has its answers.
  assert.equal(alone('sm-rc', holder).counts.rcommits, 1);
  assert.equal(alone('no-sm', holder).counts.blockingRoundTrips, 0);
});

test('a full send queue has room for what a release asks, when it has', () => {
  // Five entries: the runs of a line, and the fence that is posted behind them.
  const profile = withValue(ROUND_PROFILE, 'nic.sendQueueEntries', 5);
  const program = (sink: PersistSink): void => {
    for (let ticket = 0; ticket < 8; ticket++) {
      sink.op(Op.LOCK, 0, ticket);
      for (let word = 0; word < 8; word += 2) sink.op(Op.STORE, 64 * ticket + 8 * word, 8);
      sink.op(Op.WRITE_BACK, 64 * ticket, 64);
      sink.op(Op.ORDERING_FENCE, 0, 0);
      sink.op(Op.UNLOCK, 0, 0);
    }
  };
  for (const name of ['sm-ob', 'sm-dd']) {
    const backend = backendNamed(name);
    const { counts } = run(traceOf([program]), { backend, profile, queuePairs: 'release' });
    assert.deepEqual([counts.writes, counts.rdfences], [32, 8], name);
  }
});

test('a release waits for the slower replica', () => {
  const faults = [{ replica: 1, slowdown: 4 }];
  const options = { backend: backendNamed('sm-dd'), profile: ROUND_PROFILE, replicas: 2 };
  const durablePs = [0, 0];
  let releasedPs = 0;
  let operations = 0;
  const observer: MirrorObserver = {
    onReplicaDurable: (replica, _core, _line, atPs) => {
      durablePs[replica] = atPs;
    },
    onOperation: (_core, atPs) => {
      if (++operations === 5) releasedPs = atPs;
    },
  };
  run(traceOf([holder]), { ...options, faults, observer, queuePairs: 'release' });
  assert.ok(durablePs[1] > durablePs[0]);
  assert.ok(releasedPs > durablePs[1]);
});

test('a lost message behind a release is waited for too', () => {
  const profile = setValues(ROUND_PROFILE, [['link.lossProbability', 0.5]]);
  const { counts } = run(traceOf([holder, asker(10)]), {
    backend: backendNamed('sm-ob'),
    profile,
    queuePairs: 'release',
    seed: 3,
  });
  assert.ok(counts.retransmissions > 0);
  assert.equal(counts.rdfences, 1);
});
