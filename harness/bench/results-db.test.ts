import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import Database from 'better-sqlite3';
import { PROFILES } from '../../rdma/index.ts';
import { columnsOf } from '../report/index.ts';
import type { WorkloadExecution } from './cells.ts';
import { CELL_COLUMNS, cellRows } from './columns.ts';
import { REGISTRY } from './registry.ts';
import { ResultsDatabase } from './results-db.ts';
import { runGroup } from './run.ts';
import { expandSystems } from './systems.ts';

const directory = mkdtempSync(join(tmpdir(), 'db-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const EXECUTION: WorkloadExecution = {
  kind: 'workload',
  workload: 'transact',
  parameters: { regionLines: 64 },
  threads: 1,
  seed: 1,
  transactions: 20,
  warmupTransactions: 2,
  computeModel: 'o2',
};
const systems = expandSystems({
  backends: ['no-sm', 'sm-dd'],
  profiles: PROFILES.slice(0, 1),
  replicas: [1],
});
const rows = cellRows(await runGroup({ execution: EXECUTION, systems }, REGISTRY, { directory }));

/** Adds the rows as a run does, from making sure of the database to closing it. */
function add(path: string, commitId = 'c1', manifest = '{"command": "one"}'): void {
  const database = new ResultsDatabase(path);
  database.add({ commitId, manifest, rows });
  database.close();
}

/** A database that another program has made by these statements. */
function foreign(name: string, sql: string): string {
  const path = join(directory, name);
  const database = new Database(path);
  database.exec(sql);
  database.close();
  return path;
}

function select<T>(path: string, sql: string): T[] {
  const database = new Database(path, { readonly: true });
  try {
    return database.prepare(sql).all() as T[];
  } finally {
    database.close();
  }
}

test('cells are kept by commit; the same cell of the same commit is one row', () => {
  const path = join(directory, 'a.db');
  add(path);
  add(path);
  add(path, 'c2', '{"command": "two"}');
  const found = select<{ commitId: string; backend: string; execTimeNsPerTx: number }>(
    path,
    'SELECT commitId, backend, execTimeNsPerTx FROM cells ORDER BY commitId, backend',
  );
  assert.deepEqual(
    found.map(({ commitId, backend }) => `${commitId} ${backend}`),
    ['c1 no-sm', 'c1 sm-dd', 'c2 no-sm', 'c2 sm-dd'],
  );
  const origins = select<{ command: string }>(
    path,
    "SELECT manifest ->> 'command' AS command FROM cells JOIN runs USING (run) ORDER BY commitId",
  );
  assert.deepEqual(
    origins.map(({ command }) => command),
    ['one', 'one', 'two', 'two'],
  );
  const column = CELL_COLUMNS.find(({ name }) => name === 'execTimeNsPerTx');
  assert.equal(found[1].execTimeNsPerTx, column?.value(rows[1]));
});

test('a database of an older version gets the columns that it lacks', () => {
  const path = foreign(
    'old.db',
    `CREATE TABLE cells (commitId TEXT, cell TEXT, workload, PRIMARY KEY (commitId, cell));
     CREATE TABLE runs (run INTEGER PRIMARY KEY, manifest TEXT UNIQUE NOT NULL);`,
  );
  add(path);
  const [row] = select<Record<string, unknown>>(path, 'SELECT * FROM cells');
  assert.equal(row.workload, 'transact');
  assert.equal(Object.keys(row).length, columnsOf(CELL_COLUMNS, rows).length + 3);
  assert.equal(row['param.regionLines'], 64);
  assert.equal(row.faults, null);
});

test('what is no database, or not ours, is refused before any work, and stays as it is', () => {
  const text = join(directory, 'text.db');
  writeFileSync(text, 'workload,backend\n');
  const newer = join(directory, 'newer.db');
  add(newer);
  const database = new Database(newer);
  database.pragma('user_version = 9');
  database.close();
  const keys = 'commitId TEXT, cell TEXT, PRIMARY KEY (commitId, cell)';
  for (const [path, message] of [
    [text, /it is no SQLite database/],
    [foreign('cells.db', 'CREATE TABLE cells (name TEXT)'), /of another program/],
    [foreign('keys.db', `CREATE TABLE cells (${keys})`), /of another program/],
    [foreign('view.db', `CREATE TABLE cells (${keys}); CREATE VIEW v AS SELECT 1`), /of another/],
    [foreign('id.db', 'PRAGMA application_id = 77'), /of another program/],
    [foreign('wal.db', 'PRAGMA journal_mode = WAL; CREATE TABLE x (y)'), /of another program/],
    [newer, /it has version 9 of the tables, and this program knows them up to 1/],
    [directory, /it is a directory/],
  ] as const) {
    const before = path === directory ? '' : readFileSync(path);
    const names = readdirSync(directory);
    assert.throws(() => new ResultsDatabase(path), { name: 'FailureError', message });
    if (path !== directory) assert.deepEqual(readFileSync(path), before, path);
    assert.deepEqual(readdirSync(directory), names);
  }
});

test('what cannot be made is refused before any work; what can is made with the first rows', () => {
  writeFileSync(join(directory, 'file'), '');
  assert.throws(() => new ResultsDatabase(join(directory, 'file', 'such.db')), {
    name: 'FailureError',
    message: /cannot write the results database .*such\.db/,
  });
  const names = readdirSync(directory);
  new ResultsDatabase(join(directory, 'deep', 'down.db')).close();
  assert.deepEqual(readdirSync(directory), names);
  add(join(directory, 'deep', 'down.db'));
  assert.deepEqual(readdirSync(join(directory, 'deep')), ['down.db']);
  // An empty file is an empty database.
  add(join(directory, 'file'));
});

/** A process that adds `count` times what `rows` are, once it is told to: cells of a commit of its own each. */
function writer(path: string, name: string, count: number) {
  const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `
    import { ResultsDatabase } from ${url('results-db.ts')};
    const rows = ${JSON.stringify(rows)};
    const database = new ResultsDatabase(${JSON.stringify(path)});
    process.stdout.write('ready');
    process.stdin.once('data', () => {
      for (let i = 0; i < ${count}; i++) {
        database.add({ commitId: '${name}-' + i, manifest: '{"writer": "${name}"}', rows });
      }
      process.exit();
    });`;
  const args = ['--input-type=module', '--eval', script];
  return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

test('processes that make a database together lose no row', async () => {
  const path = join(directory, 'together.db');
  const writers = ['a', 'b', 'c', 'd'].map((name) => writer(path, name, 5));
  await Promise.all(writers.map(({ stdout }) => once(stdout, 'data')));
  for (const { stdin } of writers) stdin.end('go');
  const codes = await Promise.all(writers.map((one) => once(one, 'exit')));
  assert.deepEqual(codes, Array(4).fill([0, null]));
  const sql = 'SELECT count(*) AS cells, count(DISTINCT run) AS runs FROM cells';
  assert.deepEqual(select(path, sql), [{ cells: 4 * 5 * rows.length, runs: 4 }]);
});
