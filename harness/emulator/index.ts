/** How fast the emulator is, and what that depends on. */

export { SPEED_COLUMNS, speedTable } from './columns.ts';
export { measureSpeeds } from './measure.ts';
export { partsOf, STEPS, SUITE } from './part.ts';
