/** Runs groups of cells on worker threads. */

import { type PoolOptions, runOnWorkers } from '../host/index.ts';
import { type CellGroup, executionLabel } from './cells.ts';
import { pluginFiles } from './plugins.ts';
import type { CellResult } from './run.ts';

/** Results of each group, in the order of `groups`. Fails with the first error of any group. */
export function runGroups(
  groups: readonly CellGroup[],
  options: PoolOptions = {},
): Promise<readonly (readonly CellResult[])[]> {
  return runOnWorkers(
    {
      script: new URL('../bench/worker.ts', import.meta.url),
      items: groups,
      plugins: pluginFiles(),
      labelOf: ({ execution }) => executionLabel(execution),
      // What is wrong with a trace already names its file.
      nameInErrors: ({ execution }) =>
        execution.kind === 'trace' ? undefined : execution.workload,
    },
    options,
  );
}
