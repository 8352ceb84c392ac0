import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { CrashState } from '../../pm/crash/crash-state.ts';
import { PmHeap } from '../../pm/heap.ts';
import { differingLines } from '../../pm/line.ts';
import { resolveWorkload, WORKLOADS } from '../../workloads/index.ts';
import { poolBytes } from '../../workloads/traces/export.ts';
import { importTrace, scanTrace } from '../../workloads/traces/import.ts';
import { type AnyWorkload, runInTurn } from '../../workloads/workload.ts';
import { exportStoreLog, poolOf } from './export-log.ts';
import { REGISTRY } from './registry.ts';
import { executionOf } from './suite.ts';
import { replayAsPmreorder } from './testing/pmreorder.ts';

const directory = mkdtempSync(join(tmpdir(), 'export-log-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const TRANSACTIONS = 40;

/** A run of `workload` with its small parameters, which a test can repeat beside the export. */
function small(workload: AnyWorkload) {
  return executionOf(workload, {
    transactions: TRANSACTIONS,
    warmupTransactions: 0,
    threads: 1,
    parameters: workload.smallParameters,
  });
}

interface Ended {
  readonly durable: Uint8Array;
  /** What memory holds, and the lines of it that nothing has written back. */
  readonly live: Uint8Array;
  readonly dirty: readonly number[];
}

/** How the same run ends. */
function ended(workload: AnyWorkload): Ended {
  const { seed } = small(workload);
  const configured = workload.configure(workload.smallParameters);
  const heap = new PmHeap(configured.heapBytes(1, TRANSACTIONS));
  const program = configured.create(heap, 1, seed);
  const state = new CrashState(heap.bytes);
  heap.attach([state]);
  runInTurn(heap, program, { threads: 1, transactions: TRANSACTIONS });
  heap.detach();
  program.close?.();
  return { durable: state.durable, live: heap.bytes, dirty: state.dirtyLines() };
}

/** Programs that leave to their recovery what they do not write back; vacation: free lists of its allocator. */
const LEAVE_LINES = ['echo', 'redis', 'vacation'];

for (const workload of WORKLOADS) {
  test(`${workload.name}: pmreorder's rules build from the log, in its pool, what memory holds`, async () => {
    const log = join(directory, `${workload.name}.storelog`);
    const markers = exportStoreLog(small(workload), REGISTRY, log, {
      poolInLog: `${workload.name}.storelog.pool`,
    });
    const pool = poolOf(log);
    const { durable, live, dirty } = ended(workload);
    const before = readFileSync(pool);
    assert.equal(before.length, poolBytes(live.length));
    assert(before.every((byte) => byte === 0));
    const text = readFileSync(log);
    assert.deepEqual(replayAsPmreorder(log, directory), [pool]);
    assert(text.equals(readFileSync(log)), 'the log is as it was');
    const built = readFileSync(pool);
    assert(built.subarray(0, live.length).equals(durable), 'what is durable');
    const missing = differingLines(built.subarray(0, live.length), live);
    assert.deepEqual(
      missing.filter((line) => !dirty.includes(line)),
      [],
    );
    assert(missing.length === 0 || LEAVE_LINES.includes(workload.name), `${missing}`);
    // Our own importer numbers pages anew, so that bytes are compared page by page.
    const { heapBytes } = await scanTrace(log, { txMarkers: markers });
    const image = new Uint8Array(heapBytes);
    const read = await importTrace(log, { txMarkers: markers, image, sinkOf: () => ({ op() {} }) });
    assert.equal(read.transactions, TRANSACTIONS);
    for (let page = 4096; page < heapBytes; page += 4096) {
      const from = Number(BigInt(read.addressOf(page)) & 0xffffffffn);
      const there = live.subarray(from, from + 4096);
      assert(Buffer.from(image.buffer, page, there.length).equals(there), `page at ${from}`);
    }
  });
}

const installed = spawnSync('pmreorder', ['--help']).status === 0;

test('pmreorder itself builds the same', {
  skip: installed ? false : 'pmreorder is not installed',
}, () => {
  const workload = resolveWorkload('hashmap');
  assert(workload !== undefined);
  const log = join(directory, 'real.storelog');
  exportStoreLog(small(workload), REGISTRY, log);
  const { status, stderr } = spawnSync('pmreorder', ['-l', log, '-c', 'prog', '-p', '/bin/true']);
  assert.equal(status, 0, String(stderr));
  const { live } = ended(workload);
  assert(readFileSync(poolOf(log)).subarray(0, live.length).equals(live));
});

test('a run becomes a log with a marker pair a transaction, its pool, and nothing else', async () => {
  const workload = resolveWorkload('ctree');
  assert(workload !== undefined);
  const choice = { transactions: 40, warmupTransactions: 2, parameters: { removeShare: 0.4 } };
  const execution = executionOf(workload, choice);
  const path = join(directory, 'new', 'ctree.storelog');
  assert.deepEqual(exportStoreLog(execution, REGISTRY, path), ['insert', 'remove']);
  const { markers, threads } = await scanTrace(path, { txMarkers: ['insert', 'remove'] });
  assert.equal(threads, 1);
  assert.equal(
    markers.reduce((total, { begins }) => total + begins, 0),
    42,
  );
  const names = ['ctree.storelog', 'ctree.storelog.pool'];
  assert.deepEqual(readdirSync(join(directory, 'new')), names);
  const zipped = `${path}.gz`;
  exportStoreLog(execution, REGISTRY, zipped, { poolInLog: `${path}.pool` });
  assert(gunzipSync(readFileSync(zipped)).equals(readFileSync(path)), 'compressed, it is the same');
  assert(existsSync(`${zipped}.pool`));
});

test('where one of the two cannot be written, neither is', () => {
  const workload = resolveWorkload('transact');
  assert(workload !== undefined);
  const log = join(directory, 'new');
  assert.throws(() => exportStoreLog(small(workload), REGISTRY, log), {
    name: 'FailureError',
    message: /cannot write/,
  });
  assert(!existsSync(`${log}.pool`));
  assert.throws(() => exportStoreLog(small(workload), REGISTRY, join(directory, 'new;')), /';'/);
  assert(!readdirSync(directory).some((name) => name.startsWith('new;') || name.startsWith('.')));
});

test('the pool of a name of 255 bytes is beside it, under a name that is as long at most', () => {
  const long = 'ü'.repeat(127);
  assert.equal(poolOf('a/b.log'), 'a/b.log.pool');
  const pools = [`${long}a`, `${long}b`].map((name) => poolOf(`dir/${name}`));
  for (const pool of pools) {
    assert.match(pool, /^dir\/ü+-[\da-f]{8}\.pool$/);
    assert(Buffer.byteLength(basename(pool)) <= 255);
  }
  assert.notEqual(pools[0], pools[1]);
  const workload = resolveWorkload('transact');
  assert(workload !== undefined);
  const log = join(directory, `${long}a`);
  exportStoreLog(small(workload), REGISTRY, log);
  assert(statSync(log).isFile() && statSync(poolOf(log)).isFile());
});
