/**
 * A Slurm cluster of one machine, for tests: its programs, started on loopback by whoever runs the test, with
 * their files in a directory of their own. Nothing is left of it, and no other cluster is touched.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Where Debian has the programs, which are not on every PATH. */
const PATH = [process.env.PATH ?? '', '/usr/sbin', '/usr/bin'].join(delimiter);
const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel', 'scontrol'];

/** Why there can be no cluster here, for the report of the tests; undefined where there can. */
export function whyNoSlurm(): string | undefined {
  const missing = PROGRAMS.filter((program) => !isThere(program));
  if (missing.length === 0) return undefined;
  return `${missing.join(', ')} not installed: apt-get install slurm-wlm munge`;
}

const isThere = (program: string): boolean =>
  PATH.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** A cluster that runs. */
export interface OneNode {
  /** The environment of programs that shall use it. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends its jobs and programs. */
  stop(): Promise<void>;
}

/** So long it may take to start or to stop, on a machine that has much else to do. */
const PATIENCE_MS = 60_000;

/** Starts a cluster. Its files are in a directory of its own. */
export async function startOneNode(): Promise<OneNode> {
  const directory = mkdtempSync(join(tmpdir(), 'one-node-'));
  mkdirSync(join(directory, 'state'));
  const key = join(directory, 'munge.key');
  writeFileSync(key, Buffer.alloc(128, 'a key for one test'), { mode: 0o600 });
  const socket = join(directory, 'munge.socket');
  const config = join(directory, 'slurm.conf');
  writeFileSync(config, configText(directory, socket, await freePort(), await freePort()));
  const env = { ...process.env, PATH, SLURM_CONF: config };
  const started: ChildProcess[] = [];
  const start = (program: string, words: readonly string[]) => {
    const said = openSync(join(directory, `${program}.log`), 'a');
    const child = spawn(program, words, { env, stdio: ['ignore', said, said] });
    closeSync(said);
    started.push(child);
    process.once('exit', () => child.kill('SIGKILL'));
  };
  const file = (name: string) => join(directory, name);
  const of = (option: string, name: string) => `--${option}=${file(`munged.${name}`)}`;
  const stop = async () => {
    if (succeeds(env, 'scancel', ['--me'])) await until(() => answer(env, 'squeue', ['-h']) === '');
    for (const child of started.reverse()) await ended(child);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    start('munged', [
      '--foreground',
      // Else it wants a socket that everybody can reach, and the way to it with it.
      '--force',
      `--key-file=${key}`,
      `--socket=${socket}`,
      of('pid-file', 'pid'),
      of('seed-file', 'seed'),
    ]);
    await until(() => succeeds(env, 'munge', ['--no-input', `--socket=${socket}`]));
    start('slurmctld', ['-D']);
    start('slurmd', ['-D']);
    await until(() => answer(env, 'sinfo', ['--noheader', '--format=%t']).trim() === 'idle');
  } catch (error) {
    const logs = ['munged.log', 'slurmctld.log', 'slurmd.log'].map((name) => logOf(file(name)));
    await stop();
    throw new Error(`Slurm did not start:\n${logs.join('\n')}`, { cause: error });
  }
  return { env, stop };
}

function configText(directory: string, socket: string, control: number, node: number): string {
  const [name] = hostname().split('.');
  const { username } = userInfo();
  return `ClusterName=one-node
SlurmctldHost=${name}(127.0.0.1)
SlurmctldPort=${control}
SlurmdPort=${node}
AuthType=auth/munge
AuthInfo=socket=${socket}
CredType=cred/munge
SlurmUser=${username}
SlurmdUser=${username}
StateSaveLocation=${directory}/state
SlurmdSpoolDir=${directory}/spool
SlurmctldPidFile=${directory}/slurmctld.pid
SlurmdPidFile=${directory}/slurmd.pid
MailProg=/bin/true
MpiDefault=none
SwitchType=switch/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
KillWait=1
NodeName=${name} NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=one Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}

/** A port of loopback that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  assert(typeof address === 'object' && address !== null);
  return address.port;
}

const answer = (env: NodeJS.ProcessEnv, program: string, words: readonly string[]): string =>
  spawnSync(program, words, { env, encoding: 'utf8' }).stdout ?? '';

const succeeds = (env: NodeJS.ProcessEnv, program: string, words: readonly string[]): boolean =>
  spawnSync(program, words, { env, stdio: 'ignore' }).status === 0;

function logOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(-2000);
  } catch {
    return `${path}: none`;
  }
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !condition(); ) {
    assert(performance.now() < end, `not within ${PATIENCE_MS / 1000} s: ${condition}`);
    await setTimeout(50);
  }
}

/** Ends a program that was started. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const end = once(child, 'exit');
  child.kill('SIGTERM');
  const killed = global.setTimeout(() => child.kill('SIGKILL'), 10_000);
  await end;
  clearTimeout(killed);
}
