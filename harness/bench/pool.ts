/** Runs groups of cells on worker threads. */

import { type PoolOptions, type RunItems, runOnWorkers, withWorkers } from '../host/index.ts';
import { type CellGroup, executionLabel } from './cells.ts';
import { memoryBytesOf } from './functional-run.ts';
import { pluginFiles } from './plugins.ts';
import { REGISTRY } from './registry.ts';
import { type CellResult, configure } from './run.ts';

type Results = readonly CellResult[];

const groupWork = () => ({
  script: new URL('../bench/worker.ts', import.meta.url),
  plugins: pluginFiles(),
  labelOf: ({ execution }: CellGroup) => executionLabel(execution),
  // What is wrong with a trace already names its file.
  nameInErrors: ({ execution }: CellGroup) =>
    execution.kind === 'trace' ? undefined : execution.workload,
  bytesOf: ({ execution }: CellGroup) =>
    execution.kind === 'trace' ? 0 : memoryBytesOf(configure(execution, REGISTRY), execution),
});

/** Results of each group, in the order of `groups`. Fails with the first error of any group. */
export function runGroups(
  groups: readonly CellGroup[],
  options: PoolOptions = {},
): Promise<readonly Results[]> {
  return runOnWorkers(groupWork(), groups, options);
}

/** Does `use`, which runs groups in rounds, one after the other, as {@link runGroups} does. */
export function withGroupRunner<T>(
  jobs: number | undefined,
  use: (run: RunItems<CellGroup, Results>) => Promise<T>,
): Promise<T> {
  return withWorkers<CellGroup, Results, T>(groupWork(), jobs, use);
}
