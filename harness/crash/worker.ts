/** A worker thread that runs jobs of a crash check, one after the other, as the pool sends them. */

import { serve } from '../host/index.ts';
import { type CrashJob, type CrashResult, runCrashJob } from './job.ts';

/** What a job gave. */
export interface CrashWork {
  readonly results: readonly CrashResult[];
  /** Processor time that the job took: for people, not part of any result. */
  readonly cpuMs: number;
}

serve<CrashJob, CrashWork>(({ item: job }, report) => {
  const before = process.threadCpuUsage();
  const results = runCrashJob(job, report);
  const { user, system } = process.threadCpuUsage(before);
  return { results, cpuMs: (user + system) / 1000 };
});
