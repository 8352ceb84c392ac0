/** The columns of paper-region.csv. */

import { type Column, column, figure } from '../../../report/index.ts';
import { DESIGNS, inColumn, MEANS } from '../headline.ts';
import { distancePercent, isInside, type RegionRow, TOLERANCE_PERCENT } from './rows.ts';

// biome-ignore format: one column a line, or two
export const REGION_COLUMNS: readonly Column<RegionRow>[] = [
  column('queuePairs', '-', 'policy of queue pairs, of sm-rc too: as in whisper.csv', (row) => row.queuePairs),
  column('persistNs', 'ns',
    "a write-back's way to durability on the primary; the replica's way from LLC to memory is " +
    'scaled with it', (row) => row.persistNs),
  column('flushNs', 'ns', "PCIe round trip with which the replica's NIC learns that lines are durable",
    (row) => row.flushNs),
  column('networkScale', 'ratio', 'factor on NIC pipeline and propagation of paper-2018', (row) => row.networkScale),
  column('writeAckNs', 'ns', 'what a plain 64 B WRITE takes with that factor, until acknowledged',
    (row) => figure(row.writeAckNs)),
  column('instructionsPerCycle', 'instructions/cycle', 'speed of volatile work', (row) => row.instructionsPerCycle),
  column('computeModel', '-', 'what is charged as volatile work: as in whisper.csv',
    (row) => row.computeModel),
  column('members', 'count', 'programs that the means are over', (row) => row.programs),
  ...DESIGNS.flatMap((design) => MEANS.map((mean) => column<RegionRow>(
    `${mean}MeanSpeedup${inColumn(design)}`, 'ratio', `${mean} mean speedup of ${design} over sm-rc`,
    ({ headline }) => figure(headline[design][mean])))),
  ...MEANS.flatMap((mean) => [
    column<RegionRow>(`${mean}DistancePercent`, '%',
      `larger distance of the two ${mean} means from the published speedups`,
      (row) => figure(distancePercent(row, mean))),
    column<RegionRow>(`${mean}Inside`, '-',
      `yes where both ${mean} means are within ${TOLERANCE_PERCENT} % of the published speedups`,
      (row) => isInside(row, mean) ? 'yes' : 'no'),
  ]),
];
