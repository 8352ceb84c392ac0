import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PmHeap } from '../../pm/heap.ts';
import { NULL_SINK, type PersistSink } from '../../pm/op.ts';
import { ctree } from '../nvml/ctree.ts';
import { vacation } from '../vacation/vacation.ts';
import type { AnyWorkload } from '../workload.ts';
import { notInLog, poolBytes, StoreLogWriter } from './export.ts';
import { importTrace, scanTrace } from './import.ts';

const FILE = 'pool';
const HEAP_BYTES = 4 * 4096;

/** The log of what `run` does on `heap`. */
function exported(
  heap: PmHeap,
  markers: readonly string[],
  run: (sink: PersistSink) => void,
): string {
  const parts: string[] = [];
  const options = { bytes: heap.bytes, markers, file: FILE };
  const writer = new StoreLogWriter(options, (text) => parts.push(text));
  writer.start();
  heap.attach([writer]);
  run(writer);
  heap.detach();
  writer.end();
  return parts.join('');
}

test('a log, token by token', () => {
  const heap = new PmHeap(8192);
  heap.bytes[71] = 0xab;
  const log = exported(heap, ['put'], () => {
    heap.txBegin(0);
    heap.storeBytes(13, Uint8Array.of(1, 2, 3, 4, 5));
    heap.writeBack(13, 5);
    heap.orderingFence();
    heap.ntStoreWord(4096, 0x1234);
    heap.loadU8(1);
    heap.writeBack(4090, 16);
    heap.durabilityFence();
    heap.txEnd();
  });
  const tokens = [
    'START',
    'REGISTER_FILE;pool;0x10000000000;0x2000;0x0',
    'STORE;0x10000000040;0xab00000000000000;0x8',
    'FLUSH;0x10000000040;0x40',
    'FENCE',
    'put.BEGIN',
    'STORE;0x1000000000d;0x1;0x1',
    'STORE;0x1000000000e;0x302;0x2',
    'STORE;0x10000000010;0x504;0x2',
    'FLUSH;0x10000000000;0x40',
    'FENCE',
    'STORE;0x10000001000;0x1234;0x8',
    'FLUSH;0x10000001000;0x40',
    'FLUSH;0x10000000fc0;0x40',
    'FLUSH;0x10000001000;0x40',
    'FENCE',
    'put.END',
    'STOP',
  ];
  assert.deepEqual(log.split('|'), tokens);
});

test('names that a reader of logs would take apart are refused', () => {
  const { bytes } = new PmHeap(4096);
  const say = () => assert.fail('written');
  for (const [name, found] of [
    ['a|b', "'|'"],
    ['a;b', "';'"],
    ['a\nb', 'a control character'],
    ['RESTART', "'START'"],
    ['STOPPED', "'STOP'"],
    ['', 'nothing'],
  ]) {
    const refusal = {
      name: 'TraceInputError',
      message: new RegExp(`log: ${found.replace('|', '\\|')} in it`),
    };
    assert.throws(() => new StoreLogWriter({ bytes, markers: [], file: name }, say), refusal);
    assert.throws(
      () => new StoreLogWriter({ bytes, markers: ['a', name], file: 'p' }, say),
      refusal,
    );
  }
  for (const name of ['start stop', 'Start', 'a b', 'ü.log', 'ST/OP'])
    assert.equal(notInLog(name), undefined);
});

test('a pool is of whole pages, and what memory held is fenced in groups', () => {
  const heap = new PmHeap(4096 + 64);
  heap.bytes.fill(1);
  const log = exported(heap, [], () => {});
  assert.match(log, /^START\|REGISTER_FILE;pool;0x10000000000;0x2000;0x0\|/);
  assert.equal(log.split('|').filter((token) => token === 'FENCE').length, 2);
  assert.equal(poolBytes(4096), 4096);
});

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** The log that comes out when `log` is read and written again. */
async function again(log: string, all: readonly string[]): Promise<string> {
  // A reader refuses markers that the log does not have.
  const markers = all.filter((name) => log.includes(`|${name}.BEGIN|`));
  const { heapBytes } = await scanTrace(bytesOf(log), { txMarkers: markers });
  const heap = new PmHeap(heapBytes);
  const parts: string[] = [];
  const options = { bytes: heap.bytes, markers, file: FILE };
  const writer = new StoreLogWriter(options, (text) => parts.push(text));
  const txMarkers = markers;
  await importTrace(bytesOf(log), { txMarkers, image: heap.bytes, sinkOf: () => writer });
  writer.end();
  return parts.join('');
}

