/**
 * The program that `npm run pmirror` starts: see `command-line.ts`. Interrupted, it ends by the signal, which
 * a shell shows as 130. With DEBUG in the environment every error shows its stack trace.
 */

import { currentScreen, endWith, outliveReaders } from '../host/index.ts';
import { prose } from '../report/index.ts';
import { runCommandLine } from './command-line.ts';
import { uncheckedNote } from './conformed.ts';

outliveReaders('pmirror');

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
endWith(exitCode);
