/** How fast the emulator is, and what that depends on. */

export { COUNT_COLUMNS, countTable, SPEED_COLUMNS, speedTable } from './columns.ts';
export { GROWING, growthPoints, measureGrowth } from './growth.ts';
export { GROWTH_COLUMNS, growthTable } from './growth-columns.ts';
export { countReplays, measureSpeeds } from './measure.ts';
export { partsOf, STEPS, SUITE } from './part.ts';
