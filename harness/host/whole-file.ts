/**
 * Files that appear whole or not at all: written under a temporary name in the same directory, then
 * renamed. On any error the file is as it was.
 */

import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { FailureError, systemReason } from './errors.ts';

/** Replaces the file at `path` by `text`. Throws FailureError. */
export function writeWhole(path: string, text: string): void {
  replaceFile(path, (write) => write(text));
}

/**
 * Replaces the file at `given` by what `fill` writes, in as many pieces as it likes; returns what
 * `fill` returns. `fill` is told the file's own path, links resolved. Throws FailureError where the
 * operating system refuses; what `fill` throws itself goes through.
 */
export function replaceFile<T>(
  given: string,
  fill: (write: (text: string) => void, path: string) => T,
): T {
  const path = replaceableFile(given);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, 'w');
    let result: T;
    try {
      result = fill((text) => {
        const bytes = Buffer.from(text);
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      }, path);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    return result;
  } catch (error) {
    removeIfThere(temporary);
    if (error instanceof Error && 'syscall' in error) throw refused(path, error);
    throw error;
  }
}

/**
 * Throws FailureError if {@link writeWhole} could not write `given` as things are: for asking before
 * the work whose result it is. Makes nothing.
 */
export function requireWritable(given: string): void {
  const path = replaceableFile(given);
  try {
    let directory = dirname(path);
    while (!existsSync(directory)) directory = dirname(directory);
    // A slash at the end asks for a directory; files are made beside and renamed.
    accessSync(join(directory, '/'), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw refused(path, error);
  }
}

/**
 * Where to write so that `path` has the new contents: the file itself, or what a link points to.
 * Throws FailureError for a device, pipe or directory, which a rename would replace or miss.
 */
function replaceableFile(path: string): string {
  let found: Stats | undefined;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw refused(path, error);
  }
  if (found === undefined) return path;
  if (found.isFile()) return realpathSync(path);
  const what = found.isDirectory() ? 'it is a directory' : 'it is not a regular file';
  throw new FailureError(`cannot write ${path}: ${what}`);
}

function refused(path: string, error: unknown): FailureError {
  return new FailureError(`cannot write ${path}: ${systemReason(error)}`);
}

/** What is wrong with the file itself was found before; this must not hide it. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It cannot be removed either.
  }
}
