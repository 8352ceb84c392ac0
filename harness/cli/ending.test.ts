/** How commands end that a signal interrupts, or whose parent ends; and input that can be read only once. */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { constants, existsSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { commandsHere } from './testing/in-process.ts';
import { shellEnvironment } from './testing/shell-environment.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MAIN = join(ROOT, 'harness', 'cli', 'main.ts');
const directory = mkdtempSync(join(tmpdir(), 'ending-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** A file that is never written, since no command below would end within minutes. */
const NEVER = join(directory, 'never.csv');
/** Pipes that nobody writes into. */
const [PROFILE, TRACE] = ['profile.json', 'trace'].map((name) => join(directory, name));
execFileSync('mkfifo', [PROFILE, TRACE]);

/** Commands that compute in worker threads, in native code, on the main thread, or wait for input. */
const COMMANDS = [
  ['SIGTERM', `run lmdb --transactions 200000 --output ${NEVER}`],
  ['SIGHUP', `run mysql --transactions 200000 --threads 2 --output ${NEVER}`],
  ['SIGTERM', 'explain transact --transactions 100000000'],
  ['SIGINT', `calibrate --output ${NEVER}`],
  ['SIGINT', `run ctree --profile ${PROFILE} --output ${NEVER}`],
  ['SIGINT', `run ${TRACE} --output ${NEVER}`],
  ['SIGINT', `run - --output ${NEVER}`],
] as const;

/** Processes of tests that failed. */
const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

function start(command: string, args: readonly string[], scratch: string): ChildProcess {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: shellEnvironment({ TMPDIR: scratch }),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  running.add(child);
  child.on('exit', () => running.delete(child));
  return child;
}

/** How `child` ends. */
async function ending(child: ChildProcess): Promise<NodeJS.Signals | number | null> {
  await until(() => child.exitCode !== null || child.signalCode !== null);
  return child.signalCode ?? child.exitCode;
}

/** Waits until others have done something: not for ever, but for as long as a busy machine may take. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 600, 'nothing happens');
    await setTimeout(50);
  }
}

/** Whether none of our scratch is in `path`; npm has some of its own. */
const isEmpty = (path: string): boolean =>
  !readdirSync(path).some((name) => name.startsWith('pmirror-'));

/** Whether somebody has opened the pipe at `path`; then it is kept open, since who waits for it shall wait. */
function isRead(path: string | undefined): boolean {
  try {
    return path !== undefined && openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) > 0;
  } catch {
    return false;
  }
}

/** Processor time that `child` has taken: one second is more than it takes to start. */
function processorSeconds({ pid }: ChildProcess): number {
  const text = String(execFileSync('ps', ['-o', 'time=', '-p', String(pid)])).trim();
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

describe('a signal ends a command at once, and nothing is left', { concurrency: 2 }, () => {
  for (const [signal, line] of COMMANDS) {
    test(`${signal}: ${line.replaceAll(`${directory}/`, '')}`, async () => {
      const scratch = mkdtempSync(join(directory, 'scratch-'));
      const child = start(process.execPath, [MAIN, ...line.split(' ')], scratch);
      const pipe = [PROFILE, TRACE].find((path) => line.includes(path));
      await until(() => !isEmpty(scratch) || isRead(pipe) || processorSeconds(child) >= 1);
      child.kill(signal);
      assert.equal(await ending(child), signal);
      await until(() => isEmpty(scratch));
      assert.ok(!existsSync(NEVER));
    });
  }
});

test('what ends npm, or kills it, ends the command that it has started', async () => {
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    const scratch = mkdtempSync(join(directory, 'scratch-'));
    const words = ['run', '-s', 'pmirror', '--', 'run', 'transact', '--transactions', '100000000'];
    const child = start('npm', words, scratch);
    await until(() => !isEmpty(scratch));
    child.kill(signal);
    assert.equal(await ending(child), signal);
    await until(() => isEmpty(scratch));
  }
});

test('a trace is read from a pipe by whatever name, and no copy is left', async () => {
  const scratch = mkdtempSync(join(directory, 'scratch-'));
  const input = '9:1:PM_W:0x100000000040:8:f:1\n9:1:PM_N:f:1\n';
  const options = { input, env: shellEnvironment({ TMPDIR: scratch }) };
  const text = String(execFileSync(process.execPath, [MAIN, 'analyze', '-'], options));
  assert.match(text, /trace:stdin, 1 thread/);
  assert.match(text, /bytes stored +8/);
  const shell = `${process.execPath} ${MAIN} analyze <(cat)`;
  assert.match(String(execFileSync('bash', ['-c', shell], options)), /bytes stored +8/);
  assert.deepEqual(readdirSync(scratch), []);
});

test('a profile is read from a pipe by whatever name, once, also where it is wanted twice', async () => {
  const { out: template } = await commandsHere()(['profile', 'template']);
  const options = { input: template, env: shellEnvironment() };
  // Of a shell, since what Node gives its children is no pipe that has a name.
  const start = `cat | ${process.execPath} ${MAIN} crash-check transact --transactions 2 --profile`;
  for (const end of ['<(cat)', '/dev/stdin']) {
    const text = String(execFileSync('bash', ['-c', `${start} ${end} --backend sm-ob`], options));
    assert.match(text, /sm-ob +1 +1 /, end);
  }
});
