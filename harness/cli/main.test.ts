import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandsHere } from './testing/in-process.ts';
import { shellEnvironment } from './testing/shell-environment.ts';

const CLI = join(import.meta.dirname, 'main.ts');
const root = mkdtempSync(join(tmpdir(), 'cli-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** The environment of a command whose scratch files go to a directory of its own. */
function environment(scratch: string): NodeJS.ProcessEnv {
  return shellEnvironment({ TMPDIR: scratch });
}

interface Outcome {
  /** As a shell has it: of a process that a signal ended, 128 and its number. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in `root`; what it leaves in its scratch directory is an error. */
function pmirror(...words: string[]): Promise<Outcome> {
  const scratch = mkdtempSync(join(root, 'scratch-'));
  const child = spawn(process.execPath, [CLI, ...words], { cwd: root, env: environment(scratch) });
  return outcome(child).then((result) => {
    assert.deepEqual(readdirSync(scratch), [], 'scratch files are left');
    return result;
  });
}

function outcome(child: ChildProcess): Promise<Outcome> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  return new Promise((resolve) =>
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), out, err }),
    ),
  );
}

const SMALL = ['--transactions', '20', '--param', 'regionLines=64'];

test('wrong input: exit code 2 and one message on stderr', async () => {
  const { code, out, err } = await pmirror('run', 'nothing');
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /^pmirror: unknown workload 'nothing'.*\n$/);
});

/** As `pmirror`, in this process. */
async function here(...words: string[]): Promise<Outcome> {
  const scratch = mkdtempSync(join(root, 'scratch-'));
  const result = await commandsHere(root, { TMPDIR: scratch })(words);
  assert.deepEqual(readdirSync(scratch), [], 'scratch files are left');
  return result;
}

/** One after another, in this process. */
async function allHere(lines: readonly string[][]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const words of lines) outcomes.push(await here(...words));
  return outcomes;
}

test('work that fails: exit code 1, a message, the old file intact', async () => {
  const missing = await pmirror('replay', 'no-such-file.log');
  assert.equal(missing.code, 1);
  assert.match(missing.err, /no-such-file\.log: no such file/);
  mkdirSync(join(root, 'taken.csv'));
  const unwritable = await here('run', 'transact', ...SMALL, '--output', 'taken.csv');
  assert.equal(unwritable.code, 1);
  assert.match(
    unwritable.err,
    /cannot write taken\.csv: --output takes a file, and this is a directory/,
  );
  assert.doesNotMatch(unwritable.err, /^\s+at /m);
  writeFileSync(join(root, 'bad.log'), 'START|STORE;zzz|STOP');
  const malformed = await here('replay', 'bad.log');
  assert.equal(malformed.code, 1);
  assert.match(malformed.err, /bad\.log: token 2 .*expected/);
});

test('run prints a table and writes the same CSV every time', async () => {
  const words = ['run', 'transact', ...SMALL, '--threads', '2', '--backend', 'no-sm,design-b'];
  const first = await pmirror(...words, '--wide', '--output', 'a.csv', '--db', 'a.db');
  assert.equal(first.code, 0, first.err);
  assert.match(
    first.out,
    /profile paper-2018, 1 replica, queue pairs auto\n\nworkload +thr +qp +no-sm ns\/tx/,
  );
  assert.equal(first.err, '', 'no progress bar where there is no terminal');
  assert.ok(existsSync(join(root, 'a.db')));
  const second = await pmirror(...words, '--wide', '--output', 'b.csv', '--jobs', '1');
  assert.equal(second.out, first.out);
  const text = readFileSync(join(root, 'a.csv'), 'utf8');
  assert.equal(readFileSync(join(root, 'b.csv'), 'utf8'), text);
  assert.equal(text.split('\n').length, 4);
});

test('replay of an example, list and bench-transact run', async () => {
  const sweep =
    'bench-transact --wide --epochs 1,2 --lines 1 --transactions 5 --backends no-sm,sm-dd --seeds 2';
  const [replay, list, about, profile, bench] = await allHere([
    ['replay', 'trace:nvml-ctree', '--backend', 'sm-rc', '--backend', 'sm-ob'],
    ['list'],
    ['list', 'transact'],
    ['list', 'paper-2018'],
    [...sweep.split(' '), '--output', 't.csv', '--latencies', 'tl.csv', '--intervals', 'ti.csv'],
  ]);
  for (const { code, err } of [replay, list, about, profile, bench]) assert.equal(code, 0, err);
  for (const shown of [/^format: pmemcheck/, /\ntrace:nvml-ctree/]) assert.match(replay.out, shown);
  for (const name of ['transact', 'design-b', 'paper-2018', 'trace:ctree']) {
    assert.ok(list.out.includes(name), `list lacks ${name}`);
  }
  assert.match(about.out, /epochs +1 to 4096 +default 4/);
  const lines = readFileSync(join(root, 't.csv'), 'utf8').trim().split('\n');
  assert.equal(lines.length, 1 + 2 * 2 * 2);
  assert.match(lines[0], /^epochsPerTx,linesPerEpoch,set,workload,/);
  assert.match(
    bench.out,
    /means over seeds[^\n]*\n.*\n\nepochs +lines .*slowdown +bound ns\/tx +sm-dd \/ bound\n1 +1 /,
  );
  assert.match(bench.out, /\n2 +1 +\d+ \[\d+, \d+\]/);
  for (const [file, rows] of [
    ['tl.csv', 8],
    ['ti.csv', 4],
  ] as const) {
    assert.equal(readFileSync(join(root, file), 'utf8').trim().split('\n').length, 1 + rows);
  }
  assert.match(profile.out, /\n75 values: \d+ measured, \d+ derived from such, \d+ assumed/);
  assert.match(profile.out, /\n +pcie.readRoundTripNs +600 ns +assumed, 200 to 1400\n +middle/);
});

