import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ImportOptions,
  importTrace,
  requirePmStores,
  scanTrace,
  type TraceSummary,
} from '../import.ts';
import { parseAddressRange } from './address-range.ts';
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
  ['1:1:PM_W:x100000000000:8:f:1', /hexadecimal address/],
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

/** Reads a text as it is. */
async function readText(
  text: string | Uint8Array,
  options: Partial<ImportOptions> = {},
): Promise<{ threads: readonly string[][]; summary: TraceSummary }> {
  const whole = async function* (): AsyncGenerator<Uint8Array> {
    yield typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  };
  const collected = new OperationLines();
  const scan = await scanTrace(whole(), options);
  const summary = await importTrace(whole(), { sinkOf: collected.sinkOf, scan, ...options });
  return { threads: collected.threads, summary };
}

const PLAIN =
  '9:100:PM_XS:begin:10\n9:101:PM_W:0x100000000040:8:put:11\n9:102:PM_L:0x100000000040:64:64:put:12\n' +
  '9:103:PM_N:put:13\n9:104:PM_XE:end:17\n';

test('what ftrace, trace-cmd and perf write before an event is understood', async () => {
  const plain = await readText(PLAIN);
  const events = PLAIN.trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\d+:\d+:/, ''));
  for (const before of [
    '           store-4711  [001] ....  1000.000101: tracing_mark_write: ',
    '           store-4711  (   4711) [001] d..1.  1000.000101: tracing_mark_write: ',
    '  my-app 7-4711  (-----) [000]  1000.000101: pmfs_add_logentry: ',
    '           <...>-4711  [001]  1000.000101: print:                tracing_mark_write: ',
    '  store  4711 [001]  1000.000101: ftrace:print: tracing_mark_write: ',
    '  store  4711/4711 [001]  1000.000101: ftrace:print: tracing_mark_write: ',
    '           store-4711  [001] ....  1000.000101: tracing_mark_write: 0:0:',
  ]) {
    const text = `# tracer: nop\n#\n${events.map((event) => `${before}${event}\n`).join('')}`;
    const { threads, summary } = await readText(text);
    assert.deepEqual(threads, plain.threads, before);
    assert.deepEqual(summary.threadIds, [4711], before);
    assert.deepEqual(summary.skippedLines, { valgrind: 0, program: 0 }, before);
  }
  const bare = await readText(events.map((event) => `${event}\n`).join(''));
  assert.deepEqual([bare.threads, bare.summary.threadIds], [plain.threads, [0]]);
});

test('other lines of ftrace and of the program are skipped and counted, lost events are told', async () => {
  const { summary } = await readText(
    'num_txns: 2\nLOADING...\n12:30:45 started\n' +
      'CPU:1 [LOST 17 EVENTS]\n  cat-5397  [001] d...  1172.9: _raw_spin_unlock <-try_to_wake_up\n' +
      `${PLAIN}Finished :: 100\nTOTAL EPOCH COUNT : 0, RUNTIME : 24834486 us\n`,
  );
  assert.deepEqual(summary.skippedLines, { valgrind: 0, program: 6 });
  assert.equal(summary.lostEvents, 17);
  assert.equal(summary.transactions, 1);
});

test('output that runs into an event is refused: its thread cannot be told', async () => {
  for (const line of ['LOADING9:100:PM_XS:begin:1', 'x PM_W:0x100000000040:8:f:1']) {
    await assert.rejects(readText(`${PLAIN}${line}\n${PLAIN}`), /line 6.*a thread id and a time/);
  }
});

test('numbers with 0X or without a prefix, blanks, CRLF, (nil), a byte order mark and UTF-16 are read', async () => {
  const plain = await readText(PLAIN);
  const utf16 = Buffer.from(PLAIN, 'utf16le');
  for (const [what, text] of [
    ['0X', PLAIN.replaceAll('0x', '0X')],
    ['no prefix', PLAIN.replaceAll('0x', '')],
    ['blanks', PLAIN.replaceAll('\n', ' \t \n')],
    ['leading blanks', PLAIN.replaceAll('9:', ' 9:')],
    ['CRLF and blank lines', `\r\n\n${PLAIN.replaceAll('\n', '\r\n')}\r\n`],
    ['comments', `# a comment\n${PLAIN}# PM_W: in a comment\n`],
    ['(nil)', `${PLAIN}9:105:PM_W:(nil):8:f:1\n9:105:PM_R:(nil):8:f:1\n`],
    ['BOM', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(PLAIN)])],
    ['UTF-16 LE', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])],
    ['UTF-16 without a mark', utf16],
    ['UTF-16 BE', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()])],
  ] as const) {
    assert.deepEqual((await readText(text)).threads, plain.threads, what);
  }
  const { summary } = await readText(`${PLAIN}9:105:PM_W:(nil):8:f:1\n`);
  assert.equal(summary.volatileStores, 1);
});

test('a last line that was cut is left out, wherever it was', async () => {
  const last = '9:105:PM_W:0x100000000080:8:put:11';
  for (let length = 1; length < last.length; length++) {
    const { threads, summary } = await readText(PLAIN + last.slice(0, length));
    const stores = threads[0].filter((line) => line.startsWith('store'));
    // From "put:1" on it is a whole line; before "9:105:P" it could be anything.
    const whole = length >= last.length - 1;
    assert.equal(stores.length, whole ? 2 : 1, last.slice(0, length));
    if (length > 6 && !whole) assert.deepEqual(summary.cut?.number, 6, last.slice(0, length));
  }
});

test('PM is where the user says', async () => {
  const text = PLAIN.replaceAll('0x100000000040', '0xffffc90000000040');
  const scanned = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  };
  const scan = await scanTrace(scanned());
  assert.throws(() => requirePmStores('x', scan, {}), {
    name: 'TraceInputError',
    message:
      'x: no store hits persistent memory: 1 of 1 are outside of 0x100000000000-0x110000000000, where the ' +
      'WHISPER suite maps its pools. They are in 0xffffc90000000000-0xffffc90000001000 (1 stores); ' +
      '--pm-range START-END says where persistent memory is',
  });
  const range = parseAddressRange('0xffffc90000000000-0xffffc90000001000');
  assert.ok(range !== undefined);
  const { threads } = await readText(text, { pmRanges: [range] });
  assert.deepEqual(threads, (await readText(PLAIN)).threads);
  const empty = await scanTrace(
    (async function* () {
      yield Buffer.from('9:1:PM_N:f:1\n');
    })(),
  );
  assert.throws(() => requirePmStores('x', empty, {}), /holds no store, so there is nothing/);
});

test('more threads, or a larger store, than memory is bounded for are refused', async () => {
  const events = Array.from({ length: 1025 }, (_, id) => `${id}:1:PM_N:f:1\n`);
  assert.equal((await readText(events.slice(1).join(''))).summary.threads, 1024);
  await assert.rejects(readText(events.join('')), /holds more than 1024 threads; cut the trace/);
  await assert.rejects(
    readText('9:1:PM_W:0x100000000040:2147483648:f:1\n'),
    /line 1.*2147483648.*a store or load of at most 67108864 bytes \(64 MiB\)/,
  );
});
