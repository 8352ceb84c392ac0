import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { FailureError } from './errors.ts';
import { replaceFiles, requireWritable, writeWhole } from './whole-file.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'whole-file-'));
after(() => fs.rmSync(root, { recursive: true, force: true }));

/** A new directory, and a path in it. */
function place(name: string): string {
  return join(fs.mkdtempSync(join(root, 'd-')), name);
}

const MODULE = join(import.meta.dirname, 'whole-file.ts');

/** Waits for what another process does. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(20);
}

const textFile = (path: string, text: string) => ({
  path,
  fill: (file: { write(text: string): void }) => file.write(text),
});

/** `call` of node:fs does this instead, until the test is over. */
function instead<K extends 'writeSync' | 'fsyncSync' | 'renameSync' | 'openSync'>(
  t: TestContext,
  call: K,
  run: (...args: Parameters<(typeof fs)[K]>) => unknown,
): void {
  const mocked = t.mock.method(fs, call, run as (typeof fs)[K]);
  syncBuiltinESMExports();
  t.after(() => {
    mocked.mock.restore();
    syncBuiltinESMExports();
  });
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: 'write' });
}

test('a new file is made under a name that nobody can foresee, and only if there is none', (t) => {
  const path = place('a.csv');
  const { openSync } = fs;
  const opened: [name: string, flags: unknown][] = [];
  instead(t, 'openSync', (name, flags, mode) => {
    if (flags !== 'r') opened.push([String(name), flags]);
    return openSync(name, flags, mode);
  });
  writeWhole(path, '1');
  writeWhole(path, '2');
  assert.deepEqual(
    opened.map(([, flags]) => flags),
    ['wx', 'wx'],
  );
  const names = opened.map(([name]) => name.replace(/^.*\/(\.pmirror-\d+-[\da-f]{8}-)/, '$1'));
  for (const name of names) assert.match(name, /^\.pmirror-\d+-[\da-f]{8}-[\da-f]{16}$/);
  assert.notEqual(names[0], names[1]);
  assert.equal(fs.readFileSync(path, 'utf8'), '2');
  assert.deepEqual(fs.readdirSync(join(path, '..')), ['a.csv']);
});

test('mode and owner of a replaced file are kept, and no other reads it meanwhile', (t) => {
  const path = place('a.csv');
  fs.writeFileSync(path, 'old');
  fs.chmodSync(path, 0o640);
  if (process.getuid?.() === 0) fs.chownSync(path, 12, 34);
  const before = fs.statSync(path);
  const { writeSync } = fs;
  const modes: number[] = [];
  instead(t, 'writeSync', (file, ...data) => {
    modes.push(fs.fstatSync(file).mode & 0o777);
    return (writeSync as (...all: unknown[]) => number)(file, ...data);
  });
  writeWhole(path, 'new');
  const { mode, uid, gid } = fs.statSync(path);
  assert.deepEqual([mode, uid, gid], [before.mode, before.uid, before.gid]);
  assert.deepEqual(modes, [0o600]);
});

test('a name of 255 bytes is written, as is one below a directory that a link leads to', () => {
  const long = place('ü'.repeat(127).concat('x'));
  writeWhole(long, 'x');
  assert.equal(fs.readFileSync(long, 'utf8'), 'x');
  const link = place('link');
  fs.symlinkSync('not/yet/there.csv', link);
  writeWhole(link, 'y');
  assert(fs.lstatSync(link).isSymbolicLink());
  assert.equal(fs.readFileSync(join(link, '..', 'not', 'yet', 'there.csv'), 'utf8'), 'y');
  const circle = place('circle');
  fs.symlinkSync('circle', circle);
  assert.throws(() => writeWhole(circle, 'x'), /cannot write .*circle: /);
});

test('files that belong together: all are synced before the first gets its name', (t) => {
  const paths = ['a', 'b', 'c'].map((name) => place(name));
  for (const path of paths) fs.writeFileSync(path, 'old');
  const { fsyncSync, renameSync } = fs;
  const calls: string[] = [];
  instead(t, 'fsyncSync', (file) => {
    if (fs.fstatSync(file).isFile()) calls.push('sync');
    fsyncSync(file);
  });
  instead(t, 'renameSync', (from, to) => {
    calls.push('rename');
    renameSync(from, to);
  });
  replaceFiles(paths.map((path) => textFile(path, 'new')));
  assert.deepEqual(calls, ['sync', 'sync', 'sync', 'rename', 'rename', 'rename']);
  for (const path of paths) assert.equal(fs.readFileSync(path, 'utf8'), 'new');
});

