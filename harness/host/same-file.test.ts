import assert from 'node:assert/strict';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { refuseSameFile } from './same-file.ts';

const root = mkdtempSync(join(tmpdir(), 'same-file-'));
after(() => rmSync(root, { recursive: true, force: true }));

const at = (...names: string[]): string => join(root, ...names);
writeFileSync(at('a'), '');
writeFileSync(at('b'), '');
linkSync(at('a'), at('hard'));
symlinkSync('a', at('soft'));
symlinkSync('soft', at('softer'));
mkdirSync(at('real'));
symlinkSync('real', at('dir'));
symlinkSync(at('real', 'later'), at('dangling'));
symlinkSync('circle', at('circle'));

const files = (uses: readonly ('read' | 'write')[], paths: readonly string[]) =>
  paths.map((path, i) => ({ path, use: uses[i], called: `--${'xy'[i]} ${path}` }));

const SAME: readonly (readonly [string, string])[] = [
  [at('a'), at('a')],
  [at('a'), relative(process.cwd(), at('a'))],
  [at('a'), at('real', '..', 'a')],
  [at('a'), at('hard')],
  [at('soft'), at('hard')],
  [at('softer'), at('a')],
  [at('new'), at('dir', '..', 'new')],
  [at('dir', 'new'), at('real', 'new')],
  [at('dir', 'new', 'deep'), at('real', 'new', 'deep')],
  [at('dangling'), at('dir', 'later')],
];

for (const [one, other] of SAME) {
  test(`one file: ${relative(root, one)} and ${relative(root, other)}`, () => {
    for (const [x, y] of [
      [one, other],
      [other, one],
    ]) {
      assert.throws(() => refuseSameFile(files(['read', 'write'], [x, y])), {
        name: 'UsageError',
        message: `--y ${y} would overwrite --x ${x}, which is read: they are one file`,
      });
      assert.throws(() => refuseSameFile(files(['write', 'read'], [x, y])), {
        message: `--x ${x} would overwrite --y ${y}, which is read: they are one file`,
      });
      assert.throws(() => refuseSameFile(files(['write', 'write'], [x, y])), {
        message: `--x ${x} and --y ${y} are one file: give each its own`,
      });
      refuseSameFile(files(['read', 'read'], [x, y]));
    }
  });
}

test('different files are accepted, be they there or not', () => {
  for (const [x, y] of [
    [at('a'), at('b')],
    [at('new'), at('real', 'new')],
    [at('new'), at('newer')],
    [at('a', 'below'), at('b', 'below')],
    [at('circle'), at('a')],
    [at('real', 'x'), at('real', 'y')],
  ]) {
    refuseSameFile(files(['write', 'write'], [x, y]));
  }
});

test('a terminal, a pipe or /dev/null may be read and written at once', {
  skip: existsSync('/dev/null') ? false : 'no /dev/null',
}, () => {
  refuseSameFile(files(['read', 'write'], ['/dev/null', '/dev/null']));
  refuseSameFile(files(['write', 'write'], ['/dev/null', '/dev/null']));
});

test('a file is no directory of another', () => {
  for (const [x, y] of [
    [at('new'), at('new', 'deep', 'x')],
    [at('dir', 'new'), at('real', 'new', 'x')],
  ]) {
    assert.throws(() => refuseSameFile(files(['write', 'write'], [x, y])), {
      message: `--y ${y} is below --x ${x}, which is a file`,
    });
  }
});
