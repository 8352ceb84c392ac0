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
import { traceOrder, uncoveredLines } from './trace-order.ts';

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

test('a line stored to and not written back before the durability point is named', () => {
  const trace = traceOf([
    [Op.TX_BEGIN, 0, 0],
    [Op.STORE, 0, 8],
    [Op.WRITE_BACK, 0, 8],
    [Op.DURABILITY_FENCE, 0, 0],
    [Op.TX_END, 0, 0],
    [Op.STORE, 640, 8],
    [Op.TX_BEGIN, 0, 0],
    [Op.STORE, 60, 8],
    [Op.NT_STORE, 256, 8],
    [Op.WRITE_BACK, 0, 8],
    [Op.STORE, 128, 8],
    [Op.WRITE_BACK, 128, 8],
    [Op.STORE, 136, 8],
    [Op.DURABILITY_FENCE, 0, 0],
    [Op.TX_END, 0, 0],
  ]);
  const found = [
    { thread: 0, transaction: 1, line: 1 },
    { thread: 0, transaction: 1, line: 2 },
  ];
  assert.deepEqual(uncoveredLines(trace), found);
});

test('designs keep the order of epochs at a replica; one without ROFENCE does not', () => {
  const ops: [OpCode, number, number][] = [];
  for (let i = 0; i < 32; i++) {
    ops.push([Op.STORE, i * 64, 8], [Op.WRITE_BACK, i * 64, 8], [Op.ORDERING_FENCE, 0, 0]);
  }
  const trace = traceOf([...ops, [Op.DURABILITY_FENCE, 0, 0]]);
  const far = { profile: machine, replicas: 2, seed: 1 };
  for (const backend of BACKENDS.filter(({ ddio }) => ddio !== 'none')) {
    const order = traceOrder(trace, { ...far, backend });
    assert.deepEqual(order, { linesSent: 64, epochs: 33, overtaking: [] }, backend.name);
  }
  const canary = CANARY_BACKENDS.find(({ backend }) => backend.name === 'canary-no-rofence');
  assert(canary !== undefined);
  const slow = { ...far, backend: canary.backend, faults: [{ replica: 0, slowdown: 64 }] };
  const { overtaking } = traceOrder(trace, slow);
  assert(overtaking.length > 0);
  for (const { replica, mayPs, earlierPs } of overtaking) {
    assert(replica === 0 && mayPs < earlierPs);
  }
});

test('the traces of real programs are mirrored in order, and what they leave behind is told', async () => {
  const backends = ['sm-rc', 'sm-ob', 'sm-dd'];
  const targets = expandTargets({ backends, profiles: [machine], replicas: [1] });
  const execution = exampleExecutions('o2', 1).find(({ name }) => name === 'pmdk-ctree');
  assert(execution !== undefined && EXAMPLES.length > 0);
  const check = await checkTrace(execution, targets);
  assert.equal(check.orders.length, 3);
  for (const { order } of check.orders) {
    assert(order.linesSent > 0);
    assert.deepEqual(order.overtaking, []);
  }
  assert.match(traceCheckText(check), /lines without a write-back.*\n[\s\S]*overtaking\nsm-rc/);
});
