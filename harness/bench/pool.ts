/** Runs groups of cells on worker threads, those that are not known from a results database. */

import { withWorkers } from '../host/index.ts';
import { type CellGroup, executionLabel } from './cells.ts';
import { cellColumns, cellRows } from './columns.ts';
import { memoryBytesOf } from './functional-run.ts';
import { inFlightColumns } from './in-flight-columns.ts';
import { partsOf } from './parts.ts';
import { pluginFiles } from './plugins.ts';
import { REGISTRY } from './registry.ts';
import { resumed, type Units } from './resumption.ts';
import { type CellResult, configure } from './run.ts';
import { refuseMissedStalls } from './stalls.ts';
import { cellUnit } from './work-key.ts';
import type { WorkOptions } from './work-store.ts';

type Results = readonly CellResult[];

/** Runs groups; results of each group are in the order of `groups`. Fails with the first error of any. */
export type RunGroups = (groups: readonly CellGroup[]) => Promise<readonly Results[]>;

const groupWork = () => ({
  script: new URL('../bench/worker.ts', import.meta.url),
  plugins: pluginFiles(),
  labelOf: ({ execution }: CellGroup) => executionLabel(execution),
  // What is wrong with a trace already names its file.
  nameInErrors: ({ execution }: CellGroup) =>
    execution.kind === 'trace' ? undefined : execution.workload,
  bytesOf: ({ execution }: CellGroup) =>
    execution.kind === 'trace' ? 0 : memoryBytesOf(configure(execution, REGISTRY), execution),
});

/** A group is a unit for each cell, whose result does not depend on what else is in the group. */
export const CELLS: Units<CellGroup, Results> = {
  noun: 'cells',
  countOf: ({ systems }) => systems.length,
  unitsOf: ({ execution, systems, percentiles }) =>
    Promise.all(systems.map((system) => cellUnit({ execution, system }, percentiles))),
  only(group, indices) {
    // Whether a stall is met is a question to all designs together.
    const isWhole = group.systems.some(({ faults }) =>
      faults.some(({ stallForNs }) => stallForNs !== undefined),
    );
    return isWhole ? undefined : { ...group, systems: indices.map((i) => group.systems[i]) };
  },
  cut: (groups, workers) => partsOf(groups, { workers }, REGISTRY),
  kept: (results) => results.map(({ execution: _, system: __, ...kept }) => kept),
  joined({ execution, systems }, kept) {
    const results = systems.map((system, i): CellResult => {
      return { execution, system, ...(kept[i] as Omit<CellResult, 'execution' | 'system'>) };
    });
    refuseMissedStalls(results);
    return results;
  },
  rowsOf(_, results) {
    const indices = new Map(results.map((result, i) => [result, i]));
    return new Map(cellRows(results).map((row) => [indices.get(row.result) ?? -1, row]));
  },
  // The groups of a run have the same percentiles.
  columnsOf: (groups) => [...cellColumns(groups[0]?.percentiles), ...inFlightColumns(groups)],
};

/** As {@link RunGroups}, once. */
export function runGroups(
  groups: readonly CellGroup[],
  options: WorkOptions = {},
): Promise<readonly Results[]> {
  return withGroupRunner(options, (run) => run(groups));
}

/** Does `use`, which runs groups in rounds, one after the other. */
export function withGroupRunner<T>(
  options: WorkOptions,
  use: (run: RunGroups) => Promise<T>,
): Promise<T> {
  return withWorkers<CellGroup, Results, T>(groupWork(), options.jobs, (run) =>
    use(async (groups) => (await resumed(groups, CELLS, options, run)).results),
  );
}
