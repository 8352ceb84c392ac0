/** What files of measurements come to: figures of quantities that the model knows. */

import type { KnownQuantity, Measurement } from '../calibration/index.ts';

/** One figure that a user measured. */
export interface MeasuredRow {
  readonly quantity: KnownQuantity;
  /** In the quantity's unit. */
  readonly value: number;
  /** The file, and the place in it. */
  readonly source: string;
  readonly note?: string;
}

/** What a file held. */
export interface MeasuredFile {
  /** In words: a CSV file, text of perftest. */
  readonly format: string;
  readonly rows: readonly MeasuredRow[];
  /** What the model has no counterpart of, a line each, with why. */
  readonly skipped: readonly string[];
}

/** Largest relative deviation at which a profile counts as that of the machine that was measured. */
const TOLERANCE = 0.15;

/** `rows` as what a profile is held against. */
export function measurementsOf(rows: readonly MeasuredRow[]): Measurement[] {
  return rows.map(({ quantity, value, source, note }) => ({
    ...quantity,
    measured: value,
    source,
    tolerance: TOLERANCE,
    ...(note === undefined ? {} : { note }),
  }));
}
