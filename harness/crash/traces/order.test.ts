import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Op, type OpCode } from '../../../pm/op.ts';
import { type MemoryTrace, recordTrace } from '../../../pm/trace.ts';
import {
  BACKENDS,
  type HardwareProfile,
  ONE_REPLICA,
  PROFILES,
  profileNamed,
  runnable,
} from '../../../rdma/index.ts';
import { EXAMPLES } from '../../../workloads/traces/examples.ts';
import { exampleExecutions, expandSystems } from '../../bench/index.ts';
import { buggyDesign } from '../bugs/designs.ts';
import { checkTrace, traceCheckText } from './check-trace.ts';
import { type TraceOrder, traceOrder } from './order.ts';

const NEVER = Number.POSITIVE_INFINITY;

function traceOf(ops: readonly (readonly [OpCode, number, number])[]): MemoryTrace {
  return recordTrace(1, 64 * 64, (sink) => {
    for (const operation of ops) sink.op(...operation);
  });
}

/** 32 epochs of a line each, and a durability point. */
function epochs(): MemoryTrace {
  const ops: [OpCode, number, number][] = [];
  for (let i = 0; i < 32; i++) {
    ops.push([Op.STORE, i * 64, 8], [Op.WRITE_BACK, i * 64, 8], [Op.ORDERING_FENCE, 0, 0]);
  }
  return traceOf([...ops, [Op.DURABILITY_FENCE, 0, 0]]);
}

/** What is found under a design with a seeded bug, with what it takes to show. */
function underBuggy(name: string, profile: HardwareProfile): TraceOrder {
  const design = buggyDesign(name);
  assert(design !== undefined);
  return traceOrder(epochs(), { ...ONE_REPLICA, ...design, profile }, 1);
}

test('designs keep order and promises at a replica', () => {
  const none = { overtaking: 0, notDurable: 0, firstOvertaking: [], firstNotDurable: [] };
  for (const profile of PROFILES) {
    const { name } = profile;
    for (const backend of runnable(BACKENDS, profile).filter((one) => one.durability !== null)) {
      const stall = backend.over === 'cxl' ? {} : { stallFromNs: 2000, stallForNs: 5000 };
      const given = { profile, replicas: 2, faults: [{ replica: 1, slowdown: 8, ...stall }] };
      const order = traceOrder(epochs(), { ...ONE_REPLICA, ...given, backend }, 1);
      assert.deepEqual(order, { ...none, linesSent: 64, epochs: 32 }, `${backend.name}, ${name}`);
    }
  }
});

test('a design without ROFENCE is found however fast its replica is', () => {
  for (const name of ['optane-cx5', 'slow-pm']) {
    const { overtaking, notDurable, firstOvertaking } = underBuggy(
      'canary-no-rofence',
      profileNamed(name),
    );
    assert.deepEqual([overtaking, notDurable], [31, 0]);
    for (const { mayPs, earlierPs } of firstOvertaking) assert(mayPs < earlierPs);
  }
  // In a cache that keeps what it has, arriving in order is enough.
  assert.equal(underBuggy('canary-no-rofence', profileNamed('eadr')).overtaking, 0);
});

test('a line that is never posted is overtaken by all later epochs, and never durable', () => {
  const { linesSent, overtaking, notDurable, firstOvertaking, firstNotDurable } = underBuggy(
    'canary-skips-line',
    profileNamed('optane-cx5'),
  );
  // Lines 0, 7, 14, 21 and 28 of 32 are skipped.
  assert.deepEqual([linesSent, overtaking, notDurable], [32, 27, 5]);
  assert.deepEqual([firstOvertaking[0].line, firstOvertaking[0].earlierPs], [1, NEVER]);
  assert.deepEqual(
    firstNotDurable.map(({ line, mustPs }) => [line, mustPs]),
    [0, 7, 14, 21, 28].map((line) => [line, NEVER]),
  );
});

test('a fence that returns before the slower replica is durable is found', () => {
  const { overtaking, notDurable, firstNotDurable } = underBuggy(
    'canary-first-replica',
    profileNamed('optane-cx5'),
  );
  assert(notDurable > 0);
  assert.equal(overtaking, 0);
  for (const { replica, returnedPs, mustPs } of firstNotDurable) {
    assert(replica === 1 && returnedPs < mustPs && mustPs < NEVER);
  }
});

test('a fence that says nothing of the cache leaves its lines undurable', () => {
  const { notDurable } = underBuggy('canary-nic-ack', profileNamed('optane-cx5'));
  assert.equal(notDurable, 32);
});

test('the trace of a real program is mirrored in order', async () => {
  const backends = ['sm-rc', 'sm-ob', 'sm-dd'];
  const systems = expandSystems({ backends, profiles: [profileNamed('slow-pm')], replicas: [1] });
  const execution = exampleExecutions('o2', 1).find(({ name }) => name === 'pmdk-ctree');
  assert(execution !== undefined && EXAMPLES.length > 0);
  const check = await checkTrace(execution, systems);
  assert.equal(check.orders.length, 3);
  for (const { order } of check.orders) {
    assert(order.linesSent > 0);
    assert.deepEqual([order.overtaking, order.notDurable], [0, 0]);
  }
  assert.match(traceCheckText(check), /overtaking +not durable\nsm-rc/);
});
