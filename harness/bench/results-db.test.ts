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
import { CELL_COLUMNS, cellRows } from './columns.ts';
import { REGISTRY } from './registry.ts';
import { type Batch, type DoneWork, ResultsDatabase } from './results-db.ts';
import { runGroup } from './run.ts';
import { expandSystems } from './systems.ts';
import { shortTransact } from './testing/short-transact.ts';
import { cellUnit } from './work-key.ts';

const directory = mkdtempSync(join(tmpdir(), 'db-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const EXECUTION = shortTransact({ threads: 1 });
const systems = expandSystems({
  backends: ['no-sm', 'sm-dd'],
  profiles: PROFILES.slice(0, 1),
  replicas: [1],
});
const results = await runGroup({ execution: EXECUTION, systems }, REGISTRY, { directory });
const rows = cellRows(results);
const work: readonly DoneWork[] = await Promise.all(
  results.map(async ({ execution, system, ...result }) => {
    const unit = await cellUnit({ execution, system });
    return { unit, result, seconds: 0.25, isNew: true };
  }),
);
const keys = work.map(({ unit }) => unit.key);
const BATCH: Batch = {
  work,
  cells: new Map(rows.map((row, i) => [keys[i], row])),
  columns: CELL_COLUMNS,
};

const ORIGIN = { commitId: 'c1', manifest: '{"command": "one"}' };

/** Adds the batch as a run does, from making sure of the database to closing it. */
function add(path: string, origin = ORIGIN, batch = BATCH): void {
  const database = new ResultsDatabase(path);
  database.add(origin, batch);
  database.close();
}

/** The batch with another result for its first unit. */
const OTHER: Batch = {
  ...BATCH,
  work: work.map((one, i) => (i === 0 ? { ...one, result: { report: { elapsedPs: 1 } } } : one)),
};

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

test('what was added is known, to the last bit, and what was not is not', () => {
  const path = join(directory, 'known.db');
  add(path);
  const database = new ResultsDatabase(path);
  const known = database.known([...keys, 'none']);
  database.close();
  assert.equal(known.size, keys.length);
  for (const { unit, result } of work) {
    assert.deepEqual(known.get(unit.key), { result, seconds: 0.25 });
  }
});

test('a unit is one row whatever runs have it, cells are readable, and each run has its units', () => {
  const path = join(directory, 'a.db');
  add(path);
  add(path);
  add(path, { commitId: 'c2', manifest: '{"command": "two"}' });
  const found = select<{ commitId: string; backend: string; execTimeNsPerTx: number }>(
    path,
    'SELECT commitId, backend, execTimeNsPerTx FROM cells ORDER BY backend',
  );
  assert.deepEqual(
    found.map(({ commitId, backend }) => `${commitId} ${backend}`),
    ['c1 no-sm', 'c1 sm-dd'],
  );
  const column = CELL_COLUMNS.find(({ name }) => name === 'execTimeNsPerTx');
  assert.equal(found[1].execTimeNsPerTx, column?.value(rows[1]));
  const used = select<{ command: string; label: string }>(
    path,
    `SELECT manifest ->> 'command' AS command, label FROM runs JOIN uses USING (run)
       JOIN work USING (unit) ORDER BY command, label`,
  );
  const labels = work.map(({ unit }) => unit.label);
  assert.deepEqual(
    used,
    ['one', 'two'].flatMap((command) => labels.map((label) => ({ command, label }))),
  );
});

test('a column that another run does not know stays', () => {
  const path = join(directory, 'columns.db');
  add(path);
  const alone = rows.map((row) => ({ ...row, unmirrored: undefined }));
  add(
    path,
    { commitId: 'c2', manifest: '{}' },
    { ...BATCH, cells: new Map([[keys[1], alone[1]]]) },
  );
  const [{ slowdownOverNoSm }] = select<{ slowdownOverNoSm: number }>(
    path,
    "SELECT slowdownOverNoSm FROM cells WHERE backend = 'sm-dd'",
  );
  assert.ok(slowdownOverNoSm > 1);
});

test('another result of a unit that is there is refused with the first difference, or replaces it', () => {
  const path = join(directory, 'other.db');
  add(path);
  const elapsed = results[0].report.elapsedPs;
  assert.throws(() => add(path, ORIGIN, OTHER), {
    name: 'FailureError',
    message:
      /other\.db: transact no-sm .* with another result \(keepsOrder: true and nothing\); --fresh/,
  });
  const report = { ...results[0].report, elapsedPs: 1 };
  const near = work.map((one) => ({ ...one, result: { ...(one.result as object), report } }));
  assert.throws(() => add(path, ORIGIN, { ...BATCH, work: near }), {
    message: new RegExp(`\\(report.elapsedPs: ${elapsed} and 1\\)`),
  });
  assert.deepEqual(new ResultsDatabase(path).known([keys[0]]).get(keys[0])?.result, work[0].result);
  add(path, { commitId: 'c2', manifest: '{}' }, { ...OTHER, replaces: true });
  const [{ commitId }] = select<{ commitId: string }>(
    path,
    "SELECT commitId FROM cells WHERE backend = 'no-sm'",
  );
  assert.equal(commitId, 'c2');
  assert.deepEqual(new ResultsDatabase(path).known([keys[0]]).get(keys[0])?.result, {
    report: { elapsedPs: 1 },
  });
});

test('rows of an older version stay readable, and get the columns that they lack', () => {
  const path = foreign(
    'old.db',
    `CREATE TABLE cells (commitId TEXT, cell TEXT, workload, PRIMARY KEY (commitId, cell));
     CREATE TABLE runs (run INTEGER PRIMARY KEY, manifest TEXT UNIQUE NOT NULL);
     INSERT INTO cells VALUES ('c0', '["x"]', 'ctree');`,
  );
  const database = new ResultsDatabase(path);
  assert.equal(database.known(keys).size, 0);
  database.close();
  add(path);
  const found = select<Record<string, unknown>>(path, 'SELECT * FROM cells ORDER BY commitId');
  assert.deepEqual(
    found.map(({ commitId, workload, key }) => [commitId, workload, key]),
    [
      ['c0', 'ctree', '1 c0 ["x"]'],
      ['c1', 'transact', keys[0]],
      ['c1', 'transact', keys[1]],
    ],
  );
  assert.equal(Object.keys(found[1]).length, columnsOf(CELL_COLUMNS, rows).length + 3);
  assert.equal(found[1]['param.regionLines'], 64);
  assert.equal(found[1].faults, null);
});

test('what is no database, or not ours, is refused before any work, and stays as it is', () => {
  const text = join(directory, 'text.db');
  writeFileSync(text, 'workload,backend\n');
  const newer = join(directory, 'newer.db');
  add(newer);
  const database = new Database(newer);
  database.pragma('user_version = 9');
  database.close();
  const columns = 'commitId TEXT, cell TEXT, PRIMARY KEY (commitId, cell)';
  for (const [path, message] of [
    [text, /it is no SQLite database/],
    [foreign('cells.db', 'CREATE TABLE cells (name TEXT)'), /of another program/],
    [foreign('keys.db', `CREATE TABLE cells (${columns})`), /of another program/],
    [
      foreign('view.db', `CREATE TABLE cells (${columns}); CREATE VIEW v AS SELECT 1`),
      /of another/,
    ],
    [foreign('id.db', 'PRAGMA application_id = 77'), /of another program/],
    [foreign('wal.db', 'PRAGMA journal_mode = WAL; CREATE TABLE x (y)'), /of another program/],
    [newer, /it has version 9 of the tables, and this program knows them up to 2/],
    [directory, /it is a directory/],
  ] as const) {
    const before = path === directory ? '' : readFileSync(path);
    const names = readdirSync(directory);
    assert.throws(() => new ResultsDatabase(path), { name: 'FailureError', message });
    if (path !== directory) assert.deepEqual(readFileSync(path), before, path);
    assert.deepEqual(readdirSync(directory), names);
  }
});

test('a result that is damaged is told, and is not taken for one', () => {
  const path = join(directory, 'damaged.db');
  add(path);
  const database = new Database(path);
  database.exec('UPDATE work SET result = substr(result, 1, 20)');
  database.close();
  assert.throws(() => new ResultsDatabase(path).known(keys), {
    name: 'FailureError',
    message: /cannot read the results database .*damaged\.db: a result in it is damaged/,
  });
});

test('what cannot be made is refused before any work; what can is made with the first rows', () => {
  writeFileSync(join(directory, 'file'), '');
  assert.throws(() => new ResultsDatabase(join(directory, 'file', 'such.db')), {
    name: 'FailureError',
    message: /^cannot write the results database [^:]*such\.db: (?!cannot)/,
  });
  const names = readdirSync(directory);
  const absent = new ResultsDatabase(join(directory, 'deep', 'down.db'));
  assert.equal(absent.known(keys).size, 0);
  absent.close();
  assert.deepEqual(readdirSync(directory), names);
  add(join(directory, 'deep', 'down.db'));
  assert.deepEqual(readdirSync(join(directory, 'deep')), ['down.db']);
  // An empty file is an empty database.
  add(join(directory, 'file'));
});

/** A process that adds `count` batches, once it is told to: units of its own each. */
function writer(path: string, name: string, count: number) {
  const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `
    import { ResultsDatabase } from ${url('results-db.ts')};
    const work = ${JSON.stringify(work)};
    const database = new ResultsDatabase(${JSON.stringify(path)});
    process.stdout.write('ready');
    process.stdin.once('data', () => {
      for (let i = 0; i < ${count}; i++) {
        const own = work.map((one) => ({
          ...one, unit: { ...one.unit, key: '${name}-' + i + one.unit.key } }));
        database.add({ commitId: 'c', manifest: '{"writer": "${name}"}' }, { work: own });
      }
      process.exit();
    });`;
  const args = ['--input-type=module', '--eval', script];
  return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

test('processes that make a database together lose no row', async () => {
  const path = join(directory, 'together.db');
  const writers = ['a', 'b', 'c'].map((name) => writer(path, name, 4));
  await Promise.all(writers.map(({ stdout }) => once(stdout, 'data')));
  for (const { stdin } of writers) stdin.end('go');
  const codes = await Promise.all(writers.map((one) => once(one, 'exit')));
  assert.deepEqual(codes, Array(3).fill([0, null]));
  const sql = 'SELECT count(*) AS units, count(DISTINCT run) AS runs FROM work';
  assert.deepEqual(select(path, sql), [{ units: 3 * 4 * work.length, runs: 3 }]);
});
