import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

test('a thread tells that work goes on while the main thread computes', async () => {
  const module = JSON.stringify(new URL('progress-thread.ts', import.meta.url).href);
  const script = `
    import { startProgressThread } from ${module};
    startProgressThread(100).say('1 of 2 cells: ctree');
    // As good as computing: the event loop does not turn.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  const [said] = await once(child.stderr, 'data');
  child.kill('SIGKILL');
  assert.match(String(said), /^1 of 2 cells: ctree \(\d+ s\)\n/);
});
