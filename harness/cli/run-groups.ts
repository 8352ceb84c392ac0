/** Groups of cells as commands ask for them, and what is said of them. */

import { type CellGroup, refusalOf, type SystemChoice } from '../bench/index.ts';
import { prose } from '../report/index.ts';
import { distinct } from './options.ts';

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
