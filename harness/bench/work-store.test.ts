import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import Database from 'better-sqlite3';
import { profileNamed } from '../../rdma/index.ts';
import { FailureError } from '../host/index.ts';
import { withoutWorkers } from '../host/testing/same-thread.ts';
import { columnsOf } from '../report/index.ts';
import type { CellGroup, TraceExecution } from './cells.ts';
import { cellColumns, cellRows } from './columns.ts';
import { CELLS, runGroups } from './pool.ts';
import { REGISTRY } from './registry.ts';
import { ResultsDatabase } from './results-db.ts';
import { resumed } from './resumption.ts';
import { type CellResult, runGroup } from './run.ts';
import { expandSystems, type SystemChoice } from './systems.ts';
import { shortTransact } from './testing/short-transact.ts';
import { type ShowWork, WorkStore } from './work-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'store-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const EXECUTION = shortTransact();

function group(backends: readonly string[], more: Partial<SystemChoice> = {}): CellGroup {
  const choice = { backends, profiles: [profileNamed('paper-2018')], replicas: [1], ...more };
  return { execution: EXECUTION, systems: expandSystems(choice), percentiles: [50, 99.99] };
}

/** What a run did: its results, or why it failed, and of how many cells how many were known. */
interface Ran {
  readonly results: readonly (readonly CellResult[])[];
  readonly worked: number;
  readonly notes: readonly string[];
  readonly summary: string;
}

/** Runs groups with the database at `path`, as one command does. */
async function run(
  path: string,
  groups: readonly CellGroup[],
  { isFresh = false, isOptional = false, spoil = (_: ResultsDatabase): void => {} } = {},
): Promise<Ran> {
  const database = new ResultsDatabase(path);
  spoil(database);
  const notes: string[] = [];
  const onFailure = isOptional ? (note: string) => void notes.push(note) : undefined;
  const origin = { commitId: 'c1', manifest: '{}' };
  const store = new WorkStore(database, { origin, isFresh, onFailure });
  let worked = 0;
  try {
    const show: ShowWork = (todo, work) => {
      worked += todo.count;
      return work();
    };
    const results = await withoutWorkers(() => runGroups(groups, { store, show }));
    return { results, worked, notes, summary: store.summary() };
  } finally {
    store.close();
  }
}

const ALL = group(['no-sm', 'sm-rc', 'sm-ob', 'sm-dd']);
const computed = await withoutWorkers(() => runGroups([ALL]));

/** Every value of every column. */
function valuesOf(results: readonly (readonly CellResult[])[]): unknown[] {
  const rows = results.flatMap(cellRows);
  const columns = columnsOf(cellColumns([50, 99.99]), rows);
  return rows.flatMap((row) => columns.map((column) => column.value(row)));
}

test('of a group only the cells are run that are not known, and the results are those of the whole', async () => {
  const path = join(directory, 'parts.db');
  const first = await run(path, [group(['sm-rc', 'sm-dd'])]);
  assert.deepEqual([first.worked, first.summary], [2, '']);
  const second = await run(path, [ALL]);
  assert.deepEqual([second.worked, second.summary], [2, `2 of 4 cells were known (${path})\n`]);
  const third = await run(path, [ALL]);
  assert.deepEqual([third.worked, third.summary], [0, `4 of 4 cells were known (${path})\n`]);
  for (const { results } of [second, third]) {
    assert.deepEqual(results, computed);
    assert.deepEqual(valuesOf(results), valuesOf(computed));
  }
});

test('a cell whose peers were run apart has its speedup once they are taken together', async () => {
  const path = join(directory, 'apart.db');
  const speedup = (): unknown => {
    const database = new Database(path, { readonly: true });
    const sql = "SELECT speedupOverSmRc FROM cells WHERE backend = 'sm-dd'";
    const found = database.prepare(sql).pluck().get();
    database.close();
    return found;
  };
  await run(path, [group(['sm-dd'])]);
  await run(path, [group(['sm-rc'])]);
  assert.equal(speedup(), null);
  const database = new ResultsDatabase(path);
  const origin = { commitId: 'c1', manifest: '{"another": "run"}' };
  const store = new WorkStore(database, { origin, isFresh: false, onFailure: undefined });
  await withoutWorkers(() => runGroups([group(['sm-rc', 'sm-dd'])], { store }));
  store.close();
  assert.ok(Number(speedup()) > 1);
});

