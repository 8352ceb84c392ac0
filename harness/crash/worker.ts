/** A worker thread that runs jobs of a crash check, one after the other, as the pool sends them. */

import { workerData } from 'node:worker_threads';
import { loadPlugins } from '../bench/index.ts';
import { serve, type WorkerSettings } from '../host/index.ts';
import { type CrashJob, type CrashResult, runCrashJob } from './job.ts';

/** What a job gave. */
export interface CrashWork {
  readonly results: readonly CrashResult[];
  /** Processor time that the job took: for people, not part of any result. */
  readonly cpuMs: number;
}

loadPlugins((workerData as WorkerSettings).plugins);

serve<CrashJob, CrashWork>(({ item: job }, report) => {
  const before = process.threadCpuUsage();
  const results = runCrashJob(job, report);
  const { user, system } = process.threadCpuUsage(before);
  return { results, cpuMs: (user + system) / 1000 };
});
