/**
 * Errors that are the user's or the machine's to mend. They are shown as one message without a stack
 * trace; everything else is a defect of this program.
 */

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
