import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
};

/** Commands whose `--output` is a directory. */
const OF_DIRECTORIES = ['bench-whisper', 'study'];

const OPTIONS = ['output', 'latencies', 'intervals', 'db', 'ddio'];

test('a file that cannot be written is refused before anything is run', async (t) => {
  writeFileSync(join(root, 'file'), '');
  const write = t.mock.method(process.stdout, 'write', () => true);
  for (const { usage, options } of COMMANDS) {
    const [name] = usage.split(' ');
    for (const option of OPTIONS.filter((one) => Object.hasOwn(options, one))) {
      const paths = [join(root, 'file', 'below.csv')];
      if (option !== 'output' || !OF_DIRECTORIES.includes(name)) paths.push(root);
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
