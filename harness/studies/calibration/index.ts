/** The model beside measurements of real machines, and DDIO on against off. */

export { CALIBRATION_COLUMNS, DDIO_COLUMNS } from './columns.ts';
export { ddioSeries } from './ddio.ts';
export { type Experiment, MEASUREMENTS, type Measurement } from './measurements.ts';
export { type KnownQuantity, quantityNamed, quantityNames } from './quantities.ts';
export { calibrate, FITTED_PATHS, MEASURED_PROFILE, modelFigure, verdictOf } from './rows.ts';
export { calibrationTable, ddioTables } from './table.ts';
export { converted, unitsLike } from './units.ts';
