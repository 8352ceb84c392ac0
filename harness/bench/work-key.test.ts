import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { profileNamed } from '../../rdma/index.ts';
import type { Execution, TraceExecution, WorkloadExecution } from './cells.ts';
import { modelVersion, modelVersionOf } from './model-version.ts';
import { loadPlugin } from './plugins.ts';
import type { SystemSpec } from './systems.ts';
import { cellUnit } from './work-key.ts';

const directory = mkdtempSync(join(tmpdir(), 'key-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** With every field that there is. */
const WORKLOAD: Required<WorkloadExecution> = {
  kind: 'workload',
  workload: 'transact',
  parameters: { epochs: 4, pattern: 'sequential' },
  threads: 2,
  seed: 1,
  transactions: 50,
  warmupTransactions: 5,
  untimedTransactions: 3,
  computeModel: 'o2',
};
const TRACE: Required<TraceExecution> = {
  kind: 'trace',
  name: 'log',
  file: file('log', 'a trace'),
  shownAs: 'log.gz',
  txMarkers: ['INSERT'],
  instructionsPerTx: [7000, 100],
  computeModel: 'given',
  orderNeeded: 'any',
  seed: 1,
  pid: 4711,
  pmRanges: [{ start: 1, end: 2 }],
};
const base = profileNamed('paper-2018');
const SYSTEM: Required<SystemSpec> = {
  backend: 'sm-dd',
  profile: { ...base, others: [{ replica: 1, replicaMemory: base.replicaMemory }] } as never,
  replicas: 3,
  queuePairs: 'any',
  faults: [{ replica: 1, slowdown: 2, stallFromNs: 3, stallForNs: 4 }],
  quorum: 2,
  inflight: 4,
  group: 8,
  reference: false,
};

/** Every value in `data` that is none of others, by its path. */
function leavesOf(data: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof data !== 'object' || data === null) return [path];
  return Object.entries(data).flatMap(([key, value]) => leavesOf(value, [...path, key]));
}

/** `data` with another value at `path`. */
function changedAt(data: unknown, [key, ...path]: readonly string[]): unknown {
  if (key === undefined) return typeof data === 'number' ? data + 1 : `${data}?`;
  const copy = Array.isArray(data) ? [...data] : { ...(data as object) };
  Object.assign(copy, { [key]: changedAt((data as Record<string, unknown>)[key], path) });
  return copy;
}

const keyOf = async (execution: Execution, system: SystemSpec = SYSTEM, percentiles?: number[]) =>
  (await cellUnit({ execution, system }, percentiles)).key;

test('every value of an execution and of a system is in the key, but for where a trace is', async () => {
  for (const execution of [WORKLOAD, TRACE]) {
    const usual = await keyOf(execution);
    assert.equal(await keyOf(structuredClone(execution), structuredClone(SYSTEM)), usual);
    const paths = leavesOf(execution);
    assert.ok(paths.length >= 9);
    for (const path of paths.filter(([name]) => !['kind', 'file', 'shownAs'].includes(name))) {
      const other = await keyOf(changedAt(execution, path) as Execution);
      assert.notEqual(other, usual, path.join('.'));
    }
  }
  const usual = await keyOf(WORKLOAD);
  const paths = leavesOf(SYSTEM);
  assert.ok(paths.length > 300, `${paths.length} values`);
  for (const path of paths) {
    const other = await keyOf(WORKLOAD, changedAt(SYSTEM, path) as SystemSpec);
    // It says only whether a cell makes a row.
    if (path[0] === 'reference') assert.equal(other, usual);
    else assert.notEqual(other, usual, path.join('.'));
  }
});

test('a trace is its bytes, wherever they are', async () => {
  const moved = { ...TRACE, file: file('elsewhere/copy', 'a trace'), shownAs: '-' };
  assert.equal(await keyOf(moved), await keyOf(TRACE));
  const other = { ...TRACE, file: file('other', 'A trace') };
  assert.notEqual(await keyOf(other), await keyOf(TRACE));
  await assert.rejects(keyOf({ ...TRACE, file: join(directory, 'none') }), {
    name: 'FailureError',
    message: /cannot read .*none/,
  });
});

test('percentiles are in the key, in any order, with the usual ones', async () => {
  const usual = await keyOf(WORKLOAD);
  assert.equal(await keyOf(WORKLOAD, SYSTEM, [99, 50]), usual);
  assert.equal(await keyOf(WORKLOAD, SYSTEM, [1, 2]), await keyOf(WORKLOAD, SYSTEM, [2, 1, 99]));
  assert.notEqual(await keyOf(WORKLOAD, SYSTEM, [99.99]), usual);
});

const BACKEND = `
  import { name } from './helper.ts';
  export const mine = {
    name, aliases: [], summary: 'test', role: 'design', ddio: 'on', durability: { after: 'everyEarlierLine', awaitedBy: 'everyFence' },
    onLine() {}, onOrderingPoint() {}, onDurabilityPoint() {},
  };`;

test("a user's part is its file and all that it imports", async () => {
  const pluginsOf = async (backend: string): Promise<string[]> => {
    const { description } = await cellUnit({
      execution: WORKLOAD,
      system: { ...SYSTEM, backend },
    });
    return JSON.parse(description).plugins;
  };
  const found: string[][] = [];
  for (const name of ['mine-a', 'mine-b']) {
    // What differs is two imports away.
    file(`${name}/deep.ts`, `export const name = '${name}';`);
    file(`${name}/helper.ts`, "export { name } from './deep.ts';");
    loadPlugin(file(`${name}/mine.ts`, BACKEND));
    found.push(await pluginsOf(name));
  }
  const [[a], [b]] = found;
  assert.match(a, /^[0-9a-f]{64}$/);
  assert.notEqual(a, b);
  assert.deepEqual(await pluginsOf('sm-dd'), []);
});

test('a changed source is another model, a changed test is not', () => {
  for (const name of ['pm', 'rdma', 'workloads', 'harness']) {
    file(`copy/${name}/a.ts`, `// ${name}`);
    file(`copy/${name}/a.test.ts`, '');
  }
  file('copy/package.json', '{"version": "1.2.3"}');
  const root = join(directory, 'copy');
  const version = modelVersionOf(root);
  assert.match(version, /^1\.2\.3\+[0-9a-f]{16}$/);
  file('copy/pm/a.test.ts', 'changed');
  assert.equal(modelVersionOf(root), version);
  const seen = new Set([version]);
  for (const name of ['pm', 'rdma', 'workloads', 'harness']) {
    file(`copy/${name}/a.ts`, '// changed');
    seen.add(modelVersionOf(root));
  }
  cpSync(join(root, 'pm', 'a.ts'), join(root, 'pm', 'b.ts'));
  seen.add(modelVersionOf(root));
  assert.equal(seen.size, 6);
  assert.notEqual(modelVersion(), version);
});
