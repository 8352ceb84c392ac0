/** What a pool and its worker threads say to each other, and the worker's side of it. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { exitCodeOf, shownError } from './errors.ts';

export interface WorkerSettings {
  /** A directory for scratch files, which whoever started it removes. */
  readonly directory: string;
  /** Files of users' own parts, to be loaded first. */
  readonly plugins: readonly string[];
}

/** To a worker: run this. `index`: of the item among all. */
export interface Request<Item> {
  readonly index: number;
  readonly item: Item;
}

/** From a worker. `trace` is the stack, for defects. */
export type Reply<Result> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly index: number; readonly fraction: number }
  | {
      readonly kind: 'done';
      readonly index: number;
      readonly result: Result;
      /** Processor time that it took: for people and for estimates, not part of any result. */
      readonly cpuSeconds: number;
    }
  | {
      readonly kind: 'failed';
      readonly index: number;
      readonly message: string;
      readonly trace: string;
      /** What the process should exit with, of errors that have a code (`exitCodeOf`). */
      readonly exitCode: 1 | 2 | undefined;
    };

/** What a worker does with an item; it may report which fraction is done. */
export type Work<Item, Result> = (
  request: Request<Item>,
  report: (fraction: number) => void,
) => Result | Promise<Result>;

/** Makes this thread a worker that does `work` on what its pool sends, and says that it is ready. */
export function serve<Item, Result>(work: Work<Item, Result>): void {
  const port = parentPort;
  if (port === null) throw new Error('this module runs as a worker thread only');
  const reply = (message: Reply<Result>): void => port.postMessage(message);
  port.on('message', (request: Request<Item>) => {
    void answer(work, request, reply).then((message) => {
      collectGarbage();
      reply(message);
    });
  });
  // All modules are loaded: from now on this thread may be terminated (see `pool.ts`).
  reply({ kind: 'ready' });
}

/**
 * Frees what the last item left. By itself it would only be freed when the next one has grown as large: for
 * heaps of many MB, to which a few bytes of objects point, there is no haste.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  collect ??= runInNewContext('gc') as () => void;
  collect();
}

let collect: (() => void) | undefined;

/** What `work` makes of a request, or how it failed. */
export async function answer<Item, Result>(
  work: Work<Item, Result>,
  request: Request<Item>,
  reply: (message: Reply<Result>) => void,
): Promise<Reply<Result>> {
  const { index } = request;
  try {
    const report = (fraction: number): void => reply({ kind: 'progress', index, fraction });
    const before = process.threadCpuUsage();
    const result = await work(request, report);
    const { user, system } = process.threadCpuUsage(before);
    return { kind: 'done', index, result, cpuSeconds: (user + system) / 1e6 };
  } catch (error) {
    const shown = shownError(error);
    const { message, stack = message } = shown;
    return { kind: 'failed', index, message, trace: stack, exitCode: exitCodeOf(shown) };
  }
}
