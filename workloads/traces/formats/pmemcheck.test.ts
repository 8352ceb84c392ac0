import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importTrace, scanTrace, type TraceSummary } from '../import.ts';
import { TraceFormatError, TraceInputError } from './error.ts';
import { OperationLines } from './operation-lines.ts';

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'latin1');
}

async function read(
  text: string,
  options: { txMarkers?: string[]; image?: Uint8Array } = {},
): Promise<{ lines: readonly string[]; summary: TraceSummary }> {
  const collected = new OperationLines();
  const summary = await importTrace(bytes(text), { sinkOf: collected.sinkOf, ...options });
  return { lines: collected.threads[0], summary };
}

test('maps pages in the order of first touch, from heap page 1 on, and keeps offsets in the page', async () => {
  const { lines, summary } = await read(
    'START|STORE;0xffffff7fff010;0x1;0x8|STORE;0x5008;0x2;0x4|STORE;0xffffff7fff018;0x3;0x1|' +
      'FLUSH;0x5000;0x40|FENCE|STOP',
  );
  assert.deepEqual(lines, [
    'txBegin 0',
    'store 4112+8',
    'store 8200+4',
    'store 4120+1',
    'writeBack 8192+64',
    'durabilityFence',
    'txEnd',
  ]);
  assert.equal(summary.pages, 2);
  assert.equal(summary.heapBytes, 3 * 4096);
  assert.deepEqual(summary.flushes, ['traced']);
});

test('without a transaction marker each fence with something before it is a durability point', async () => {
  const { lines, summary } = await read(
    'START|FENCE|STORE;0x1000;0x1;0x8|FLUSH;0x1000;0x40|FENCE|FENCE|STORE;0x1000;0x1;0x8|STOP',
  );
  assert.deepEqual(lines, [
    'orderingFence',
    'txBegin 0',
    'store 4096+8',
    'writeBack 4096+64',
    'durabilityFence',
    'txEnd',
    'orderingFence',
    'txBegin 0',
    'store 4096+8',
  ]);
  assert.equal(summary.durabilityPoints, 'every-fence');
  assert.equal(summary.transactions, 1);
  assert.deepEqual(summary.partialTransactions, { atStart: 0, atEnd: 1 });
});

test('the last fence of a marked transaction is its durability point, the others order', async () => {
  const { lines, summary } = await read(
    'START|FENCE|B.BEGIN|STORE;0x1000;0x1;0x8|FENCE|STORE;0x1008;0x1;0x8|FENCE|' +
      'STORE;0x1010;0x1;0x8|B.END|FENCE|A.BEGIN|A.END|note|STOP',
    { txMarkers: ['A', 'B'] },
  );
  assert.deepEqual(lines, [
    'orderingFence',
    'txBegin 1',
    'store 4096+8',
    'orderingFence',
    'store 4104+8',
    'durabilityFence',
    'store 4112+8',
    'txEnd',
    'orderingFence',
    'txBegin 0',
    'txEnd',
  ]);
  assert.equal(summary.durabilityPoints, 'last-fence-of-transaction');
  assert.deepEqual(summary.markers, [
    { name: 'A', begins: 1, ends: 1, plain: 0 },
    { name: 'B', begins: 1, ends: 1, plain: 0 },
    { name: 'note', begins: 0, ends: 0, plain: 1 },
  ]);
});

test('nested transactions belong to the outermost, partial ones are counted', async () => {
  const { lines, summary } = await read(
    'START|STORE;0x1000;0x1;0x8|A.END|A.BEGIN|A.BEGIN|FENCE|A.END|FENCE|A.END|A.BEGIN|FENCE|STOP',
    { txMarkers: ['A'] },
  );
  assert.deepEqual(lines, [
    'store 4096+8',
    'txBegin 0',
    'orderingFence',
    'durabilityFence',
    'txEnd',
    'txBegin 0',
    'orderingFence',
  ]);
  assert.equal(summary.transactions, 1);
  assert.equal(summary.nestedTransactions, 1);
  assert.deepEqual(summary.partialTransactions, { atStart: 1, atEnd: 1 });
});

