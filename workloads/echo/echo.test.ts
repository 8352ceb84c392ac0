import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EpochStats } from '../../pm/epoch-stats.ts';
import { PmHeap } from '../../pm/heap.ts';
import { MemoryTrace, recordersInto, type TraceChunk } from '../../pm/trace.ts';
import { ParameterError } from '../parameters.ts';
import { runInTurn, VerifyError } from '../workload.ts';
import { echo } from './echo.ts';
import { CHAIN, ENTRY, PAIR, RECORD, STORE, TABLE, VERSION, VERSIONS } from './layout.ts';
import { EchoStore } from './store.ts';
import { survey } from './survey.ts';

const SMALL = { preloadedKeys: 40, keyBytes: 20, valueBytes: 64 } as const;
const GEOMETRY = { keyBytes: 20, valueBytes: 64, bucketCount: 120 } as const;

function within(found: number, original: number, share: number, what: string): void {
  const deviation = Math.abs(found / original - 1);
  assert(deviation <= share, `${what}: ${found} against ${original}`);
}

test('with the defaults, epochs, lines, bytes and fences are those of the original', () => {
  const configured = echo.configure({});
  const heap = new PmHeap(configured.heapBytes(4, 400));
  const program = configured.create(heap, 4, 1);
  const stats = new EpochStats(4);
  heap.attach(stats.sinks());
  runInTurn(heap, program, { threads: 4, transactions: 400 });
  heap.detach();
  program.verify();
  const found = stats.summary();
  const epochs = found.linesPerEpoch.count;
  // Measured on WHISPER's echo, two clients, over the transactions that write.
  within(found.epochsPerTx.quantile(0.5), 393, 0.1, 'median epochs per transaction');
  within(found.linesPerEpoch.mean, 1.39, 0.2, 'lines per epoch');
  within(found.bytesPerTx.mean, 12_667, 0.2, 'bytes per transaction');
  within(found.fencesPerTx.mean, 733, 0.1, 'fences per transaction');
  within(found.distinctLinesPerTx.mean, 287, 0.1, 'distinct lines per transaction');
  assert(Math.abs(found.linesPerEpoch.of(1) / epochs - 0.93) <= 0.08, 'one-line share');
  assert(Math.abs(found.selfDependent[3] / epochs - 0.64) <= 0.1, 'self-dependent share');
});

test('a commit of known keys takes the epochs that the protocol says', () => {
  const configured = echo.configure({ ...SMALL, updateShare: 1, putShare: 1, putsPerCommit: 1 });
  const heap = new PmHeap(configured.heapBytes(1, 60));
  const program = configured.create(heap, 1, 3);
  const stats = new EpochStats(1);
  heap.attach(stats.sinks());
  const seen = new Set<number>();
  for (let i = 0; i < 60; i++) {
    const before = survey(EchoStore.open(heap, GEOMETRY) as EchoStore).entries.length;
    const epochs = stats.summary().epochsPerTx.sum;
    program.transaction(0);
    const after = survey(EchoStore.open(heap, GEOMETRY) as EchoStore).entries.length;
    if (after === before) seen.add(stats.summary().epochsPerTx.sum - epochs);
  }
  // Record 16, pair 18, log 6, merge 1 + 9 + 1. Five more epochs when the log doubles: a block, the
  // copy, and the vector's pointer.
  assert.deepEqual([...seen].sort(), [51, 57]);
});

test('the same seed gives the same operations, and another seed others', () => {
  const record = (seed: number): TraceChunk[] => {
    const configured = echo.configure(SMALL);
    const heap = new PmHeap(configured.heapBytes(2, 8));
    const program = configured.create(heap, 2, seed);
    const trace = new MemoryTrace(2, heap.sizeBytes);
    const recorders = recordersInto(trace, heap.bytes);
    heap.attach(recorders);
    runInTurn(heap, program, { threads: 2, transactions: 8 });
    for (const recorder of recorders) recorder.flush();
    return [0, 1].flatMap((t) =>
      Array.from({ length: trace.chunkCount(t) }, (_, i) => trace.chunk(t, i)),
    );
  };
  const first = record(7);
  assert.deepEqual(record(7), first);
  assert.notDeepEqual(record(8), first);
});

test('what one client asks for does not depend on how far the others are', () => {
  const puts = (order: readonly number[]): string => {
    const configured = echo.configure(SMALL);
    const heap = new PmHeap(configured.heapBytes(2, 12));
    const program = configured.create(heap, 2, 5);
    for (const client of order) program.transaction(client);
    program.verify();
    const { records } = survey(EchoStore.open(heap, GEOMETRY) as EchoStore);
    const own = records.slice(1).filter((_, i) => order[i] === 0);
    return own.map(({ pairs }) => pairs.map((p) => `${p.number}=${p.serial}`).join()).join(';');
  };
  assert.equal(puts([0, 0, 0, 1, 1, 1, 1, 1]), puts([1, 1, 0, 1, 0, 1, 1, 0]));
});

