/**
 * Whether volatile work is charged, and what is offered where it is not. Without it nothing hides what
 * mirroring costs, so speedups and slowdowns are upper bounds on those of the program.
 */

import { WORKLOADS } from '../../workloads/index.ts';
import type { AnyWorkload, MeasuredInstructions } from '../../workloads/workload.ts';
import type { CellResult } from './run.ts';

/** What stands where figures of a program are shown whose volatile work is not charged. */
export const UPPER_BOUND = 'no volatile work: upper bound';

/** Whether the cell's time has volatile work in it. */
export function volatileWorkOf({ report }: CellResult): 'charged' | 'none' {
  return report.timePs.compute > 0 ? 'charged' : 'none';
}

/**
 * What to tell the user of a trace called `name` that is charged no volatile work: the counts measured
 * on the program that its name says, or else on all.
 */
export function uncharged(name: string): string {
  const measured = WORKLOADS.filter(
    ({ instructionsMeasured }) => instructionsMeasured !== undefined,
  );
  const named = measured.filter((workload) => name.toLowerCase().includes(workload.name));
  // A btree is not an rbtree, and the longest name says most.
  const longest = Math.max(0, ...named.map((workload) => workload.name.length));
  const fitting = named.filter((workload) => workload.name.length === longest);
  const offered = fitting.length > 0 ? fitting : measured;
  return (
    `${UPPER_BOUND}; --instructions-per-tx charges it. Measured on the originals, optimised / with ` +
    `the suite's own flags: ${offered.map(countsText).join('; ')}`
  );
}

function countsText({ name, instructionsMeasured = {} }: AnyWorkload): string {
  const kinds = Object.entries(instructionsMeasured).map(
    ([kind, counts]) => `${kind} ${countText(counts)}`,
  );
  return `${name}: ${kinds.join(', ')}`;
}

function countText({ o2, whisper }: MeasuredInstructions): string {
  return o2 === whisper ? String(o2) : `${o2 ?? '-'} / ${whisper ?? '-'}`;
}
