/**
 * Copies of what can be read only once: a pipe, `/dev/stdin`, `<(...)` of a shell. They are read here, in a
 * way that blocks nothing, so that Ctrl-C ends a program that waits for its input.
 */

import {
  constants,
  createReadStream,
  createWriteStream,
  fstatSync,
  openSync,
  statSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FailureError, systemReason } from './errors.ts';
import { scratchDirectory } from './leftovers.ts';

/** How messages call the standard input. */
const STANDARD_INPUT = '(standard input)';

const STANDARD_INPUTS = ['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];

/** A file that can be read any number of times. */
export interface ReadableFile {
  readonly path: string;
  /** What the user knows it as, where it is a copy. */
  readonly shownAs: string | undefined;
}

/** Whether `path` is the standard input, by whatever name. */
export function isStandardInput(path: string): boolean {
  return STANDARD_INPUTS.includes(path);
}

/**
 * `path`, or a copy of all that comes from it, which is removed when the process ends, however it does.
 * What is a file, or not there, stays what it is. Throws FailureError if it cannot be read or kept.
 */
export async function readableAgain(path: string): Promise<ReadableFile> {
  const isInput = isStandardInput(path);
  const found = isInput ? undefined : statSync(path, { throwIfNoEntry: false });
  if (!isInput && (found === undefined || found.isFile() || found.isDirectory())) {
    return { path, shownAs: undefined };
  }
  const shownAs = isInput ? STANDARD_INPUT : path;
  const { directory, remove } = scratchDirectory();
  process.once('exit', remove);
  const copy = join(directory, 'input');
  try {
    await pipeline(isInput ? process.stdin : unblocking(path), createWriteStream(copy));
  } catch (error) {
    throw new FailureError(
      `cannot read ${shownAs} into ${copy}: ${systemReason(error)}; TMPDIR may name a larger disk`,
    );
  }
  return { path: copy, shownAs };
}

/** The bytes of a pipe or device, read so that no thread blocks until somebody writes. */
function unblocking(path: string): Readable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const isPipe = fstatSync(fd).isFIFO();
  return isPipe
    ? new Socket({ fd, readable: true, writable: false })
    : createReadStream(path, { fd });
}
