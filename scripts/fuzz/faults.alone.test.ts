/**
 * Commands that write, on a disk that is full, broken or read-only at any moment, and killed at any moment.
 * Each file is the old or the new one, whole. A failure is told, and nothing is left after the next run.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { allCommands } from '../../harness/cli/commands/index.ts';
import { answerFromMemory, workInThisThread } from '../../harness/host/testing/same-thread.ts';
import { extent, IS_LONG } from '../../pm/testing/extent.ts';
import { type Case, contentsOf } from './case.ts';
import { CODES, systemError, withFault } from './faults.ts';
import { enter, inPlace, outcomeInPlace, place, STACK, type Tree } from './sandbox.ts';
import { RESULT_SEEDS } from './seeds.ts';
import { SOME_PLAN, SOME_TRACE, TRANSACT } from './small.ts';

const FILES: Tree = new Map(
  Object.entries({
    't.log': SOME_TRACE,
    'r/headline.csv': RESULT_SEEDS['headline.csv'],
    'r/ddio.csv': RESULT_SEEDS['ddio.csv'],
    'p.yaml': SOME_PLAN,
  }).map(([name, text]) => [name, Buffer.from(text)]),
);

/** A command that writes, all files that it can. */
interface Writing {
  readonly program?: Case['program'];
  readonly words: readonly string[];
  /** It takes long: it is tried at its first and last call only. */
  readonly slow?: true;
  /** It takes longer still: it is tried by `npm run test:long`. */
  readonly long?: true;
}

const CSV = ['--output', 'a.csv'];
const RUN = [...CSV, '--latencies', 'new/deep/b.csv'];

/** Of every command with an option that names a file to write. */
const WRITING: Readonly<Record<string, Writing>> = {
  run: { words: ['run', ...TRANSACT, '--backend', 'sm-dd', ...RUN] },
  replay: { words: ['replay', 't.log', '--backend', 'sm-dd', '--output', 'a.csv'] },
  export: { words: ['export', 'transact', '--transactions', '2', '--output', 'a.log'] },
  analyze: { words: ['analyze', 't.log', '--output', 'a.csv'] },
  'bench-whisper': {
    words: ['bench-whisper', '--transactions', '1', '--backend', 'no-sm,sm-rc', '--output', 'o'],
    slow: true,
    long: true,
  },
  'bench-transact': {
    words: ['bench-transact', '--epochs', '1', '--lines', '1', '--transactions', '2', ...CSV],
  },
  sweep: { words: ['sweep', 't.log', '--vary', 'rtt=500,900', '--output', 'a.csv'] },
  plan: { words: ['plan', 'p.yaml', ...CSV] },
  timeline: {
    words: ['timeline', 't.log', '--tx-marker', 'A', '--output', 'a.svg', '--output', 'a.json'],
  },
  profile: { words: ['profile', 'template', '--output', 'a.jsonc'] },
  'crash-check': {
    words: [
      ...['crash-check', 'transact', '--transactions', '1', '--backend', 'sm-dd', '--crashes', '2'],
      ...['--output', 'a.csv'],
    ],
  },
  'crash-survey': {
    words: ['crash-survey', 'transact', '--transactions', '1', '--turns', '1', ...CSV],
    slow: true,
  },
  results: { words: ['results', 'export', '--tidy', '--from', 'r/ddio.csv', '--output', 'b.csv'] },
  figures: {
    program: 'figures',
    words: ['--from', 'r', '--only', 'headline', '--format', 'svg,json', '--out', 'out'],
    slow: true,
  },
  report: { program: 'report', words: ['--from', 'r', '--output', 'a.html'], slow: true },
};

/** Of the calls of a command, one in so many fails, and the first and last; of `run` each. */
const ONE_CALL_IN = extent({ short: 3, long: 1 });

/** They write by the same module what takes a minute to compute, or is never the same twice. */
const TOO_LONG = ['bench-emulator', 'bench-growth', 'solve', 'study', 'calibrate', 'validate'];

/** They write to the results database alone: `harness/cli/resume.test.ts` and `work.test.ts` break that. */
const DATABASE_ONLY = ['advise', 'conform'];

