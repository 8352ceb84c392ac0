import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { resolveExample } from './examples.ts';
import { TraceFormatError, TraceInputError } from './formats/error.ts';
import { OperationLines } from './formats/operation-lines.ts';
import { PageMap } from './formats/page-map.ts';
import { type ImportOptions, importTrace, scanTrace } from './import.ts';

const directory = mkdtempSync(join(tmpdir(), 'pmirror-import-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

/** All that an import gives, as one text. */
async function imported(
  input: string | AsyncIterable<Uint8Array>,
  options: Partial<ImportOptions> = {},
): Promise<string> {
  const collected = new OperationLines();
  const summary = await importTrace(input, { sinkOf: collected.sinkOf, ...options });
  return JSON.stringify([collected.threads, summary]);
}

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const cut of cuts) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
  yield bytes.subarray(from);
}

const LOG_BODY = Buffer.from(
  'REGISTER_FILE;/p;0x1000;0x9000;0x0|A.BEGIN|STORE;0x10000000ffd;0x1234567890abcdef;0x8|' +
    'FLUSH;0x10000000fc0;0x80|FENCE|STORE;0x10000000010;0x1;0x1;f;g|FENCE|A.END|A.BEGIN|STOP\n==7== x\n',
);
const LOG = Buffer.concat([Buffer.from('==7== START|'), LOG_BODY]);
const TRACE = Buffer.from(
  '7:1:PM_XE:f:1\n7:1:PM_XS:f:1\n7:2:PM_W:0x100000000ffc:8:set:9\r\n8:3:PM_I:0x100000002000:8:8:log:1\n' +
    '7:4:PM_DW:0x7ffe00000000:4:g:2\n\n7:4:PM_N:f:1\n8:5:PM_N:f:1\n7:6:PM_N:f:1\n7:7:PM_XE:f:1',
);

/**
 * Texts that come before LOG_BODY and TRACE and are longer than what detection reads at once, so
 * that cuts behind them reach the parsers as cuts.
 */
const LONG_LOG_HEAD = Buffer.from(
  `==7== ${'x'.repeat(65_400)}\n==7== START|${'FENCE|'.repeat(30)}`,
);
const LONG_TRACE_HEAD = Buffer.from(`7:1:PM_N:${'f'.repeat(65_536)}:1\n`);

async function optionsFor(text: Uint8Array): Promise<Partial<ImportOptions>> {
  if (text === LOG_BODY || text === LOG) {
    return { txMarkers: ['A'], image: new Uint8Array(8 * 4096) };
  }
  return { scan: await scanTrace(inPieces(text, [])) };
}

async function* behind(
  head: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}

test('a cut at every byte position gives the same result, plain and compressed', async () => {
  for (const text of [LOG, TRACE]) {
    const options = await optionsFor(text);
    const whole = await imported(inPieces(text, []), options);
    for (const bytes of [text, gzipSync(text)]) {
      for (let cut = 0; cut <= bytes.length; cut++) {
        assert.equal(await imported(inPieces(bytes, [cut]), options), whole, `cut at ${cut}`);
      }
      const everywhere = Array.from(bytes, (_, i) => i);
      assert.equal(await imported(inPieces(bytes, everywhere), options), whole);
    }
  }
});

test('cuts behind the part that detection reads, at every position, change nothing', async () => {
  for (const [head, text] of [
    [LONG_LOG_HEAD, LOG_BODY],
    [LONG_TRACE_HEAD, TRACE],
  ]) {
    const options = await optionsFor(text);
    const whole = await imported(behind(head, inPieces(text, [])), options);
    for (let cut = 0; cut <= text.length; cut++) {
      const pieces = behind(head, inPieces(text, [cut]));
      assert.equal(await imported(pieces, options), whole, `cut at ${cut}`);
    }
    const anyCuts = fc.array(fc.nat({ max: text.length }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(anyCuts, async (cuts) => {
        cuts.sort((x, y) => x - y);
        assert.equal(await imported(behind(head, inPieces(text, cuts)), options), whole);
      }),
    );
  }
});

test('a real trace in pieces of any size is the same as the file', async () => {
  const example = resolveExample('pmdk-ctree');
  assert(example !== undefined);
  const bytes = gunzipSync(readFileSync(example.file));
  const whole = await imported(example.file, { txMarkers: example.txMarkers });
  for (const size of [1_000, 4_093, 100_003]) {
    const cuts = Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => (i + 1) * size);
    const pieces = inPieces(bytes, cuts);
    assert.equal(await imported(pieces, { txMarkers: example.txMarkers }), whole);
  }
});

test('plain and gzip files are told apart by content, whatever their names', async () => {
  const plain = await imported(file('a.gz', TRACE));
  assert.equal(await imported(file('b.txt', gzipSync(TRACE))), plain);
  const twoMembers = Buffer.concat([gzipSync(TRACE.subarray(0, 40)), gzipSync(TRACE.subarray(40))]);
  assert.equal(await imported(file('c', twoMembers)), plain);
});

