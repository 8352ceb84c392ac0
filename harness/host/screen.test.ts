import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { screenOf, toned } from './screen.ts';

const TERMINAL = { isTTY: true, columns: 120 };
const UTF8 = { LANG: 'en_US.UTF-8' };

test('a terminal is as wide as it says, and never narrower than 80', () => {
  assert.equal(screenOf(TERMINAL, {}, false).width, 120);
  assert.equal(screenOf({ isTTY: true, columns: 40 }, {}, false).width, 80);
  assert.equal(screenOf(TERMINAL, { COLUMNS: '100' }, false).width, 100);
  for (const COLUMNS of ['', 'x', '-1']) {
    assert.equal(screenOf(TERMINAL, { COLUMNS }, false).width, 120);
  }
  assert.equal(screenOf({ isTTY: true }, {}, false).width, 80);
});

test('a pipe is the same whatever the environment', () => {
  const piped = screenOf({ columns: 200 }, { ...UTF8, COLUMNS: '200' }, false);
  assert.deepEqual(piped, { width: 80, unicode: false, colour: false });
});

test('blocks only where the locale has them, and the terminal too', () => {
  const isUnicode = (env: Record<string, string>) => screenOf(TERMINAL, env, false).unicode;
  assert.ok(isUnicode(UTF8));
  assert.ok(isUnicode({ LC_CTYPE: 'C.utf8' }));
  assert.ok(!isUnicode({ ...UTF8, LC_ALL: 'C' }), 'LC_ALL comes first');
  assert.ok(!isUnicode({ ...UTF8, TERM: 'dumb' }));
  assert.ok(!isUnicode({}));
});

test('colour is asked for as everywhere, and --no-color has the last word', () => {
  const url = new URL('./screen.ts', import.meta.url).href;
  const colours = (env: Record<string, string>, before = ''): boolean => {
    const script = `import { currentScreen, withoutColour } from '${url}'; ${before} console.log(currentScreen().colour)`;
    const words = ['--input-type=module', '-e', script];
    const { PATH } = process.env;
    return spawnSync(process.execPath, words, { env: { PATH, ...env } }).stdout.includes('true');
  };
  assert.ok(!colours({}), 'not into a pipe');
  assert.ok(colours({ FORCE_COLOR: '1' }));
  assert.ok(!colours({ FORCE_COLOR: '0' }));
  assert.ok(!colours({ NO_COLOR: '1' }));
  assert.ok(!colours({ FORCE_COLOR: '1' }, 'withoutColour();'));
});

test('a tone is the text itself where there are no colours', () => {
  const screen = screenOf(TERMINAL, {}, false);
  assert.equal(toned('bad', 'broken', screen), 'broken');
  assert.ok(toned('bad', 'broken', { ...screen, colour: true }).startsWith('\u001b['));
});
