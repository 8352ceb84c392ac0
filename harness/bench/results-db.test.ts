import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import Database from 'better-sqlite3';
import { PROFILES } from '../../rdma/index.ts';
import { columnsOf } from '../report/index.ts';
import type { WorkloadExecution } from './cells.ts';
import { CELL_COLUMNS, cellRows } from './columns.ts';
import { REGISTRY } from './registry.ts';
import { appendToDatabase, currentCommit } from './results-db.ts';
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
  appendToDatabase(path, 'c1', '{"command": "one"}', rows);
  appendToDatabase(path, 'c1', '{"command": "one"}', rows);
  appendToDatabase(path, 'c2', '{"command": "two"}', rows);
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
  const path = join(directory, 'old.db');
  const database = new Database(path);
  database.exec(
    'CREATE TABLE cells (commitId TEXT, cell TEXT, workload, PRIMARY KEY (commitId, cell))',
  );
  database.close();
  appendToDatabase(path, 'c1', '{"command": "one"}', rows);
  const [row] = select<Record<string, unknown>>(path, 'SELECT * FROM cells');
  assert.equal(row.workload, 'transact');
  assert.equal(Object.keys(row).length, columnsOf(CELL_COLUMNS, rows).length + 3);
  assert.equal(row['param.regionLines'], 64);
  assert.equal(row.faults, null);
});

test('what cannot be opened is a failure that names the file', () => {
  writeFileSync(join(directory, 'file'), '');
  assert.throws(() => appendToDatabase(join(directory, 'file', 'such.db'), 'c', '{}', rows), {
    name: 'FailureError',
    message: /cannot write the results database .*such\.db/,
  });
});

test('outside of a checkout the commit is unknown', () => {
  assert.equal(currentCommit(directory), 'unknown');
});
