import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { RESULTS_DIRECTORY } from '../harness/cli/result-files.ts';
import { FailureError } from '../harness/host/index.ts';
import type { CheckedFile, Fields } from './csv-differences.ts';
import { CHECKS, type Check, MEASURED } from './regeneration.ts';
import { checkResults } from './results-check.ts';

const root = mkdtempSync(join(tmpdir(), 'results-check-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

const committed = join(root, 'results');
mkdirSync(committed);
const rowsOf = (count: number, value: number) =>
  Array.from({ length: count }, (_, i) => `${i},${value}\n`).join('');
writeFileSync(join(committed, 'a.csv'), `n,ns\n${rowsOf(20, 1)}`);
writeFileSync(join(committed, 'b.csv'), 'n,ns\n0,5\n');

const check = (name: string, text: string): Check => ({
  files: [{ name, key: ['n'] }],
  regenerate: async (directory) => writeFileSync(join(directory, name), text),
});

/** Whether a check holds of a.csv (all of whose rows hold `value`) and b.csv, and what is said. */
async function run(value: number, names: readonly string[], b = check('b.csv', 'n,ns\n0,5\n')) {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const checks = { a: check('a.csv', `n,ns\n${rowsOf(20, value)}`), b };
  const same = await checkResults({ checks, names, committed, say });
  return { same, said: said.join('\n') };
}

test('all the same: a line for each file', async () => {
  const { same, said } = await run(1, []);
  assert.equal(same, true);
  assert.deepEqual(said.split('\n').sort(), ['a.csv: the same', 'b.csv: the same']);
});

test('what moved: the first dozen values, and how many there are', async () => {
  const { same, said } = await run(2, ['a']);
  assert.equal(same, false);
  const [head, ...lines] = said.split('\n');
  assert.equal(head, 'a.csv: 20 differences, committed -> regenerated');
  assert.deepEqual(lines.slice(10), ['  n=10: ns 1 -> 2', '  n=11: ns 1 -> 2', '  and 8 more']);
});

test('only what is named is made anew', async () => {
  assert.deepEqual(await run(2, ['b']), { same: true, said: 'b.csv: the same' });
});

test('a command that fails is a difference, whatever it wrote, and so is a file not made', async () => {
  const b = check('b.csv', 'n,ns\n0,5\n');
  const fails: Check = {
    ...b,
    async regenerate(directory, jobs) {
      await b.regenerate(directory, jobs);
      throw new FailureError('it is beyond its tolerance');
    },
  };
  const failed = await run(1, ['b'], fails);
  assert.deepEqual(failed, { same: false, said: 'it is beyond its tolerance\nb.csv: the same' });
  const missing = await run(1, ['b'], { ...b, regenerate: async () => {} });
  assert.equal(missing.same, false);
  assert.match(missing.said, /b\.csv: 1 difference.*\n {2}the file was not made/);
});

test('every committed file that is computed is checked, whole or in a part that has rows, by keys that tell them apart', () => {
  const files: CheckedFile[] = Object.values(CHECKS).flatMap((one: Check) => one.files);
  const there = readdirSync(RESULTS_DIRECTORY).filter((name) => name.endsWith('.csv'));
  // headline.csv is computed from joint.csv and whole runs: results.test.ts holds it to them.
  const unchecked = there.filter((file) => files.every(({ name }) => name !== file));
  assert.deepEqual(
    unchecked.filter((file) => file !== 'headline.csv' && !MEASURED.includes(file)),
    [],
  );
  for (const { name, key, isPart = () => true } of files) {
    if (!there.includes(name)) continue;
    const text = readFileSync(join(RESULTS_DIRECTORY, name), 'utf8');
    const rows: Fields[] = parse(text, { columns: true });
    const checked = rows.filter(isPart).map((row) => key.map((column) => row[column]).join());
    assert.ok(checked.length > 0, name);
    assert.equal(new Set(checked).size, checked.length, name);
  }
});

const PROGRAM = join(import.meta.dirname, 'results-check.ts');

test('wrong arguments on the command line: exit code 2', () => {
  for (const [word, message] of [
    [
      'whsiper',
      /^results:check: unknown check 'whsiper': did you mean whisper\?; accepted: whisper, /,
    ],
    [
      '--all',
      /^results:check: unknown option --all; npm run results:check -- \[names\.\.\] takes no/,
    ],
  ] as const) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, word], {
      encoding: 'utf8',
    });
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, message);
  }
});

test('Ctrl-C: no file is left, and no process', async () => {
  const scratch = join(root, 'scratch');
  mkdirSync(scratch);
  const env = { ...process.env, TMPDIR: scratch };
  const options = { env, stdio: 'ignore', detached: true } as const;
  const child = spawn(process.execPath, [PROGRAM, 'validation'], options);
  const ended = once(child, 'close');
  // Its own directory, that of the check, and that of the command, which has begun then.
  while (readdirSync(scratch, { recursive: true }).length < 3) {
    await new Promise((go) => setTimeout(go, 20));
  }
  child.kill('SIGINT');
  assert.deepEqual(await ended, [null, 'SIGINT']);
  // What outlives it removes the files; the system takes a moment to bury the process that it killed.
  const isAlone = () => readdirSync(scratch).length === 0 && !isGroup(Number(child.pid));
  while (!isAlone()) await new Promise((go) => setTimeout(go, 20));
});

/** Whether anybody is in the group of processes that `leader` led. */
function isGroup(leader: number): boolean {
  try {
    return process.kill(-leader, 0);
  } catch {
    return false;
  }
}
