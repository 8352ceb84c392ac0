import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { CrashState } from '../../pm/crash/crash-state.ts';
import { EpochStats } from '../../pm/epoch-stats.ts';
import { PmHeap } from '../../pm/heap.ts';
import { Op } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { CrashSampler } from '../../pm/testing/crash-sampler.ts';
import { MemoryTrace, recordersInto, type TraceChunk } from '../../pm/trace.ts';
import { exploreCrashes } from '../testing/crashes.ts';
import { type Program, runInTurn, VerifyError } from '../workload.ts';
import { Environment } from './environment.ts';
import { lmdb } from './lmdb.ts';
import { META_BOOT_ID, META_FROM, PAGE_BYTES, PageReader } from './pages.ts';

const CONFIGURED = lmdb.configure({ keys: 80, valueBytes: 60, putsPerTransaction: 3 });
const PAGES = 4096;

/** Programs of the running test that are to be closed. */
const programs: Program[] = [];
afterEach(() => {
  for (const program of programs.splice(0)) program.close?.();
});

function start(seed: number, threads = 1): { heap: PmHeap; program: Program } {
  const heap = new PmHeap(CONFIGURED.heapBytes(threads, 20));
  const program = CONFIGURED.create(heap, threads, seed);
  programs.push(program);
  return { heap, program };
}

function recoverOn(heap: PmHeap, seed = 1): Program {
  const program = CONFIGURED.recover(heap, 1, seed);
  programs.push(program);
  return program;
}

function recover(image: Uint8Array): string {
  const program = recoverOn(new PmHeap(image));
  program.verify();
  return program.digest();
}

test('a commit is two epochs: whole data pages, then the meta page with its checksum', () => {
  const { heap, program } = start(3);
  const stats = new EpochStats(1);
  const ops: number[][] = [];
  heap.attach([
    {
      op(op, a, b) {
        stats.sink(0).op(op, a, b);
        if (op !== Op.LOAD) ops.push([op, a, b]);
      },
    },
  ]);
  program.transaction(0);
  for (const page of [0, 1]) {
    assert.equal(heap.loadU64(PAGES + page * PAGE_BYTES + META_BOOT_ID), 0n, 'no boot id');
  }
  assert.deepEqual([...stats.summary().epochsPerTx.entries()], [[2, 1]]);
  const fence = ops.findIndex(([op]) => op === Op.ORDERING_FENCE);
  const data = ops.slice(0, fence).filter(([op]) => op === Op.NT_STORE);
  assert(data.length >= 2, 'at least a leaf and its parent');
  assert(data.every(([, a, b]) => b === PAGE_BYTES && a % PAGE_BYTES === 0));
  assert(
    data.every(([, a], i) => i === 0 || a > data[i - 1][1]),
    'in page order',
  );
  const rest = ops.slice(fence + 1).map(([op]) => op);
  assert.deepEqual(rest, [Op.NT_STORE, Op.NT_STORE, Op.DURABILITY_FENCE, Op.UNLOCK, Op.TX_END]);
});

test('the same seed gives the same operations and bytes, another seed others', () => {
  const record = (seed: number): TraceChunk[] => {
    const { heap, program } = start(seed, 2);
    const trace = new MemoryTrace(2, heap.sizeBytes);
    const recorders = recordersInto(trace, heap.bytes);
    heap.attach(recorders);
    runInTurn(heap, program, { threads: 2, transactions: 10 });
    for (const recorder of recorders) recorder.flush();
    return [0, 1].flatMap((t) =>
      Array.from({ length: trace.chunkCount(t) }, (_, i) => trace.chunk(t, i)),
    );
  };
  const first = record(5);
  assert.deepEqual(record(5), first);
  assert.notDeepEqual(record(6), first);
});