for (const code of ['ENOSPC', 'EIO', 'EDQUOT']) {
  for (const call of ['writeSync', 'fsyncSync'] as const) {
    test(`${code} at the last ${call}: all files are as they were, nothing is left`, (t) => {
      const path = place('a');
      const files = [path, `${path}.b`, `${path}.new`];
      for (const file of files.slice(0, 2)) fs.writeFileSync(file, 'old');
      const original = fs[call] as (...args: unknown[]) => number;
      let calls = 0;
      instead(t, call, (...args) => {
        calls++;
        if (calls === files.length) throw systemError(code);
        return original(...args);
      });
      assert.throws(() => replaceFiles(files.map((file) => textFile(file, 'new'))), {
        name: 'FailureError',
        message: /^cannot write .*a\.new: /,
      });
      assert.deepEqual(fs.readdirSync(join(path, '..')), ['a', 'a.b']);
      calls = 2;
      assert.throws(() => writeWhole(join(path, '..', 'deep', 'down', 'x'), 'x'), /cannot write/);
      assert.deepEqual(fs.readdirSync(join(path, '..')), ['a', 'a.b'], 'nor a directory');
      for (const file of files.slice(0, 2)) assert.equal(fs.readFileSync(file, 'utf8'), 'old');
    });
  }
}

test('a run killed at any sync or rename leaves whole files, and soon nothing else', async () => {
  for (const call of ['fsyncSync', 'renameSync']) {
    for (const at of [1, 2, 3]) {
      const path = place('a');
      const files = [path, `${path}.b`, `${path}.c`];
      for (const file of files) fs.writeFileSync(file, 'old');
      const script = `
        import fs from 'node:fs';
        import { syncBuiltinESMExports } from 'node:module';
        const original = fs.${call};
        let calls = 0;
        fs.${call} = (...args) => {
          calls++;
          if (calls === ${at}) process.kill(process.pid, 'SIGKILL');
          return original(...args);
        };
        syncBuiltinESMExports();
        const { replaceFiles } = await import(${JSON.stringify(MODULE)});
        const fill = (file) => file.write('new');
        replaceFiles(${JSON.stringify(files)}.map((path) => ({ path, fill })));
      `;
      const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
      assert.equal(signal, 'SIGKILL');
      const renamed = call === 'renameSync' ? at - 1 : 0;
      for (const [i, file] of files.entries()) {
        assert.equal(fs.readFileSync(file, 'utf8'), i < renamed ? 'new' : 'old');
      }
      const names = ['a', 'a.b', 'a.c'];
      await until(() => fs.readdirSync(join(path, '..')).length <= names.length);
      assert.deepEqual(fs.readdirSync(join(path, '..')).sort(), names);
    }
  }
});

test('a signal during the renames ends the process after them', () => {
  const path = place('a');
  const script = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const original = fs.renameSync;
    fs.renameSync = (...args) => {
      process.kill(process.pid, 'SIGTERM');
      return original(...args);
    };
    syncBuiltinESMExports();
    const { replaceFiles } = await import(${JSON.stringify(MODULE)});
    const fill = (file) => file.write('new');
    replaceFiles(${JSON.stringify([path, `${path}.b`])}.map((path) => ({ path, fill })));
    setInterval(() => {}, 1000);
  `;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(signal, 'SIGTERM');
  assert.deepEqual(fs.readdirSync(join(path, '..')), ['a', 'a.b']);
});

test('what a process left that is no more is removed, and nothing of others', () => {
  const path = place('a');
  const foreign = ['.pmirror-1-00000000-0123456789abcdef', '.pmirror-x.tmp', 'mine.tmp'];
  for (const name of foreign) fs.writeFileSync(join(path, '..', name), '');
  writeWhole(path, 'again');
  assert.deepEqual(fs.readdirSync(join(path, '..')).sort(), [...foreign, 'a'].sort());
});

test('what another process is writing stays', () => {
  const path = place('a');
  const owner = `.pmirror-${process.ppid}`;
  writeWhole(path, 'x');
  const module = join(import.meta.dirname, 'leftovers.ts');
  const script = `
    const { scratchPath } = await import(${JSON.stringify(module)});
    process.stdout.write(scratchPath(${JSON.stringify(join(path, '..'))}, { hidden: true }));
  `;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  const dead = String(run.stdout);
  const alive = dead.replace(/\.pmirror-\d+/, owner);
  for (const file of [dead, alive]) fs.writeFileSync(file, '');
  writeWhole(path, 'y');
  assert.deepEqual([dead, alive].map(fs.existsSync), [false, true]);
});

test('a directory that the system makes for nobody is an error and no endless try', {
  skip: fs.existsSync('/proc/self') ? false : 'there is no /proc here',
}, () => {
  assert.throws(() => writeWhole('/proc/none/of/these', 'x'), FailureError);
  // Who may do all is told by the system that they may write there.
  for (const path of ['/proc/none/of/these', '/proc/none']) {
    assert.throws(() => requireWritable(path), FailureError);
  }
});

test('asking whether a file can be written leaves nothing behind', () => {
  const path = place('a');
  for (const asked of [path, `${path}/deep/down`]) requireWritable(asked);
  assert.deepEqual(fs.readdirSync(join(path, '..')), []);
});
