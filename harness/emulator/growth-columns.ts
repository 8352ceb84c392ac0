/** What the file and the table of growth say. */

import { type Column, column, figure, fittedTable, threeDigits } from '../report/index.ts';
import type { GrowthRow } from './growth.ts';

/** Operations, or bytes of a log. */
const sizeOf = ({ point }: GrowthRow): number => point.operations ?? point.bytes ?? 0;

/** Lines that the reference loop does in the time of the run, for each operation or byte. */
const linesEach = (row: GrowthRow): number => row.processorS / row.lineS / sizeOf(row);

// biome-ignore format: one column a line
export const GROWTH_COLUMNS: readonly Column<GrowthRow>[] = [
  column('growing', '-', 'what grows: operations, cores, or the log that is imported', ({ point }) => point.growing),
  column('program', '-', 'workload; of a log the trace whose events it repeats', ({ point }) => point.program),
  column('backend', '-', 'mirroring design', ({ point }) => point.backend),
  column('queuePairs', '-', 'policy of queue pairs', ({ point }) => point.queuePairs),
  column('threads', 'count', 'clients, each on a core', ({ point }) => point.threads),
  column('operations', 'count', 'operations of the program', ({ point }) => point.operations ?? ''),
  column('logBytes', 'B', 'text of the log, about', ({ point }) => point.bytes ?? ''),
  column('processorS', 's', 'processor time of the command on the machine that measured', (row) => figure(row.processorS)),
  column('referenceLines', 'count', 'lines that the reference loop does in that time', (row) => figure(row.processorS / row.lineS)),
  column('referenceLinesEach', 'ratio', 'the same for each operation, or byte of the log', (row) => figure(linesEach(row))),
  column('peakMb', 'MB', 'most memory that the command had', (row) => figure(row.peakBytes / 1e6)),
];

/** One line a row; all columns, however wide, if `wide`. */
export function growthTable(rows: readonly GrowthRow[], wide: boolean): string {
  const heads = [
    { text: 'growing', key: true },
    { text: 'queue pairs', rank: 1 },
    { text: 'cores' },
    { text: 'millions of operations, or of bytes', short: 'millions' },
    { text: 'processor s', short: 's' },
    { text: 'reference lines each', short: 'lines each' },
    { text: 'peak MB', short: 'MB' },
  ];
  const lines = rows.map((row) => [
    row.point.growing,
    row.point.queuePairs,
    String(row.point.threads),
    threeDigits(sizeOf(row) / 1e6),
    threeDigits(row.processorS),
    threeDigits(linesEach(row)),
    threeDigits(row.peakBytes / 1e6),
  ]);
  return fittedTable(heads, lines, wide);
}
