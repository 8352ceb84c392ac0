import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { commandsHere } from '../testing/in-process.ts';

const root = mkdtempSync(join(tmpdir(), 'plan-command-'));
after(() => rmSync(root, { recursive: true, force: true }));
const run = commandsHere(root);

const at = (name: string): string => join(root, name);
const textOf = (name: string): string => readFileSync(at(name), 'utf8');

const PLAN = `
programs: transact
param: {regionLines: 64}
transactions: 5
backends: [sm-rc, sm-dd]
experiments:
  - {name: epochs, vary: {epochs: '1:4:x2'}, seeds: 2}
  - {name: rtt, vary: {rtt: [500, 900]}, param: {regionLines: 64, epochs: 1}}
`;
writeFileSync(at('p.yaml'), PLAN);
const ONE =
  'sweep transact --param regionLines=64 --transactions 5 --backends sm-rc,sm-dd --seeds 2';

async function ran(line: string): Promise<{ out: string; err: string }> {
  const { code, out, err } = await run(line.split(' '));
  assert.equal(code, 0, `${line}: ${err}`);
  return { out, err };
}

const csv = (file: string): Record<string, string>[] => parse(textOf(file), { columns: true });

test('a plan of one sweep gives the bytes of its command line', async () => {
  const line = `${ONE} --vary epochs=1:4:x2`;
  await ran(`${line} --output line.csv`);
  await ran(`${line} --save-plan saved.yaml`);
  await ran('sweep saved.yaml --output plan.csv');
  assert.equal(textOf('plan.csv'), textOf('line.csv'));
  await ran('sweep saved.yaml --seeds 1 --output changed.csv');
  assert.equal(csv('changed.csv').length, csv('plan.csv').length / 2);
});

test('shards into one database are the whole run, whose bytes are the same', async () => {
  await ran('sweep p.yaml --output whole.csv');
  const before = await ran('plan p.yaml --db a.db --json');
  assert.equal(existsSync(at('a.db')), false, 'a database is only looked at');
  for (const shard of ['2/3', '1/3', '3/3']) {
    await ran(`sweep p.yaml --shard ${shard} --db a.db`);
    assert.equal(existsSync(at('x.csv')), false);
  }
  await ran('sweep p.yaml --shard 40/40 --db none.db');
  const merged = await ran('results merge none.db a.db --db all.db');
  assert.match(merged.out, /none\.db +0 +0\n/, 'a shard without cells has a database, too');
  const { out } = await ran('plan p.yaml --db a.db --output cells.csv');
  assert.match(out.replaceAll(/\s+/g, ' '), /24 cells of 6 executions; all are done/);
  assert.ok(csv('cells.csv').every(({ basis }) => basis === 'done'));
  const { err } = await ran('sweep p.yaml --db a.db --output merged.csv');
  assert.match(err, /24 of 24 cells were known/);
  assert.equal(textOf('merged.csv'), textOf('whole.csv'));
  const cells = JSON.parse(before.out).rows;
  assert.equal(cells.length, 24, 'with the bounds, which make no row');
  assert.deepEqual(
    [...new Set(csv('whole.csv').map(({ experiment }) => experiment))],
    ['epochs', 'rtt'],
  );
});

test('what cannot be is refused', async () => {
  const refused = async (line: string, message: RegExp) => {
    const { code, err } = await run(line.split(' '));
    assert.equal(code, 2, line);
    assert.match(err, message);
  };
  await refused('plan', /which plan\? Give FILE/);
  await refused('plan p.yaml --schema', /--schema is of all plans/);
  await refused('sweep p.yaml ctree', /p\.yaml is a plan: give it alone/);
  await refused('sweep p.yaml --shard 1/2', /give --db FILE/);
  await refused('sweep p.yaml --shard 3/2 --db b.db', /'3\/2' is not I\/N/);
  await refused('sweep p.yaml --shard 1/2 --db b.db --output o.csv', /leave out --output/);
  await refused('sweep p.yaml --save-plan q.yaml', /p\.yaml is a plan already/);
  await refused(`${ONE} --vary epochs=1 --save-plan q.yaml --output o.csv`, /leave out --output/);
  assert.equal(existsSync(at('q.yaml')), false);
  await refused('sweep p.yaml --tx-marker A', /--tx-marker is for a trace; p\.yaml runs none/);
  await refused('sweep p.yaml --vary nope=1', /^pmirror: --vary 'nope': nothing of that name/);
  await refused('sweep p.yaml --output p.yaml', /p\.yaml/);
  assert.equal(textOf('p.yaml'), PLAN);
});

test('the schema names every key of a plan', async () => {
  const { out } = await ran('plan --schema');
  const { properties } = JSON.parse(out);
  for (const key of ['programs', 'backends', 'profiles', 'vary', 'experiments', 'seeds', 'set']) {
    assert.ok(key in properties, key);
  }
});

test('the plan in README is shown and run', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const [, text] = /^```yaml\n# my\.yaml\n(.*?)^```$/ms.exec(page) ?? [];
  assert.ok(text !== undefined, 'README has a plan');
  writeFileSync(at('my.yaml'), text);
  const { out } = await ran('plan my.yaml --wide');
  assert.match(out.replaceAll(/\s+/g, ' '), / distance 6 240 0 .* clients 18 144 0 /);
  const little = '--backends sm-dd --profile paper-2018 --seeds 1 --transactions 8 --warmup 0';
  await ran(`sweep my.yaml ${little} --output my.csv`);
  const rows = Map.groupBy(csv('my.csv'), ({ experiment }) => experiment);
  assert.equal(rows.get('distance')?.length, 2 * 5);
  assert.equal(rows.get('clients')?.length, 2 * 3);
});
