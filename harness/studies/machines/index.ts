/** Two studies of the headline speedups on many machines. */

export { REGION_COLUMNS } from './region/columns.ts';
export { planRegion } from './region/plan.ts';
export { defaultOutcomes, regionRows } from './region/rows.ts';
export { regionSummary } from './region/table.ts';
export { SENSITIVITY_COLUMNS } from './sensitivity/columns.ts';
export { planSensitivity } from './sensitivity/plan.ts';
export { sensitivityRows } from './sensitivity/rows.ts';
export { sensitivityTable } from './sensitivity/table.ts';
export { headlineWorkloads } from './short-suite.ts';