test('an access across a page boundary is split, its value too', async () => {
  const image = new Uint8Array(3 * 4096);
  const { lines } = await read(
    'START|STORE;0x2000;0x0;0x1|STORE;0x1ffd;0x1122334455667788;0x8|FLUSH;0x1fc0;0x80|FENCE|STOP',
    { image },
  );
  assert.deepEqual(lines, [
    'txBegin 0',
    'store 4096+1',
    'store 12285+3',
    'store 4096+5',
    'writeBack 12224+64',
    'writeBack 4096+64',
    'durabilityFence',
    'txEnd',
  ]);
  assert.deepEqual([...image.subarray(12285, 12288)], [0x88, 0x77, 0x66]);
  assert.deepEqual([...image.subarray(4096, 4102)], [0x55, 0x44, 0x33, 0x22, 0x11, 0]);
});

test('an access across a 4 GiB boundary continues in the next page', async () => {
  const { lines, summary } = await read(
    'START|STORE;0x1fffffffc;0x0;0x8|STORE;0x200000000;0x0;0x1|FLUSH;0x1ffffffc0;0x80|STOP',
  );
  assert.deepEqual(lines.slice(1), [
    'store 8188+4',
    'store 8192+4',
    'store 8192+1',
    'writeBack 8128+64',
    'writeBack 8192+64',
  ]);
  assert.equal(summary.pages, 2);
});

test('the image holds a store that was held back only when its operation is passed on', async () => {
  const image = new Uint8Array(2 * 4096);
  const seen: number[] = [];
  await importTrace(
    bytes(
      'START|A.BEGIN|FENCE|STORE;0x1000;0x1;0x1|STORE;0x1000;0x2;0x1|FENCE|' +
        'STORE;0x1000;0x3;0x1|A.END|STOP',
    ),
    {
      sinkOf: () => ({ op: (_op, a, b) => b > 0 && seen.push(image[a]) }),
      txMarkers: ['A'],
      image,
    },
  );
  assert.deepEqual(seen, [1, 2, 3]);
});

test('registered files, deep syncs, commits, stack frames and messages of valgrind are understood', async () => {
  const { lines, summary } = await read(
    '==7== pmemcheck-1.0, a simple persistent store checker\n==7== Command: ./a\n==7== START|' +
      'REGISTER_FILE;/mnt/a;b;0x1000;0x2000;0x0|STORE;0x1000;0xFF;0x2;main (a.c:1);start|' +
      'DEEP_SYNC;0x1000;0x40|COMMIT|FLUSH;0x9000;0x40|FENCE\n==7== a message\n|' +
      'STOP\n==7== Number of stores not made persistent: 0\n',
  );
  assert.deepEqual(lines, ['txBegin 0', 'store 4096+2', 'durabilityFence', 'txEnd']);
  assert.deepEqual(summary.files, [
    { path: '/mnt/a;b', base: '0x1000', size: '0x2000', offset: '0x0' },
  ]);
  assert.deepEqual(summary.events, {
    STORE: 1,
    FLUSH: 1,
    FENCE: 1,
    REGISTER_FILE: 1,
    DEEP_SYNC: 1,
    COMMIT: 1,
    marker: 0,
  });
  assert.equal(summary.ignoredEvents, 3, 'deep sync, commit, flush of memory never touched');
});

test('a marker that does not occur is refused, and the error lists those that do', async () => {
  const text = 'START|GT_INSERT.BEGIN|GT_INSERT.END|OTHER.BEGIN|STOP';
  const expected = { message: /no marker INSERT\.BEGIN.*: GT_INSERT \(1\), OTHER \(1\)/ };
  await assert.rejects(read(text, { txMarkers: ['INSERT'] }), expected);
  await assert.rejects(scanTrace(bytes(text), { txMarkers: ['INSERT'] }), expected);
  await assert.rejects(read('START|FENCE|STOP', { txMarkers: ['A'] }), /in this file: none/);
  await assert.rejects(
    read('START|a, b.BEGIN|a, b.END|STOP', { txMarkers: ['a', 'b'] }),
    /: a, b \(1\); a comma in a name is \\,: --tx-marker 'a\\, b'$/,
  );
});

