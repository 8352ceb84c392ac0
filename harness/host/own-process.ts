/**
 * Work in a process of its own: with its own optimised code, heap and peak of memory, which nothing that
 * ran before has spoiled. What is sent and what comes back is plain data.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { FailureError } from './errors.ts';
import { removeScratch } from './leftovers.ts';
import { itemError } from './pool.ts';
import { withUndo } from './signals.ts';
import { answer, type Reply, type Work } from './worker-port.ts';
import { withWorkspace } from './workspace.ts';

const REQUIRED = join(import.meta.dirname, '..', '..', 'scripts', 'require-node.cjs');

/** How a process is started. */
export interface OwnProcess {
  /** Its module: calls {@link serveOnce}. */
  readonly script: URL;
  /** Options of Node and V8. */
  readonly flags?: readonly string[];
}

/** What a process did. */
export interface Done<Result> {
  readonly result: Result;
  /** What it wrote to standard output, where options of V8 write. */
  readonly output: string;
}

/**
 * Does `item` in a process of its own, whose temporary directory is gone afterwards. Throws what the work
 * threw: UsageError, FailureError, or a defect with its stack.
 */
export function inOwnProcess<Item extends object, Result>(
  { script, flags = [] }: OwnProcess,
  item: Item,
): Promise<Done<Result>> {
  return withWorkspace(async (directory) => {
    const child = fork(script, {
      execArgv: ['--require', REQUIRED, ...flags],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      serialization: 'advanced',
      env: { ...process.env, TMPDIR: directory },
    });
    let output = '';
    let reply: Reply<Result> | undefined;
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.on('message', (message: Reply<Result>) => {
      reply = message;
    });
    const stop = (): void => {
      child.kill('SIGKILL');
      removeScratch(directory);
    };
    const [code, signal] = await withUndo(stop, async () => {
      // If it ended before, that is told below.
      child.send(item, () => {});
      return once(child, 'close');
    });
    if (reply?.kind === 'failed') throw itemError(undefined, reply);
    if (reply?.kind !== 'done') {
      throw new FailureError(
        `a process that measures ended by itself (${signal ?? `code ${code}`})`,
      );
    }
    return { result: reply.result, output };
  });
}

/** Makes this process do `work` on the one item that it is sent. */
export function serveOnce<Item, Result>(work: Work<Item, Result>): void {
  process.once('message', (item: Item) => {
    void answer(work, { index: 0, item }, () => {}).then((reply) => {
      process.send?.(reply, () => process.disconnect());
    });
  });
}
