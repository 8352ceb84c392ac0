import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Op, type OpCode } from '../../pm/op.ts';
import { recordersInto, replayThread } from '../../pm/trace.ts';
import { SpillingTrace } from './trace-store.ts';

const root = mkdtempSync(join(tmpdir(), 'trace-store-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

const OPERATIONS = 100_000;

/** Records two threads' operations, those of thread 1 half as many, and returns the store. */
function filled(directory: string, memoryBytesMax?: number): SpillingTrace {
  const store = new SpillingTrace({ threads: 2, heapBytes: 4096, directory, memoryBytesMax });
  const recorders = recordersInto(store);
  for (let i = 0; i < OPERATIONS; i++) {
    recorders[0].op(Op.STORE, 0xffff_ffff - i, i);
    if (i % 2 === 0) recorders[1].op(Op.LOAD, i, 8);
  }
  for (const recorder of recorders) recorder.flush();
  return store;
}

/** Reads everything back and compares, the threads' chunks interleaved as a replay does. */
function check(store: SpillingTrace): void {
  assert.equal(store.operations, OPERATIONS * 1.5);
  const first = store.chunk(0, 0);
  const other = store.chunk(1, 0);
  assert.equal(first.a[0], 0xffff_ffff);
  assert.equal(other.a[1], 2, 'a chunk of one thread does not disturb the other');
  let i = 0;
  let wrong = 0;
  replayThread(store, 0, {
    op(op: OpCode, a: number, b: number) {
      if (op !== Op.STORE || a !== 0xffff_ffff - i || b !== i) wrong++;
      i++;
    },
  });
  assert.equal(wrong, 0);
  assert.equal(i, OPERATIONS);
}

test('within its budget a trace stays in memory and touches no disk', async () => {
  const directory = join(root, 'memory');
  const store = filled(directory);
  check(store);
  assert.equal(store.spilled, false);
  assert.equal(existsSync(directory), false);
  store.close();
});

test('beyond its budget a trace goes to disk and comes back the same, memory bounded', async () => {
  for (const budget of [0, 500_000]) {
    const store = filled(join(root, `disk-${budget}`), budget);
    assert.equal(store.spilled, true);
    assert.ok(store.memoryBytes <= budget);
    check(store);
    check(store);
    store.close();
  }
});

test('threads may turn up later', async () => {
  const store = new SpillingTrace({ threads: 0, heapBytes: 64, directory: join(root, 'late') });
  const chunk = { op: new Uint8Array([Op.LOAD]), a: new Uint32Array([1]), b: new Uint32Array([2]) };
  store.append(1, { ...chunk, length: 1, payload: null, payloadBytes: 0 });
  assert.equal(store.threads, 2);
  assert.equal(store.chunkCount(0), 0);
  assert.equal(store.chunk(1, 0).b[0], 2);
  store.close();
});

test('a directory that cannot be made is a failure with advice', () => {
  const file = join(root, 'a-file');
  writeFileSync(file, '');
  assert.throws(() => filled(join(file, 'below'), 0), {
    name: 'FailureError',
    message: /cannot keep the trace in .*TMPDIR/,
  });
});
