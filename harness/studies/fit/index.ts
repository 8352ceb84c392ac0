/** A profile fitted to a user's measurements. */

export { giveFit } from './columns.ts';
export { fittedProfileText, fittedTo } from './file.ts';
export { fitProfile } from './fit.ts';
export { nextMeasurement } from './next.ts';
export { fitText } from './table.ts';
