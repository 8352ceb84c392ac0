/**
 * How much memory a command may take. What a run needs is estimated before it starts, so that one that
 * would not fit is refused at once, and not after an hour.
 */

import { FailureError, UsageError } from './errors.ts';

const MB = 1e6;

/** The whole process, in bytes, unless the environment says otherwise. */
const BOUND_BYTES = 700 * MB;

/** By this name in the environment, in MB. */
const BOUND_NAME = 'PMIRROR_MEMORY_MB';

/** What the process takes with one worker that has nothing to do yet: 150 to 190 MB were seen. */
const IDLE_BYTES = 190 * MB;

/** What garbage adds to what a run needs: a tenth was seen. */
const GARBAGE = 1.1;

/** Bytes that the whole process may take. Throws UsageError. */
function boundBytes(): number {
  const given = process.env[BOUND_NAME];
  if (given === undefined) return BOUND_BYTES;
  const bytes = Number(given) * MB;
  if (bytes >= BOUND_BYTES) return bytes;
  throw new UsageError(`${BOUND_NAME}=${given}: must be a number of at least ${BOUND_BYTES / MB}`);
}

/** Bytes that all runs at a time may need together. */
export function roomBytes(): number {
  return (boundBytes() - IDLE_BYTES) / GARBAGE;
}

/** Throws FailureError if there is no room for a run that needs so many bytes. */
export function refuseWithoutRoom(bytes: number, name: string): void {
  if (bytes <= roomBytes()) return;
  const megabytes = (all: number): number => Math.ceil(all / MB);
  const whole = megabytes(IDLE_BYTES + bytes * GARBAGE);
  throw new FailureError(
    `${name} needs about ${whole} MB of memory, and a command takes at most ` +
      `${megabytes(boundBytes())} MB: run fewer transactions (--transactions) or less data, or set ` +
      `${BOUND_NAME}=${whole} in the environment to allow more`,
  );
}
