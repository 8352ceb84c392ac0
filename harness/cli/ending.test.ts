/** How commands end that a signal interrupts, or whose parent ends; and input that can be read only once. */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..', '..');
const MAIN = join(ROOT, 'harness', 'cli', 'main.ts');
const directory = mkdtempSync(join(tmpdir(), 'ending-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** A file that is never written, since no command below would end within minutes. */
const NEVER = join(directory, 'never.csv');
const PIPE = join(directory, 'pipe');
execFileSync('mkfifo', [PIPE]);

/** Commands that compute in worker threads, in native code, on the main thread, or wait for input. */
const COMMANDS = [
  ['SIGTERM', `run transact --transactions 100000000 --threads 2 --output ${NEVER}`],
  ['SIGINT', `run lmdb --transactions 200000 --output ${NEVER}`],
  ['SIGHUP', `run mysql --transactions 200000 --threads 2 --output ${NEVER}`],
  ['SIGINT', `analyze tpcc --transactions 1000000 --output ${NEVER}`],
  ['SIGTERM', `explain tpcc --transactions 1000000 --output ${NEVER}`],
  ['SIGHUP', `export ctree --transactions 1000000 --output ${NEVER}`],
  ['SIGINT', `calibrate --output ${NEVER}`],
  ['SIGINT', `run ctree --profile ${PIPE} --output ${NEVER}`],
  ['SIGINT', `run ${PIPE} --output ${NEVER}`],
  ['SIGTERM', `run - --output ${NEVER}`],
] as const;

/** Processes of tests that failed. */
const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

function start(command: string, args: readonly string[], scratch: string): ChildProcess {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: scratch },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  running.add(child);
  child.on('exit', () => running.delete(child));
  return child;
}

/** How `child` ends. Some seconds are for a machine that has much else to do. */
async function ending(child: ChildProcess): Promise<NodeJS.Signals | number | null> {
  return new Promise((resolve, reject) => {
    child.on('exit', (code, signal) => resolve(signal ?? code));
    AbortSignal.timeout(20_000).addEventListener('abort', () => reject(new Error('still alive')));
  });
}

/** Waits until others have done something. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 1000, 'nothing happens');
    await setTimeout(20);
  }
}

/** Whether none of our scratch is in `path`; npm has some of its own. */
const isEmpty = (path: string): boolean =>
  !readdirSync(path).some((name) => name.startsWith('pmirror-'));

describe('a signal ends a command at once, and nothing is left', { concurrency: 2 }, () => {
  for (const [signal, line] of COMMANDS) {
    test(`${signal}: ${line.replaceAll(`${directory}/`, '')}`, async () => {
      const scratch = mkdtempSync(join(directory, 'scratch-'));
      const child = start(process.execPath, [MAIN, ...line.split(' ')], scratch);
      const ended = ending(child);
      // Any moment will do; this one is mostly in the middle of the work.
      await setTimeout(1000);
      child.kill(signal);
      assert.equal(await ended, signal);
      await until(() => isEmpty(scratch));
      assert.ok(!existsSync(NEVER));
    });
  }
});

test('what ends npm, or kills it, ends the command that it has started', async () => {
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
    const scratch = mkdtempSync(join(directory, 'scratch-'));
    const words = ['run', '-s', 'pmirror', '--', 'run', 'transact', '--transactions', '100000000'];
    const child = start('npm', words, scratch);
    const ended = ending(child);
    await until(() => !isEmpty(scratch));
    child.kill(signal);
    assert.equal(await ended, signal);
    await until(() => isEmpty(scratch));
  }
});

test('a trace is read from a pipe by whatever name, and no copy is left', async () => {
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
