/** What a command of the command line takes, in processor time and memory: all threads of its process. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { FailureError, withUndo } from '../host/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const REQUIRED = [
  join(ROOT, 'scripts', 'require-node.cjs'),
  join(import.meta.dirname, 'usage.cjs'),
];
const MAIN = join(ROOT, 'harness', 'cli', 'main.ts');

const SAID = z.object({
  userCPUTime: z.number(),
  systemCPUTime: z.number(),
  maxRSS: z.number(),
});

export interface Usage {
  /** Processor time, in seconds. */
  readonly processorS: number;
  /** Most memory that it had, in bytes. */
  readonly peakBytes: number;
}

/**
 * Runs `pmirror` with `words`, its scratch files in `directory`. Throws FailureError with what it says if
 * it fails.
 */
export async function usageOf(words: readonly string[], directory: string): Promise<Usage> {
  const child = spawn(
    process.execPath,
    [...REQUIRED.flatMap((file) => ['--require', file]), MAIN, ...words],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: directory } },
  );
  const [, , errors, usage] = child.stdio;
  let [said, told] = ['', ''];
  errors?.on('data', (chunk) => {
    told += chunk;
  });
  usage?.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await withUndo(
    () => child.kill('SIGKILL'),
    () => once(child, 'close'),
  );
  if (code !== 0) throw new FailureError(`'pmirror ${words.join(' ')}' failed: ${told.trim()}`);
  const { userCPUTime, systemCPUTime, maxRSS } = SAID.parse(JSON.parse(said));
  return { processorS: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024 };
}
