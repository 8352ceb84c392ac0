/**
 * Runs groups of cells on worker threads, one a processor core, so that the main thread stays free to
 * show progress and to react to Ctrl-C while a functional run or a replay computes. Results come in
 * the order of the groups, whoever ran them.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type CellGroup, executionLabel } from './cell.ts';
import { FailureError, UsageError } from './errors.ts';
import type { CellResult } from './run.ts';
import type { GroupReply, GroupRequest, WorkerSettings } from './worker.ts';
import { onAbandon, withWorkspace } from './workspace.ts';

/** How to run. */
export interface PoolOptions {
  /** Worker threads, at least 1; the number of processor cores unless said otherwise. */
  readonly jobs?: number | undefined;
  /** Told how much of all groups is done, in groups: 2.5 is two and a half. */
  readonly onProgress?: ((groupsDone: number, label: string) => void) | undefined;
}

/** Results of each group, in the order of `groups`. Fails with the first error of any group. */
export async function runGroups(
  groups: readonly CellGroup[],
  options: PoolOptions = {},
): Promise<(readonly CellResult[])[]> {
  const jobs = Math.min(groups.length, options.jobs ?? availableParallelism());
  return withWorkspace(async (directory) => {
    const settings: WorkerSettings = { directory };
    // What a workload puts into the system's temporary directory shall go with ours.
    const env = { ...process.env, TMPDIR: directory };
    const url = new URL('./worker.ts', import.meta.url);
    const workers = Array.from(
      { length: jobs },
      () => new Worker(url, { workerData: settings, env }),
    );
    const stop = stopperOf(workers);
    const keep = onAbandon(stop);
    try {
      return await dispatch(groups, workers, options);
    } finally {
      keep();
      await stop();
    }
  });
}

/** What terminates `workers`, each as soon as it may be. Ask for it before they are given work. */
export function stopperOf(workers: readonly Worker[]): () => Promise<void> {
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

/** Gives every worker the next group when it has answered, until all are done. */
function dispatch(
  groups: readonly CellGroup[],
  workers: readonly Worker[],
  options: PoolOptions,
): Promise<(readonly CellResult[])[]> {
  if (groups.length === 0) return Promise.resolve([]);
  const results: (readonly CellResult[])[] = new Array(groups.length);
  const fractions = new Float64Array(groups.length);
  let next = 0;
  let done = 0;
  return new Promise((resolve, reject) => {
    const giveTo = (worker: Worker): void => {
      if (next === groups.length) return;
      const request: GroupRequest = { index: next, group: groups[next] };
      next++;
      worker.postMessage(request);
    };
    const report = (index: number, fraction: number): void => {
      fractions[index] = fraction;
      const sum = fractions.reduce((total, one) => total + one, 0);
      options.onProgress?.(sum, executionLabel(groups[index].execution));
    };
    for (const worker of workers) {
      worker.on('error', (error) => reject(workerError(error)));
      worker.on('exit', (code) => reject(new Error(`a worker stopped early with code ${code}`)));
      worker.on('message', (reply: GroupReply) => {
        if (reply.kind === 'ready') return;
        report(reply.index, reply.kind === 'progress' ? reply.fraction : 1);
        if (reply.kind === 'failed') reject(groupError(groups[reply.index], reply));
        if (reply.kind !== 'done') return;
        results[reply.index] = reply.results;
        done++;
        if (done === groups.length) resolve(results);
        else giveTo(worker);
      });
      giveTo(worker);
    }
  });
}

function groupError(group: CellGroup, reply: GroupReply & { kind: 'failed' }): Error {
  const { execution } = group;
  // What is wrong with a trace already names its file.
  const message =
    execution.kind === 'trace' ? reply.message : `${execution.workload}: ${reply.message}`;
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
