/** The ports beside measurements of the programs that they stand for. */

export { VALIDATION_COLUMNS } from './columns.ts';
export { COMPARISON_STEPS, type ComparisonPlan, compare } from './comparison.ts';
export { refuseBeyond, type ValidationRow } from './judge.ts';
export { PAIRS, SUBJECTS } from './plan.ts';
export { COMPARED, comparisonNotes, comparisonRows, countedRows } from './prediction.ts';
export { validate } from './rows.ts';
export { validationTables, verdictLine } from './table.ts';
