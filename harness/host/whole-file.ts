/**
 * Files that appear whole or not at all: written under another name in the same directory, made
 * durable, then renamed. Files that belong together are all written before the first is renamed. On
 * any error they are as they were. Mode and owner of a replaced file stay; its access-control list and
 * other attributes, which Node cannot read, do not.
 */

import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { FailureError, systemReason } from './errors.ts';
import { removeLeftovers, removeScratch, scratchPath } from './leftovers.ts';
import { isOrphan } from './parent.ts';
import { realTarget } from './same-file.ts';
import { uninterrupted } from './signals.ts';

/** A file that is being written. */
export interface FileWriter {
  /** Adds to its end. */
  write(data: string | Uint8Array): void;
  /** Makes it so many bytes long: what is added is zero, and takes no room on most disks. */
  setSize(bytes: number): void;
}

/** A file and what is to be in it. */
export interface NewFile {
  readonly path: string;
  /** Writes the contents, in as many pieces as it likes. What it throws itself goes through. */
  fill(file: FileWriter): void;
}

/** Replaces the file at `path` by `data`. Throws FailureError. */
export function writeWhole(path: string, data: string | Uint8Array): void {
  replaceFiles([{ path, fill: (file) => file.write(data) }]);
}

/**
 * Replaces files that belong together: each is written, one after another, and only when all are on
 * disk do they get their names. Throws FailureError where the operating system refuses.
 */
export function replaceFiles(files: readonly NewFile[]): void {
  const begun: { readonly path: string; readonly temporary: string }[] = [];
  const made: string[] = [];
  let path = '';
  try {
    for (const file of files) {
      path = file.path;
      const target = replaceableFile(path);
      const directory = dirname(target);
      made.push(...missingDirectories(directory));
      makeDirectories(directory);
      removeLeftovers(directory);
      const temporary = scratchPath(directory, { hidden: true });
      begun.push({ path: target, temporary });
      writeNew(temporary, target, file);
    }
    uninterrupted(() => {
      if (isOrphan()) throw new FailureError('the process that asked for the files has ended');
      for (const file of begun) {
        path = file.path;
        renameSync(file.temporary, path);
      }
    });
    for (const directory of new Set(begun.map((file) => dirname(file.path)))) sync(directory);
  } catch (error) {
    for (const { temporary } of begun) removeScratch(temporary);
    for (const directory of made) removeIfEmpty(directory);
    if (error instanceof Error && 'syscall' in error) throw refused(path, error);
    throw error;
  }
}

/** Directories on the way to `path`, itself among them, that there are not: the innermost first. */
function missingDirectories(path: string): string[] {
  const missing: string[] = [];
  for (let at = path; !existsSync(at); at = dirname(at)) missing.push(at);
  return missing;
}

/**
 * Makes the directory `path` and those on the way to it. (`recursive` of Node's own never ends where the
 * system makes none, as below /proc.) Throws what the operating system says.
 */
export function makeDirectories(path: string): void {
  for (const directory of missingDirectories(path).reverse()) {
    try {
      mkdirSync(directory);
    } catch (error) {
      // Another process may have made it meanwhile.
      if (!existsSync(directory)) throw error;
    }
  }
}

/** Somebody else may have put something there. */
function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Then it stays.
  }
}

/** Writes the new file `temporary`, which is to become `target`, with mode and owner of that. */
function writeNew(temporary: string, target: string, { fill }: NewFile): void {
  const old = statSync(target, { throwIfNoEntry: false });
  // Until it has its owner, nobody may read what others may not have read.
  const file = openSync(temporary, 'wx', old === undefined ? 0o666 : 0o600);
  try {
    fill({
      write: (data) => {
        const bytes = typeof data === 'string' ? Buffer.from(data) : data;
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      },
      setSize: (bytes) => ftruncateSync(file, bytes),
    });
    if (old !== undefined) takeOver(file, old);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Gives `file` owner, group and mode of the file that it replaces. */
function takeOver(file: number, old: Stats): void {
  const made = fstatSync(file);
  let mode = old.mode & 0o7777;
  try {
    if (made.uid !== old.uid || made.gid !== old.gid) fchownSync(file, old.uid, old.gid);
  } catch (error) {
    if (made.uid !== old.uid) throw error;
    // A group that one is no member of cannot be given; then another must not get its rights.
    mode &= ~0o2070;
  }
  fchmodSync(file, mode);
}

/** Makes names in `directory` durable, where the system can. */
function sync(directory: string): void {
  try {
    const file = openSync(directory, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch {
    // The files have their names; some systems cannot sync a directory.
  }
}

/**
 * Throws FailureError if {@link writeWhole} could not write `given` as things are: for asking before
 * the work whose result it is. It is tried, since not every system that lets one write says the truth
 * when it is asked; what that makes is gone again.
 */
export function requireWritable(given: string): void {
  const path = replaceableFile(given);
  const directory = dirname(path);
  const made = missingDirectories(directory);
  try {
    makeDirectories(directory);
    const temporary = scratchPath(directory, { hidden: true });
    closeSync(openSync(temporary, 'wx', 0o600));
    unlinkSync(temporary);
  } catch (error) {
    throw refused(path, error);
  } finally {
    for (const one of made) removeIfEmpty(one);
  }
}

/**
 * Where to write so that `path` has the new contents: the file itself, or what a link points to.
 * Throws FailureError for a device, pipe or directory, which a rename would replace or miss, and for a
 * file that would not stay its owner's.
 */
function replaceableFile(path: string): string {
  let found: Stats | undefined;
  let target: string;
  try {
    found = statSync(path, { throwIfNoEntry: false });
    target = realTarget(path);
  } catch (error) {
    throw refused(path, error);
  }
  if (found === undefined) return target;
  if (!found.isFile()) {
    const what = found.isDirectory() ? 'it is a directory' : 'it is not a regular file';
    throw new FailureError(`cannot write ${path}: ${what}`);
  }
  const user = process.geteuid?.() ?? 0;
  if (user !== 0 && user !== found.uid) {
    throw new FailureError(
      `cannot write ${path}: it belongs to another user, and its owner could not be kept; ` +
        'remove it or name another file',
    );
  }
  return target;
}

function refused(path: string, error: unknown): FailureError {
  return new FailureError(`cannot write ${path}: ${systemReason(error)}`);
}
