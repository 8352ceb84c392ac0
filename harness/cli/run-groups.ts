/** Runs groups of cells as every command does: on worker threads, with a progress bar. */

import {
  type CellGroup,
  type CellResult,
  refusalOf,
  type SystemChoice,
  withGroupRunner,
} from '../bench/index.ts';
import { withProgress } from '../host/index.ts';
import { prose } from '../report/index.ts';
import { distinct } from './options.ts';

/** Results of each group, in the order of `groups`. */
export function runShowingProgress(
  groups: readonly CellGroup[],
  jobs: number | undefined,
): Promise<readonly (readonly CellResult[])[]> {
  return withShownProgress(jobs, (run) => run(groups));
}

/** Does `use`, which runs groups again and again and shows progress each time. */
export function withShownProgress<T>(
  jobs: number | undefined,
  use: (
    run: (groups: readonly CellGroup[]) => Promise<readonly (readonly CellResult[])[]>,
  ) => Promise<T>,
): Promise<T> {
  return withGroupRunner(jobs, (run) =>
    use((groups) => {
      const count = groups.reduce((sum, { systems }) => sum + systems.length, 0);
      return withProgress(groups.length, { unit: 'cells', count }, (onProgress) =>
        run(groups, onProgress),
      );
    }),
  );
}

/** `groups`, whose results have these percentiles of the latency too, in per cent. */
export function withPercentiles(
  groups: readonly CellGroup[],
  percentiles: readonly number[],
): readonly CellGroup[] {
  return groups.map((group) => ({ ...group, percentiles }));
}

/** What is about to be run, in numbers. */
export function cellCount(groups: readonly CellGroup[]): string {
  const cells = groups.reduce((sum, { systems }) => sum + systems.length, 0);
  const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  return `${plural(cells, 'cell')} of ${plural(groups.length, 'execution')}`;
}

/** Which designs are left out where all were asked for, and why; empty if none is. */
export function leftOutNote({ backends, profiles, replicas, whereTheyRun }: SystemChoice): string {
  if (!whereTheyRun) return '';
  const reasons = profiles.flatMap((profile) =>
    replicas.flatMap((count) =>
      backends.flatMap(
        (backend) => refusalOf({ backend, profile, replicas: count, faults: [] }) ?? [],
      ),
    ),
  );
  const notes = distinct(reasons).map((reason) => `${prose(`left out: ${reason}`, 2)}\n`);
  return notes.length === 0 ? '' : `${notes.join('')}\n`;
}