/**
 * The log with pages numbered in order of first store, as a reader numbers them, and without flushes
 * of pages that nothing was stored to, which mean nothing. The mapped file is as large as its pages.
 */
function canonical(log: string): string {
  const pages = new Map<number, number>();
  return log
    .split('|')
    .flatMap((token) => {
      const match = /^(STORE|FLUSH);0x([\da-f]+)(;.*)$/.exec(token);
      if (match === null)
        return [token.startsWith('REGISTER_FILE') || /START$/.test(token) ? '' : token];
      const [, kind, hex, rest] = match;
      const offset = Number.parseInt(hex, 16) % 2 ** 32;
      const page = Math.floor(offset / 4096);
      if (!pages.has(page) && kind === 'FLUSH') return [];
      const number = pages.get(page) ?? pages.size + 1;
      pages.set(page, number);
      return [`${kind};${number}+${offset % 4096}${rest}`];
    })
    .join('|');
}

const at = fc.nat({ max: HEAP_BYTES - 200 });
const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom('store', 'ntStore', 'flush'),
    at,
    bytes: fc.integer({ min: 1, max: 99 }),
  }),
  fc.record({ kind: fc.constantFrom('fence', 'begin', 'end') }),
);

test('export and import of random programs lose nothing: bytes, flushes, fences, transactions', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const heap = new PmHeap(HEAP_BYTES);
      heap.bytes.fill(7, 100, 5000);
      const log = exported(heap, ['a', 'b'], () => {
        // Without any transaction a reader takes every fence for one.
        heap.txBegin(0);
        heap.txEnd();
        let depth = 0;
        for (const [i, one] of steps.entries()) {
          if ('at' in one) {
            const data = new Uint8Array(one.bytes).fill(i + 1);
            if (one.kind === 'store') heap.storeBytes(one.at, data);
            else if (one.kind === 'ntStore') heap.ntStoreBytes(one.at, data);
            else heap.writeBack(one.at, one.bytes);
          } else if (one.kind === 'fence') heap.orderingFence();
          else if (one.kind === 'begin' && depth === 0) heap.txBegin(depth++);
          else if (one.kind === 'end' && depth > 0) {
            depth--;
            heap.txEnd();
          }
        }
        if (depth > 0) heap.txEnd();
      });
      const second = await again(log, ['a', 'b']);
      assert.equal(canonical(second), canonical(log));
      assert.equal(await again(second, ['a', 'b']), second, 'from then on byte for byte');
    }),
    { numRuns: 150, seed: 1 },
  );
});

function logOf(workload: AnyWorkload, parameters: Record<string, number>): string {
  const configured = workload.configure(parameters);
  const heap = new PmHeap(configured.heapBytes(1, 30));
  heap.attach([NULL_SINK]);
  const program = configured.create(heap, 1, 1);
  return exported(heap, workload.txTypes, () => {
    for (let i = 0; i < 30; i++) program.transaction(0);
  });
}

for (const [workload, parameters] of [
  [ctree, { removeShare: 0.3 }],
  [vacation, { relations: 8, logKiB: 4, userPercent: 50 }],
] as const) {
  test(`${workload.name}: exported, imported and exported again is the same`, async () => {
    const log = logOf(workload, parameters);
    assert.match(log, /^START\|REGISTER_FILE;pool;0x10000000000;/);
    assert.match(log, new RegExp(`\\|${workload.txTypes[0]}\\.BEGIN\\|`));
    const second = await again(log, workload.txTypes);
    assert.equal(canonical(second), canonical(log));
  });
}