test('every command that writes a file is tried', async () => {
  const namesOneToWrite = (files: (texts: readonly string[]) => readonly { use: string }[]) => {
    try {
      return files(['a.csv']).some(({ use }) => use === 'write');
    } catch {
      return false;
    }
  };
  const writing = (await allCommands())
    .filter(({ options }) =>
      Object.values(options).some(({ files }) => files !== undefined && namesOneToWrite(files)),
    )
    .map(({ usage }) => usage.split(' ')[0]);
  const untried = writing.filter((name) => !Object.hasOwn(WRITING, name));
  assert.deepEqual(untried.sort(), [...TOO_LONG, ...DATABASE_ONLY].sort());
});

const root = mkdtempSync(join(tmpdir(), 'faults-'));
before(() => {
  enter(root);
  workInThisThread();
  answerFromMemory();
});
after(() => {
  process.chdir(tmpdir());
  rmSync(root, { recursive: true, force: true });
});

/** As left by a process that is no more: no process has such a number. */
function orphaned(tree: Tree): Tree {
  const name = (path: string) => path.replace(/\.pmirror-\d+-/, '.pmirror-99999999-');
  return new Map([...tree].map(([path, bytes]) => [name(path), bytes]));
}

/** A tree that can be compared, and shown. */
const shown = (tree: Tree) =>
  Object.fromEntries(
    [...tree].map(([name, bytes]) => [name, bytes === 'directory' ? bytes : contentsOf(bytes)]),
  );

/** Throws unless each file is as in `old` or `made`; `hidden` ones may be there, too, if `isKilled`. */
function checkWhole(now: Tree, old: Tree, made: Tree, isKilled: boolean): void {
  for (const [name, bytes] of now) {
    if (bytes === 'directory' || (isKilled && name.includes('.pmirror-'))) continue;
    const isWhole = [old, made].some((tree) => {
      const was = tree.get(name);
      return Buffer.isBuffer(was) && was.equals(bytes);
    });
    assert(isWhole, `${name} is half-written, or left`);
  }
  for (const name of old.keys()) assert(now.has(name), `${name} is gone`);
}

for (const [name, { program = 'pmirror', words, slow, long }] of Object.entries(WRITING)) {
  const skip = long && !IS_LONG && 'npm run test:long';
  test(`${name}: files are old or new, whatever fails`, { skip }, async () => {
    const one: Case = { program, words: [...words], files: {} };
    const run = async (at?: number, happen?: (call: string) => void) => {
      const fault = at === undefined || happen === undefined ? undefined : { at, happen };
      const scratch = join(root, 'scratch');
      return withFault(scratch, fault, () => outcomeInPlace(one));
    };
    place(FILES);
    const { result: fresh } = await run();
    assert.equal(fresh.exitCode, 0, fresh.message);
    // Most outputs are there before, and hold something else.
    const outputs = [...fresh.files].filter(
      ([file, bytes]) => bytes !== 'directory' && !FILES.has(file) && !file.startsWith('new'),
    );
    const old: Tree = new Map([
      ...FILES,
      ...outputs.map(([file]) => [file, Buffer.from('old')] as const),
    ]);
    place(old);
    const first = await run();
    const made = first.result.files;
    assert.deepEqual(shown(made), shown(fresh.files));
    const last = first.calls.length - 1;
    const apart = slow ? last : name === 'run' ? 1 : ONE_CALL_IN;
    const positions = [...first.calls.keys()].filter((at) => at % apart === 0 || at === last);
    for (const at of positions) {
      const codes = CODES[first.calls[at]];
      const code = codes[at % codes.length];
      const where = `${code} at call ${at}`;
      place(old);
      let atDeath: Tree = new Map();
      const { result } = await run(at, (call) => {
        atDeath = inPlace();
        throw systemError(code, call);
      });
      assert.equal(result.exitCode, 1, `${where}: ${result.message}`);
      assert.match(result.message, /^cannot (write|make) /, where);
      assert.doesNotMatch(result.message, STACK);
      assert.deepEqual(result.scratch, [], where);
      checkWhole(result.files, old, made, false);
      checkWhole(atDeath, old, made, true);
      place(orphaned(atDeath));
      const again = await run();
      assert.equal(again.result.exitCode, 0, `after ${where}: ${again.result.message}`);
      assert.deepEqual(shown(again.result.files), shown(made), `after ${where}`);
    }
  });
}
