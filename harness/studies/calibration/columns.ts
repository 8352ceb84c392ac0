/** The columns of calibration.csv and ddio.csv. */

import { type Column, column, figure, rounded } from '../../report/index.ts';
import { type DdioPoint, gigabytesPerS } from './ddio.ts';
import { basisOf, type Calibration, verdictOf } from './rows.ts';

// biome-ignore format: one column a line, or two
export const CALIBRATION_COLUMNS: readonly Column<Calibration>[] = [
  column('profile', '-', 'hardware profile', (row) => row.profile),
  column('quantity', '-', 'what was measured', (row) => row.measurement.name),
  column('unit', '-', 'unit of model and measured', (row) => row.measurement.unit),
  column('model', 'as in unit', "the model's figure", (row) => rounded(row.model)),
  column('measured', 'as in unit', 'the measured figure; empty where none is known to us',
    (row) => row.measurement.measured ?? ''),
  column('deviationPercent', '%', 'model over measured, less 1', (row) => figure(row.deviationPercent)),
  column('tolerancePercent', '%', 'largest deviation that counts as calibrated, if judged',
    ({ measurement: { tolerance } }) => tolerance === null ? '' : tolerance * 100),
  column('verdict', '-', 'ok; open: beyond tolerance, with a next step named; off: beyond it without; or not judged',
    verdictOf),
  column('basis', '-', 'fitted: a value of the profile was derived from this very figure; or predicted', basisOf),
  column('fittedValues', '-', 'the values so derived, by their places in the profile', (row) => row.fitted.join(' ')),
  column('note', '-', 'why a figure is not judged, or what else is to be known about it',
    (row) => row.measurement.note ?? ''),
  column('next', '-', 'what is to be done next about a figure that the model misses',
    (row) => row.measurement.next ?? ''),
  column('source', '-', 'where the measured figure is from', (row) => row.measurement.source),
];

// biome-ignore format: one column a line, or two
export const DDIO_COLUMNS: readonly Column<DdioPoint>[] = [
  column('profile', '-', 'hardware profile', (row) => row.profile),
  column('ddio', '-', 'on: WRITE and RCOMMIT; off: bypassing WRITE and RDFENCE',
    (row) => row.ddio === 'off' ? 'off' : 'on'),
  column('ddioWays', 'count', "ways of the replica's LLC that DDIO may use; 0 where it is off",
    (row) => row.ddio === 'off' ? 0 : row.ddio),
  column('ddioLines', 'lines', 'lines that these ways hold', (row) => row.ddioLines),
  column('linesPerDurabilityPoint', 'lines',
    'lines written between two durability points, by eight cores together, in order', (row) => row.lines),
  column('durableLinesMps', 'M/s', 'lines made durable at a replica with one DIMM, millions a second',
    (row) => figure(row.durableMps)),
  column('durableGBps', 'GB/s', 'the same in bytes', (row) => figure(gigabytesPerS(row))),
  column('ddioEvictionsPerLine', 'ratio', 'capacity evictions from the DDIO ways, per line written',
    (row) => figure(row.evictionsPerLine)),
  column('mediaWriteAmplification', 'ratio', "bytes that the replica's media write, per byte written",
    (row) => figure(row.amplification)),
];
