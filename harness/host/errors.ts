/**
 * Errors that are the user's or the machine's to mend. They are shown as one message without a stack
 * trace; everything else is a defect of this program.
 */

import { tmpdir } from 'node:os';
import { basename } from 'node:path';

/** Wrong input on the command line: what was given and what is accepted. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The input was understood but the work could not be done: a file, a disk, a failed check. Exit 1. */
export class FailureError extends Error {
  override readonly name = 'FailureError';
}

/** Error names that stand for a message to the user, wherever in the project they are thrown. */
const USAGE_NAMES: readonly string[] = ['UsageError', 'ParameterError', 'ProfileError'];
const FAILURE_NAMES: readonly string[] = [
  'FailureError',
  'VerifyError',
  'TraceInputError',
  'TraceFormatError',
];

/** 2 for wrong input, 1 for work that failed, undefined for a defect (show the stack trace). */
export function exitCodeOf(error: unknown): 1 | 2 | undefined {
  if (!(error instanceof Error)) return undefined;
  if (USAGE_NAMES.includes(error.name)) return 2;
  if (FAILURE_NAMES.includes(error.name) || isSystemError(error)) return 1;
  return undefined;
}

/** What LMDB, which has the words of the operating system and no code, and SQLite say of a disk. */
const DISK_ERRORS =
  /^(Input\/output error|No space left on device|Disk quota exceeded|Read-only file system|File too large)/;
const DISK_CODES = /^SQLITE_(FULL|IOERR|CANTOPEN|READONLY)/;

/**
 * `error`, or what it means to the user where a database in the temporary directory could not be written: the
 * databases of workloads lie there. (The database of results has messages of its own.)
 */
export function shownError(error: unknown): Error {
  const shown = error instanceof Error ? error : new Error(String(error));
  const code = 'code' in shown ? String(shown.code) : '';
  const isOfDisk = DISK_CODES.test(code) || DISK_ERRORS.test(shown.message);
  const isForScratch = 'syscall' in shown && shown.syscall === 'mkdtemp';
  if (isForScratch || (isOfDisk && exitCodeOf(shown) === undefined)) return scratchFailure(shown);
  return shown;
}

/** The temporary directory could not be written. */
export function scratchFailure(error: unknown): FailureError {
  return new FailureError(
    `cannot write to the temporary directory ${tmpdir()}: ${systemReason(error)}; free space there, or ` +
      'set TMPDIR to a directory on another disk',
  );
}

/** What an error of a user's `file` says, and where in it it was thrown. */
export function reasonAt(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `${String(error)} (no Error)`;
  const [, place = ''] = (error.stack ?? '').split(file)[1]?.match(/^(:\d+)/) ?? [];
  const where = place === '' ? '' : ` (${basename(file)}${place})`;
  return `${error.name}: ${error.message}${where}`;
}

/** The failure that `error`, which nobody caught, is of one of `files`; undefined: it is none of theirs. */
export function lateFault(error: Error, files: readonly string[]): FailureError | undefined {
  const file = files.find((one) => error.stack?.includes(one));
  if (file === undefined) return undefined;
  return new FailureError(
    `the plug-in ${basename(file)} throws when nobody waits for it: ${reasonAt(error, file)}`,
  );
}

/** True for errors of the operating system (ENOENT, ENOSPC, ...). */
function isSystemError(error: Error): boolean {
  return 'syscall' in error && 'code' in error;
}

/** What the operating system said, in words, for the errors a user meets; else its own message. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words: Record<string, string> = {
    ENOENT: 'no such file or directory',
    EACCES: 'permission denied',
    EPERM: 'operation not permitted',
    ENOSPC: 'no space left on the device',
    EDQUOT: 'disk quota exceeded',
    EROFS: 'read-only file system',
    EISDIR: 'it is a directory',
    ENOTDIR: 'a part of the path is not a directory',
    EFBIG: 'file too large',
  };
  if (Object.hasOwn(words, code)) return words[code];
  return error instanceof Error ? error.message : String(error);
}
