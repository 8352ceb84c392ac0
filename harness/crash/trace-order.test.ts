import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Op, type OpCode } from '../../pm/op.ts';
import { MemoryTrace, recordersInto } from '../../pm/trace.ts';
import { BACKENDS, resolveProfile } from '../../rdma/index.ts';
import { EXAMPLES } from '../../workloads/imported/examples.ts';
import { expandTargets } from '../cell.ts';
import { exampleExecutions } from '../examples.ts';
import { CANARY_BACKENDS } from './canaries.ts';
import { checkTrace, traceCheckText } from './check-trace.ts';
import { traceOrder } from './trace-order.ts';

const profile = resolveProfile('slow-pm');
assert(profile !== undefined);
const machine = profile;

function traceOf(ops: readonly (readonly [OpCode, number, number])[]): MemoryTrace {
  const trace = new MemoryTrace(1, 64 * 64);
  const [recorder] = recordersInto(trace);
  for (const [op, a, b] of ops) recorder.op(op, a, b);
  recorder.flush();
  return trace;
}

test('designs keep the order of epochs at a replica; one without ROFENCE does not', () => {
  const ops: [OpCode, number, number][] = [];
  for (let i = 0; i < 32; i++) {
    ops.push([Op.STORE, i * 64, 8], [Op.WRITE_BACK, i * 64, 8], [Op.ORDERING_FENCE, 0, 0]);
  }
  const trace = traceOf([...ops, [Op.DURABILITY_FENCE, 0, 0]]);
  const far = { profile: machine, replicas: 2, seed: 1 };
  for (const backend of BACKENDS.filter(({ ddio }) => ddio !== 'none')) {
    const order = traceOrder(trace, { ...far, backend });
    const sound = { linesSent: 64, epochs: 33, overtaking: 0, first: [] };
    assert.deepEqual(order, sound, backend.name);
  }
  const canary = CANARY_BACKENDS.find(({ backend }) => backend.name === 'canary-no-rofence');
  assert(canary !== undefined);
  const slow = { ...far, backend: canary.backend, faults: [{ replica: 0, slowdown: 64 }] };
  const { overtaking, first } = traceOrder(trace, slow);
  assert(overtaking > first.length && first.length > 0);
  for (const { replica, mayPs, earlierPs } of first) {
    assert(replica === 0 && mayPs < earlierPs);
  }
});

test('the trace of a real program is mirrored in order', async () => {
  const backends = ['sm-rc', 'sm-ob', 'sm-dd'];
  const targets = expandTargets({ backends, profiles: [machine], replicas: [1] });
  const execution = exampleExecutions('o2', 1).find(({ name }) => name === 'pmdk-ctree');
  assert(execution !== undefined && EXAMPLES.length > 0);
  const check = await checkTrace(execution, targets);
  assert.equal(check.orders.length, 3);
  for (const { order } of check.orders) {
    assert(order.linesSent > 0);
    assert.equal(order.overtaking, 0);
  }
  assert.match(traceCheckText(check), /overtaking\nsm-rc/);
});
