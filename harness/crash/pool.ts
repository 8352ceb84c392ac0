/**
 * Runs jobs of a crash check on worker threads, one a processor core. Results come in the order of
 * the jobs, whoever ran them.
 */

import { pluginFiles } from '../bench/index.ts';
import { type PoolOptions, runOnWorkers } from '../host/index.ts';
import type { CrashJob, CrashResult } from './job.ts';
import type { CrashWork } from './worker.ts';

/** What the jobs gave. */
export interface CrashRun {
  /** Results of each job, in order. */
  readonly results: readonly (readonly CrashResult[])[];
  /** Processor time that the jobs took, summed over them. */
  readonly cpuMs: number;
}

/** Runs the jobs. Fails with the first error of any. */
export async function runCrashJobs(
  jobs: readonly CrashJob[],
  options: PoolOptions = {},
): Promise<CrashRun> {
  const work = await runOnWorkers<CrashJob, CrashWork>(
    {
      script: new URL('./worker.ts', import.meta.url),
      plugins: pluginFiles(),
      labelOf: ({ subject }) => subject.workload,
      nameInErrors: ({ subject }) => subject.workload,
    },
    jobs,
    options,
  );
  return {
    results: work.map(({ results }) => results),
    cpuMs: work.reduce((total, { cpuMs }) => total + cpuMs, 0),
  };
}
