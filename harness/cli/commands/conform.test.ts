/** An unsound part does not conform, and its rows are marked until it does. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { shellEnvironment } from '../testing/shell-environment.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const CLI = join(ROOT, 'harness', 'cli', 'main.ts');
const directory = mkdtempSync(join(tmpdir(), 'conform-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function pmirror(...words: string[]) {
  const env = shellEnvironment({ XDG_STATE_HOME: join(directory, 'state') });
  return spawnSync(process.execPath, [CLI, ...words], { cwd: directory, env, encoding: 'utf8' });
}

/** A backend that waits at every fence, with lines written through to memory; some of it replaced. */
function backendFile(name: string, changed: Readonly<Record<string, string>> = {}): string {
  const parts = {
    durability: "{ after: 'earlierEpochs', awaitedBy: 'everyFence' }",
    verb: 'Verb.WRITE_THROUGH',
    ordering: 'this.onDurabilityPoint(posting, core);',
    ...changed,
  };
  const verbs = JSON.stringify(join(ROOT, 'rdma', 'network', 'verb.ts'));
  const text = `import { Verb } from ${verbs};
export const own = {
  name: '${name}',
  aliases: [],
  summary: 'a design of a user',
  role: 'design',
  ddio: 'on',
  durability: ${parts.durability},
  onLine(posting: any, core: number, line: number, words: number): void {
    posting.post(core, ${parts.verb}, line, words);
  },
  onOrderingPoint(posting: any, core: number): void {
    ${parts.ordering}
  },
  onDurabilityPoint(posting: any, core: number): void {
    if (posting.linesSinceAnswer(core) === 0) return;
    posting.post(core, Verb.RDFENCE, 0);
    posting.awaitAnswer(core);
  },
};
`;
  writeFileSync(join(directory, `${name}.ts`), text);
  return `./${name}.ts`;
}

test('a backend that acknowledges early does not conform, and says by which rule', () => {
  const file = backendFile('sm-early', { verb: 'Verb.WRITE' });
  const { status, stdout, stderr } = pmirror('conform', file, '--programs', '5');
  assert.equal(status, 1, stderr);
  const [verdict] = stdout.split('\n');
  assert.match(verdict, /^sm-early does NOT conform: of \d rules .* do not hold\.$/);
  assert.match(stdout, /^semantics: what the backend states.*\n.*its timing shows/m);
  assert.match(stdout, /replay: {3}pmirror conform \.\/sm-early\.ts --seed 1 --rule order$/m);
  assert.match(stderr, /sm-early does not conform: .*order/);
});

test('a backend that drops the order between epochs does not conform', () => {
  const file = backendFile('sm-unordered', {
    durability: "{ after: 'earlierEpochs', awaitedBy: 'durabilityPoint' }",
    ordering: '',
  });
  const { status, stdout } = pmirror('conform', file, '--programs', '5');
  assert.equal(status, 1);
  assert.match(stdout, /later epochs overtake earlier ones/);
  assert.match(stdout, /is durable before an earlier epoch's/);
  const one = pmirror('conform', file, '--rule', 'order', '--programs', '1');
  assert.equal(one.status, 1, 'the replay finds the same');
  assert.match(one.stdout, /of 1 rules .* 1 do not hold/);
});

test('what a part throws is called its fault', () => {
  const file = backendFile('sm-thrower', { ordering: "throw new Error('not today');" });
  const { status, stdout } = pmirror('conform', file, '--rule', 'time', '--programs', '5');
  assert.equal(status, 1);
  assert.match(stdout, /the backend \.\/sm-thrower\.ts throws: not today/);
});

test('rows of a backend are marked until it conforms, and again when its file is changed', () => {
  const file = backendFile('sm-own');
  const run = (output: string) => {
    const ran = pmirror(
      ...['run', 'transact', '--param', 'regionLines=64', '--transactions', '20'],
      ...['--backend', `no-sm,sm-rc,${file}`, '--output', output],
    );
    assert.equal(ran.status, 0, ran.stderr);
    const lines = readFileSync(join(directory, output), 'utf8').trim().split('\n');
    return { ...ran, column: lines.map((line) => line.replace(/^.*,/, '')) };
  };
  const before = run('before.csv');
  assert.match(before.stdout, / sm-own\*/);
  assert.match(before.stderr, /\* sm-own has not passed: pmirror conform \.\/sm-own\.ts/);
  assert.deepEqual(before.column, ['conformed', 'yes', 'yes', 'no']);
  const passed = pmirror('conform', file, '--programs', '3');
  assert.equal(passed.status, 0, passed.stdout);
  assert.match(passed.stdout, /^sm-own conforms: 7 rules hold\.\n/);
  assert.match(passed.stdout, /crashes +20 cells, \d{4,} crash images, 2 seeded bugs found/);
  const then = run('then.csv');
  assert.doesNotMatch(then.stdout, /\*/);
  assert.equal(then.stderr, '');
  assert.deepEqual(then.column, ['conformed', 'yes', 'yes', 'yes']);
  writeFileSync(
    join(directory, 'sm-own.ts'),
    `${readFileSync(join(directory, 'sm-own.ts'))}// x\n`,
  );
  assert.match(run('changed.csv').stdout, / sm-own\*/);
});

test('what is no part is refused with what is accepted', () => {
  const refused = (word: string, message: RegExp, ...more: string[]) => {
    const { status, stderr, stdout } = pmirror('conform', word, ...more);
    assert.notEqual(status, 0);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  };
  refused('sm-on', /unknown backend or workload 'sm-on': did you mean sm-ob\?; accepted: no-sm/);
  refused('./none.ts', /cannot read the plug-in \.\/none\.ts: no such file/);
  writeFileSync(join(directory, 'empty.ts'), 'export const x = 1;\n');
  refused('./empty.ts', /exports neither a Backend .* nor a workload/);
  writeFileSync(join(directory, 'broken.ts'), 'export const x = ;\n');
  refused('./broken.ts', /the plug-in \.\/broken\.ts cannot be loaded: /);
  refused(backendFile('sm-ob'), /the name 'sm-ob' is taken; give it another/);
  refused('sm-ob', /--rule 'ordr' is not one of name, .*: did you mean order\?/, '--rule', 'ordr');
});
