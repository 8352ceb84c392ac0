import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { RUN, twoRuns } from './testing/two-runs.ts';

const { directory, pmirror } = await twoRuns();

type Row = Readonly<Record<string, string>>;

const rowsOf = (file: string): Row[] =>
  parse(readFileSync(join(directory, file)), { columns: true });

/** The database `from` with `sql` done to it. */
function changed(name: string, from: string, sql: string): string {
  copyFileSync(join(directory, from), join(directory, name));
  const database = new Database(join(directory, name));
  database.exec(sql);
  database.close();
  return name;
}

async function succeeds(...words: readonly string[]): Promise<string> {
  const { code, out, err } = await pmirror(['results', ...words]);
  assert.equal(code, 0, err);
  return out;
}

/** The rows of a command's JSON. */
async function json(
  ...words: readonly string[]
): Promise<Record<string, string | number | null>[]> {
  const answer = JSON.parse(await succeeds(...words, '--json')) as {
    rows: Record<string, string | number | null>[];
  };
  return answer.rows;
}

test('list has the runs, with their commands and how many cells', async () => {
  const text = await succeeds('list', '--db', 'a.db');
  assert.match(text, /pmirror run transact/);
  assert.match(text, /\n4 cells of 1 run in \S*a\.db\n$/);
  const [run] = await json('list', '--db', 'a.db');
  assert.deepEqual([run.run, run.cells, String(run.models).split('+').length], [1, 4, 2]);
  const none = await json('list', '--db', 'a.db', '--backend', 'sm-ob');
  assert.deepEqual(none, []);
});

test('show has the cells that are chosen by program, design, machine, run, commit and column', async () => {
  const count = async (...words: readonly string[]) =>
    (await json('show', '--db', 'b.db', ...words)).length;
  assert.equal(await count(), 3);
  assert.equal(await count('--backend', 'design-a,no-sm'), 2);
  assert.equal(await count('--backend', 'sm-ob', '--where', 'threads=1', '--where', 'seed=1'), 1);
  assert.equal(await count('--where', 'backend=sm-ob', '--where', 'backend=no-sm'), 2);
  assert.equal(await count('--program', 'transact', '--profile', 'paper-2018', '--run', '1'), 3);
  assert.equal(await count('--where', 'quorum='), 3);
  const [{ model, commitId }] = await json('show', '--db', 'b.db');
  const short = ['--model', String(model).slice(0, 9), '--commit', String(commitId).slice(0, 4)];
  assert.equal(await count(...short), 3);
  const one = await succeeds('show', '--db', 'b.db', '--backend', 'sm-ob');
  assert.match(one, /execTimeNsPerTx +\d[\s\S]*\nrun: pmirror run transact/);
});

test('a machine is chosen with the values that were set by hand, and no other of a like name', async () => {
  const set = ['--set', 'link.rateGbps=50', '--db', 'set.db', '--backend', 'no-sm'];
  assert.equal((await pmirror([...RUN, ...set])).code, 0);
  const found = await json('show', '--db', 'set.db', '--profile', 'paper-2018');
  assert.deepEqual(
    found.map(({ profile }) => profile),
    ['paper-2018+link.rateGbps=50'],
  );
  for (const other of ['paper-201', 'paper-2018+link', 'paper-201?']) {
    const { code, err } = await pmirror(['results', 'show', '--db', 'set.db', '--profile', other]);
    assert.deepEqual([code, /no cell fits/.test(err)], [2, true]);
  }
});

