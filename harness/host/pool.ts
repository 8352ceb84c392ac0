/**
 * Runs work on worker threads, mostly one a processor core, while the main thread shows progress. Results
 * come in the order of the items, whoever worked on them.
 */

import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { FailureError, lateFault, UsageError } from './errors.ts';
import { removeScratch } from './leftovers.ts';
import { refuseWithoutRoom } from './memory.ts';
import { withUndo } from './signals.ts';
import { Waiting } from './waiting.ts';
import type { Reply, Request, WorkerSettings } from './worker-port.ts';
import { withWorkspace } from './workspace.ts';

/** Told how much of all items is done, in items: 2.5 is two and a half. */
export type OnProgress = (itemsDone: number, label: string) => void;

/** What is told of items while they are worked on. */
export interface PoolWatch<Result> {
  readonly onProgress?: OnProgress | undefined;
  /**
   * Told each result at once, with the processor time that it took. What it throws ends the work.
   */
  readonly onDone?: (index: number, result: Result, cpuSeconds: number) => void;
}

/** Work of one kind, and who does it. */
export interface Kind<Item> {
  /** Module of the workers: calls `serve` of `worker-port.ts`. */
  readonly script: URL;
  /** Files of users' own parts that the workers load first. */
  readonly plugins: readonly string[];
  /** What is said of an item while it is worked on. */
  labelOf(item: Item): string;
  /** What stands before the message when it fails; nothing where the message says it. */
  nameInErrors(item: Item): string | undefined;
  /** Bytes of memory that it needs, where that is known. */
  bytesOf?(item: Item): number;
  /** The same for items that a worker does sooner if it has just done the other. */
  nearOf?(item: Item): string;
}

/** Results of each of `items`, in their order. Fails with the first error of any. */
export type RunItems<Item, Result> = (
  items: readonly Item[],
  watch?: PoolWatch<Result>,
) => Promise<readonly Result[]>;

/**
 * Does `use`, which may run items again and again, one call after the other: worker threads that were
 * started stay until it is done. `jobs`: threads at most, at least 1, see {@link workersFor}.
 */
export function withWorkers<Item, Result, T>(
  kind: Kind<Item>,
  jobs: number | undefined,
  use: (run: RunItems<Item, Result>) => Promise<T>,
): Promise<T> {
  const workersMax = workersFor(jobs);
  return withWorkspace((directory) =>
    withUndo(
      () => removeScratch(directory),
      async () => {
        const workerData: WorkerSettings = { directory, plugins: kind.plugins };
        // What a workload puts into the system's temporary directory shall go with ours.
        const env = { ...process.env, TMPDIR: directory };
        const workers: Worker[] = [];
        const ready: Promise<void>[] = [];
        try {
          return await use((items, watch = {}) => {
            const bytes = items.map((item) => kind.bytesOf?.(item) ?? 0);
            const atOnce = runnableAtOnce(bytes, workersMax);
            for (const [i, item] of items.entries()) {
              refuseWithoutRoom(bytes[i], kind.labelOf(item));
            }
            while (workers.length < atOnce) {
              const worker = new Worker(kind.script, { workerData, env, resourceLimits: LIMITS });
              workers.push(worker);
              ready.push(whenReady(worker));
            }
            const some = workers.slice(0, atOnce);
            return dispatch<Item, Result>(kind, items, { workers: some, ...watch });
          });
        } finally {
          const stopped = Promise.all(ready).then(() =>
            Promise.all(workers.map((one) => one.terminate())),
          );
          if (!(await isSoon(stopped))) areThreadsStuck = true;
        }
      },
    ),
  );
}

/** What a worker takes with the largest programs of the suite, in bytes: 150 to 250 MB were seen. */
const WORKER_BYTES = 256 * 2 ** 20;

/**
 * How many worker threads there are where up to `jobs` are wanted: no more than processor cores, where they
 * would only take memory, and than half of the memory that is free has room for.
 */
export function workersFor(jobs = Number.POSITIVE_INFINITY): number {
  const room = Math.floor(process.availableMemory() / 2 / WORKER_BYTES);
  return Math.max(1, Math.min(jobs, availableParallelism(), room));
}

/**
 * How many of items that need so many `bytes` run at a time, whichever they are: as many as have room,
 * one at least, and `most` at most.
 */
