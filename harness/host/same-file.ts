/**
 * Which file a path means: one that exists is known by device and inode, whatever links lead to it, and
 * one that does not by the directory that does and the names below it.
 */

import { type BigIntStats, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from './errors.ts';

/** A file that a command is to read or to write. */
export interface NamedFile {
  readonly path: string;
  readonly use: 'read' | 'write';
  /** How the user named it: `--output a.csv`. */
  readonly called: string;
}

/** As many links in a row as Linux follows. */
const LINKS_MAX = 40;

/**
 * The path without links that `path` leads to, be there a file or not: a link that points to nothing
 * leads to where a file would appear. Throws the system's error, for a circle of links too.
 */
export function realTarget(path: string): string {
  let target = resolve(path);
  for (let links = 0; links < LINKS_MAX; links++) {
    const found = lstatSync(target, { throwIfNoEntry: false });
    if (found?.isSymbolicLink()) {
      target = resolve(realpathSync(dirname(target)), readlinkSync(target));
    } else {
      if (found !== undefined) return realpathSync(target);
      const directory = dirname(target);
      return directory === target ? target : join(realTarget(directory), basename(target));
    }
  }
  // Asks the system, which says so in its own words.
  return realpathSync(path);
}

/** Systems that usually hold names that differ in case for the same. */
const FOLDS_CASE = ['darwin', 'win32'].includes(process.platform);

/** The same text for the same file, and texts with a slash in common for what is below each other. */
function identityOf(path: string): string {
  const names: string[] = [];
  let at = realTarget(path);
  for (;;) {
    const found = statusOf(at);
    if (found !== undefined) return [`${found.dev}:${found.ino}`, ...names].join('/');
    const name = basename(at);
    names.unshift(FOLDS_CASE ? name.normalize().toLowerCase() : name);
    const directory = dirname(at);
    if (directory === at) return names.join('/');
    at = directory;
  }
}

function statusOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // A part of the path is a file: writing says so.
    return undefined;
  }
}

/**
 * Throws UsageError if a file that is to be written is one that is read, or another that is written,
 * or if one would have to be a directory of the other. Names both.
 */
export function refuseSameFile(files: readonly NamedFile[]): void {
  const known = files
    .filter(({ path }) => !isStream(path))
    .map((file) => ({ ...file, identity: safeIdentity(file.path) }));
  for (const [i, file] of known.entries()) {
    for (const other of known.slice(0, i)) {
      const [written, one] = file.use === 'write' ? [file, other] : [other, file];
      if (written.use !== 'write') continue;
      if (file.identity === other.identity) {
        throw new UsageError(
          one.use === 'read'
            ? `${written.called} would overwrite ${one.called}, which is read: they are one file`
            : `${other.called} and ${file.called} are one file: give each its own`,
        );
      }
      const [outer, inner] =
        file.identity.length < other.identity.length ? [file, other] : [other, file];
      if (inner.identity.startsWith(`${outer.identity}/`)) {
        throw new UsageError(`${inner.called} is below ${outer.called}, which is a file`);
      }
    }
  }
}

/** Whether `path` is a device, a pipe or a socket: what is written there overwrites nothing. */
function isStream(path: string): boolean {
  const found = statusOf(path);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/** The identity; of a path that the system cannot follow, the path itself. */
function safeIdentity(path: string): string {
  try {
    return identityOf(path);
  } catch {
    return resolve(path);
  }
}

/** Files that SQLite keeps beside the database at `path`, and reads with it. */
export const besideDatabase = (path: string): string[] =>
  ['-journal', '-wal', '-shm'].map((end) => path + end);