test('export gives the bytes of the run, as CSV, and its figures as JSON Lines, Parquet and long form', async () => {
  await succeeds('export', '--db', 'a.db', '--output', 'a-again.csv');
  const lines = (file: string) => readFileSync(join(directory, file), 'utf8').split('\n');
  const sorted = (all: readonly string[]) => [all[0], ...all.slice(1).toSorted()];
  assert.deepEqual(sorted(lines('a-again.csv')), sorted(lines('a.csv')));
  const wide = rowsOf('a-again.csv');
  const cellOf = (text: string) =>
    text === '' ? null : Number.isNaN(Number(text)) ? text : Number(text);
  const expected = wide.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, text]) => [name, cellOf(text)])),
  );
  const rest = ({ commitId, model, ...row }: Record<string, unknown>) => {
    assert.ok(String(commitId).length > 4 && /^\d.*\+/.test(String(model)));
    return row;
  };
  await succeeds('export', '--db', 'a.db', '--output', 'a.jsonl');
  const jsonl = lines('a.jsonl')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Row);
  assert.deepEqual(jsonl.map(rest), expected);
  await succeeds('export', '--db', 'a.db', '--output', 'a.parquet');
  const bytes = readFileSync(join(directory, 'a.parquet'));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const parquet = await parquetReadObjects({ file });
  assert.deepEqual(parquet.map(rest), expected);
  const tidy = await succeeds('export', '--tidy', '--db', 'a.db', '--backend', 'sm-dd');
  const figures = parse(tidy, { columns: true }) as Row[];
  const time = figures.filter(({ metric }) => metric === 'execTimeNsPerTx');
  assert.deepEqual(
    time.map(({ backend, seed, unit, value }) => [backend, seed, unit, value]),
    wide
      .filter(({ backend }) => backend === 'sm-dd')
      .map((row) => [row.backend, row.seed, 'ns', row.execTimeNsPerTx]),
  );
});

test('a CSV file is exported, too, with its numbers as numbers', async () => {
  const text = await succeeds('export', '--from', 'a.csv', '--format', 'jsonl');
  const [first] = text.split('\n').map((line) => line && (JSON.parse(line) as unknown as Row));
  const [wide] = rowsOf('a.csv');
  const { execTimeNsPerTx, backend, quorum } = first as Row;
  assert.deepEqual(
    [execTimeNsPerTx, backend, quorum],
    [Number(wide.execTimeNsPerTx), wide.backend, null],
  );
});

test('merge joins what databases have, once, and in whatever order', async () => {
  const text = await succeeds('merge', 'a.db', 'b.db', '--db', 'all.db');
  assert.match(text, /a\.db +(\d) +\1\nb\.db +\d +1\n/);
  await succeeds('merge', 'b.db', 'a.db', 'a.db', '--db', 'other.db');
  await succeeds('merge', 'a.db', '--db', 'all.db');
  const [all, other] = await Promise.all(
    ['all', 'other'].map(async (name) => {
      await succeeds('export', '--db', `${name}.db`, '--output', `${name}.csv`);
      return readFileSync(join(directory, `${name}.csv`), 'utf8');
    }),
  );
  assert.equal(all, other);
  const rows = rowsOf('all.csv');
  assert.equal(rows.length, 5);
  const runs = await json('list', '--db', 'all.db');
  assert.deepEqual(
    runs.map(({ cells }) => cells),
    [4, 3],
  );
  assert.deepEqual(
    readdirSync(directory).filter((name) => /-(wal|shm|journal)$/.test(name)),
    [],
  );
});

test('what only one of two runs could say of a cell, the joined row has', async () => {
  const { code } = await pmirror([...RUN, '--backend', 'sm-dd', '--db', 'alone.db']);
  assert.equal(code, 0);
  for (const [target, ...sources] of [
    ['one.db', 'alone.db', 'b.db'],
    ['two.db', 'b.db', 'alone.db'],
  ]) {
    await succeeds('merge', ...sources, '--db', target);
    const [row] = await json('show', '--db', target, '--backend', 'sm-dd');
    assert.ok(Number(row.slowdownOverNoSm) > 1);
  }
});

