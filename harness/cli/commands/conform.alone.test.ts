/** An unsound part does not conform, and its rows are marked until it does. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandsHere } from '../testing/in-process.ts';
import { shellEnvironment } from '../testing/shell-environment.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const CLI = join(ROOT, 'harness', 'cli', 'main.ts');
const directory = mkdtempSync(join(tmpdir(), 'conform-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const STATE = { XDG_STATE_HOME: join(directory, 'state') };
const here = commandsHere(directory, STATE);
const pmirror = (...words: string[]) => here(words);

/** In a process of its own, which knows no part but those of its command line. */
function pmirrorAnew(...words: string[]) {
  const env = shellEnvironment(STATE);
  const options = { cwd: directory, env, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...words], options);
  return { code: status, out: stdout, err: stderr };
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

test('a backend that acknowledges early does not conform, and says by which rule', async () => {
  const file = backendFile('sm-early', { verb: 'Verb.WRITE' });
  const { code, out, err } = await pmirror('conform', file, '--programs', '5');
  assert.equal(code, 1, err);
  const [verdict] = out.split('\n');
  assert.match(verdict, /^sm-early does NOT conform: of \d rules .* do not hold\.$/);
  assert.match(out, /^semantics: what the backend states.*\n.*its timing shows/m);
  assert.match(out, /replay: {3}pmirror conform \.\/sm-early\.ts --seed 1 --rule order$/m);
  assert.match(err, /sm-early does not conform: .*order/);
});

test('a backend that drops the order between epochs does not conform', async () => {
  const file = backendFile('sm-unordered', {
    durability: "{ after: 'earlierEpochs', awaitedBy: 'durabilityPoint' }",
    ordering: '',
  });
  const { code, out } = await pmirror('conform', file, '--programs', '5');
  assert.equal(code, 1);
  assert.match(out, /later epochs overtake earlier ones/);
  assert.match(out, /is durable before an earlier epoch's/);
  const one = await pmirror('conform', file, '--rule', 'order', '--programs', '1');
  assert.equal(one.code, 1, 'the replay finds the same');
  assert.match(one.out, /of 1 rules .* 1 do not hold/);
});

test('what a part throws is called its fault', async () => {
  const file = backendFile('sm-thrower', { ordering: "throw new Error('not today');" });
  const { code, out } = await pmirror('conform', file, '--rule', 'time', '--programs', '5');
  assert.equal(code, 1);
  assert.match(
    out,
    /the backend sm-thrower \(sm-thrower\.ts\) throws in onOrderingPoint: Error: not today \(sm-thrower\.ts:\d+\)/,
  );
});

test('rows of a backend are marked until it conforms, and again when its file is changed', async () => {
  const file = backendFile('sm-own');
  const run = (output: string) => {
    const ran = pmirrorAnew(
      ...['run', 'transact', '--param', 'regionLines=64', '--transactions', '20', '--jobs', '1'],
      ...['--backend', `no-sm,sm-rc,${file}`, '--output', output],
    );
    assert.equal(ran.code, 0, ran.err);
    const lines = readFileSync(join(directory, output), 'utf8').trim().split('\n');
    return { ...ran, column: lines.map((line) => line.replace(/^.*,/, '')) };
  };
  const before = run('before.csv');
  assert.match(before.out, / sm-own\*/);
  assert.match(before.err, /\* sm-own has not passed: pmirror conform \.\/sm-own\.ts/);
  assert.deepEqual(before.column, ['conformed', 'yes', 'yes', 'no']);
  const passed = await pmirror('conform', file, '--programs', '3');
  assert.equal(passed.code, 0, passed.out);
  assert.match(passed.out, /^sm-own conforms: 7 rules hold\.\n/);
  assert.match(passed.out, /crashes +20 cells, \d{4,} crash images, 2 seeded bugs found/);
  const then = run('then.csv');
  assert.doesNotMatch(then.out, /\*/);
  assert.equal(then.err, '');
  assert.deepEqual(then.column, ['conformed', 'yes', 'yes', 'yes']);
  writeFileSync(
    join(directory, 'sm-own.ts'),
    `${readFileSync(join(directory, 'sm-own.ts'))}// x\n`,
  );
  assert.match(run('changed.csv').out, / sm-own\*/);
});

test('what is no part is refused with what is accepted', async () => {
  const refused = async (word: string, message: RegExp, ...more: string[]) => {
    const { code, err, out } = await pmirror('conform', word, ...more);
    assert.notEqual(code, 0);
    assert.equal(out, '');
    assert.match(err, message);
  };
  await refused(
    'sm-on',
    /unknown backend or workload 'sm-on': did you mean sm-ob\?; accepted: no-sm/,
  );
  await refused('./none.ts', /cannot read the plug-in \.\/none\.ts: no such file/);
  writeFileSync(join(directory, 'empty.ts'), 'export const x = 1;\n');
  await refused('./empty.ts', /exports neither a Backend .* nor a workload/);
  writeFileSync(join(directory, 'broken.ts'), 'export const x = ;\n');
  await refused('./broken.ts', /the plug-in \.\/broken\.ts cannot be loaded: /);
  await refused(backendFile('sm-ob'), /the name 'sm-ob' is taken; give it another/);
  await refused(
    'sm-ob',
    /--rule 'ordr' is not one of name, .*: did you mean order\?/,
    '--rule',
    'ordr',
  );
});
