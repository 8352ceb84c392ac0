/** A worker thread that runs jobs of a crash check, one after the other, as the pool sends them. */

import { parentPort } from 'node:worker_threads';
import { exitCodeOf } from '../errors.ts';
import { type CrashJob, type CrashResult, runCrashJob } from './crash-job.ts';

/** To a worker: run this. */
export interface CrashRequest {
  readonly index: number;
  readonly job: CrashJob;
}

/** From a worker. `trace` is the stack, for defects. */
export type CrashReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly index: number; readonly fraction: number }
  | {
      readonly kind: 'done';
      readonly index: number;
      readonly results: readonly CrashResult[];
      /** Processor time that the job took: for people, not part of any result. */
      readonly cpuMs: number;
    }
  | {
      readonly kind: 'failed';
      readonly index: number;
      readonly message: string;
      readonly trace: string;
      /** See `exitCodeOf`. */
      readonly exitCode: 1 | 2 | undefined;
    };

const port = parentPort;
if (port === null) throw new Error('crash-worker.ts runs as a worker thread only');
port.on('message', (request: CrashRequest) => port.postMessage(answer(request)));
// All modules are loaded: from now on this thread may be terminated (see `pool.ts`).
port.postMessage({ kind: 'ready' } satisfies CrashReply);

function answer({ index, job }: CrashRequest): CrashReply {
  try {
    const report = (fraction: number): void => {
      port?.postMessage({ kind: 'progress', index, fraction });
    };
    const before = process.threadCpuUsage();
    const results = runCrashJob(job, report);
    const { user, system } = process.threadCpuUsage(before);
    return { kind: 'done', index, results, cpuMs: (user + system) / 1000 };
  } catch (error) {
    const shown = error instanceof Error ? error : new Error(String(error));
    const { message, stack = message } = shown;
    return { kind: 'failed', index, message, trace: stack, exitCode: exitCodeOf(error) };
  }
}