test('other versions of the model stand side by side, and a comparison asks for one', async () => {
  const older =
    "UPDATE work SET model = '0.0.9+old', key = 'old ' || key; UPDATE cells SET key = 'old ' || key, commitId = 'c0ffee', execTimeNsPerTx = execTimeNsPerTx * 2";
  changed('older.db', 'b.db', older);
  await succeeds('merge', 'b.db', 'older.db', '--db', 'both.db');
  assert.equal((await json('show', '--db', 'both.db')).length, 6);
  await succeeds('export', '--db', 'both.db', '--output', 'both.csv');
  assert.ok(Object.hasOwn(rowsOf('both.csv')[0], 'model'));
  const moves = await json('compare', 'c0ffee', 'model:0.1', '--db', 'both.db');
  assert.deepEqual(
    moves.map(({ figure, changePercent, beyond }) => [figure, changePercent, beyond]),
    Array(3).fill(['execTimeNsPerTx', -50, 'unknown']),
  );
  const { code, err } = await pmirror(['results', 'compare', 'both.db', 'b.db']);
  assert.equal(code, 2);
  assert.match(err, /both\.db has rows of 2 versions of the model: choose one/);
});

test('rows that contradict each other are refused with the cell and both values, and nothing is merged', async () => {
  await succeeds('merge', 'b.db', '--db', 'kept.db');
  const bytes = readFileSync(join(directory, 'kept.db'));
  const result = `UPDATE work SET result = replace(result, '"elapsedPs":', '"elapsedPs":1') WHERE label LIKE '% sm-ob %'`;
  for (const [sql, what] of [
    [result, /transact sm-ob paper-2018, of the model \S+ \(report\.elapsedPs: (\d+) and 1\1\)/],
    [
      "UPDATE cells SET execTimeNsPerTx = 7 WHERE backend = 'sm-ob'",
      /transact sm-ob paper-2018 \(execTimeNsPerTx: [\d.]+ and 7\)/,
    ],
  ] as const) {
    changed('wrong.db', 'b.db', sql);
    for (const target of ['kept.db', 'new.db']) {
      const words = ['results', 'merge', 'a.db', 'b.db', 'wrong.db', '--db', target];
      const { code, err } = await pmirror(words);
      assert.equal(code, 1);
      assert.match(err, what);
      assert.match(err, /wrong\.db contradicts/);
    }
    assert.deepEqual(readFileSync(join(directory, 'kept.db')), bytes);
    assert.equal(existsSync(join(directory, 'new.db')), false);
  }
});

test('a source that is damaged is named, with what helps, and nothing is merged', async () => {
  const cut = readFileSync(join(directory, 'a.db'));
  writeFileSync(join(directory, 'torn.db'), cut.fill(7, cut.length / 2));
  writeFileSync(join(directory, 'short.db'), cut.subarray(0, 60));
  changed('text.db', 'a.db', "UPDATE work SET result = '{'");
  for (const name of ['torn.db', 'short.db', 'text.db']) {
    const { code, err } = await pmirror(['results', 'merge', 'a.db', name, '--db', 'none.db']);
    assert.equal(code, 1);
    assert.match(
      err,
      /^pmirror: cannot read the results database \S+\.db: (?:it|a result in it) is dam/,
    );
    assert.match(
      err,
      new RegExp(`${name}: .*; without this file, what it had is computed again\n$`),
    );
    assert.equal(existsSync(join(directory, 'none.db')), false);
  }
});

test('a database of the first version is merged and shown as one of now, and is not changed', async () => {
  const first = new Database(join(directory, 'first.db'));
  first.exec(`
    CREATE TABLE cells (commitId TEXT, cell TEXT, run, workload, backend, profile, queuePairs, execTimeNsPerTx REAL,
      PRIMARY KEY (commitId, cell));
    CREATE TABLE runs (run INTEGER PRIMARY KEY, manifest TEXT UNIQUE NOT NULL);
    INSERT INTO runs VALUES (1, '{"command": "pmirror run echo"}');
    INSERT INTO cells VALUES ('c1', '[1]', 1, 'echo', 'sm-ob', 'paper-2018', 'auto', 5.5);
    PRAGMA application_id = ${0x706d6972}; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;
  `);
  first.close();
  const bytes = readFileSync(join(directory, 'first.db'));
  await succeeds('merge', 'b.db', 'first.db', '--db', 'mixed.db');
  assert.deepEqual(readFileSync(join(directory, 'first.db')), bytes);
  for (const name of ['first.db', 'mixed.db']) {
    const [row] = await json('show', '--db', name, '--program', 'echo');
    assert.deepEqual([row.commitId, row.execTimeNsPerTx, row.model], ['c1', 5.5, null]);
  }
});

