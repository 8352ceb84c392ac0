/** Crash checks, as commands and scripts use them. */

export { BUGGY_DESIGNS, buggyDesign, designNamed } from './bugs/designs.ts';
export { METHODS } from './bugs/methods.ts';
export type { ChosenImage } from './check/explore.ts';
export { Failover, type FailoverReport } from './check/failover.ts';
export { parseKept } from './check/failure.ts';
export { CRASH_COLUMNS, verdictOf } from './columns.ts';
export { backendCrashJobs, workloadCrashJobs } from './conform.ts';
export {
  COVERAGE_COLUMNS,
  FAILOVER_COLUMNS,
  ORDER_COLUMNS,
} from './finding-columns.ts';
export { type CrashJob, runCrashJob } from './job.ts';
export {
  bugConditions,
  bugJobs,
  DEFAULT_THOROUGHNESS,
  defaultJobs,
  designConditions,
  EXHAUSTIVE,
  machinesOf,
  subjectOf,
  type ThoroughnessChoice,
  USUAL_CONDITIONS,
} from './plan.ts';
export { runCrashJobs } from './pool.ts';
export { type BugConditions, SEEDED_BUGS, type SeededBug } from './seeded-bugs.ts';
export { SITE_COLUMNS } from './sites/columns.ts';
export { runSurvey, surveyWorkload } from './sites/pool.ts';
export { SURVEY_PROGRAMS } from './sites/programs.ts';
export {
  DEFAULT_SURVEY_EXTENT,
  isWrong,
  type SiteFinding,
  type SiteVerdict,
} from './sites/survey.ts';
export { failuresText, speedText, summaryText } from './table.ts';
export { isConfirmed, taxonomyJob, taxonomyRows } from './taxonomy.ts';
export { TAXONOMY_COLUMNS, taxonomyTable } from './taxonomy-columns.ts';
export { checkTrace, traceCheckText, traceFailures } from './traces/check-trace.ts';