function runnableAtOnce(bytes: readonly number[], most: number): number {
  const largest = bytes.map((one) => Math.max(one, WORKER_BYTES)).sort((a, b) => b - a);
  // Two of the suite's programs always have room, and where there are more cores more of them.
  const room = Math.max(2, most) * WORKER_BYTES;
  let count = 0;
  let sum = 0;
  while (count < Math.min(most, largest.length)) {
    sum += largest[count];
    if (count > 0 && sum > room) break;
    count++;
  }
  return count;
}

/** Of a worker's JavaScript objects: garbage goes before it grows beyond what runs need. */
const LIMITS = { maxOldGenerationSizeMb: 400, maxYoungGenerationSizeMb: 32 };

/**
 * So long a thread may take to end. One that is terminated inside of a database may never: its clean-up
 * waits for a lock that it holds itself.
 */
const PATIENCE_MS = 500;

let areThreadsStuck = false;

async function isSoon(event: Promise<unknown>): Promise<boolean> {
  const late = new AbortController();
  const first = await Promise.race([
    event.then(() => true),
    setTimeout(PATIENCE_MS, false, { signal: late.signal }),
  ]);
  late.abort();
  return first;
}

/**
 * Has the process end with `code` when nothing is left to do. Threads that do not end would hold up that, and
 * `process.exit` too: then another program takes their place, whose end is ours.
 */
export function endWith(code: number): void {
  process.exitCode = code;
  if (areThreadsStuck) process.execve?.('/bin/sh', ['sh', '-c', `exit ${code}`]);
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
  kind: Kind<Item>,
  items: readonly Item[],
  { workers, onProgress, onDone }: PoolWatch<Result> & { readonly workers: readonly Worker[] },
): Promise<readonly Result[]> {
  if (items.length === 0) return Promise.resolve([]);
  const results: Result[] = new Array(items.length);
  const fractions = new Float64Array(items.length);
  const forget: (() => void)[] = [];
  const waiting = new Waiting<Worker>(items.map((item, i) => kind.nearOf?.(item) ?? String(i)));
  let done = 0;
  return new Promise<readonly Result[]>((resolve, reject) => {
    const giveTo = (worker: Worker): void => {
      const index = waiting.take(worker);
      if (index === undefined) return;
      const request: Request<Item> = { index, item: items[index] };
      worker.postMessage(request);
    };
    const report = (index: number, fraction: number): void => {
      fractions[index] = fraction;
      const sum = fractions.reduce((total, one) => total + one, 0);
      onProgress?.(sum, kind.labelOf(items[index]));
    };
    const onError = (error: Error): void => reject(workerError(error, kind.plugins));
    const onExit = (code: number): void =>
      reject(new Error(`a worker stopped early with code ${code}`));
    for (const worker of workers) {
      const onReply = (reply: Reply<Result>): void => {
        if (reply.kind === 'ready') return;
        report(reply.index, reply.kind === 'progress' ? reply.fraction : 1);
        if (reply.kind === 'failed')
          reject(itemError(kind.nameInErrors(items[reply.index]), reply));
        if (reply.kind !== 'done') return;
        results[reply.index] = reply.result;
        done++;
        giveTo(worker);
        try {
          onDone?.(reply.index, reply.result, reply.cpuSeconds);
        } catch (error) {
          reject(error);
        }
        if (done === items.length) resolve(results);
      };
      worker.on('error', onError).on('exit', onExit).on('message', onReply);
      forget.push(() => worker.off('error', onError).off('exit', onExit).off('message', onReply));
      giveTo(worker);
    }
  }).finally(() => {
    for (const one of forget) one();
  });
}

/** What to throw of an item, called `name`, whose work failed. */
export function itemError(
  name: string | undefined,
  reply: Reply<unknown> & { kind: 'failed' },
): Error {
  const message = name === undefined ? reply.message : `${name}: ${reply.message}`;
  if (reply.exitCode === 2) return new UsageError(reply.message);
  if (reply.exitCode === 1) return new FailureError(message);
  const defect = new Error(message);
  defect.stack = reply.trace;
  return defect;
}

function workerError(error: Error, plugins: readonly string[]): Error {
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new FailureError('out of memory: use fewer jobs (--jobs 1) or a smaller workload');
  }
  // A thread's errors come as copies, of which the name stays.
  if (error.name === 'FailureError') return new FailureError(error.message);
  return lateFault(error, plugins) ?? error;
}