const MALFORMED: readonly [text: string, token: number, byte: number, expected: RegExp][] = [
  ['START|FENCE|STORE;x1000;0x1;0x8|STOP', 3, 12, /hexadecimal address/],
  ['START|STORE;0x1000|STOP', 2, 6, /hexadecimal value/],
  ['START|STORE;0x1000;0x1|STOP', 2, 6, /hexadecimal size/],
  ['START|STORE;0x1000;0x1;0x3|STOP', 2, 6, /size of 0x1, 0x2, 0x4 or 0x8/],
  ['START|STORE;0x1000;0x1;0x8x|STOP', 2, 6, /hexadecimal size/],
  ['START|STORE;0x1000;0x1;0x8\nrubbish|STOP', 2, 6, /hexadecimal size/],
  ['START|STORE;0x11112222333344445;0x1;0x8|STOP', 2, 6, /hexadecimal address/],
  ['START|STORE|STOP', 2, 6, /STORE;address;value;size/],
  ['START|FLUSH;0x10|STOP', 2, 6, /FLUSH;address;size/],
  ['START|FLUSH;0x10;0x111111111|STOP', 2, 6, /below 4 GiB/],
  ['START|FENCE;0x1|STOP', 2, 6, /FENCE/],
  ['START||STOP', 2, 6, /STORE;address;value;size/],
  ['START|REGISTER_FILE;/a;0x1;0x2|STOP', 2, 6, /REGISTER_FILE;path;base;size;offset/],
  ['START|what is this|STOP', 2, 6, /NAME\.BEGIN/],
  [`START|${'x'.repeat((1 << 20) + 1)}`, 2, 6, /STORE;address;value;size/],
];

test('a malformed log is refused with the token, its place, what was found and expected', async () => {
  for (const [text, token, byte, expected] of MALFORMED) {
    await assert.rejects(read(text), (error: unknown) => {
      assert(error instanceof TraceFormatError && error instanceof TraceInputError, String(error));
      const position = { unit: 'token', number: token, byteOffset: byte };
      assert.deepEqual(error.position, position, text.slice(0, 50));
      assert.match(error.expected, expected, text.slice(0, 50));
      assert.match(error.message, new RegExp(`^\\(stream\\): token ${token} \\(byte ${byte}\\): `));
      return true;
    });
  }
});

/** A transaction of one store, its marker called `name`. */
function marked(name: string, values = ''): string {
  return (
    `START|${name}.BEGIN${values}|STORE;0x5000040;0x1;0x8|FLUSH;0x5000040;0x40|FENCE|` +
    `${name}.END${values}|STOP`
  );
}

