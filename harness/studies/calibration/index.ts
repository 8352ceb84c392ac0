/** The model beside measurements of real machines, and DDIO on against off. */

export { CALIBRATION_COLUMNS, DDIO_COLUMNS } from './columns.ts';
export { ddioSeries } from './ddio.ts';
export { calibrate, MEASURED_PROFILE, verdictOf } from './rows.ts';
export { calibrationTable, ddioTables } from './table.ts';
