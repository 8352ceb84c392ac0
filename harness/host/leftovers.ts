/**
 * Scratch files and directories, which are gone with the process that made them. A shell that outlives it,
 * whatever ends it, removes what it left. Where that is killed too, the next run does: names say whose they
 * are. A name holds the process, the machine and random digits that nobody can foresee. It is short,
 * however long the name is of what it stands for.
 */

import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { scratchFailure } from './errors.ts';

const NAME = /^\.?pmirror-(\d+)-([\da-f]{8})-[\da-f]{16}$/;

/** Process numbers mean something on one machine, in one container. */
const MACHINE = createHash('sha256').update(`${hostname()} ${processNamespace()}`).digest('hex');

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    // Only Linux has it.
    return '';
  }
}

/** A path in `directory` that nothing has; a hidden one for what stands beside a user's files. */
export function scratchPath(directory: string, { hidden }: { hidden: boolean }): string {
  const owner = `${process.pid}-${MACHINE.slice(0, 8)}`;
  const random = randomBytes(8).toString('hex');
  const path = join(directory, `${hidden ? '.' : ''}pmirror-${owner}-${random}`);
  removeAfterUs(resolve(path));
  return path;
}

/** Reads paths until whoever writes them is no more, and removes them. */
const REMOVER = `trap '' INT TERM HUP
while IFS= read -r path; do set -- "$@" "$path"; done
[ $# -eq 0 ] || exec rm -rf -- "$@"`;

let remover: Writable | undefined;

/** Has `path` removed when this process has ended, however it did. */
function removeAfterUs(path: string): void {
  // A line is a path. What is in such a directory stays for the next run.
  if (path.includes('\n')) return;
  remover ??= startRemover();
  remover.write(`${path}\n`);
}

/** A process of its own group, which Ctrl-C does not reach, and which holds none of our streams open. */
function startRemover(): Writable {
  const child = spawn('/bin/sh', ['-c', REMOVER], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without it, the next run removes what is left.
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.unref();
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return child.stdin;
}

/**
 * A new directory for scratch files, and how to remove it. Those of processes that are no more go. Throws
 * FailureError.
 */
export function scratchDirectory(): { readonly directory: string; remove(): void } {
  removeLeftovers(tmpdir());
  const directory = scratchPath(tmpdir(), { hidden: false });
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    throw scratchFailure(error);
  }
  return { directory, remove: () => removeScratch(directory) };
}

/** Removes the file or directory at `path`. That it cannot be must not hide what went wrong before. */
export function removeScratch(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  } catch {
    // The next run tries again.
  }
}

/**
 * Removes from `directory` what processes of this user on this machine have left that are no more. What
 * others made, and what cannot be looked at, stays.
 */
export function removeLeftovers(directory: string): void {
  for (const name of namesIn(directory)) {
    const [, pid, machine] = NAME.exec(name) ?? [];
    if (pid === undefined || machine !== MACHINE.slice(0, 8)) continue;
    const path = join(directory, name);
    if (isAbandoned(path, Number(pid))) removeScratch(path);
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isAbandoned(path: string, pid: number): boolean {
  try {
    const { uid, mtimeMs } = lstatSync(path);
    if (uid !== (process.getuid?.() ?? uid)) return false;
    // In a container a process often has the number that the one before had.
    const startMs = Date.now() - process.uptime() * 1000;
    return pid === process.pid ? mtimeMs < startMs - 1000 : !isAlive(pid);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