test('what is fresh is computed, and replaces what was there', async () => {
  const path = join(directory, 'fresh.db');
  const one = group(['sm-dd']);
  await run(path, [one]);
  const database = new Database(path);
  database.exec('UPDATE work SET result = replace(result, \'"operations":\', \'"operations":9\')');
  database.close();
  assert.notDeepEqual((await run(path, [one])).results[0], [computed[0][3]]);
  assert.equal((await run(path, [one], { isFresh: true })).worked, 1);
  const again = await run(path, [one]);
  assert.deepEqual([again.worked, again.results[0]], [0, [computed[0][3]]]);
});

test('a group that fails loses nothing of those before', async () => {
  const path = join(directory, 'failed.db');
  const execution: TraceExecution = {
    ...{ kind: 'trace', name: 'gone', file: '/no/such/file', txMarkers: [], seed: 1 },
    ...{ instructionsPerTx: [0], computeModel: 'given', orderNeeded: 'any' },
  };
  const bad: CellGroup = { ...ALL, execution };
  await assert.rejects(
    run(path, [group(['sm-rc']), bad]),
    /^FailureError: \/no\/such\/file: no such/,
  );
  assert.equal((await run(path, [group(['sm-rc'])])).worked, 0);
});

test('of a group in parts each is kept when it is done, and rows are whole when all are', async () => {
  const path = join(directory, 'cut.db');
  const cut = (items: readonly CellGroup[]) =>
    items.flatMap((item, of) =>
      item.systems.map((system, i) => ({ of, indices: [i], item: { ...item, systems: [system] } })),
    );
  const runParts = async (partsMax: number): Promise<number> => {
    const database = new ResultsDatabase(path);
    const origin = { commitId: 'c1', manifest: '{}' };
    const store = new WorkStore(database, { origin, isFresh: false, onFailure: undefined });
    let worked = 0;
    const options = { store };
    const { results } = await resumed([ALL], { ...CELLS, cut }, options, async (items, watch) => {
      for (const [i, item] of items.entries()) {
        if (worked === partsMax) throw new Error('killed');
        watch?.onDone?.(i, await runGroup(item, REGISTRY, { directory }), 1);
        worked++;
      }
      return [];
    }).finally(() => store.close());
    assert.deepEqual(results, computed);
    return worked;
  };
  await assert.rejects(runParts(3), /killed/);
  assert.equal(await runParts(9), 1);
  const database = new Database(path, { readonly: true });
  const sql = 'SELECT count(speedupOverSmRc) FROM cells';
  assert.equal(database.prepare(sql).pluck().get(), 4);
  database.close();
});

test('a database that fails in mid-run ends a run that asked for it, and else is only told', async () => {
  const spoil = (database: ResultsDatabase): void => {
    database.add = () => {
      throw new FailureError('no room is left');
    };
  };
  const failing = (name: string, isOptional: boolean) =>
    run(join(directory, name), [ALL, group(['sm-rc'])], { isOptional, spoil });
  await assert.rejects(failing('asked.db', false), /no room is left/);
  const { results, notes } = await failing('optional.db', true);
  assert.deepEqual(results[0], computed[0]);
  assert.deepEqual(notes, ['no room is left']);
});

test('whether a stall is met is asked of what is known too', async () => {
  const path = join(directory, 'stall.db');
  const stalled = (backends: readonly string[], stallFromNs: number) =>
    group(backends, { faults: [{ replica: 0, stallFromNs, stallForNs: 1000 }] });
  await run(path, [stalled(['sm-rc'], 0)]);
  const both = await run(path, [stalled(['no-sm', 'sm-rc'], 0)]);
  assert.equal(both.worked, 2);
  assert.equal((await run(path, [stalled(['no-sm', 'sm-rc'], 0)])).worked, 0);
  // Alone no-sm sends the replica nothing.
  const alone = run(path, [stalled(['no-sm'], 0)]);
  await assert.rejects(alone, { name: 'UsageError', message: /no run of transact/ });
});
