/**
 * Standard output and error of a command. A reader that goes away (head, less, a terminal that is closed)
 * has seen what it wanted: what is said from then on goes nowhere, and the work, its files and the
 * exit code are what they would have been.
 */

import { systemReason } from './errors.ts';

/** Ask for it before anything is written. `name` stands before messages. */
export function outliveReaders(name: string): void {
  process.stderr.on('error', () => {});
  let failed = false;
  process.stdout.on('error', (error) => {
    if (failed || isReaderGone(error)) return;
    failed = true;
    process.stderr.write(`${name}: cannot write to standard output: ${systemReason(error)}\n`);
    // Results are missing, though the work is done.
    process.on('exit', () => {
      process.exitCode ||= 1;
    });
  });
}

/** EIO is what a terminal gives that is no more. */
function isReaderGone(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  return code === 'EPIPE' || code === 'ECONNRESET' || (code === 'EIO' && process.stdout.isTTY);
}
