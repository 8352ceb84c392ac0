import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import Database from 'better-sqlite3';
import { commandsHere, type Ran } from './testing/in-process.ts';
import { shellEnvironment } from './testing/shell-environment.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const directory = mkdtempSync(join(tmpdir(), 'work-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const CACHE = join(directory, 'cache');

/** Runs a command line in an environment as users have it, with these variables. */
const pmirror = (words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ran> =>
  commandsHere(directory, { PMIRROR_DB: undefined, XDG_CACHE_HOME: CACHE, ...environment })(words);

const WORDS = 'run transact --param regionLines=64 --transactions 20 --backend sm-rc,sm-dd'.split(
  ' ',
);
const NONE = { PMIRROR_DB: 'none' };
const computed = await pmirror(WORDS, NONE);

test("without a choice what is computed is kept in the user's cache, and told on stderr only", async () => {
  const place = join(CACHE, 'pmirror', 'cells.db');
  const first = await pmirror(WORDS);
  assert.deepEqual(first, computed);
  const second = await pmirror(WORDS);
  assert.deepEqual(second, { ...computed, err: `3 of 3 cells were known (${place})\n` });
  const fresh = await pmirror([...WORDS, '--fresh']);
  assert.deepEqual(fresh, computed);
  rmSync(CACHE, { recursive: true });
});

test('the environment names another place, or none; --db goes before it', async () => {
  const mine = { PMIRROR_DB: join(directory, 'mine.db') };
  await pmirror(WORDS, mine);
  assert.match((await pmirror(WORDS, mine)).err, /^3 of 3 cells were known \(.*mine\.db\)$/m);
  assert.deepEqual(await pmirror(WORDS, NONE), computed);
  assert.match((await pmirror([...WORDS, '--db', 'mine.db'], NONE)).err, /^3 of 3 .*mine\.db\)$/m);
  assert.ok(!existsSync(CACHE));
  const { code, err } = await pmirror([...WORDS, '--db', 'none']);
  assert.equal(code, 2);
  assert.match(err, /--db none: without a database one runs with PMIRROR_DB=none; a file is/);
  assert.ok(!existsSync(join(directory, 'none')));
});

test('a place that cannot be used is told where it is the usual one, and ends the run where it was named', async () => {
  writeFileSync(join(directory, 'file'), 'no database');
  const { err, ...usual } = await pmirror(WORDS, { XDG_CACHE_HOME: join(directory, 'file') });
  assert.deepEqual({ ...usual, err: '' }, computed);
  assert.match(
    err,
    /^note: cannot write the results database .*cells\.db: .*; what is computed is not kept\n$/,
  );
  const named = await pmirror([...WORDS, '--db', 'file']);
  assert.equal(named.code, 1);
  assert.equal(named.out, '');
  assert.match(
    named.err,
    /^pmirror: cannot write the results database .*file: it is no SQLite database\n$/,
  );
  assert.equal((await pmirror(WORDS, { PMIRROR_DB: join(directory, 'file') })).code, 1);
});

/** Runs a command line where no file may grow beyond `blocks` of 512 bytes, as where the disk is full. */
function runOnFullDisk(words: readonly string[], blocks: number) {
  const env = shellEnvironment({ NODE_DISABLE_COMPILE_CACHE: '1' });
  // A file that may not grow is an error then, and no signal.
  const script = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
  const line = ['-c', script, 'sh', process.execPath, MAIN, ...words];
  return spawnSync('sh', line, { encoding: 'utf8', env, cwd: directory });
}

test('a disk that is full ends a run that named the database, which stays whole', async () => {
  const path = join(directory, 'full.db');
  await pmirror([...WORDS, '--db', path]);
  const blocks = Math.ceil(statSync(path).size / 512);
  const more = [...WORDS, '--seed', '2,3,4,5,6,7,8,9', '--replicas', '1,2,3'];
  const named = runOnFullDisk([...more, '--db', path], blocks);
  assert.equal(named.status, 1, named.stderr);
  assert.equal(named.stdout, '');
  assert.match(named.stderr, /^pmirror: cannot write the results database .*full\.db: .+\n$/m);
  const database = new Database(path);
  assert.equal(database.pragma('integrity_check', { simple: true }), 'ok');
  database.close();
  assert.match((await pmirror([...WORDS, '--db', path])).err, /^3 of 3 cells were known/m);
});
