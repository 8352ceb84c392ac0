/**
 * A worker thread that runs groups of cells, one after the other, as the pool sends them. Results do
 * not depend on which worker ran what: every group is a pure function of its description.
 */

import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import type { CellGroup } from './cell.ts';
import { REGISTRY } from './registry.ts';
import { type CellResult, runGroup } from './run.ts';
import { serve } from './worker-port.ts';

/** What a worker is started with. */
export interface WorkerSettings {
  readonly directory: string;
}

serve<CellGroup, readonly CellResult[]>(({ index, item: group }, onProgress) => {
  const { directory } = workerData as WorkerSettings;
  return runGroup(group, REGISTRY, { directory: join(directory, `group-${index}`), onProgress });
});
