/**
 * A worker thread that runs groups of cells, one after the other, as the pool sends them. Results do
 * not depend on which worker ran what: every group is a pure function of its description.
 */

import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { CellGroup } from './cell.ts';
import { exitCodeOf } from './errors.ts';
import { REGISTRY } from './registry.ts';
import { type CellResult, runGroup } from './run.ts';

/** To a worker: run this. */
export interface GroupRequest {
  readonly index: number;
  readonly group: CellGroup;
}

/** From a worker. `trace` is the stack, for defects. */
export type GroupReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly index: number; readonly fraction: number }
  | { readonly kind: 'done'; readonly index: number; readonly results: readonly CellResult[] }
  | {
      readonly kind: 'failed';
      readonly index: number;
      readonly message: string;
      readonly trace: string;
      /** See `exitCodeOf`. */
      readonly exitCode: 1 | 2 | undefined;
    };

/** What a worker is started with. */
export interface WorkerSettings {
  readonly directory: string;
}

const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a worker thread only');
const { directory } = workerData as WorkerSettings;
port.on('message', (request: GroupRequest) => {
  void answer(request).then((reply) => port.postMessage(reply));
});
// All modules are loaded: from now on this thread may be terminated (see `pool.ts`).
port.postMessage({ kind: 'ready' } satisfies GroupReply);

async function answer({ index, group }: GroupRequest): Promise<GroupReply> {
  try {
    const results = await runGroup(group, REGISTRY, {
      directory: join(directory, `group-${index}`),
      onProgress: (fraction) => port?.postMessage({ kind: 'progress', index, fraction }),
    });
    return { kind: 'done', index, results };
  } catch (error) {
    const shown = error instanceof Error ? error : new Error(String(error));
    const { message, stack = message } = shown;
    return { kind: 'failed', index, message, trace: stack, exitCode: exitCodeOf(error) };
  }
}
