import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { PROFILES, quantities } from '../../rdma/index.ts';
import { TABLES_SCHEMA } from '../report/index.ts';
import { allCommands } from './commands/index.ts';
import { commandText, manifestPath, sha256Of } from './manifest.ts';
import { RESULTS_DIRECTORY } from './result-files.ts';
import { commandsHere } from './testing/in-process.ts';

const root = mkdtempSync(join(tmpdir(), 'answer-'));
after(() => rmSync(root, { recursive: true, force: true }));
writeFileSync(join(root, 'p.yaml'), 'programs: transact\ntransactions: 10\n');
writeFileSync(join(root, 'mine.csv'), 'quantity,value,unit\nib_write_lat 8 B,2.1,us\n');

/** Tables of what was left over, which may be nothing. */
const OFTEN_EMPTY = ['combinations', 'skipped'];

const run = commandsHere();

/** What a command prints; it must not fail. */
async function printed(words: readonly string[]) {
  const ran = await run(words);
  assert.equal(ran.code, 0, ran.err);
  return ran;
}

const SMALL = '--jobs 1 --transactions 10 --param regionLines=64';

/** A short run of each command with tables, and the tables that it gives; the main one first. */
const RUNS: readonly (readonly [line: string, tables: readonly string[]])[] = [
  [`run transact ${SMALL} --seeds 2`, ['cells', 'latencies', 'intervals']],
  [`replay transact ${SMALL} --backend sm-dd`, ['cells', 'latencies']],
  ['list', ['workloads', 'backends', 'profiles', 'traces', 'groups']],
  ['list ycsb', ['parameters']],
  ['list paper-2018', ['values', 'groups']],
  ['profile show cxl eadr', ['values', 'groups']],
  ['profile quantities', ['quantities', 'forms']],
  ['conform sm-ob --rule name', ['rules']],
  [
    `profile fit ${join(root, 'mine.csv')}`,
    ['values', 'residuals', 'combinations', 'untouched', 'next', 'skipped'],
  ],
  ['analyze transact --transactions 10', ['figures']],
  ['bench-transact --jobs 1 --epochs 1 --lines 1,2 --transactions 5', ['cells', 'latencies']],
  [`sweep transact ${SMALL} --vary pattern=random,sequential`, ['cells']],
  [`plan ${join(root, 'p.yaml')}`, ['cells']],
  ['explain transact --transactions 10 --backends no-sm,sm-ob', ['designs']],
  [
    'crash-check transact --backend sm-ob --crashes 3 --images 2 --transactions 4 --jobs 1',
    ['cells'],
  ],
  ['crash-check trace:nvml-ctree --backend sm-ob', ['orders', 'coverage']],
  ['crash-survey transact --transactions 2 --turns 1 --jobs 1', ['places']],
  ['failover ctree --transactions 4 --at 0.5', ['failovers']],
  ['solve transact slowdown(sm-ob)<=1.5 --over rtt --transactions 5', ['solution']],
  ['advise transact --machines 0 --transactions 5 --has ddio-off,flush', ['designs', 'breakEvens']],
  ['timeline transact --run-transactions 5 --backend sm-ob', ['designs']],
  [
    'bench-emulator transact --transactions 9 --steps replay --threads 1 --backends sm-ob --seconds 0 --rounds 1',
    ['speeds'],
  ],
  ['bench-growth operations --operations 1000', ['growth']],
  [`results export --tidy --from ${join(RESULTS_DIRECTORY, 'ddio.csv')}`, ['figures']],
];

/** Commands of which a run takes too long here, or that show no table. */
const UNTRIED = ['bench-whisper', 'study', 'calibrate', 'validate'];
const WITHOUT_TABLE = ['export'];

for (const [line, expected] of RUNS) {
  test(`--json of ${line}`, async () => {
    const { out } = await printed([...line.split(' '), '--json']);
    const answer = TABLES_SCHEMA.parse(JSON.parse(out));
    assert.equal(answer.command, commandText([...line.split(' '), '--json']));
    const tables = [answer, ...answer.further];
    assert.deepEqual(
      tables.map(({ name }) => name),
      expected,
    );
    for (const { name, columns, rows } of tables) {
      assert.ok(rows.length > 0 || OFTEN_EMPTY.includes(name), name);
      const names = columns.map((column) => column.name);
      for (const row of rows) {
        assert.deepEqual(Object.keys(row), names);
        for (const { name, type } of columns) {
          const cell = row[name];
          if (cell === null || type === 'mixed') continue;
          assert.equal(typeof cell, type === 'text' ? 'string' : 'number', name);
          assert.notEqual(cell, '-');
        }
      }
    }
  });
}

test('every command that shows a table has --json', async () => {
  const tried = RUNS.map(([line]) => line.split(' ')[0]);
  for (const { usage, options } of await allCommands()) {
    const [name] = usage.split(' ');
    if (WITHOUT_TABLE.includes(name)) continue;
    assert.ok(Object.hasOwn(options, 'json'), name);
    assert.ok(tried.includes(name) || UNTRIED.includes(name), `${name} is not tried`);
  }
});

