import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CrashSampler } from '../../pm/crash-sampler.ts';
import { EpochStats } from '../../pm/epoch-stats.ts';
import { PmHeap } from '../../pm/heap.ts';
import { LineState } from '../../pm/line-state.ts';
import { Op } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { MemoryTrace, recordersInto, type TraceChunk } from '../../pm/trace.ts';
import { exploreCrashes } from '../crash-testing.ts';
import { type Program, VerifyError } from '../workload.ts';
import { Environment } from './environment.ts';
import { lmdb } from './lmdb.ts';
import { META_BOOT_ID, META_FROM, PAGE_BYTES, PageReader } from './pages.ts';

const CONFIGURED = lmdb.configure({ keys: 80, valueBytes: 60, putsPerTransaction: 3 });
const PAGES = 4096;

function start(seed: number, threads = 1): { heap: PmHeap; program: Program } {
  const heap = new PmHeap(CONFIGURED.heapBytes(threads, 20));
  return { heap, program: CONFIGURED.create(heap, threads, seed) };
}

function recover(image: Uint8Array): string {
  const program = CONFIGURED.recover(new PmHeap(image), 1, 1);
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
    for (let i = 0; i < 10; i++) {
      heap.switchTo(i % 2);
      program.transaction(i % 2);
    }
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
  CONFIGURED.recover(heap, 1, 1);
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
    const recovered = CONFIGURED.recover(next, 1, 50 + round);
    const state = new LineState(next.bytes);
    next.attach([state]);
    for (let i = 0; i < 4; i++) recovered.transaction(0);
    recovered.verify();
    assert(newestPut(next.bytes) > newestPut(image), 'puts go on being counted');
    image = state.durable;
    assert.equal(recover(image.slice()), recovered.digest());
  }
});

test('LMDB and the page reader find the same entries, before and after growing a level', () => {
  for (const count of [1, 20, 3000]) {
    const environment = new Environment(1000);
    const keys = Array.from({ length: count }, (_, i) => Buffer.from(`${i}`.padStart(9, '0')));
    environment.put(keys, keys, count);
    const pages = new Uint8Array(1000 * PAGE_BYTES);
    const reader = new PageReader(pages.subarray(0, environment.read(pages) * PAGE_BYTES));
    const meta = reader.meta();
    const found: string[] = [];
    reader.walk(meta, (at, bytes) => {
      found.push(Buffer.from(pages.subarray(at, at + bytes)).toString());
    });
    const inLmdb = environment.entries().map(([key]) => key.toString());
    assert.deepEqual(found, inLmdb);
    const path: number[] = [];
    reader.pathTo(keys[count - 1], meta.root, path);
    assert.equal(path.length, count > 100 ? 2 : 1, 'a root and a leaf, or a leaf alone');
    environment.close();
  }
});

test('nothing is left in the directory for temporary files, even when opening fails', () => {
  const own = mkdtempSync(join(tmpdir(), 'pmirror-lmdb-test-'));
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = own;
  try {
    const { heap, program } = start(19);
    program.transaction(0);
    recover(heap.bytes.slice());
    assert.throws(() => new Environment(16, {} as Uint8Array), TypeError);
    assert.deepEqual(readdirSync(own), []);
    program.transaction(0);
    program.verify();
  } finally {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
    rmSync(own, { recursive: true });
  }
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