test('after a crash at any fence, a commit is there whole or not at all', () => {
  const counts = exploreCrashes(CONFIGURED, {
    threads: 1,
    seed: 11,
    transactions: 8,
    storeChance: 0.02,
    recoveryCrashChance: 1,
  });
  assert.ok(counts.before > 30 && counts.after > 15, JSON.stringify(counts));
  // Recovery has fences only where it repairs a page.
  assert.ok(counts.interrupted > 0, 'torn meta pages were met');
});

test('recovery that crashes at any fence recovers to the same contents', () => {
  const { heap, program } = start(13);
  program.transaction(0);
  const expected = program.digest();
  const reader = new PageReader(heap.bytes.subarray(PAGES));
  const older = 1 - reader.meta().page;
  // As if the next commit had got as far as a part of its meta page.
  heap.bytes[PAGES + older * PAGE_BYTES + META_FROM + 112] ^= 0xff;
  const inner = new CrashSampler(heap, {
    random: new Random(2),
    check: (half) => assert.equal(recover(half), expected),
  });
  heap.attach([inner]);
  recoverOn(heap);
  assert.equal(inner.fences, 2);
  assert.equal(recover(inner.image('none')), expected);
});

test('a recovered database takes further commits and survives another crash', () => {
  const { heap, program } = start(17);
  const newestPut = (bytes: Uint8Array): number => {
    const reader = new PageReader(bytes.subarray(PAGES));
    const view = new DataView(bytes.buffer, bytes.byteOffset + PAGES);
    let newest = 0;
    reader.walk(reader.meta(), (_key, _keyBytes, value) => {
      newest = Math.max(newest, view.getUint32(value + 4, true));
    });
    return newest;
  };
  let image = heap.bytes;
  for (let i = 0; i < 3; i++) program.transaction(0);
  for (let round = 0; round < 3; round++) {
    const next = new PmHeap(image.slice());
    const recovered = recoverOn(next, 50 + round);
    const state = new CrashState(next.bytes);
    next.attach([state]);
    for (let i = 0; i < 4; i++) recovered.transaction(0);
    recovered.verify();
    assert(newestPut(next.bytes) > newestPut(image), 'puts are still counted');
    image = state.durable;
    assert.equal(recover(image.slice()), recovered.digest());
  }
});

test('LMDB and the page reader find the same entries, before and after growing a level', () => {
  for (const count of [1, 20, 3000]) {
    const environment = new Environment(1000);
    const keys = Array.from({ length: count }, (_, i) => Buffer.from(`${i}`.padStart(9, '0')));
    environment.put(keys, keys, count);
    const pages = environment.read();
    const reader = new PageReader(pages);
    const meta = reader.meta();
    const found: string[] = [];
    reader.walk(meta, (at, bytes) => {
      found.push(pages.subarray(at, at + bytes).toString());
    });
    const inLmdb = environment.entries().map(([key]) => key.toString());
    assert.deepEqual(found, inLmdb);
    const path: number[] = [];
    reader.pathTo(keys[count - 1], meta.root, path);
    assert.equal(path.length, count > 100 ? 2 : 1, 'a root and a leaf, or a leaf alone');
    environment.close();
  }
});

/** Runs `body` with a directory for temporary files of its own. */
async function withTemporaryFilesIn(body: (directory: string) => void | Promise<void>) {
  const own = mkdtempSync(join(tmpdir(), 'pmirror-lmdb-test-'));
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = own;
  try {
    await body(own);
  } finally {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
    rmSync(own, { recursive: true });
  }
}

function openFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    // Known on Linux only.
    return null;
  }
}

test('nothing is left in the directory for temporary files, even when opening fails', async () => {
  await withTemporaryFilesIn((directory) => {
    const { heap, program } = start(19);
    program.transaction(0);
    recover(heap.bytes.slice());
    const before = openFiles();
    for (let i = 0; i < 10; i++) {
      assert.throws(() => new Environment(16, {} as Uint8Array), TypeError);
      assert.throws(() => new Environment(16, Buffer.alloc(8192, 7)), VerifyError);
    }
    assert.equal(openFiles(), before);
    assert.deepEqual(readdirSync(directory), []);
    program.transaction(0);
    program.verify();
  });
});

