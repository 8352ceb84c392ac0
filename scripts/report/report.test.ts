/** The report as a file: what is in it, what it refuses, that nothing of a CSV file becomes markup. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Script } from 'node:vm';
import { runCommandLine } from '../../harness/cli/command-line.ts';
import { UsageError } from '../../harness/host/index.ts';
import { KNOWN_FILES } from '../../harness/studies/compare/index.ts';
import { RESULTS } from '../figures/draw/source.ts';
import { PROGRAM } from './main.ts';
import { clientScript } from './page/document.ts';
import { html, scriptJson } from './page/html.ts';
import { readResults } from './source.ts';
import { NASTY, nastyRows, reportAt, whisperRows, writeRows } from './testing/reports.ts';

const folder = mkdtempSync(join(tmpdir(), 'pmirror-report-test-'));
after(() => rmSync(folder, { recursive: true }));

/** An empty directory. */
function directory(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

test('a template escapes what is put into it, in text and in attributes', () => {
  const { markup } =
    html`<p title="${'"\''}">${'<b>&'}${html`<i>${2}</i>`}${['<', html`<hr>`]}</p>`;
  assert.equal(markup, '<p title="&quot;&#39;">&lt;b&gt;&amp;<i>2</i>&lt;<hr></p>');
});

test('JSON in a script element holds nothing that HTML or a line could end at', () => {
  const { markup } = scriptJson(NASTY);
  assert.doesNotMatch(markup, /[<>&\u2028\u2029]/);
  assert.deepEqual(JSON.parse(markup), NASTY);
});

test('the page has no path, no time and no name of this machine: the same bytes each time', async () => {
  const path = writeRows(folder, 'mine.csv', whisperRows());
  const { page } = await reportAt(path, 'mine.csv');
  const again = writeRows(directory('elsewhere'), 'mine.csv', whisperRows());
  assert.equal((await reportAt(again, 'mine.csv')).page === page, true);
  assert.ok(!page.includes(folder));
});

test('no text of a CSV file becomes markup, be it a value, a column or a name', async () => {
  const { page } = await reportAt(writeRows(folder, 'nasty.csv', nastyRows()), 'nasty.csv');
  assert.doesNotMatch(page, /<img|<svg onload|<!--|alert\([123]\)<\/b>/);
  const elements = page.match(/<script[^>]*>|<\/script>/g) ?? [];
  assert.equal(elements.length, 10);
  assert.ok(page.includes('&lt;/script&gt;&lt;img'));
});

test('the policy of the page allows its own scripts by their hashes, and no request', async () => {
  const { page } = await reportAt(writeRows(folder, 'a.csv', whisperRows()), 'a.csv');
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
  assert.match(policy, /^default-src &#39;none&#39;; script-src (&#39;sha256-[\w+/=]+&#39; ?){3};/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  assert.doesNotMatch(page.replace(/<script>[\s\S]*?<\/script>/g, ''), /(src|href)="(?!#|data:)/);
});

test("the page's own script is one that can be read", () => {
  assert.doesNotThrow(() => new Script(clientScript()));
  assert.doesNotMatch(clientScript(), /^(import|export) /m);
});

test('the table of files knows every committed file, its key and its main columns', () => {
  const results = readResults(RESULTS, 'results');
  assert.deepEqual(results.ignored, []);
  const page = readFileSync(join(RESULTS, 'README.md'), 'utf8');
  for (const { name, kind, columns, records } of results.files) {
    assert.ok(KNOWN_FILES.includes(kind), name);
    const optional = ['faults'];
    const named = [...kind.key.filter((key) => !optional.includes(key)), ...kind.main];
    assert.deepEqual(
      named.filter((column) => !columns.includes(column)),
      [],
      name,
    );
    const keys = records.map((row) => JSON.stringify(kind.key.map((column) => row[column])));
    assert.equal(new Set(keys).size, keys.length, `${name}: its key does not tell its rows apart`);
    const line = page.split('\n').find((one) => one.startsWith(`| \`${name}\` |`)) ?? '';
    assert.ok(line.includes(kind.command) || line.includes('the same'), `${name}: ${line}`);
  }
});

test('results that are none are refused with what is wrong', () => {
  const refused = (rows: readonly Record<string, string>[], name: string) => () =>
    readResults(writeRows(folder, name, rows), name);
  assert.throws(refused([{ a: '1' }], 'b.csv'), /its columns are those of no file of results/);
  const without = whisperRows().map(({ backend: _, ...row }) => row);
  assert.throws(
    refused(without, 'whisper.csv'),
    (error) =>
      error instanceof UsageError &&
      /whisper\.csv: the column backend is missing/.test(error.message),
  );
  const empty = directory('empty');
  assert.throws(() => readResults(empty, 'empty'), /has no CSV file of results; accepted: whisper/);
  assert.throws(() => readResults(`${empty}x`, 'x'), /x: no such file or directory/);
});

test('against other results the page says what moved, first of all the main columns', async () => {
  const rows = whisperRows();
  const after = rows.map((row) =>
    row.workload === 'ctree' && row.backend === 'sm-dd'
      ? { ...row, execTimeNsPerTx: String(2 * Number(row.execTimeNsPerTx)) }
      : row,
  );
  const old = writeRows(folder, 'old.csv', rows);
  const { page } = await reportAt(writeRows(folder, 'new.csv', after), 'new.csv', old);
  assert.match(page, /2 of \d+ rows moved\. Of 2 figures that differ, 0 are\s+beyond/);
  assert.match(page, /\+100 %: execTimeNsPerTx of workload ctree, backend sm-dd, /);
  const same = await reportAt(old, 'old.csv', old);
  assert.match(same.page, /Nothing moved in \d+ rows\./);
  await assert.rejects(
    () => reportAt(RESULTS, 'results', old),
    /--against earlier: has no file of the same name: it has old\.csv, and results has whisper/,
  );
});

test('what is missing for a figure is said, and the rest is drawn', async () => {
  const rows = whisperRows().map(({ slowdownOverNoSm: _, ...row }) => row);
  const { skipped, figures } = await reportAt(writeRows(folder, 'part.csv', rows), 'part.csv');
  assert.ok(figures > 0);
  assert.match(skipped.find(({ id }) => id === 'whisper-time')?.reason ?? '', /slowdownOverNoSm/);
});

test('wrong words on the command line are refused, and nothing is written', async () => {
  const output = join(folder, 'none.html');
  const main = [join(import.meta.dirname, 'main.ts'), '--output', output, '--form', 'x'];
  const { status, stderr } = spawnSync(process.execPath, main, { encoding: 'utf8' });
  assert.equal(status, 2, stderr);
  assert.match(stderr, /^report: unknown option --form: did you mean --from\?/);
  for (const [words, message] of [
    [['--from', join(folder, 'no')], /no such file or directory/],
    [['--machine=maybe'], /^--machine takes no value; 'maybe' was given/],
    [['--from', output], /^--output .* would overwrite --from .*, which is read/],
  ] as const) {
    const line = ['--output', output, ...words];
    const ending = await runCommandLine(line, { alwaysTrace: false, program: PROGRAM });
    assert.equal(ending.exitCode, 2);
    assert.match(ending.message, message);
  }
  assert.ok(!existsSync(output));
});
