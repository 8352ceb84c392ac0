import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { TIME_PARTS } from '../../../rdma/mirror.ts';
import { csvOf } from '../../report/index.ts';
import { runCommandLine } from '../command-line.ts';
import { RESULTS_DIRECTORY } from '../result-files.ts';

const root = mkdtempSync(join(tmpdir(), 'tidy-'));
after(() => rmSync(root, { recursive: true, force: true }));

type Row = Readonly<Record<string, string>>;

const committed = (name: string): string => join(RESULTS_DIRECTORY, name);

const read = (path: string): Row[] => parse(readFileSync(path), { columns: true });

let made = 0;

/** The long form of the files at `paths`, as an independent reader finds it. */
async function tidied(...paths: readonly string[]): Promise<Row[]> {
  const output = join(root, `tidy-${made++}.csv`);
  const from = paths.flatMap((path) => ['--from', path]);
  const line = ['results', 'export', '--tidy', ...from, '--output', output];
  const { exitCode, message } = await runCommandLine(line, { alwaysTrace: false });
  assert.equal(exitCode, 0, message);
  return read(output);
}

/** Rows as a file of any name. */
function written(name: string, rows: readonly Row[]): string {
  const path = join(root, name);
  const columns = Object.keys(rows[0]);
  writeFileSync(path, csvOf([columns, ...rows.map((row) => columns.map((one) => row[one]))]));
  return path;
}

test("columns of a file of one's own keep their names, also those that objects have", async () => {
  const rows = read(committed('whisper.csv')).slice(0, 2);
  const more = { constructor: 'a', toString: 'b' };
  const tidy = await tidied(
    written(
      'names.csv',
      rows.map((row) => ({ ...row, ...more })),
    ),
  );
  assert.equal(tidy[0].constructor as unknown, 'a');
  assert.equal(tidy[0].toString as unknown, 'b');
});

test('every figure of a row of cells is a row, with its keys and unit; empty cells are none', async () => {
  const wide = read(committed('whisper.csv'));
  const tidy = await tidied(committed('whisper.csv'));
  const keys = [
    'set',
    'workload',
    'param.keys',
    'backend',
    'profile',
    'threads',
    'queuePairs',
    'seed',
  ];
  const name = (row: Row) => keys.map((key) => row[key]).join('|');
  const found = new Map(tidy.map((row) => [`${name(row)}|${row.metric}`, row]));
  assert.equal(found.size, tidy.length, 'a figure is there twice');
  const units = {
    ...Object.fromEntries(TIME_PARTS.map((part) => [`${part}NsPerTx`, 'ns'])),
    elapsedNs: 'ns',
    throughputTxPerS: '1/s',
    speedupOverSmRc: 'ratio',
    aboveBound: 'ratio',
    linkBytesPerTx: 'B',
    smRcBaseline: '',
  };
  for (const row of wide) {
    for (const [metric, unit] of Object.entries(units)) {
      const one = found.get(`${name(row)}|${metric}`);
      if (row[metric] === '') assert.equal(one, undefined);
      else assert.deepEqual([one?.value, one?.unit, one?.file], [row[metric], unit, 'whisper.csv']);
    }
  }
  const metrics = new Set(tidy.map(({ metric }) => metric));
  for (const key of [...keys, 'parameters', 'replicas', 'transactions', 'warmupTransactions']) {
    assert.ok(!metrics.has(key), key);
  }
  for (const { metric, value } of tidy) {
    if (metric !== 'smRcBaseline')
      assert.ok(value !== '' && Number.isFinite(Number(value)), metric);
  }
});

