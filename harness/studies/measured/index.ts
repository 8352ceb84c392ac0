/** A user's measurements, from files of several formats. */

export { MEASURED_FORMATS, readMeasured } from './read.ts';
export { type MeasuredFile, type MeasuredRow, measurementsOf } from './rows.ts';
