/** A worker thread that runs jobs of a crash check, one after the other, as the pool sends them. */

import { workerData } from 'node:worker_threads';
import { loadPlugins } from '../bench/index.ts';
import { serve, type WorkerSettings } from '../host/index.ts';
import { type CrashJob, type CrashResult, runCrashJob } from './job.ts';

loadPlugins((workerData as WorkerSettings).plugins);

serve<CrashJob, readonly CrashResult[]>(({ item: job }, report) => runCrashJob(job, report));
