import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Op } from '../../pm/op.ts';
import { TraceRecorder } from '../../pm/trace.ts';
import { executionKey } from './cells.ts';
import { runFunctionally } from './functional-run.ts';
import { REGISTRY } from './registry.ts';
import { configure } from './run.ts';
import { type ExecutionChoice, executionOf } from './suite.ts';

/** The operations of hashmap's one thread, each as a text. */
function operationsOf(choice: ExecutionChoice): string[] {
  const execution = executionOf(hashmap, { transactions: 5, ...choice });
  const found: string[] = [];
  const recorder = new TraceRecorder(({ op, a, b, length }) => {
    // Grants of locks are counted from where recording begins.
    for (let i = 0; i < length; i++) found.push(`${op[i]} ${a[i]} ${op[i] === Op.LOCK ? 0 : b[i]}`);
  });
  runFunctionally(configure(execution, REGISTRY), execution, [recorder]);
  recorder.flush();
  return found;
}

const hashmap = REGISTRY.resolveWorkload('hashmap') ?? assert.fail();

test('what is not timed is run before, and leaves the same operations behind it', () => {
  const measure = `${Op.MEASURE} 0 0`;
  const warm = operationsOf({ warmupTransactions: 30 });
  const untimed = operationsOf({ warmupTransactions: 10, untimedTransactions: 20 });
  const measured = (all: string[]): string[] => all.slice(all.indexOf(measure));
  assert.ok(untimed.length < warm.length);
  assert.ok(measured(untimed).length > 20);
  assert.deepEqual(measured(untimed), measured(warm));
  // The warm-up that is timed is the last part of the longer one.
  assert.deepEqual(untimed, warm.slice(-untimed.length));
});

test('executions that differ in it are not the same', () => {
  const keys = [0, 5].map((untimedTransactions) =>
    executionKey(executionOf(hashmap, { untimedTransactions })),
  );
  assert.notEqual(keys[0], keys[1]);
  assert.equal(keys[0], executionKey(executionOf(hashmap, {})));
});