test('units that stand in a column of the row, verdicts, and keys of other names', async () => {
  const tidy = await tidied(
    ...['validation.csv', 'hardware.csv', 'crash-check.csv'].map(committed),
  );
  const of = (file: string) => tidy.filter((row) => row.file === file);
  const [first] = read(committed('validation.csv'));
  const ours = of('validation.csv').find(({ metric }) => metric === 'ours');
  assert.deepEqual(
    [ours?.program, ours?.quantity, ours?.unit, ours?.value],
    [first.program, first.metric, first.unit, first.ours],
  );
  const deviation = of('validation.csv').find(({ metric }) => metric === 'deviation');
  assert.equal(deviation?.unit, first.deviationUnit);
  const verdict = of('validation.csv').find(({ metric }) => metric === 'verdict');
  assert.deepEqual([verdict?.unit, verdict?.value], ['', first.verdict]);
  assert.ok(tidy.every(({ metric }) => !['reason', 'source', 'note'].includes(metric)));
  const [machine] = read(committed('hardware.csv'));
  const [speedup] = of('hardware.csv');
  assert.deepEqual(
    [speedup.quantityUnit, speedup.quantityValue, speedup.metric, speedup.unit, speedup.value],
    [
      machine.unit,
      machine.value,
      'geometricMeanSpeedupOverSmRc',
      'ratio',
      machine.geometricMeanSpeedupOverSmRc,
    ],
  );
  assert.equal(speedup.isolation, '', 'a key of another file');
  const sound = of('crash-check.csv').filter(({ metric }) => metric === 'verdict');
  assert.equal(sound.length, read(committed('crash-check.csv')).length);
});

test('a file of any name is known by its columns, and what a sweep varies is a key', async () => {
  const rows = read(committed('whisper.csv')).slice(0, 4);
  const path = written(
    'mine.csv',
    rows.map((row, i) => ({ 'pcie.postedNs': String(100 + i), pattern: 'a, "b"', ...row })),
  );
  const tidy = await tidied(path);
  const metrics = new Set(tidy.map(({ metric }) => metric));
  assert.ok(metrics.has('execTimeNsPerTx') && !metrics.has('pcie.postedNs'));
  assert.deepEqual(
    [tidy[0].file, tidy[0]['pcie.postedNs'], tidy[0].pattern],
    ['mine.csv', '100', 'a, "b"'],
  );
});

test('of a directory, files that are no results are left out; alone they are refused', async (t) => {
  const directory = join(root, 'some');
  mkdirSync(directory);
  copyFileSync(committed('ddio.csv'), join(directory, 'ddio.csv'));
  writeFileSync(join(directory, 'other.csv'), 'a,b\n1,2\n');
  const said = t.mock.method(process.stderr, 'write', () => true);
  const tidy = await tidied(directory);
  assert.deepEqual([...new Set(tidy.map(({ file }) => file))], ['ddio.csv']);
  assert.match(
    String(said.mock.calls[0]?.arguments[0]),
    /^left out: other\.csv is no file of results/,
  );
  said.mock.restore();
  const [{ ddioWays: _, ...lacking }] = read(committed('ddio.csv'));
  for (const [words, code, expected] of [
    [
      ['--tidy', '--from', join(directory, 'other.csv')],
      2,
      /other\.csv is no file of results: of \w/,
    ],
    [
      ['--tidy', '--from', written('ddio.csv', [lacking])],
      2,
      /ddio\.csv .*: of ddio\.csv it lacks ddioWays$/,
    ],
    [['--tidy', '--from', join(root, 'none.csv')], 1, /cannot read .*none\.csv: no such file/],
    [
      ['--from', directory],
      2,
      /2 files have no columns in common that csv could have: give one --from, or --tidy/,
    ],
  ] as const) {
    const line = ['results', 'export', ...words];
    const { exitCode, message } = await runCommandLine(line, { alwaysTrace: false });
    assert.match(message, expected);
    assert.equal(exitCode, code);
  }
  const { message } = await runCommandLine(['results', 'import'], { alwaysTrace: false });
  assert.match(
    message,
    /unknown action 'import': did you mean export\?; accepted: list, show, compare, export, merge/,
  );
});
