import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCommandLine } from './command-line.ts';
import { COMMANDS } from './commands/index.ts';

const root = mkdtempSync(join(tmpdir(), 'output-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** Words beside the option that each command with `--output` needs. */
const NEEDED: Readonly<Record<string, string>> = {
  analyze: 'ctree',
  replay: 'trace:ctree',
  export: 'ctree',
  sweep: 'ctree --vary threads=1,2',
  timeline: 'ctree',
  profile: 'schema',
  results: 'export --tidy',
  solve: 'ctree slowdown(sm-rc)<=2 --over rtt',
};

/** Commands whose `--output` is a directory. */
const OF_DIRECTORIES = ['bench-whisper', 'study'];

const OPTIONS = ['output', 'latencies', 'intervals', 'db', 'ddio'];

test('a file that cannot be written is refused before anything is run', async (t) => {
  writeFileSync(join(root, 'file'), '');
  mkdirSync(join(root, 'a.manifest.json'));
  const write = t.mock.method(process.stdout, 'write', () => true);
  for (const { usage, options } of COMMANDS) {
    const [name] = usage.split(' ');
    for (const option of OPTIONS.filter((one) => Object.hasOwn(options, one))) {
      const isDirectory = option === 'output' && OF_DIRECTORIES.includes(name);
      // A timeline is known by its ending.
      const ending = name === 'timeline' ? '.svg' : '.csv';
      const paths = [join(root, 'file', isDirectory ? 'below' : `below${ending}`)];
      if (ending === '.csv' && !isDirectory) paths.push(root, `${join(root, 'new')}/`);
      // No CSV file without its manifest.
      const hasManifest = option !== 'db' && !['export', 'timeline', 'profile'].includes(name);
      if (!isDirectory && hasManifest) paths.push(join(root, 'a.csv'));
      for (const path of paths) {
        const words = `${name} ${NEEDED[name] ?? ''}`.trim().split(' ');
        if (option === 'intervals') words.push('--seeds', '2');
        const line = [...words, `--${option}`, path];
        const { exitCode, message } = await runCommandLine(line, { alwaysTrace: false });
        assert.match(message, /^cannot write .*: .* a directory$/, line.join(' '));
        assert.equal(exitCode, 1);
        assert.equal(write.mock.callCount(), 0, `${line.join(' ')} has run`);
      }
    }
  }
});

test('a directory is asked for by name where a file is given', async () => {
  writeFileSync(join(root, 'file'), '');
  for (const name of OF_DIRECTORIES) {
    for (const path of [join(root, 'out.csv'), join(root, 'file')]) {
      const line = [name, '--output', path];
      const { exitCode, message } = await runCommandLine(line, { alwaysTrace: false });
      assert.match(message, /^--output takes a directory, for \w+.*\.csv.*; '.*' is a file/);
      assert.equal(exitCode, 2);
    }
  }
});

test('what is not CSV, and two tables at once, do not go to standard output', async () => {
  for (const [line, expected] of [
    ['run ctree --db -', /--db '-': it must be a file/],
    ['export ctree --output /dev/stdout', /--output '\/dev\/stdout': it must be a file/],
    ['run ctree --output - --latencies=-', /--output and --latencies both take standard output/],
    ['run ctree --json --output /dev/fd/1', /--output and --json both take standard output/],
    ['study sensitivity region --output -', /--output - takes one study; choose of sens/],
  ] as const) {
    const { exitCode, message } = await runCommandLine(line.split(' '), { alwaysTrace: false });
    assert.match(message, expected);
    assert.equal(exitCode, 2);
  }
});
