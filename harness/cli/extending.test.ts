/**
 * A workload or a backend is one file and one line in a table. That is done here to a copy of the
 * sources, as a newcomer would, with those that README.md shows. Both must then pass conformance, and
 * every command must know them. As files of a user's own they run as they are.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandsElsewhere } from './testing/elsewhere.ts';
import type { Ran } from './testing/in-process.ts';
import { shellEnvironment } from './testing/shell-environment.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const COPY = mkdtempSync(join(tmpdir(), 'extending-test-'));
after(() => rmSync(COPY, { recursive: true, force: true }));

const WORKLOAD = 'tally';
const BACKEND = 'sm-line';

const SOURCES = ['pm', 'rdma', 'workloads', 'harness', 'scripts/plans'];
for (const name of [...SOURCES, 'package.json', 'tsconfig.json']) {
  cpSync(join(ROOT, name), join(COPY, name), { recursive: true });
}
symlinkSync(join(ROOT, 'node_modules'), join(COPY, 'node_modules'), 'dir');
const page = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The listing of README that `name` exports. */
function listing(name: string): string {
  const all = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => text);
  const found = all.find((text) => text.includes(`name: '${name}'`));
  assert.ok(found !== undefined, `README shows ${name}`);
  return found;
}
writeFileSync(join(COPY, 'rdma', 'backends', `${BACKEND}.ts`), listing(BACKEND));
writeFileSync(join(COPY, 'workloads', `${WORKLOAD}.ts`), listing(WORKLOAD));
addTo('rdma/backends/index.ts', { name: 'smLine', from: `./${BACKEND}.ts`, after: 'smDd' });
addTo('workloads/index.ts', { name: WORKLOAD, from: `./${WORKLOAD}.ts`, after: 'transact' });

/** Adds a line to the table in `file`, and the import that it needs. */
function addTo(file: string, entry: { name: string; from: string; after: string }): void {
  const path = join(COPY, file);
  const text = readFileSync(path, 'utf8');
  const inTable = new RegExp(`(= [^=]*\\[[^\\]]*\\b${entry.after}\\b)`);
  assert.match(text, inTable);
  const added = text.replace(inTable, `$1, ${entry.name}`);
  writeFileSync(path, `import { ${entry.name} } from '${entry.from}';\n${added}`);
}

/** What Node prints in the copy; it must not fail. */
function run(...words: readonly string[]): string {
  const env = shellEnvironment({ NODE_DISABLE_COMPILE_CACHE: '1' });
  const child = spawnSync(process.execPath, words, { cwd: COPY, env, encoding: 'utf8' });
  assert.equal(child.status, 0, `${words.join(' ')}\n${child.stdout}${child.stderr}`);
  return child.stdout;
}

test('they compile', () => {
  const tables = ['workloads/index.ts', 'rdma/backends/index.ts'];
  writeFileSync(
    join(COPY, 'tsconfig.tables.json'),
    JSON.stringify({ extends: './tsconfig.json', include: tables }),
  );
  const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
  assert.equal(run(compiler, '-p', 'tsconfig.tables.json'), '');
});

for (const [suite, name] of [
  ['harness/crash/plan.test.ts', 'every workload under every backend'],
]) {
  test(`${suite}: ${name}`, () => {
    const told = run('--test-reporter', 'tap', '--test-name-pattern', name, suite);
    assert.match(told, /^# pass [1-9]/m);
  });
}

const CHOSEN = ['--backend', `no-sm,${BACKEND}`];
const SHORT = ['--transactions', '20'];
const COMMANDS: readonly (readonly [expected: RegExp, words: readonly string[]])[] = [
  [/^tally conforms: 12 rules hold\.$/m, ['conform', WORKLOAD]],
  [/^sm-line conforms: 7 rules hold\.$/m, ['conform', BACKEND, '--programs', '10']],
  [/^ {2}tally +extra .*^ {2}sm-line +- /ms, ['list']],
  [/^tally +2 +per-core +\d+ +\d+ /m, ['run', WORKLOAD, '--wide', ...CHOSEN, ...SHORT]],
  [
    /^8 +tally .* \d+ +\d+ /m,
    ['sweep', WORKLOAD, '--wide', '--vary', 'slots=2,8', ...CHOSEN, ...SHORT],
  ],
  [/^sm-line waits for the replica 2\.00 times/m, ['explain', WORKLOAD, ...CHOSEN, ...SHORT]],
  [/^epochs +40, 100 % of one line/m, ['analyze', WORKLOAD, ...SHORT]],
  [
    /^sm-line +1 .* 0$/m,
    ['crash-check', WORKLOAD, '--backend', BACKEND, '--crashes', '20', ...SHORT],
  ],
  [/4 places: 3 caught, 1 made good/, ['crash-survey', WORKLOAD, '--transactions', '4']],
  [/mirrored by sm-line to 2/, ['failover', WORKLOAD, '--backend', BACKEND, ...SHORT]],
  [/^2 +2 +\d+ /m, ['bench-transact', '--epochs', '2', '--lines', '2', ...CHOSEN, ...SHORT]],
];
let ended: readonly Ran[] = [];

test('the commands run', () => {
  ended = commandsElsewhere(
    COPY,
    COMMANDS.map(([, words]) => words),
  );
});

for (const [i, [expected, words]] of COMMANDS.entries()) {
  test(`pmirror ${words.join(' ')}`, () => {
    const { code, out, err } = ended[i];
    assert.equal(code, 0, err);
    assert.match(out, expected);
  });
}

test('as files of a user they run as they are, wherever they lie', () => {
  const own = mkdtempSync(join(tmpdir(), 'extending-own-'));
  after(() => rmSync(own, { recursive: true, force: true }));
  const [backend, workload] = [BACKEND, WORKLOAD].map((name) => {
    const file = join(own, `${name}.ts`);
    writeFileSync(file, listing(name).replace(`name: '${name}'`, `name: 'own-${name}'`));
    return file;
  });
  const words = ['run', workload, '--wide', '--backend', `no-sm,${backend}`, ...SHORT];
  const told = run(join('harness', 'cli', 'main.ts'), ...words);
  assert.match(told, /own-sm-line\*/);
  assert.match(told, /^own-tally\* +2 +per-core /m);
});
