/** Signals, and input that can be read only once. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

const directory = mkdtempSync(join(tmpdir(), 'signals-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const HOST = JSON.stringify(new URL('index.ts', import.meta.url).href);
const MAIN = new URL('../cli/main.ts', import.meta.url).pathname;

/** How a process ends that got `signal` once it said that it is ready, and what it left behind. */
async function ending(
  args: readonly string[],
  signal: NodeJS.Signals,
): Promise<{ how: readonly [number | null, string | null]; left: readonly string[] }> {
  const scratch = mkdtempSync(join(directory, 'scratch-'));
  const child = spawn(process.execPath, args, {
    env: { ...process.env, TMPDIR: scratch },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<readonly [number | null, string | null]>((resolve) =>
    child.on('exit', (code, of) => resolve([code, of])),
  );
  let said = false;
  child.stdout.once('data', () => {
    said = true;
  });
  // A command that waits for its input says nothing, but has made the file for it.
  while (!said && readdirSync(scratch).length === 0) await setTimeout(20);
  child.kill(signal);
  const late = new Promise<never>((_, reject) =>
    AbortSignal.timeout(20_000).addEventListener('abort', () => {
      child.kill('SIGKILL');
      reject(new Error(`alive 20 s after ${signal}`));
    }),
  );
  const how = await Promise.race([ended, late]);
  return { how, left: readdirSync(scratch) };
}

const evaluated = (script: string): string[] => ['--input-type=module', '--eval', script];

test('a signal ends a process whose worker never ends, and its scratch files go', async () => {
  const script = `
    import { exitOnSignals, onAbandon, withWorkspace } from ${HOST};
    exitOnSignals();
    await withWorkspace(async () => {
      onAbandon(() => new Promise(() => {}));
      setInterval(() => {}, 1000);
      console.log('ready');
      await new Promise(() => {});
    });`;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    assert.deepEqual(await ending(evaluated(script), signal), { how: [null, signal], left: [] });
  }
});

test('a signal ends a process that a file operation blocks', async () => {
  const pipe = join(directory, 'blocked');
  execFileSync('mkfifo', [pipe]);
  const script = `
    import { createReadStream } from 'node:fs';
    import { exitOnSignals } from ${HOST};
    exitOnSignals();
    createReadStream(${JSON.stringify(pipe)}).on('data', () => {});
    console.log('ready');`;
  assert.deepEqual((await ending(evaluated(script), 'SIGTERM')).how, [null, 'SIGTERM']);
});

test('a signal ends a command that waits for its input, and nothing is left', async () => {
  const pipe = join(directory, 'input');
  execFileSync('mkfifo', [pipe]);
  for (const from of ['-', pipe]) {
    const { how, left } = await ending([MAIN, 'run', from], 'SIGINT');
    // In the middle of a read it dies of the signal, which a shell shows as 130, too.
    assert.ok(how[0] === 130 || how[1] === 'SIGINT', `${from}: ${how}`);
    assert.deepEqual(left, [], from);
  }
});

test('a trace is read from a pipe by whatever name, and no copy is left', () => {
  const scratch = mkdtempSync(join(directory, 'scratch-'));
  const input = '9:1:PM_W:0x100000000040:8:f:1\n9:1:PM_N:f:1\n';
  const options = { input, env: { ...process.env, TMPDIR: scratch } };
  const text = String(execFileSync(process.execPath, [MAIN, 'analyze', '-'], options));
  assert.match(text, /trace:stdin, 1 thread/);
  assert.match(text, /bytes stored +8/);
  const shell = `${process.execPath} ${MAIN} analyze <(cat)`;
  assert.match(String(execFileSync('bash', ['-c', shell], options)), /bytes stored +8/);
  assert.deepEqual(readdirSync(scratch), []);
});