test('a file that is no trace is refused, with the reason', async () => {
  const cases: readonly [path: string, message: RegExp][] = [
    [file('empty', ''), /empty: found an empty file; expected a pmemcheck store log/],
    [file('empty.gz', gzipSync('')), /found an empty file/],
    [file('csv', 'a,b,c\n1,2,3\n'), /csv: found 'a,b,c' at its start; expected a pmemcheck/],
    [file('midstart', 'x START|FENCE|STOP'), /found 'x START.*expected a pmemcheck/],
    [file('cut.gz', gzipSync(LOG).subarray(0, 60)), /gzip data that ends too early/],
    [file('damaged.gz', damaged(gzipSync(LOG))), /damaged gzip data/],
  ];
  for (const [path, message] of cases) {
    await assert.rejects(imported(path), (error: unknown) => {
      assert(error instanceof TraceFormatError, String(error));
      assert.match(error.message, message);
      assert.equal(error.position, null);
      return true;
    });
  }
});

function damaged(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.fill(0xff, 12, 30);
  return copy;
}

test('a file that cannot be read is the user’s error', async () => {
  for (const path of [join(directory, 'missing'), directory]) {
    await assert.rejects(imported(path), (error: unknown) => {
      assert(error instanceof TraceInputError, String(error));
      assert.ok(error.message.startsWith(path));
      return true;
    });
  }
});

test('a source is closed when the import stops early', async () => {
  const bad = Buffer.from('1:1:PM_N:f:1\n1:1:PM_Q:f:1\n'.padEnd(1 << 17, '1:1:PM_N:f:1\n'));
  for (const bytes of [bad, gzipSync(bad)]) {
    const source = Readable.from(inPieces(bytes, [8, 40]));
    await assert.rejects(scanTrace(source), TraceFormatError);
    assert.ok(source.destroyed);
  }
});

test('a scan tells threads, pages, flushes and transactions', async () => {
  const scan = await scanTrace(file('scan', TRACE));
  assert.deepEqual(scan, {
    format: 'whisper',
    threads: 2,
    heapBytes: 4 * 4096,
    flushing: [false, false],
    hasTransactions: true,
    pmStores: 2,
    volatileStores: 1,
    volatileClusters: [{ range: { start: 0x7ffe00000, end: 0x7ffe00001 }, count: 1 }],
    markers: [],
  });
});

test('more pages than a heap has are refused', () => {
  const map = new PageMap('big', 2);
  assert.equal(map.touch(0, 0x1234), 4096 + 0x234);
  assert.equal(map.touch(-1, -1), 2 * 4096 + 0xfff);
  assert.equal(map.touch(0, 0x1fff), 4096 + 0xfff);
  assert.equal(map.find(0, 0x9000), 0);
  assert.throws(() => map.touch(0, 0x9000), /big: touches more than 2 distinct pages/);
});

test('pages that share a slot of the lookup cache stay apart', () => {
  const map = new PageMap('far', 4);
  for (let round = 0; round < 2; round++) {
    assert.equal(map.touch(0x10, 0), 4096);
    assert.equal(map.touch(0x20, 0), 2 * 4096);
    assert.equal(map.touch(0x10, 0x400000), 3 * 4096);
  }
});

test('zstd is read, of one frame or several, also inside of gzip', async () => {
  const plain = await imported(file('plain', TRACE));
  const [first, second] = [TRACE.subarray(0, 40), TRACE.subarray(40)].map((part) =>
    zstdCompressSync(part),
  );
  for (const [name, bytes] of [
    ['one.zst', zstdCompressSync(TRACE)],
    ['two.zst', Buffer.concat([first, second])],
    ['zst.gz', gzipSync(zstdCompressSync(TRACE))],
  ] as const) {
    assert.equal(await imported(file(name, bytes)), plain, name);
  }
  const whole = zstdCompressSync(LOG);
  const cut = file('cut.zst', whole.subarray(0, whole.length - 9));
  await assert.rejects(imported(cut), /cut\.zst: found zstd data that ends too early/);
  const junk = Buffer.concat([zstdCompressSync(LOG), Buffer.from('not a frame of zstd')]);
  await assert.rejects(imported(file('junk.zst', junk)), /damaged zstd data/);
});

test('what is compressed in another way is named, with what to do', async () => {
  for (const [form, magic] of [
    ['xz', 'fd377a585a0000'],
    ['bzip2', '425a6839'],
    ['lz4', '04224d18'],
    ['zip', '504b0304'],
    ['7z', '377abcaf271c'],
    ['lzip', '4c5a4950'],
    ['compress', '1f9d90'],
    ['tar', `${'00'.repeat(257)}7573746172`],
  ]) {
    const path = file(`a.${form}`, Buffer.from(magic.padEnd(600, '0'), 'hex'));
    await assert.rejects(
      imported(path),
      new RegExp(`found a file of ${form}; expected plain text, gzip or zstd; '\\w+ .*FILE \\|`),
    );
  }
});
