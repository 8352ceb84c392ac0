/**
 * A worker thread that runs groups of cells, one after the other, as the pool sends them. Results do
 * not depend on which worker ran what: every group is a pure function of its description.
 */

import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { serve, type WorkerSettings } from '../host/index.ts';
import type { CellGroup } from './cells.ts';
import { loadPlugins } from './plugins.ts';
import { REGISTRY } from './registry.ts';
import { type CellResult, runGroup } from './run.ts';

loadPlugins((workerData as WorkerSettings).plugins);

serve<CellGroup, readonly CellResult[]>(({ index, item: group }, onProgress) => {
  const { directory } = workerData as WorkerSettings;
  return runGroup(group, REGISTRY, { directory: join(directory, `group-${index}`), onProgress });
});
