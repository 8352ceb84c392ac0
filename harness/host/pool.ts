/**
 * Runs work on worker threads, one a processor core, so that the main thread stays free to show
 * progress and to react to Ctrl-C while a functional run or a replay computes. Results come in the
 * order of the items, whoever worked on them.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { FailureError, UsageError } from './errors.ts';
import type { Reply, Request, WorkerSettings } from './worker-port.ts';
import { onAbandon, withWorkspace } from './workspace.ts';

/** How to run. */
export interface PoolOptions {
  /** Worker threads, at least 1; the number of processor cores unless said otherwise. */
  readonly jobs?: number | undefined;
  /** Told how much of all items is done, in items: 2.5 is two and a half. */
  readonly onProgress?: ((itemsDone: number, label: string) => void) | undefined;
}

/** What is to be done by whom. */
export interface Task<Item> {
  /** Module of the workers: calls `serve` of `worker-port.ts`. */
  readonly script: URL;
  readonly items: readonly Item[];
  /** Files of users' own parts that the workers load first. */
  readonly plugins: readonly string[];
  /** What is said of an item while it is worked on. */
  labelOf(item: Item): string;
  /** What stands before the message when it fails; nothing where the message says it. */
  nameInErrors(item: Item): string | undefined;
}

/** Results of each item, in their order. Fails with the first error of any. */
export function runOnWorkers<Item, Result>(
  task: Task<Item>,
  options: PoolOptions,
): Promise<readonly Result[]> {
  const count = Math.min(task.items.length, options.jobs ?? availableParallelism());
  return withWorkspace(async (directory) => {
    const workerData: WorkerSettings = { directory, plugins: task.plugins };
    // What a workload puts into the system's temporary directory shall go with ours.
    const env = { ...process.env, TMPDIR: directory };
    const workers = Array.from(
      { length: count },
      () => new Worker(task.script, { workerData, env }),
    );
    const stop = stopperOf(workers);
    const keep = onAbandon(stop);
    try {
      return await dispatch<Item, Result>(task, workers, options);
    } finally {
      keep();
      await stop();
    }
  });
}

/** What terminates `workers`, each as soon as it may be. Ask for it before they are given work. */
function stopperOf(workers: readonly Worker[]): () => Promise<void> {
  const ready = workers.map(whenReady);
  return async () => {
    await Promise.all(ready);
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
}

/**
 * When a worker may be terminated: its first message says that its modules are loaded. Terminating
 * it while a native one is being loaded aborts the whole process.
 */
function whenReady(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('message', () => resolve());
    worker.once('error', () => resolve());
    worker.once('exit', () => resolve());
  });
}

/** Gives every worker the next item when it has answered, until all are done. */
function dispatch<Item, Result>(
  task: Task<Item>,
  workers: readonly Worker[],
  options: PoolOptions,
): Promise<readonly Result[]> {
  const { items } = task;
  if (items.length === 0) return Promise.resolve([]);
  const results: Result[] = new Array(items.length);
  const fractions = new Float64Array(items.length);
  let next = 0;
  let done = 0;
  return new Promise((resolve, reject) => {
    const giveTo = (worker: Worker): void => {
      if (next === items.length) return;
      const request: Request<Item> = { index: next, item: items[next] };
      next++;
      worker.postMessage(request);
    };
    const report = (index: number, fraction: number): void => {
      fractions[index] = fraction;
      const sum = fractions.reduce((total, one) => total + one, 0);
      options.onProgress?.(sum, task.labelOf(items[index]));
    };
    for (const worker of workers) {
      worker.on('error', (error) => reject(workerError(error)));
      worker.on('exit', (code) => reject(new Error(`a worker stopped early with code ${code}`)));
      worker.on('message', (reply: Reply<Result>) => {
        if (reply.kind === 'ready') return;
        report(reply.index, reply.kind === 'progress' ? reply.fraction : 1);
        if (reply.kind === 'failed')
          reject(itemError(task.nameInErrors(items[reply.index]), reply));
        if (reply.kind !== 'done') return;
        results[reply.index] = reply.result;
        done++;
        if (done === items.length) resolve(results);
        else giveTo(worker);
      });
      giveTo(worker);
    }
  });
}

function itemError(name: string | undefined, reply: Reply<unknown> & { kind: 'failed' }): Error {
  const message = name === undefined ? reply.message : `${name}: ${reply.message}`;
  if (reply.exitCode === 2) return new UsageError(reply.message);
  if (reply.exitCode === 1) return new FailureError(message);
  const defect = new Error(message);
  defect.stack = reply.trace;
  return defect;
}

function workerError(error: Error): Error {
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new FailureError('out of memory: use fewer jobs (--jobs 1) or a smaller workload');
  }
  return error;
}
