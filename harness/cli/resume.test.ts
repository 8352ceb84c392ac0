/** Commands that are killed at any moment, and go on where they were when they are started again. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import Database from 'better-sqlite3';
import { Random } from '../../pm/random.ts';
import { commandsHere } from './testing/in-process.ts';
import { shellEnvironment } from './testing/shell-environment.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const directory = mkdtempSync(join(tmpdir(), 'resume-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/**
 * Loaded first, it kills the process at one of the statements by which rows are added. In the end it says how
 * many cells were sent to workers.
 */
const WATCH = join(directory, 'watch.mjs');
writeFileSync(
  WATCH,
  `import { isMainThread, Worker } from 'node:worker_threads';
  import Database from ${JSON.stringify(import.meta.resolve('better-sqlite3'))};
  const { prepare } = Database.prototype;
  let left = Number(process.env.KILLED_AT || Infinity);
  Database.prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    const { run } = statement;
    statement.run = (...values) => {
      if (left-- === 0) process.kill(process.pid, 'SIGKILL');
      return run.apply(statement, values);
    };
    return statement;
  };
  const { postMessage } = Worker.prototype;
  let cells = 0;
  Worker.prototype.postMessage = function (request) {
    cells += request.item.systems.length;
    postMessage.call(this, request);
  };
  if (isMainThread) process.on('exit', () => process.stderr.write('worked on ' + cells + '\\n'));`,
);

/** Keys of the units in the database at `path`, with the processor time that each took when it was run. */
function unitsIn(path: string): ReadonlyMap<string, number> {
  const database = new Database(path, { readonly: true });
  try {
    const rows = database.prepare('SELECT key, seconds FROM work').all();
    return new Map(
      (rows as { key: string; seconds: number }[]).map((row) => [row.key, row.seconds]),
    );
  } catch {
    // Killed before the first rows were there.
    return new Map();
  } finally {
    database.close();
  }
}

/** Runs a command line to its end, or until it is killed. */
function run(words: readonly string[], killedAt?: number) {
  const env = shellEnvironment({ KILLED_AT: String(killedAt ?? '') });
  const options = { encoding: 'utf8', env, cwd: directory } as const;
  return spawnSync(process.execPath, ['--import', WATCH, MAIN, ...words], options);
}

const TRANSACT = 'transact --param regionLines=64 --transactions 10 --backend sm-rc,sm-dd';

/** Command lines of several units of work, and which of the 76 and 13 statements that add them is the last. */
const COMMANDS = [
  { line: `sweep ${TRANSACT} --vary epochs=1,2,3,4,5,6,7,8`, units: 24, last: [12, 22], kills: 2 },
  {
    line: 'crash-check ctree btree hashmap transact --backend sm-ob --transactions 4 --crashes 4',
    units: 4,
    last: [4, 6],
    kills: 1,
  },
] as const;

for (const { line, units, last, kills } of COMMANDS) {
  test(`${line} goes on where it was killed, and gives the same bytes`, async () => {
    const random = new Random(1);
    const [name] = line.split(' ');
    const path = join(directory, `${name}.db`);
    const words = (csv: string) => [...line.split(' '), '--jobs', '1', '--output', csv];
    const whole = await commandsHere(directory)(words('whole.csv'));
    assert.equal(whole.code, 0, whole.err);
    const kept = [...words('killed.csv'), '--db', path];
    let before: ReadonlyMap<string, number> = new Map();
    for (let i = 0; i < kills; i++) {
      const { signal, stderr } = run(kept, random.between(last[0], last[1]));
      assert.equal(signal, 'SIGKILL', stderr);
      const now = unitsIn(path);
      for (const [key, seconds] of before) assert.equal(now.get(key), seconds, 'none is lost');
      before = now;
      assert.ok(!existsSync(join(directory, 'killed.csv')), 'nothing is half-written');
    }
    assert.ok(before.size > 0, 'what was done before is there');
    const ended = run(kept);
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, new RegExp(`^${before.size} of ${units} cells were known`, 'm'));
    assert.equal(ended.stdout, whole.out);
    const read = (csv: string) => readFileSync(join(directory, csv));
    assert.deepEqual(read('killed.csv'), read('whole.csv'));
    assert.match(ended.stderr, new RegExp(`^worked on ${units - before.size}$`, 'm'));
    assert.equal(unitsIn(path).size, units);
    for (const csv of ['killed.csv', 'whole.csv']) rmSync(join(directory, csv));
  });
}