test('compare says what moved beyond the seeds, within them, and with one seed', async () => {
  const rows = rowsOf('a.csv').filter(({ backend }) => backend === 'sm-dd');
  const many = (name: string, times: readonly number[]) => {
    const columns = ['workload', 'backend', 'profile', 'queuePairs', 'seed', 'execTimeNsPerTx'];
    const lines = times.map((time, i) =>
      columns.map((column) => ({ ...rows[0], seed: i, execTimeNsPerTx: time })[column]).join(),
    );
    writeFileSync(join(directory, name), `${[columns.join(), ...lines].join('\n')}\n`);
    return name;
  };
  const old = many('old.csv', [100, 110, 90, 105]);
  const compare = async (times: readonly number[], ...words: readonly string[]) =>
    pmirror(['results', 'compare', old, many('now.csv', times), ...words]);
  const more = await compare([103, 113.3, 92.7, 108.15], '--fail-on', '2%');
  assert.match(more.out, /1 of 1 rows moved, in 1 figures, by up to \+3\.00 %\./);
  assert.match(more.out, /1 of 1 with several seeds are beyond the 95 % interval/);
  assert.match(
    more.err,
    /1 figure moved by more than 2 %: first of all execTimeNsPerTx of .*, \+3\.00 %/,
  );
  assert.equal(more.code, 1);
  assert.equal((await compare([103, 113.3, 92.7, 108.15], '--fail-on', '3.5')).code, 0);
  const noise = await compare([130, 90, 95, 120], '--fail-on', '2%');
  assert.deepEqual([noise.code, /0 of 1 with several seeds/.test(noise.out)], [0, true]);
  const one = await compare([103], '--fail-on', '2%');
  assert.deepEqual(
    [one.code, /1 are of one seed, or text: runs are deterministic/.test(one.out)],
    [1, true],
  );
  assert.match(
    (await compare([100, 110, 90, 105], '--fail-on', '0')).out,
    /^Nothing moved in 1 rows\.\n$/,
  );
});

test('what compare is given is looked up as file, directory, database, commit and run', async () => {
  const nothing = /^Nothing moved in \d+ rows/;
  assert.match(await succeeds('compare', 'a.csv', 'a.db'), nothing);
  assert.match(await succeeds('compare', '1', 'run:1', '--db', 'b.db'), nothing);
  await succeeds('merge', 'a.db', 'b.db', '--db', 'two-runs.db');
  // Of the second run: seed 1 alone, and sm-ob.
  assert.match(
    await succeeds('compare', '1', '2', '--db', 'two-runs.db'),
    /^Nothing moved in 2 rows; 1 is only after\.\n/,
  );
  const { code, err } = await pmirror(['results', 'compare', 'fade', 'a.db', '--db', 'b.db']);
  assert.equal(code, 2);
  assert.match(
    err,
    /fade is no file, and no commit, model or run in b\.db: it has the commits \w+/,
  );
  const lengths = await pmirror([
    ...RUN.with(3, '30'),
    '--backend',
    'no-sm,sm-ob,sm-dd',
    '--db',
    'long.db',
  ]);
  assert.equal(lengths.code, 0);
  await succeeds('merge', 'b.db', 'long.db', '--db', 'lengths.db');
  assert.match(await succeeds('compare', 'lengths.db', 'lengths.db'), /^Nothing moved in 6 rows/);
});
