/** How a program starts and ends. */

import { currentScreen, endWith, outliveReaders } from '../host/index.ts';
import { prose } from '../report/index.ts';
import type { Program } from './command.ts';
import { runCommandLine } from './command-line.ts';
import { uncheckedNote } from './conformed.ts';

/**
 * Runs `program` with the words that this process was given. Interrupted, it ends by the signal,
 * which a shell shows as 130. With DEBUG in the environment every error shows its stack trace.
 */
export async function start(program: Program): Promise<void> {
  outliveReaders(program.short);
  const words = process.argv.slice(2);
  const { exitCode, message } = await runCommandLine(words, {
    alwaysTrace: process.env.DEBUG !== undefined,
    program,
  });
  if (words[0] !== 'conform') process.stderr.write(uncheckedNote());
  if (message !== '') {
    const text = `${program.short}: ${message}`;
    const { isTTY } = process.stderr;
    // A stack trace and what is read by programs stay as they are.
    process.stderr.write(`${isTTY ? prose(text, 2, currentScreen(process.stderr)) : text}\n`);
  }
  endWith(exitCode);
}
