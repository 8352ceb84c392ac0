import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ImportOptions, importTrace, scanTrace, type TraceSummary } from '../import.ts';
import { TraceFormatError } from './error.ts';
import { OperationLines } from './operation-lines.ts';

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'latin1');
}

async function read(
  events: readonly string[],
  options: Partial<ImportOptions> = {},
): Promise<{ threads: readonly string[][]; summary: TraceSummary }> {
  const text = events.map((event) => `${event}\n`).join('');
  const collected = new OperationLines();
  const scan = await scanTrace(bytes(text));
  const summary = await importTrace(bytes(text), { sinkOf: collected.sinkOf, scan, ...options });
  return { threads: collected.threads, summary };
}

test('each kind of event becomes its operation', async () => {
  const { threads, summary } = await read([
    '1:10:PM_XS:begin:1',
    '1:11:PM_W:0x100000000010:8:f:1',
    '1:12:PM_DW:0x100000000018:101:f:1',
    '1:13:PM_I:0x100000000100:8:8:f:1',
    '1:13:PM_DI:0x100000000108:8:f:1',
    '1:13:PM_R:0x100000000000:16:f:1',
    '1:14:PM_L:0x100000000000:64:64:f:1',
    '1:15:PM_B:f:1',
    '1:16:PM_C:f:1',
    '1:16:PM_O:0x100000000040:64:64:f:1',
    '1:17:PM_N:f:1',
    '1:18:PM_XE:end:1',
  ]);
  assert.deepEqual(threads, [
    [
      'txBegin 0',
      'store 4112+8',
      'store 4120+101',
      'ntStore 4352+8',
      'ntStore 4360+8',
      'load 4096+16',
      'writeBack 4096+64',
      'orderingFence',
      'writeBack 4160+64',
      'durabilityFence',
      'txEnd',
    ],
  ]);
  assert.deepEqual(summary.events, {
    PM_W: 1,
    PM_DW: 1,
    PM_I: 1,
    PM_DI: 1,
    PM_R: 1,
    PM_L: 1,
    PM_O: 1,
    PM_N: 1,
    PM_B: 1,
    PM_C: 1,
    PM_XS: 1,
    PM_XE: 1,
  });
  assert.equal(summary.pmStores, 4);
  assert.equal(summary.ignoredEvents, 1, 'the commit');
  assert.equal(summary.operations, 11);
});

test('addresses outside of PM are counted and become nothing', async () => {
  const { threads, summary } = await read([
    '9:1:PM_W:0x7ffe068bf310:16:f:1',
    '9:1:PM_DW:0xfffffffffff:8:f:1',
    '9:1:PM_I:0x110000000000:8:8:f:1',
    '9:1:PM_R:0x7ffe068bf310:16:f:1',
    '9:1:PM_L:0x7ffe068bf310:64:64:f:1',
    '2:1:PM_XS:f:1',
    '2:1:PM_W:0x10ffffffffff:1:f:1',
    '2:1:PM_W:0x100000000000:0:f:1',
    '9:1:PM_N:f:1',
    '2:1:PM_XE:f:1',
  ]);
  assert.deepEqual(threads, [['txBegin 0', 'store 8191+1', 'txEnd'], ['orderingFence']]);
  assert.equal(summary.volatileStores, 3);
  assert.equal(summary.volatileLoads, 1);
  assert.equal(summary.pmStores, 2);
  assert.equal(summary.ignoredEvents, 2, 'flush of the stack, empty store');
});

test('threads are numbered by first appearance and do not mix', async () => {
  const { threads, summary } = await read([
    '30:1:PM_XS:f:1',
    '10:1:PM_XS:f:1',
    '30:1:PM_W:0x100000000000:8:f:1',
    '10:1:PM_W:0x100000000000:8:f:1',
    '30:1:PM_L:0x100000000000:64:64:f:1',
    '10:1:PM_L:0x100000000000:64:64:f:1',
    '30:1:PM_N:f:1',
    '10:1:PM_XE:f:1',
    '30:1:PM_XE:f:1',
  ]);
  assert.deepEqual(threads[0], [
    'txBegin 0',
    'store 4096+8',
    'writeBack 4096+64',
    'durabilityFence',
    'txEnd',
  ]);
  assert.deepEqual(threads[1], ['txBegin 0', 'store 4096+8', 'writeBack 4096+64', 'txEnd']);
  assert.equal(summary.threads, 2);
});

const UNFLUSHED = [
  '1:1:PM_XS:f:1',
  '1:1:PM_W:0x100000000070:32:f:1',
  '1:1:PM_I:0x100000000100:8:8:f:1',
  '1:1:PM_W:0x100000000000:8:f:1',
  '1:1:PM_N:f:1',
  '1:1:PM_W:0x100000000008:8:f:1',
  '1:1:PM_N:f:1',
  '1:1:PM_XE:f:1',
];

test('a thread that logs no flush writes back what it stored to, before each fence', async () => {
  const { threads, summary } = await read(UNFLUSHED);
  assert.deepEqual(threads[0], [
    'txBegin 0',
    'store 4208+32',
    'ntStore 4352+8',
    'store 4096+8',
    'writeBack 4160+64',
    'writeBack 4224+64',
    'writeBack 4096+64',
    'orderingFence',
    'store 4104+8',
    'writeBack 4096+64',
    'durabilityFence',
    'txEnd',
  ]);
  assert.deepEqual(summary.flushes, ['implied']);
});