test('thousands of recoveries leave no file, no descriptor and no environment open', async () => {
  const { heap, program } = start(29);
  for (let i = 0; i < 3; i++) program.transaction(0);
  const image = heap.bytes.slice();
  await withTemporaryFilesIn((directory) => {
    const again = new PmHeap(image.slice());
    const before = openFiles();
    for (let i = 0; i < 2000; i++) {
      again.bytes.set(image);
      // Damaged ones are part of it.
      if (i % 3 === 0) again.bytes[PAGES + META_FROM + 120] ^= 0xff;
      if (i % 6 === 0) again.bytes[PAGES + PAGE_BYTES + META_FROM + 120] ^= 0xff;
      let recovered: Program | undefined;
      try {
        recovered = CONFIGURED.recover(again, 1, 1);
        if (i % 30 === 1) recovered.transaction(0);
        recovered.verify();
      } catch (error) {
        assert(error instanceof VerifyError && i % 6 === 0, `${i}: ${error}`);
      } finally {
        recovered?.close?.();
        recovered?.close?.();
      }
    }
    assert.equal(openFiles(), before);
    assert.deepEqual(readdirSync(directory), []);
  });
});

test('a worker thread may be terminated with databases open', async () => {
  const code = `(async () => {
    const { lmdb } = await import(${JSON.stringify(new URL('./lmdb.ts', import.meta.url).href)});
    const { PmHeap } = await import(${JSON.stringify(new URL('../../pm/heap.ts', import.meta.url).href)});
    const configured = lmdb.configure({ keys: 80 });
    const heap = new PmHeap(configured.heapBytes(1, 20));
    const kept = [configured.create(heap, 1, 1)];
    for (let i = 0; i < 40; i++) {
      const program = configured.recover(heap, 1, 1);
      program.transaction(0);
      if (i % 10 === 0) kept.push(program);
      else program.close();
    }
    require('node:worker_threads').parentPort.postMessage(kept.length);
    setInterval(() => kept[0].digest(), 1);
  })();`;
  await withTemporaryFilesIn(async (directory) => {
    const before = openFiles();
    for (let round = 0; round < 2; round++) {
      const worker = new Worker(code, { eval: true, env: { ...process.env } });
      const kept = await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      assert.equal(kept, 5);
      await worker.terminate();
    }
    assert.equal(openFiles(), before);
    assert.deepEqual(readdirSync(directory), []);
  });
});

test('verify and recovery find damage', () => {
  const { heap, program } = start(23);
  for (let i = 0; i < 3; i++) program.transaction(0);
  const reader = new PageReader(heap.bytes.subarray(PAGES));
  const meta = reader.meta();
  const root = PAGES + meta.root * PAGE_BYTES;
  let value = 0;
  let key = 0;
  reader.walk(meta, (keyAt, _bytes, valueAt) => {
    key = PAGES + keyAt;
    value = PAGES + valueAt;
  });
  const places = { root: root + 20, 'page number': root, key, value: value + 20, node: key - 2 };
  for (const [what, at] of Object.entries(places)) {
    heap.bytes[at] ^= 0x41;
    assert.throws(() => program.verify(), VerifyError, what);
    assert.throws(() => recover(heap.bytes.slice()), VerifyError, what);
    heap.bytes[at] ^= 0x41;
  }
  for (const page of [0, 1]) heap.bytes[PAGES + page * PAGE_BYTES + 120] ^= 1;
  assert.throws(() => recover(heap.bytes.slice()), /both meta pages are torn/);
  for (const page of [0, 1]) heap.bytes[PAGES + page * PAGE_BYTES + 120] ^= 1;
  program.verify();
  assert.throws(() => lmdb.configure({ valueBytes: 2000 }), /valueBytes.*16 to 1900/);
});
