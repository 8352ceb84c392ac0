/** Command lines in the process of a test: as `pmirror` runs them in one of its own, in a tenth of the time. */

import { mock } from 'node:test';
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
    const texts = { stdout: '', stderr: '' };
    const mocks = (['stdout', 'stderr'] as const).map((name) => {
      const stream = process[name];
      const write = stream.write.bind(stream);
      return mock.method(stream, 'write', (text: string | Uint8Array) => {
        // The test runner reports in bytes, whenever it likes.
        if (typeof text !== 'string') return write(text);
        texts[name] += text;
        return true;
      });
    });
    const { exitCode: code, message } = await runCommandLine(words, { alwaysTrace: false });
    for (const one of mocks) one.mock.restore();
    const said = message === '' ? '' : `pmirror: ${message}\n`;
    return { code, out: texts.stdout, err: texts.stderr + said };
  };
}
