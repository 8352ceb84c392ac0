/** What files and tables say of speeds, and of counts. */

import {
  type Column,
  column,
  figure,
  fittedTable,
  type Head,
  threeDigits,
} from '../report/index.ts';
import type { CountRow } from './counts.ts';
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
  { text: 'for a line of the reference loop', short: 'ratio' },
  { text: 'quartiles' },
  { text: 'peak MB', short: 'MB', rank: 1 },
];

/** One line a row: speeds in millions of what is counted. All columns, however wide, if `wide`. */
export function speedTable(rows: readonly SpeedRow[], wide: boolean): string {
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
  return fittedTable(HEADS, lines, wide);
}

// biome-ignore format: one column a line
export const COUNT_COLUMNS: readonly Column<CountRow>[] = [
  column('program', '-', 'what was replayed', ({ part }) => part.program),
  column('threads', 'count', 'clients of the program, each on a core', ({ part }) => part.threads),
  column('queuePairs', '-', 'queue pairs', ({ part }) => part.queuePairs ?? ''),
  column('backend', '-', 'mirroring design', ({ part }) => part.backend ?? ''),
  column('profile', '-', 'hardware profile', ({ part }) => part.profile.name),
  column('operations', 'count', 'operations of a replay', (row) => row.operations),
  column('eventsPerOperation', 'count', 'events beyond the cores for each', (row) => figure(row.events / row.operations)),
  column('callsPerOperation', 'count', 'calls of functions of pm/ and rdma/ for each', (row) => figure(row.calls / row.operations)),
  column('allocatedMbPerMillion', 'MB', 'allocated for a million of them', (row) => figure(row.bytes / row.operations)),
  column('bailouts', 'count', 'times that optimised code was left, after the warm-up', (row) => row.bailouts.length),
];

/** One line a row; all columns, however wide, if `wide`. */
export function countTable(rows: readonly CountRow[], wide: boolean): string {
  const heads = [
    { text: 'program', key: true },
    { text: 'replay', key: true },
    { text: 'threads', rank: 1 },
    { text: 'queue pairs', rank: 1 },
    { text: 'events an operation', short: 'events' },
    { text: 'calls an operation', short: 'calls' },
    { text: 'MB allocated for a million', short: 'MB/M' },
    { text: 'bailouts' },
  ];
  const lines = rows.map(({ part, operations, events, calls, bytes, bailouts }) => [
    part.program,
    part.backend ?? '',
    String(part.threads),
    part.queuePairs ?? '',
    ...[events, calls, bytes].map((each) => threeDigits(each / operations)),
    String(bailouts.length),
  ]);
  return fittedTable(heads, lines, wide);
}
