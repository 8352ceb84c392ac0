import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

const REQUIRE = join(import.meta.dirname, '..', '..', 'scripts', 'require-node.cjs');

test('a command whose npm has ended before it started does nothing', async () => {
  const node = `"$NODE" --require "$REQUIRE" -e 'console.log("ran, child of " + process.ppid)'`;
  // The shell in the background starts it when the one that npm stands for is gone.
  const script = `parent=$$; (while kill -0 $parent 2>/dev/null; do sleep 0.02; done; exec ${node}) &`;
  const env = { ...process.env, NODE: process.execPath, REQUIRE, npm_lifecycle_event: 'pmirror' };
  const shell = spawn('sh', ['-c', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  shell.stdout.on('data', (text) => {
    out += text;
  });
  await once(shell, 'close');
  // Where something else takes in orphans, nobody can tell.
  assert.doesNotMatch(out, /child of 1$/m);
});
