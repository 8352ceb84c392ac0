/** Studies of the headline speedups on many machines. */

export { CLAIM_COLUMNS, claimRowsOf } from './claims/columns.ts';
export { planClaims } from './claims/plan.ts';
export { claimRows } from './claims/rows.ts';
export { claimSentences } from './claims/table.ts';
export { DESIGN_COLUMNS } from './designs/columns.ts';
export { planDesigns } from './designs/plan.ts';
export { designRows, MEAN } from './designs/rows.ts';
export { designTable, refusalTexts } from './designs/table.ts';
export { HEADLINE_COLUMNS, headlineRowsOf } from './headline/columns.ts';
export { headlineRows } from './headline/rows.ts';
export { headlineMarkdown, headlineSentences, headlineTable } from './headline/table.ts';
export { jointColumns, jointRowsOf } from './joint/columns.ts';
export { type DrawnMachine, drawMachines } from './joint/draw.ts';
export { planJoint } from './joint/plan.ts';
export { jointRows, wholeHeadlines } from './joint/rows.ts';
export { REGION_COLUMNS } from './region/columns.ts';
export { planRegion } from './region/plan.ts';
export { defaultOutcomes, regionRows } from './region/rows.ts';
export { regionSummary } from './region/table.ts';
export { assumptionsOf } from './sensitivity/assumptions.ts';
export { SENSITIVITY_COLUMNS } from './sensitivity/columns.ts';
export { planSensitivity } from './sensitivity/plan.ts';
export { sensitivityRows } from './sensitivity/rows.ts';
export { sensitivityTable } from './sensitivity/table.ts';
export { headlineWorkloads, steadyLengths } from './short-suite.ts';