test('sweep, explain, a study and several seeds run', async () => {
  const short = ['--transactions', '20', '--param', 'regionLines=64', '--backend', 'sm-rc,sm-ob'];
  const vary = ['--vary', 'epochs=1,2', '--vary', 'nic.doorbellNs=10:40:x2', '--output', 's.csv'];
  const set = ['--set', 'pcie.readRoundTripNs=800', '--latencies', 'l.csv'];
  const [sweep, explain, study, seeds] = await allHere([
    ['sweep', 'transact', '--wide', ...short, ...vary],
    ['explain', 'transact', '--transactions', '50', '--backends', 'sm-dd,sm-rc'],
    ['study', 'sensitivity', '--workloads', 'transact', '--output', 'studies'],
    ['run', 'transact', ...short, ...set, '--seeds', '3', '--intervals', 'i.csv'],
  ]);
  for (const { code, err } of [sweep, explain, study, seeds]) assert.equal(code, 0, err);
  assert.match(sweep.out, /^18 cells of 2 executions\n\nepochs +nic\.doorbellNs +workload/);
  assert.equal(readFileSync(join(root, 's.csv'), 'utf8').trim().split('\n').length, 1 + 2 * 3 * 2);
  assert.match(explain.out, /sm-dd takes [\d.]+ us per transaction and sm-rc [\d.]+ us/);
  for (const shown of [/path\.clwbPathNs/, /speedup over sm-rc/]) assert.match(study.out, shown);
  assert.ok(existsSync(join(root, 'studies', 'sensitivity.csv')));
  assert.match(
    seeds.out,
    /^profile paper-2018\+pcie\.readRoundTripNs=800, 1 replica, queue pairs auto; means\nover/,
  );
  assert.equal(readFileSync(join(root, 'i.csv'), 'utf8').trim().split('\n').length, 1 + 2);
  assert.match(readFileSync(join(root, 'l.csv'), 'utf8'), /,txType,transactions,latencyMeanNs/);
});

/** A pipe of the command line into a reader that soon closes it; stderr ends with the exit code. */
function cutShort(words: string, reader = 'head -n 1') {
  const command = `{ "${process.execPath}" "${CLI}" ${words}; echo $? >&3; } 3>&2 | ${reader}`;
  return spawnSync('sh', ['-c', command], { encoding: 'utf8', cwd: root, env: environment(root) });
}

test('a reader that closes the pipe early is no error', () => {
  const { stdout, stderr } = cutShort('list');
  assert.match(stdout, /^Workloads/);
  assert.equal(stderr, '0\n');
  const json = cutShort('list paper-2018 --json');
  assert.match(json.stdout, /^\{"command": "pmirror list paper-2018 --json"/);
  assert.equal(json.stderr, '0\n');
});

test('a reader that closes the pipe early hides no failure, and no file is left out', () => {
  const whisper = join(import.meta.dirname, '..', '..', 'results', 'whisper.csv');
  const rows = cutShort(`results export --tidy --from "${whisper}"`);
  assert.match(rows.stdout, /^file,set,workload,/);
  assert.equal(rows.stderr, '0\n');
  const broken = cutShort('crash-check trace:nvml-btree --backend sm-ob --json', ':');
  assert.match(broken.stderr, /^pmirror: trace:nvml-btree: \d+ lines are not durable.*\n1\n$/s);
  const both = cutShort(
    `run transact ${SMALL.join(' ')} --backend no-sm --output head.csv --latencies l-head.csv`,
    ':',
  );
  assert.equal(both.stderr, '0\n');
  for (const name of ['head.csv', 'head.manifest.json', 'l-head.csv', 'l-head.manifest.json']) {
    assert.ok(existsSync(join(root, name)), name);
  }
});

test('an old Node is told which version is needed', () => {
  const guard = join(import.meta.dirname, '..', '..', 'scripts', 'require-node.cjs');
  const old = "Object.defineProperty(process.features, 'typescript', { value: false });";
  const script = `${old} require(${JSON.stringify(guard)});`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /needs Node 24 or newer; this is v/);
});
