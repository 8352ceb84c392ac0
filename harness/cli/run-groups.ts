/** Runs groups of cells as every command does: on worker threads, with a progress bar. */

import { type CellGroup, type CellResult, runGroups } from '../bench/index.ts';
import { startProgress } from '../host/index.ts';

/** Results of each group, in the order of `groups`. */
export async function runShowingProgress(
  groups: readonly CellGroup[],
  jobs: number | undefined,
): Promise<readonly (readonly CellResult[])[]> {
  const progress = startProgress(groups.length);
  try {
    return await runGroups(groups, { jobs, onProgress: progress.update });
  } finally {
    progress.stop();
  }
}

/** What is about to be run, in numbers. */
export function cellCount(groups: readonly CellGroup[]): string {
  const cells = groups.reduce((sum, { systems }) => sum + systems.length, 0);
  const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  return `${plural(cells, 'cell')} of ${plural(groups.length, 'execution')}`;
}
