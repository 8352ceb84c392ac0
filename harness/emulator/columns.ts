/** The rows of `results/emulator.csv`, and the table that people see. */

import {
  type Column,
  column,
  figure,
  fittedTable,
  type Head,
  threeDigits,
} from '../report/index.ts';
import type { Part } from './part.ts';
import type { Speed } from './speed.ts';

/** A part, and how fast it is. */
export interface SpeedRow {
  readonly part: Part;
  readonly speed: Speed;
}

// biome-ignore format: one column a line
export const SPEED_COLUMNS: readonly Column<SpeedRow>[] = [
  column('step', '-', 'what was done again and again', ({ part }) => part.step),
  column('program', '-', 'workload, or `suite` for all of its programs with a twentieth of their transactions; of an import the trace', ({ part }) => part.program),
  column('threads', 'count', 'clients of the program, each on a core', ({ part }) => part.threads),
  column('queuePairs', '-', 'queue pairs of the replay', ({ part }) => part.queuePairs ?? ''),
  column('backend', '-', 'mirroring design', ({ part }) => part.backend ?? ''),
  column('profile', '-', 'hardware profile', ({ part }) => part.profile.name),
  column('counted', '-', 'what the speed counts: operations of the trace, bytes of its text, or crash images', ({ speed }) => speed.unit),
  column('perReferenceLine', 'ratio', 'so many are done in the time in which the reference loop does a line, the median of the rounds', ({ speed }) => figure(speed.perLine.median)),
  column('perReferenceLineLow', 'ratio', 'its lower quartile', ({ speed }) => figure(speed.perLine.low)),
  column('perReferenceLineHigh', 'ratio', 'its upper quartile', ({ speed }) => figure(speed.perLine.high)),
  column('perProcessorS', '1/s', 'so many a second of processor time on the machine that measured, the median', ({ speed }) => figure(speed.perS.median)),
  column('count', 'count', 'so many are one round', ({ speed }) => speed.units),
  column('rounds', 'count', 'rounds measured, after the warm-up', ({ speed }) => speed.rounds),
  column('peakMb', 'MB', 'most memory that the process had', ({ speed }) => figure(speed.peakBytes / 1e6)),
];

const HEADS: readonly Head[] = [
  { text: 'program', key: true },
  { text: 'step', key: true },
  { text: 'threads', rank: 2 },
  { text: 'queue pairs', rank: 2 },
  { text: 'millions a second', short: 'M/s' },
  { text: 'for a line of the reference loop', short: 'ratio', bar: true },
  { text: 'quartiles' },
  { text: 'peak MB', short: 'MB', rank: 1 },
];

/** One line a row: speeds in millions of what is counted, images in thousands. */
export function speedTable(rows: readonly SpeedRow[]): string {
  const lines = rows.map(({ part, speed }) => {
    const { step, program, threads, queuePairs = '', backend = '' } = part;
    const { low, high } = speed.perLine;
    return [
      program,
      `${step} ${backend}`.trim(),
      String(threads),
      threads === 1 ? '' : queuePairs,
      threeDigits(speed.perS.median / 1e6),
      threeDigits(speed.perLine.median),
      `${threeDigits(low)} to ${threeDigits(high)}`,
      threeDigits(speed.peakBytes / 1e6),
    ];
  });
  return fittedTable(HEADS, lines, false);
}
