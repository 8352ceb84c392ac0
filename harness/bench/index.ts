/** Cells and systems, runs of them, and what comes out: rows, summaries, tables. */

export {
  type Cell,
  type CellGroup,
  cellsUnder,
  type Execution,
  executionKey,
  executionLabel,
  groupsOf,
  namedText,
  parametersText,
  planCells,
  type TraceExecution,
  type WorkloadExecution,
} from './cells.ts';
export {
  type CellRow,
  cellColumns,
  cellRows,
  execTimeNsPerTx,
  IDENTITY_COLUMNS,
  ratioToBound,
  slowdownOverUnmirrored,
  speedupOverRemoteCommit,
  throughputTxPerS,
} from './columns.ts';
export { currentCommit } from './commit.ts';
export { designTable } from './design-table.ts';
export { secondsOfDone } from './done-work.ts';
export { exampleExecutions } from './examples.ts';
export { exportStoreLog, poolOf } from './export-log.ts';
export { heapBytesOf, runFunctionally } from './functional-run.ts';
export { inFlightColumns } from './in-flight-columns.ts';
export { latencyColumnsWith, latencyRows } from './latency-columns.ts';
export { activeThreads, type MeasuredPart, refuseCores } from './measured-part.ts';
export { modelVersion } from './model-version.ts';
export { observing, type Watch } from './observing.ts';
export {
  backendWord,
  isPluginFile,
  loadPlugin,
  loadPlugins,
  type Plugin,
  pluginFiles,
  pluginOf,
  plugins,
} from './plugins.ts';
export { type RunGroups, runGroups, withGroupRunner } from './pool.ts';
export { REGISTRY } from './registry.ts';
export { measuredPart, PairedReplays } from './replays.ts';
export { ResultsDatabase } from './results-db.ts';
export { mergeResults } from './results-merge.ts';
export {
  type CellChoice,
  type StoredCell,
  StoredResults,
  type StoredRun,
} from './results-reading.ts';
export { runOnWorkers, type Units } from './resumption.ts';
export { type CellResult, type RunOptions, runGroup } from './run.ts';
export { groupBySeed } from './seed-groups.ts';
export {
  estimateShow,
  estimateText,
  hasSeveralSeeds,
  INTERVAL_COLUMNS,
  intervalNotes,
  intervalTables,
} from './seeds.ts';
export {
  beyondOriginals,
  DEFAULT_SEED,
  type ExecutionChoice,
  executionOf,
  originalThreads,
  refuseThreads,
  resultSetOf,
  suiteWorkloads,
} from './suite.ts';
export { PUBLISHED_SPEEDUPS, SUMMARY_COLUMNS, summarise } from './summary.ts';
export {
  type Clients,
  conditionsText,
  DEFAULT_POLICY,
  expandSystems,
  faultsText,
  faultWords,
  POLICY_ALIASES,
  type PolicyChoice,
  policyChoice,
  QUEUE_PAIR_POLICIES,
  type QueuePairPolicy,
  refusalOf,
  resolveSystem,
  type SystemChoice,
  type SystemSpec,
  systemInPlan,
  timingKey,
  untimedChoiceNotes,
} from './systems.ts';
export { resultTables, shareTable, summaryTable } from './tables.ts';
export { markerNames, readingNotes } from './trace-notes.ts';
export { SpillingTrace } from './trace-store.ts';
export { readingOf, storeTrace } from './traced-run.ts';
export { INTERLEAVING_PERCENT, PART_WORDS, verdictText } from './verdict.ts';
export { isUpperBound, slowdownHeads, speedupHeads, tablesByWork } from './work-heads.ts';
export { workUnit } from './work-key.ts';
export { type ShowWork, type WorkOptions, WorkStore } from './work-store.ts';
