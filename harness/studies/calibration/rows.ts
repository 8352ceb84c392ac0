/**
 * Holds a profile against the measurements: model, measured, deviation. The measurements are of one
 * machine pair (Optane, ConnectX-5), so a verdict is given for the profile that claims to be it; for
 * others the same rows show how far that machine lies from the measured one. A row tells whether it
 * is a prediction or a figure that a value of the profile was derived from.
 */

import assert from 'node:assert';
import {
  backendNamed,
  durableLineNs,
  durableWriteNs,
  type HardwareProfile,
  largeWriteGbps,
  persistLatencyNs,
  plainWriteNs,
  quantities,
  readLatencyNs,
  remoteStreamGbps,
  remoteWriteRateMps,
  resolveProfile,
  setValues,
  writeAmplification,
  writeBandwidthGbps,
  writeLatencyNs,
  writeRateMps,
} from '../../../rdma/index.ts';
import { deviationPercent } from '../../report/index.ts';
import { type Experiment, MEASUREMENTS, type Measurement } from './measurements.ts';

/** The profile that the measurements are of. */
export const MEASURED_PROFILE = 'optane-cx5';

/** Values of profiles that are derived from figures of such measurements. */
export const FITTED_PATHS: ReadonlySet<string> = new Set(
  MEASUREMENTS.flatMap(({ fits = [] }) => fits),
);

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

/**
 * Runs every experiment on `profile`. `judged`: whether the profile claims to be what was measured;
 * `derived`: paths of values that were derived from these measurements together; `onProgress` is told
 * which share is done.
 */
export function calibrate(
  profile: HardwareProfile,
  measurements: readonly Measurement[] = MEASUREMENTS,
  {
    judged = profile.name === MEASURED_PROFILE,
    derived = [],
    onProgress = () => {},
  }: {
    readonly judged?: boolean;
    readonly derived?: readonly string[];
    readonly onProgress?: (share: number) => void;
  } = {},
): Calibration[] {
  return measurements.map((measurement, i) => {
    onProgress(i / measurements.length);
    const model = modelFigure(profile, measurement.experiment);
    const { measured } = measurement;
    const deviation = measured === null ? undefined : deviationPercent(model, measured);
    const ok = judged ? isWithin(measurement, model, deviation) : null;
    const told = derived.filter((path) => dependsOn(profile, measurement, path, model));
    const fitted = [...fittedValues(profile, measurement), ...told];
    return { profile: profile.name, measurement, model, deviationPercent: deviation, ok, fitted };
  });
}

/** Whether a figure of the model is as close as it must be, or as large; null where nothing says. */
function isWithin(
  { tolerance, atLeast }: Measurement,
  model: number,
  deviation: number | undefined,
): boolean | null {
  if (atLeast !== undefined) return model >= atLeast;
  if (tolerance === null || deviation === undefined) return null;
  return Math.abs(deviation) <= tolerance * 100;
}

/** Whether the figure is another where the value at `path` is a hundredth more. */
function dependsOn(
  profile: HardwareProfile,
  { experiment }: Measurement,
  path: string,
  model: number,
): boolean {
  const value = new Map(quantities(profile)).get(path)?.value ?? 0;
  return modelFigure(setValues(profile, [[path, value * 1.01]]), experiment) !== model;
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

/** The model's figure of an experiment, in the unit in which measurements of its kind are. */
export function modelFigure(profile: HardwareProfile, what: Experiment): number {
  switch (what.kind) {
    case 'persistLatency':
      return persistLatencyNs(profile, what);
    case 'writeBandwidth':
      return writeBandwidthGbps(profile, what);
    case 'writeAmplification':
      return writeAmplification(profile, what);
    case 'plainWrite':
      return plainWriteNs(profile);
    case 'durableWrite':
      return durableWriteNs(profile);
    case 'durableLine':
      return durableLineNs(profile, { ...what, by: backendNamed(what.by) });
    case 'remoteWriteRate':
      return remoteWriteRateMps(profile, what.dimms);
    case 'ddioStreamShare': {
      const { randomReplacement } = what;
      const tested = setValues(profile, [['ddio.randomReplacement', randomReplacement]]);
      return (100 * remoteStreamGbps(tested, 'on')) / remoteStreamGbps(tested, 'off');
    }
    case 'writeLatency':
      return writeLatencyNs(profile, what.bytes);
    case 'readLatency':
      return readLatencyNs(profile);
    case 'writeRate':
      return writeRateMps(profile, what);
    case 'largeWrites':
      return largeWriteGbps(profile, what);
    case 'value':
      return new Map(quantities(profile)).get(what.path)?.value ?? Number.NaN;
  }
}

/** Whether the figure is one that a value of the profile was derived from. */
export function basisOf({ fitted }: Calibration): 'predicted' | 'fitted' {
  return fitted.length === 0 ? 'predicted' : 'fitted';
}

/**
 * What came of the comparison, in words. `open` is a figure beyond its tolerance that is known to be so:
 * it says what is to be done next.
 */
export function verdictOf({ ok, measurement }: Calibration): 'not judged' | 'ok' | 'open' | 'off' {
  if (ok === null) return 'not judged';
  if (ok) return 'ok';
  return measurement.next === undefined ? 'off' : 'open';
}