test('what stands directly behind --replica N is of that replica, all else of all machines', async () => {
  const line =
    'explain transact --transactions 5 --backends no-sm,sm-ob --replicas 2 --quorum 1 --json';
  const profileOf = async (machines: string) => {
    const { out } = await printed([...line.split(' '), ...machines.split(' ')]);
    return TABLES_SCHEMA.parse(JSON.parse(out)).rows[0].profile;
  };
  const own = '1:optane-cx5,1:ddio.enabled=0';
  const name = 'paper-2018+link.rateGbps=40+1:optane-cx5+1:ddio.enabled=0';
  for (const machines of [
    `--set link.rateGbps=40 --replica ${own}`,
    `--replica ${own} --set link.rateGbps=40`,
    '--set link.rateGbps=40 --replica 1 --profile optane-cx5 --set ddio.enabled=0',
    '--replica=1 --profile=optane-cx5 --set=ddio.enabled=0 --seed 1 --set link.rateGbps=40',
  ]) {
    assert.equal(await profileOf(machines), name, machines);
  }
});

test('--output - gives the same rows as a file, and the tables to stderr', async () => {
  const path = join(root, 'rows.csv');
  for (const line of [
    `run transact ${SMALL}`,
    'analyze transact --transactions 10',
    `sweep transact ${SMALL} --vary epochs=1,2`,
    'bench-transact --jobs 1 --epochs 1 --lines 1 --transactions 5',
    'crash-check transact --backend sm-ob --crashes 3 --images 2 --transactions 4 --jobs 1',
  ]) {
    const words = line.split(' ');
    const toFile = await printed([...words, '--output', path]);
    const text = readFileSync(path, 'utf8');
    const ways = [['--output', '-'], ['--output', '/dev/stdout'], ['--output=-']];
    // One is enough of those that start worker threads.
    for (const there of line.startsWith('analyze') ? ways : ways.slice(0, 1)) {
      const { out, err } = await printed([...words, ...there]);
      assert.equal(out, text, line);
      const shown = toFile.out.replace(/\nwritten: .*/, '').trim();
      assert.ok(shown.length > 0 && err.includes(shown), `${line}: the tables are not on stderr`);
    }
  }
});

test('JSON has the cells of the CSV, numbers as numbers and empty cells as null', async () => {
  const path = join(root, 'same.csv');
  const words = ['run', 'trace:ctree', 'trace:nvml-ctree', '--backend', 'no-sm,sm-dd'];
  const { out } = await printed([...words, '--json', '--output', path]);
  const { rows, columns } = TABLES_SCHEMA.parse(JSON.parse(out));
  const records: Record<string, string>[] = parse(readFileSync(path), { columns: true });
  const asText = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, String(cell ?? '')])),
  );
  assert.deepEqual(asText, records);
  const column = (name: string) => columns.find((one) => one.name === name);
  assert.deepEqual(
    [column('execTimeNsPerTx')?.unit, column('execTimeNsPerTx')?.type, column('backend')?.unit],
    ['ns', 'number', null],
  );
  assert.deepEqual(
    [rows[0].faults, rows[0].aboveBound, rows[0]['param.txMarker'], typeof rows[0].seed],
    [null, null, null, 'number'],
  );
});

test('every CSV file has a manifest beside it: what produced it', async () => {
  const [path, latencies] = ['made.csv', 'made-latencies.csv'].map((name) => join(root, name));
  const words = ['run', 'transact', ...SMALL.split(' '), '--set', 'pcie.readRoundTripNs=800'];
  words.push('--seeds', '3', '--output', path, '--latencies', latencies);
  await printed(words);
  for (const file of [path, latencies]) {
    const manifest = JSON.parse(readFileSync(manifestPath(file), 'utf8'));
    assert.equal(manifest.sha256, sha256Of(readFileSync(file)));
    assert.deepEqual(manifest.arguments, words);
    assert.equal(manifest.command, `pmirror ${words.join(' ')}`);
    assert.match(manifest.commit, /^[\da-f]{40}$/);
    assert.equal(typeof manifest.modified, 'boolean');
    assert.equal(manifest.node, process.version);
    assert.deepEqual(manifest.seeds, [1, 2, 3]);
    const [profile, ...others] = manifest.profiles;
    assert.deepEqual(others, []);
    assert.equal(profile.name, 'paper-2018+pcie.readRoundTripNs=800');
    assert.equal(profile.values['pcie.readRoundTripNs'].value, 800);
    const paper = PROFILES.find(({ name }) => name === 'paper-2018');
    assert(paper !== undefined);
    const { 'pcie.readRoundTripNs': _, ...same } = Object.fromEntries(quantities(paper));
    for (const [value, quantity] of Object.entries(same)) {
      assert.deepEqual(profile.values[value], JSON.parse(JSON.stringify(quantity)), value);
    }
  }
  assert.deepEqual(
    readdirSync(root).filter((name) => name.endsWith('.tmp')),
    [],
  );
});

test('a word that a shell would take apart is quoted in the command of a manifest', async () => {
  const path = join(root, "it's a file.csv");
  await printed(['analyze', 'transact', '--transactions', '5', '--output', path]);
  const { command } = JSON.parse(readFileSync(manifestPath(path), 'utf8'));
  assert.match(command, /--output '.*it'\\''s a file\.csv'$/);
});
