/**
 * Holds a profile against the measurements: model, measured, deviation. The measurements are of one
 * machine pair (Optane, ConnectX-5), so a verdict is given for the profile that claims to be it; for
 * others the same rows show how far that machine lies from the measured one. A row tells whether it
 * is a prediction or a figure that a value of the profile was derived from.
 */

import assert from 'node:assert';
import {
  durableWriteNs,
  type HardwareProfile,
  persistLatencyNs,
  plainWriteNs,
  quantities,
  remoteStreamGbps,
  remoteWriteRateMps,
  resolveProfile,
  writeAmplification,
  writeBandwidthGbps,
} from '../../../rdma/index.ts';
import { type Column, figure } from '../../report/column.ts';
import { deviationPercent, rounded } from '../../report/statistics.ts';
import { type Experiment, MEASUREMENTS, type Measurement } from './measurements.ts';

/** The profile that the measurements are of. */
export const MEASURED_PROFILE = 'optane-cx5';

/** A measurement with the model's figure. */
export interface Calibration {
  readonly profile: string;
  readonly measurement: Measurement;
  readonly model: number;
  /** Undefined where nothing is known to compare with. */
  readonly deviationPercent: number | undefined;
  /** Whether the model is within tolerance; null where that is not judged. */
  readonly ok: boolean | null;
  /** Values of the profile that were derived from this very figure: none where it is a prediction. */
  readonly fitted: readonly string[];
}

/** Runs every experiment on `profile`. */
export function calibrate(
  profile: HardwareProfile,
  measurements: readonly Measurement[] = MEASUREMENTS,
): Calibration[] {
  const judged = profile.name === MEASURED_PROFILE;
  return measurements.map((measurement) => {
    const model = experiment(profile, measurement.experiment);
    const { measured, tolerance } = measurement;
    const deviation = measured === null ? undefined : deviationPercent(model, measured);
    const isJudged = judged && tolerance !== null && deviation !== undefined;
    const ok = isJudged ? Math.abs(deviation) <= tolerance * 100 : null;
    const fitted = fittedValues(profile, measurement);
    return { profile: profile.name, measurement, model, deviationPercent: deviation, ok, fitted };
  });
}

/** Of the values derived from the figure on the measured profile, those that `profile` has too. */
function fittedValues(profile: HardwareProfile, { fits = [] }: Measurement): string[] {
  const measured = resolveProfile(MEASURED_PROFILE);
  assert(measured !== undefined);
  const values = new Map(quantities(profile));
  const derived = quantities(measured).filter(([path]) => fits.includes(path));
  return derived
    .filter(([path, { value }]) => values.get(path)?.value === value)
    .map(([path]) => path);
}

function experiment(profile: HardwareProfile, what: Experiment): number {
  switch (what.kind) {
    case 'persistLatency':
      return persistLatencyNs(profile, what.by, what.bytes);
    case 'writeBandwidth':
      return writeBandwidthGbps(profile, what);
    case 'writeAmplification':
      return writeAmplification(profile, what);
    case 'plainWrite':
      return plainWriteNs(profile);
    case 'durableWrite':
      return durableWriteNs(profile);
    case 'remoteWriteRate':
      return remoteWriteRateMps(profile, what.dimms);
    case 'ddioStreamShare':
      return (100 * remoteStreamGbps(profile, 'on')) / remoteStreamGbps(profile, 'off');
  }
}

const basis = ({ fitted }: Calibration) => (fitted.length === 0 ? 'predicted' : 'fitted');
const verdict = ({ ok }: Calibration) => (ok === null ? 'not judged' : ok ? 'ok' : 'off');

/** Columns of results/calibration.csv. */
export const CALIBRATION_COLUMNS: readonly Column<Calibration>[] = [
  column('profile', '-', 'hardware profile', (row) => row.profile),
  column('quantity', '-', 'what was measured', (row) => row.measurement.name),
  column('unit', '-', 'unit of model and measured', (row) => row.measurement.unit),
  column('model', 'see unit', "the model's figure", (row) => rounded(row.model)),
  column(
    'measured',
    'see unit',
    'the measured figure; empty where none is known to us',
    (row) => row.measurement.measured ?? '',
  ),
  column('deviationPercent', '%', 'model over measured, less 1', (row) =>
    figure(row.deviationPercent),
  ),
  column(
    'tolerancePercent',
    '%',
    'largest deviation that counts as calibrated, if judged',
    (row) => (row.measurement.tolerance === null ? '' : row.measurement.tolerance * 100),
  ),
  column('verdict', '-', 'ok, off, or not judged', verdict),
  column(
    'basis',
    '-',
    'fitted: a value of the profile was derived from this very figure; or predicted',
    basis,
  ),
  column('fittedValues', '-', 'the values so derived, by their places in the profile', (row) =>
    row.fitted.join(' '),
  ),
  column('note', '-', 'why a figure is not judged', (row) => row.measurement.note ?? ''),
  column('source', '-', 'where the measured figure is from', (row) => row.measurement.source),
];

function column(
  name: string,
  unit: string,
  meaning: string,
  value: (row: Calibration) => string | number,
): Column<Calibration> {
  return { name, unit, meaning, value };
}

/** Cells of a table: quantity, unit, model, measured, deviation, verdict, basis. */
export function calibrationCells(rows: readonly Calibration[]): string[][] {
  return rows.map((row) => {
    const { name, unit, measured } = row.measurement;
    const digits = unit === 'ns' ? 0 : 2;
    return [
      name,
      unit,
      row.model.toFixed(digits),
      measured?.toFixed(digits) ?? '-',
      row.deviationPercent === undefined ? '-' : signed(row.deviationPercent),
      verdict(row),
      [basis(row), row.fitted.join(', ')].filter((text) => text !== '').join(': '),
    ];
  });
}

const signed = (percent: number): string => `${percent >= 0 ? '+' : ''}${percent.toFixed(1)} %`;
