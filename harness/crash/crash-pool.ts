/**
 * Runs jobs of a crash check on worker threads, one a processor core. Results come in the order of
 * the jobs, whoever ran them.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { FailureError, UsageError } from '../errors.ts';
import { stopperOf } from '../pool.ts';
import { onAbandon, withWorkspace } from '../workspace.ts';
import type { CrashJob, CrashResult } from './crash-job.ts';
import type { CrashReply, CrashRequest } from './crash-worker.ts';

/** How to run. */
export interface CrashPoolOptions {
  readonly jobs?: number | undefined;
  /** Told how many jobs are done, fractions included. */
  readonly onProgress?: ((done: number, label: string) => void) | undefined;
}

/** What the jobs gave. */
export interface CrashRun {
  /** Results of each job, in order. */
  readonly results: readonly (readonly CrashResult[])[];
  /** Processor time that the jobs took, summed over them. */
  readonly cpuMs: number;
}

/** Runs the jobs. Fails with the first error of any. */
export function runCrashJobs(
  jobs: readonly CrashJob[],
  options: CrashPoolOptions = {},
): Promise<CrashRun> {
  const count = Math.min(jobs.length, options.jobs ?? availableParallelism());
  return withWorkspace(async (directory) => {
    // What a workload puts into the system's temporary directory shall go with ours.
    const env = { ...process.env, TMPDIR: directory };
    const url = new URL('./crash-worker.ts', import.meta.url);
    const workers = Array.from({ length: count }, () => new Worker(url, { env }));
    const stop = stopperOf(workers);
    const keep = onAbandon(stop);
    try {
      return await dispatch(jobs, workers, options);
    } finally {
      keep();
      await stop();
    }
  });
}

function dispatch(
  jobs: readonly CrashJob[],
  workers: readonly Worker[],
  { onProgress }: CrashPoolOptions,
): Promise<CrashRun> {
  if (jobs.length === 0) return Promise.resolve({ results: [], cpuMs: 0 });
  const results: (readonly CrashResult[])[] = new Array(jobs.length);
  const fractions = new Float64Array(jobs.length);
  let next = 0;
  let done = 0;
  let cpuMs = 0;
  return new Promise((resolve, reject) => {
    const giveTo = (worker: Worker): void => {
      if (next === jobs.length) return;
      const request: CrashRequest = { index: next, job: jobs[next] };
      next++;
      worker.postMessage(request);
    };
    for (const worker of workers) {
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`a worker stopped early with code ${code}`)));
      worker.on('message', (reply: CrashReply) => {
        if (reply.kind === 'ready') return;
        fractions[reply.index] = reply.kind === 'progress' ? reply.fraction : 1;
        const sum = fractions.reduce((total, one) => total + one, 0);
        onProgress?.(sum, jobs[reply.index].subject.workload);
        if (reply.kind === 'failed') reject(jobError(jobs[reply.index], reply));
        if (reply.kind !== 'done') return;
        results[reply.index] = reply.results;
        done++;
        cpuMs += reply.cpuMs;
        if (done === jobs.length) resolve({ results, cpuMs });
        else giveTo(worker);
      });
      giveTo(worker);
    }
  });
}

function jobError({ subject }: CrashJob, reply: CrashReply & { kind: 'failed' }): Error {
  if (reply.exitCode === 2) return new UsageError(reply.message);
  if (reply.exitCode === 1) return new FailureError(`${subject.workload}: ${reply.message}`);
  const defect = new Error(`${subject.workload}: ${reply.message}`);
  defect.stack = reply.trace;
  return defect;
}
