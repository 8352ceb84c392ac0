/** What a user's part does wrong is told as its fault, with its name and file, and no stack trace of ours. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandsHere } from './testing/in-process.ts';
import { shellEnvironment } from './testing/shell-environment.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'plugin-faults-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const pmirror = commandsHere(directory);

const VERBS = JSON.stringify(join(ROOT, 'rdma', 'network', 'verb.ts'));
const COUNTERS = JSON.stringify(join(ROOT, 'workloads', 'testing', 'counters.ts'));

/** A backend that works, but for what `own` puts in place of its parts. */
function backendText(name: string, own: Readonly<Record<string, string>>): string {
  const parts = {
    top: '',
    more: '',
    line: 'posting.post(core, Verb.WRITE_THROUGH, line, words);',
    ...own,
  };
  return `import { Verb } from ${VERBS};
${parts.top}
export const own = {
  name: '${name}', aliases: [], summary: '', role: 'design', ddio: 'on',
  durability: { after: 'earlierEpochs', awaitedBy: 'everyFence' },
  onLine(posting: any, core: number, line: number, words: number): any {
    ${parts.line}
  },
  onOrderingPoint(posting: any, core: number): void { this.onDurabilityPoint(posting, core); },
  onDurabilityPoint(posting: any, core: number): void {
    if (posting.linesSinceAnswer(core) === 0) return;
    posting.post(core, Verb.RDFENCE, 0);
    posting.awaitAnswer(core);
  },
  ${parts.more}
};
`;
}

/** A workload that works, but for what `own` puts in place of what it configures, or of its program. */
function workloadText(name: string, own: Readonly<Record<string, string>>): string {
  const { configured = '', program = '', more = '' } = own;
  return `import { counters } from ${COUNTERS};
export const own = { ...counters, name: '${name}', ${more} configure(given: any): any {
  const own = counters.configure(given);
  const create = (...all: [any, any, any]) => {
    const made = own.create(...all);
    return { transaction: (c: number) => made.transaction(c), verify: () => made.verify(),
      digest: () => made.digest(), ${program} };
  };
  return { ...own, create, ${configured} };
} };
`;
}

/** By file: its text, and what is said of it. */
const FAULTS: Readonly<Record<string, readonly [text: string, said: RegExp]>> = {
  'at-load': [
    backendText('at-load', { top: "throw new Error('not me');" }),
    /^pmirror: the plug-in \.\/at-load\.ts cannot be loaded: Error: not me \(at-load\.ts:2\)$/m,
  ],
  'in-hook': [
    backendText('in-hook', { line: 'undefined.x();' }),
    /the backend in-hook \(in-hook\.ts\) throws in onLine: TypeError: .* \(in-hook\.ts:7\)$/m,
  ],
  'no-error': [
    backendText('no-error', { line: 'throw null;' }),
    /throws in onLine: null \(no Error\)/,
  ],
  exits: [
    backendText('exits', { line: 'process.exit(0);' }),
    /in onLine: .*exit is not for plug-ins/,
  ],
  later: [
    backendText('later', { line: "return Promise.reject(new Error('x'));" }),
    /the backend later \(later\.ts\) gives a promise from onLine/,
  ],
  verb: [
    backendText('verb', { line: "posting.post(core, 'WRITE', line, words);" }),
    /the backend verb \(verb\.ts\) posts 'WRITE', which is no Verb/,
  ],
  line: [
    backendText('line', { line: 'posting.post(core, Verb.WRITE, NaN, words);' }),
    /posts words 255 of line NaN, which there are not/,
  ],
  core: [
    backendText('core', { line: 'posting.post(core + 1, Verb.WRITE, line, words);' }),
    /acts for core 1 where it is called for core 0/,
  ],
  refuses: [
    backendText('refuses', { more: 'refuses: () => 5,' }),
    /gives from refuses 5, and must/,
  ],
  chooser: [
    backendText('chooser', { more: 'createChooser: () => ({}),' }),
    /gives from createChooser a value of type object, and must give an object with the functions/,
  ],
  stated: [
    backendText('stated', { more: "durability: { after: 'never', awaitedBy: 'everyFence' }," }),
    /the plug-in \.\/stated\.ts: durability\.after: .*expected one of "earlierEpochs"/,
  ],
  Named: [backendText('Named', {}), /\.\/Named\.ts: name: a name is of lower-case letters/],
  heap: [
    workloadText('heap', { configured: 'heapBytes: () => NaN,' }),
    /gives from heapBytes NaN, and/,
  ],
  budget: [
    workloadText('budget', { configured: 'instructionsPerTx: () => [NaN],' }),
    /gives from instructionsPerTx .* 1 numbers, one for each of txTypes/,
  ],
  program: [
    workloadText('program', { configured: 'create: () => null,' }),
    /the workload program \(program\.ts\) gives from create null, and must give an object with/,
  ],
  step: [
    workloadText('step', { program: "transaction() { throw new RangeError('no'); }," }),
    /the workload step \(step\.ts\) throws in transaction: RangeError: no \(step\.ts:7\)/,
  ],
  configure: [
    workloadText('configure', { configured: "get heapBytes() { throw new Error('y'); }," }),
    /throws in configure: Error: y/,
  ],
  threads: [workloadText('threads', { more: 'threadsMax: 0.5,' }), /\.\/threads\.ts: threadsMax: /],
};

for (const [name, [text, said]] of Object.entries(FAULTS)) {
  test(`${name}: told as the part's fault`, async () => {
    writeFileSync(join(directory, `${name}.ts`), text);
    const words = text.includes('counters')
      ? ['run', `./${name}.ts`, '--backend', 'sm-dd']
      : ['run', 'transact', '--param', 'regionLines=64', '--backend', `./${name}.ts`];
    const { code, out, err } = await pmirror([...words, '--transactions', '8', '--jobs', '1']);
    assert.match(err, said);
    assert.ok(code === 1 || code === 2, `${code}`);
    assert.doesNotMatch(out + err, /\n +at /, 'no stack trace');
  });
}

test('what a part throws when nobody waits for it is told, in this thread and in a worker', () => {
  const later = (where: string): string =>
    `import { isMainThread } from 'node:worker_threads';
if (${where}) setTimeout(() => { throw new Error('late'); }, 0);`;
  for (const [name, where] of Object.entries({ here: 'isMainThread', there: '!isMainThread' })) {
    writeFileSync(join(directory, `${name}.ts`), backendText(name, { top: later(where) }));
    const words = ['run', 'transact', '--param', 'regionLines=64', '--backend', `./${name}.ts`];
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'main.ts'), ...words],
      { cwd: directory, env: shellEnvironment(), encoding: 'utf8' },
    );
    assert.match(stderr, /^pmirror: the plug-in \w+\.ts throws when nobody .*: Error: late/m);
    assert.equal(status, 1);
  }
});
