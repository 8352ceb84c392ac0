import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Database from 'better-sqlite3';
import { IS_LONG } from '../../../pm/testing/extent.ts';
import { type OneNode, startOneNode, until, whyNoSlurm } from './testing/one-node.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const root = mkdtempSync(join(tmpdir(), 'slurm-test-'));
/** A cluster mostly waits, for its own periods. */
const skip = IS_LONG ? (whyNoSlurm() ?? false) : 'a cluster is started by npm run test:long';
let cluster: OneNode | undefined;

before(async () => {
  if (skip === false) cluster = await startOneNode();
});
after(async () => {
  await cluster?.stop();
  rmSync(root, { recursive: true, force: true });
});

/** Cells that take long enough, together, that a shard is met while it runs. */
const PLAN = join(root, 'plan.yaml');
writeFileSync(
  PLAN,
  'programs: transact\ntransactions: 2000\nbackends: [no-sm, sm-dd]\nvary:\n  seed: 1:16\n',
);

/** A path that shells and Slurm would take for something else. */
const SHARED = join(root, "a b'c %a $HOME");

/** Runs pmirror as a user of the cluster does. */
async function pmirror(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const program = [
    '--require',
    join(ROOT, 'scripts', 'require-node.cjs'),
    join(ROOT, 'harness', 'cli', 'main.ts'),
  ];
  const { npm_lifecycle_event: _, INIT_CWD: __, ...env } = cluster?.env ?? process.env;
  const child = spawn(process.execPath, [...program, ...words], {
    cwd: root,
    env: { ...env, PMIRROR_DB: 'none', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (text) => (said.out += text));
  child.stderr.on('data', (text) => (said.err += text));
  const [code] = await once(child, 'close');
  return { code: code as number, ...said };
}

const sweep = (shared: string, ...words: readonly string[]) =>
  pmirror(['sweep', PLAN, '--executor', 'slurm', '--tasks', '2', '--shared', shared, ...words]);

const textOf = (shared: string, file: string): string => readFileSync(join(shared, file), 'utf8');

/** How many units of work the database of a shard has. */
function unitsIn(path: string): number {
  if (!existsSync(path)) return 0;
  const database = new Database(path, { readonly: true });
  try {
    return Number(database.prepare('SELECT count(*) FROM work').pluck().get());
  } catch {
    // It has no tables yet.
    return 0;
  } finally {
    database.close();
  }
}

/** Numbers of the processes whose command line has `word`. */
const processesWith = (word: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(join('/proc', pid, 'cmdline'), 'utf8').split('\0');
        return words.includes(word) && words.some((one) => one.endsWith('main.ts'));
      } catch {
        return false;
      }
    })
    .map(Number);

test('a shard that is killed in mid-run goes on in another job, and the rows are those of one machine', {
  skip,
}, async () => {
  const detached = await sweep(
    SHARED,
    '--detach',
    '--partition',
    'one',
    '--slurm',
    '--comment="a b"',
    '--output',
    'cells.csv',
  );
  assert.equal(detached.code, 0, detached.err);
  assert.match(detached.err, /^submitted: shards as job \d+, merge as job \d+;/);
  const database = join(SHARED, 'shard-1.db');
  await until(() => unitsIn(database) > 0);
  for (const pid of processesWith(database)) process.kill(pid, 'SIGKILL');
  assert.ok(
    !existsSync(join(SHARED, 'shard-1.done')),
    'the shard was done before it could be killed',
  );
  const watched = await sweep(
    SHARED,
    '--partition',
    'one',
    '--slurm',
    '--comment="a b"',
    '--output',
    'cells.csv',
  );
  assert.equal(watched.code, 0, watched.err);
  assert.match(watched.err, /^under way already: jobs \d+/);
  const one = await pmirror(['sweep', PLAN, '--output', 'one.csv']);
  assert.equal(one.code, 0, one.err);
  assert.equal(textOf(root, 'cells.csv'), textOf(root, 'one.csv'));
  assert.equal(watched.out, one.out);
  // Only what was killed was submitted again, and only what it had not done.
  assert.match(textOf(SHARED, 'submission.json'), /"attempt":2,/);
  assert.match(textOf(SHARED, 'shard-1.log'), /Killed[\s\S]*\n[1-9]\d* of \d+ cells were known/);
  assert.doesNotMatch(textOf(SHARED, 'shard-2.log'), /known|Killed/);
});

test('a shard that fails again and again ends the sweep; the same command then does the rest', {
  skip,
}, async () => {
  const shared = join(root, 'failing');
  mkdirSync(join(shared, 'shard-1.db'), { recursive: true });
  const few = ['--transactions', '10', '--retries', '1'];
  const failed = await sweep(shared, ...few);
  assert.equal(failed.code, 1);
  assert.match(
    failed.err,
    /pmirror: 1 of 2 shards failed: 1\. What is done is kept; the same command/,
  );
  assert.match(failed.err, /shard-1\.log:\n[\s\S]*cannot write \S*shard-1\.db: --db takes a file/);
  assert.match(textOf(shared, 'submission.json'), /"attempt":2,/);
  rmSync(join(shared, 'shard-1.db'), { recursive: true });
  const second = readFileSync(join(shared, 'shard-2.db'));
  const again = await sweep(shared, ...few);
  assert.equal(again.code, 0, again.err);
  assert.deepEqual(readFileSync(join(shared, 'shard-2.db')), second);
  assert.match(again.err, /written: \S*cells\.csv, and \S*merged\.db\n/);
});

test('what sbatch refuses is said in its words, and nothing is left', { skip }, async () => {
  const shared = join(root, 'refused');
  const { code, err } = await sweep(shared, '--partition', 'none');
  assert.equal(code, 1);
  assert.match(
    err,
    /pmirror: sbatch refused: invalid partition specified: none; Batch job submission/,
  );
  assert.equal(existsSync(shared), false);
});

test('where there is no Slurm, it is said what else there is', async () => {
  const { code, err } = await pmirror(
    ['sweep', PLAN, '--executor', 'slurm', '--shared', join(root, 'none')],
    { PATH: root },
  );
  assert.equal(code, 1);
  assert.match(err, /sbatch is not installed here: .* use --executor local, or --shard 1\/N/);
  assert.equal(existsSync(join(root, 'none')), false);
});