async function* utf8(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

test('markers are called as pmreorder allows it', async () => {
  for (const name of [
    'list insert',
    'std::map<int, char>::insert(x)',
    '[0]',
    'a,b/c=d',
    'Einfügen',
    '挿入',
    '1st',
    'a.b',
    '-',
    'FENCE',
    'x.END',
  ]) {
    for (const values of ['', ';0x1;two']) {
      const sink = new OperationLines();
      const summary = await importTrace(utf8(marked(name, values)), {
        sinkOf: sink.sinkOf,
        txMarkers: [name],
      });
      assert.deepEqual([summary.transactions, summary.events.marker], [1, 2], name);
      assert.deepEqual(sink.threads[0][0], 'txBegin 0');
    }
  }
  for (const token of ['two words', 'store;0x1', 'fence', '.BEGIN', '1']) {
    await assert.rejects(read(`START|${token}|STOP`), TraceFormatError, token);
  }
});

const CROSSING =
  'START|A.BEGIN|STORE;0x1000;0x1;0x8|FENCE|B.BEGIN|STORE;0x1040;0x1;0x8|FENCE|A.END|' +
  'STORE;0x1080;0x1;0x8|FENCE|B.END|STOP';

test('transactions that cross are refused, other markers that do are told', async () => {
  await assert.rejects(read(CROSSING, { txMarkers: ['A', 'B'] }), {
    name: 'TraceInputError',
    message: /token 8: transactions cross: B begins inside of A and does not end there/,
  });
  for (const [txMarkers, transactions] of [
    [['A'], 1],
    [[], 3],
  ] as const) {
    const { summary } = await read(CROSSING, { txMarkers: [...txMarkers] });
    assert.equal(summary.transactions, transactions);
    assert.deepEqual([summary.crossings, summary.crossed], [1, ['A', 'B']]);
  }
  const nested = CROSSING.replace('A.END', 'B.END').replace(/B\.END\|STOP$/, 'A.END|STOP');
  const { summary } = await read(nested, { txMarkers: ['A', 'B'] });
  assert.deepEqual(
    [summary.transactions, summary.nestedTransactions, summary.crossings],
    [1, 1, 0],
  );
});

test('an END of another type ends nothing', async () => {
  const { lines, summary } = await read(
    'START|A.BEGIN|STORE;0x1000;0x1;0x8|B.END|STORE;0x1008;0x1;0x8|FENCE|A.END|B.BEGIN|B.END|STOP',
    { txMarkers: ['A', 'B'] },
  );
  assert.deepEqual(lines.slice(0, 5), [
    'txBegin 0',
    'store 4096+8',
    'store 4104+8',
    'durabilityFence',
    'txEnd',
  ]);
  assert.deepEqual(summary.partialTransactions, { atStart: 1, atEnd: 0 });
});

test('a file that is mapped at two addresses is one memory, another file there is another', async () => {
  const { lines, summary } = await read(
    'START|REGISTER_FILE;/p;0x10000;0x3000;0x0|STORE;0x11008;0x1;0x8|' +
      'REGISTER_FILE;/p;0x90000;0x2000;0x1000|STORE;0x90010;0x1;0x8|FLUSH;0x11000;0x40|' +
      'REGISTER_FILE;/q;0x10000;0x3000;0x0|STORE;0x11008;0x1;0x8|FENCE|STOP',
  );
  assert.deepEqual(lines.slice(1, 5), [
    'store 4104+8',
    'store 4112+8',
    'writeBack 4096+64',
    'store 8200+8',
  ]);
  assert.equal(summary.pages, 2);
  assert.deepEqual([4104, 8200].map(summary.addressOf), ['0x11008', '0x11008']);
});

test('what was stored to before its file was registered is the file, too', async () => {
  const { summary } = await read(
    'START|STORE;0x10008;0x1;0x8|REGISTER_FILE;/p;0x10000;0x1000;0x0|STORE;0x10010;0x1;0x8|' +
      'REGISTER_FILE;/p;0x90000;0x1000;0x0|STORE;0x90010;0x1;0x8|FENCE|STOP',
  );
  assert.equal(summary.pages, 1);
});

test('a flush of 64 B is the one line in which it begins, aligned or not', async () => {
  const { lines } = await read(
    'START|STORE;0x1040;0x1;0x8|STORE;0x1080;0x1;0x8|FLUSH;0x1048;0x40|FLUSH;0x1048;0x48|FENCE|STOP',
  );
  assert.deepEqual(lines.slice(3, 5), ['writeBack 4160+64', 'writeBack 4168+72']);
});

test('numbers with 0X or without a prefix, blanks, CRLF and blank lines are read', async () => {
  const plain = 'START|STORE;0x1000;0x1;0x8|FLUSH;0x1000;0x40|FENCE|A.END|STOP\n';
  const { lines } = await read(plain);
  for (const text of [
    plain.replaceAll('0x', '0X'),
    plain.replaceAll('0x', ''),
    plain.replaceAll('|', ' |'),
    plain.replace('\n', '  \r\n'),
    `\n\r\n${plain}`,
    `# a comment\n${plain}`,
    `\ufeff${plain}`,
  ]) {
    const sink = new OperationLines();
    await importTrace(utf8(text), { sinkOf: sink.sinkOf });
    assert.deepEqual(sink.threads[0], lines, JSON.stringify(text));
  }
});

test('a flush of nearly all memory writes back what was touched of it, in the order of addresses', async () => {
  const { lines } = await read(
    'START|STORE;0x9000;0x1;0x8|STORE;0x1010;0x1;0x8|STORE;0x200001000;0x1;0x8|' +
      'FLUSH;0x1008;0xfffffff0|FENCE|STOP',
  );
  assert.deepEqual(lines.slice(4, -2), ['writeBack 8200+4088', 'writeBack 4096+4096']);
});
