/** Command lines in the process of a test: as `pmirror` runs them in one of its own, in a tenth of the time. */

import { captured } from '../../host/testing/captured.ts';
import { withEnvironment } from '../../host/testing/environment.ts';
import { withoutWorkers } from '../../host/testing/same-thread.ts';
import { runCommandLine } from '../command-line.ts';

/** How a command ended, and what it printed. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** As in a shell, and without a results database: what is tested is computed. */
const SHELL = { npm_lifecycle_event: undefined, DEBUG: undefined, PMIRROR_DB: 'none' };

/** Resolved when the command that was asked for last has ended: what they change is the process's. */
let whenLastEnded: Promise<unknown> = Promise.resolve();

/**
 * Runs command lines, as typed in `directory` (default: where this process is) with `environment` beside its
 * own, one after the other. Worker threads are none (see `same-thread.ts`); what a command leaves in memory, the
 * next one finds.
 */
export function commandsHere(
  directory = process.cwd(),
  environment: NodeJS.ProcessEnv = {},
): (words: readonly string[]) => Promise<Ran> {
  const run = async (words: readonly string[]) => {
    const before = process.cwd();
    process.chdir(directory);
    try {
      return await withoutWorkers(() => runCommandLine(words, { alwaysTrace: false }));
    } finally {
      process.chdir(before);
    }
  };
  return async (words) => {
    const ran = whenLastEnded.then(() =>
      captured(() => withEnvironment({ ...SHELL, ...environment }, () => run(words))),
    );
    whenLastEnded = ran.catch(() => {});
    const { result, out, err } = await ran;
    const said = result.message === '' ? '' : `pmirror: ${result.message}\n`;
    return { code: result.exitCode, out, err: err + said };
  };
}