test('a snapshot shows what was committed up to it and nothing newer', () => {
  const heap = new PmHeap(1 << 20);
  const store = EchoStore.create(heap, GEOMETRY);
  const put = (serial: number): number => {
    const keys = Float64Array.of(7);
    return store.commit({ keys, serials: Uint32Array.of(serial), count: 1 }, store.takeSnapshot());
  };
  const snapshots = Array.from({ length: 12 }, (_, serial) => put(serial));
  const serialAt = (snapshot: number): number => {
    const value = store.get(7, snapshot);
    return value === 0 ? -1 : heap.loadU32(value + 4);
  };
  assert.equal(serialAt(snapshots[0] - 1), -1);
  for (let i = 0; i < snapshots.length; i++) assert.equal(serialAt(snapshots[i]), i);
  assert.equal(serialAt(snapshots[11] + 5), 11);
  assert.equal(store.get(8, snapshots[11]), 0);
});

test('verify finds damage to every kind of structure', () => {
  const configured = echo.configure(SMALL);
  const heap = new PmHeap(configured.heapBytes(2, 12));
  const program = configured.create(heap, 2, 5);
  runInTurn(heap, program, { threads: 2, transactions: 12 });
  program.verify();
  const store = EchoStore.open(heap, GEOMETRY) as EchoStore;
  const { records, entries } = survey(store);
  const { record, pairs } = records[4];
  const { entry, table, versions } = entries[3];
  const buckets = heap.loadWord(store.table + TABLE.buckets);
  const places = {
    value: pairs[2].value + 33,
    'put number': pairs[2].value + 4,
    key: pairs[1].key + 19,
    'pair size': pairs[1].pair + PAIR.size,
    'record state': record + RECORD.state,
    'record snapshot': record + RECORD.endSnapshot,
    'record link': record + RECORD.nextRecord,
    'entry key': entry + ENTRY.key,
    'entry table': entry + ENTRY.versions + 1,
    'version count': table + VERSIONS.count,
    'version value': versions[0].version + VERSION.value,
    'version snapshot': versions[0].version + VERSION.snapshot,
    'version number': versions[0].version + VERSION.localNumber,
    bucket: buckets + 5 * CHAIN.bytes + CHAIN.data,
    'block header': record - 64,
    'back link': record - 64 + 8,
    'count of keys': store.root + STORE.pairsCount,
    'global snapshot': store.root + STORE.globalSnapshot,
  };
  for (const [what, at] of Object.entries(places)) {
    const was = heap.bytes[at];
    heap.bytes[at] = what === 'global snapshot' ? 1 : was ^ 0x41;
    assert.throws(() => program.verify(), VerifyError, what);
    heap.bytes[at] = was;
  }
  program.verify();
});

test('whatever line is damaged, verify and recovery say so, if anything, with a VerifyError', () => {
  const configured = echo.configure({ ...SMALL, preloadedKeys: 8 });
  const heap = new PmHeap(configured.heapBytes(1, 2));
  const program = configured.create(heap, 1, 5);
  const store = EchoStore.open(heap, { ...GEOMETRY, bucketCount: 24 }) as EchoStore;
  const end = Math.max(...survey(store).reached) + 64;
  let unnoticed = 0;
  const attempt = (work: () => void): void => {
    try {
      work();
      unnoticed++;
    } catch (error) {
      assert(error instanceof VerifyError, `${error}`);
    }
  };
  let lines = 0;
  for (let line = 64; line < end; line += 64, lines++) {
    for (let i = 0; i < 64; i++) heap.bytes[line + i] ^= 0xff;
    attempt(() => program.verify());
    attempt(() => configured.recover(new PmHeap(heap.bytes.slice()), 1, 5).verify());
    for (let i = 0; i < 64; i++) heap.bytes[line + i] ^= 0xff;
  }
  program.verify();
  // Nobody reads the room behind the last item of an array, or an array that has been outgrown.
  assert(unnoticed < 0.1 * lines, `${unnoticed} of ${2 * lines} went unnoticed`);
});

test('bad parameters and runs that do not fit are refused with what is accepted', () => {
  assert.throws(() => echo.configure({ putShare: 0 }), /putShare.*0\.01 to 1/);
  assert.throws(() => echo.configure({ size: 'huge' }), /small, medium, large/);
  assert.throws(() => echo.configure({}).heapBytes(4, 1_000_000), ParameterError);
});
