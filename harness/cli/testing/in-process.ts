/** Command lines in the process of a test: as `pmirror` runs them in one of its own, in a tenth of the time. */

import { captured } from '../../host/testing/captured.ts';
import { workInThisThread } from '../../host/testing/same-thread.ts';
import { runCommandLine } from '../command-line.ts';

/** How a command ended, and what it printed. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs command lines, as typed in `directory` (default: where this process is), one at a time. Worker threads
 * are none (see `same-thread.ts`); what a command leaves in memory, the next one finds.
 */
export function commandsHere(
  directory = process.cwd(),
): (words: readonly string[]) => Promise<Ran> {
  workInThisThread();
  process.chdir(directory);
  // npm's own directory is not where a line is typed.
  delete process.env.npm_lifecycle_event;
  delete process.env.DEBUG;
  return async (words) => {
    const { result, out, err } = await captured(() =>
      runCommandLine(words, { alwaysTrace: false }),
    );
    const said = result.message === '' ? '' : `pmirror: ${result.message}\n`;
    return { code: result.exitCode, out, err: err + said };
  };
}
