/**
 * The program that `npm run pmirror` starts: see `command-line.ts`. Interrupted, it cleans up and
 * exits with 130. With DEBUG in the environment every error shows its stack trace.
 */

import { currentScreen, exitOnSignals, systemReason } from '../host/index.ts';
import { prose } from '../report/index.ts';
import { runCommandLine } from './command-line.ts';
import { uncheckedNote } from './conformed.ts';

exitOnSignals();

// A reader that closes the pipe early (head, less) has seen what it wanted. The work goes on, as its files
// and its exit code are still wanted.
const isClosed = (error: Error): boolean => 'code' in error && error.code === 'EPIPE';
process.stderr.on('error', (error) => {
  if (!isClosed(error)) throw error;
});
process.stdout.on('error', (error) => {
  if (isClosed(error)) return;
  process.stderr.write(`pmirror: cannot write to standard output: ${systemReason(error)}\n`);
  process.exit(1);
});

const { exitCode, message } = await runCommandLine(process.argv.slice(2), {
  alwaysTrace: process.env.DEBUG !== undefined,
});
if (process.argv[2] !== 'conform') process.stderr.write(uncheckedNote());
if (message !== '') {
  const text = `pmirror: ${message}`;
  const { isTTY } = process.stderr;
  // A stack trace and what is read by programs stay as they are.
  process.stderr.write(`${isTTY ? prose(text, 2, currentScreen(process.stderr)) : text}\n`);
}
process.exitCode = exitCode;
