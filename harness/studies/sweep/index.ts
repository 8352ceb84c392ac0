/** Sweeps over profile values, workload parameters and conditions of the run. */

export { axisValue, type ExperimentRow, experimentColumns, sweepColumns } from './columns.ts';
export {
  parseAxis,
  planSweep,
  RUN_AXES,
  type SweepPlan,
  type SweptProgram,
  SYSTEM_AXES,
} from './plan.ts';
export { sweepTable } from './table.ts';