test('what is taken as flushed can be chosen, and is decided for each thread', async () => {
  const traced = await read(UNFLUSHED, { flushes: 'traced' });
  assert.equal(traced.threads[0].filter((line) => line.startsWith('writeBack')).length, 0);
  const both = await read([...UNFLUSHED, '2:1:PM_L:0x100000000000:64:64:f:1']);
  assert.deepEqual(both.summary.flushes, ['implied', 'traced']);
});

test('a trace without transaction events has a durability point at every fence', async () => {
  const { threads, summary } = await read([
    '1:1:PM_R:0x100000000000:8:f:1',
    '1:1:PM_N:f:1',
    '1:1:PM_W:0x100000000000:8:f:1',
    '1:1:PM_N:f:1',
    '1:1:PM_N:f:1',
  ]);
  assert.deepEqual(threads[0], [
    'txBegin 0',
    'load 4096+8',
    'orderingFence',
    'store 4096+8',
    'writeBack 4096+64',
    'durabilityFence',
    'txEnd',
    'orderingFence',
  ]);
  assert.equal(summary.durabilityPoints, 'every-fence');
});

test('nested transactions are one, partial ones at both ends are counted', async () => {
  const { threads, summary } = await read([
    '1:1:PM_W:0x100000000000:8:f:1',
    '1:1:PM_N:f:1',
    '1:1:PM_XE:f:1',
    '1:1:PM_XS:f:1',
    '1:1:PM_XS:f:1',
    '1:1:PM_N:f:1',
    '1:1:PM_XE:f:1',
    '1:1:PM_N:f:1',
    '1:1:PM_XE:f:1',
    '1:1:PM_XS:f:1',
    '1:1:PM_N:f:1',
  ]);
  assert.deepEqual(threads[0], [
    'store 4096+8',
    'writeBack 4096+64',
    'orderingFence',
    'txBegin 0',
    'orderingFence',
    'durabilityFence',
    'txEnd',
    'txBegin 0',
    'orderingFence',
  ]);
  assert.equal(summary.nestedTransactions, 1);
  assert.deepEqual(summary.partialTransactions, { atStart: 1, atEnd: 1 });
});

test('unclassified fences keep the order of the file across threads', async () => {
  const order: string[] = [];
  const sinkOf = (thread: number) => ({ op: (op: number) => order.push(`${thread}:${op}`) });
  const events = ['1:1:PM_XS:f:1', '1:1:PM_N:f:1', '2:1:PM_N:f:1', '1:1:PM_XE:f:1'];
  await read(events, { sinkOf, classifyFences: false });
  assert.deepEqual(order, ['0:10', '0:5', '1:5', '0:11']);
  order.length = 0;
  await read(events, { sinkOf });
  assert.deepEqual(order, ['0:10', '1:5', '0:6', '0:11']);
});

const GOOD = '1:1:PM_N:f:1';
const MALFORMED: readonly [line: string, expected: RegExp][] = [
  ['x:1:PM_N:f:1', /thread id/],
  ['1:x:PM_N:f:1', /a time/],
  ['1:1:PM_Q:f:1', /one of PM_W, PM_DW/],
  ['1:1:PM_DQ:f:1', /one of PM_W, PM_DW/],
  ['1:1:PM_WW:0x100000000000:8:f:1', /one of PM_W, PM_DW/],
  ['1:1:PM', /one of PM_W, PM_DW/],
  ['1:1:PM_W:100000000000:8:f:1', /hexadecimal address/],
  ['1:1:PM_W:0x100000000000', /hexadecimal address/],
  ['1:1:PM_W:0x100000000000:f:1', /size in bytes/],
  ['1:1:PM_W:0x100000000000:4', /size in bytes/],
  ['1:1:PM_W:0x100000000000:4294967296:f:1', /size in bytes/],
  ['1:1:PM_I:0x100000000000:8:8', /function:line/],
  ['1:1:PM_W:0x100000000000:8:f', /function:line/],
  ['1:1:PM_N:f:', /function:line/],
  ['1:1:PM_N:f:1:2', /function:line/],
];

test('a malformed line is refused with its number, its place, what was found and expected', async () => {
  for (const [line, expected] of MALFORMED) {
    await assert.rejects(read([GOOD, '', line, GOOD]), (error: unknown) => {
      assert(error instanceof TraceFormatError, `${line}: ${String(error)}`);
      assert.deepEqual(error.position, { unit: 'line', number: 3, byteOffset: 14 }, line);
      assert.match(error.expected, expected, line);
      assert.ok(error.found.includes(line), error.found);
      return true;
    });
  }
});

test('options that a WHISPER trace cannot honour are refused', async () => {
  await assert.rejects(read([GOOD], { txMarkers: ['A'] }), /has no markers \(given: A\)/);
  await assert.rejects(read([GOOD], { image: new Uint8Array(8192) }), /no values of stores/);
  const unscanned = importTrace(bytes(`${GOOD}\n`), { sinkOf: new OperationLines().sinkOf });
  await assert.rejects(unscanned, /must be read twice/);
});
