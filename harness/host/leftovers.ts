/**
 * Names of scratch files and directories that say whose they are, so that what a run leaves that was
 * killed outright is removed by the next. A name holds the process, the machine and random digits that
 * nobody can foresee. It is short, however long the name is of what it stands for.
 */

import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

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
  return join(directory, `${hidden ? '.' : ''}pmirror-${owner}-${random}`);
}

/** A new directory for scratch files, and how to remove it. Those of processes that are no more go. */
export function scratchDirectory(): { readonly directory: string; remove(): void } {
  removeLeftovers(tmpdir());
  const directory = scratchPath(tmpdir(), { hidden: false });
  mkdirSync(directory, { mode: 0o700 });
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
