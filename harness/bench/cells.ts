/**
 * Cells: the unit of running and of a CSV row. A request of a user is expanded into all its cells
 * before anything runs, grouped by what is executed, so that one functional run is timed under every
 * backend, profile and number of replicas ("execute once, time many"). Everything here is plain
 * data that can be sent to a worker thread.
 */

import type { OrderBetween } from '../../pm/order.ts';
import type { ComputeModel } from '../../workloads/compute-model.ts';
import type { TraceReading } from '../../workloads/traces/import.ts';
import {
  boundsOf,
  expandSystems,
  type SystemChoice,
  type SystemSpec,
  systemKey,
} from './systems.ts';

/** A program to run. `parameters` are complete: defaults filled in. */
export interface WorkloadExecution {
  readonly kind: 'workload';
  readonly workload: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly threads: number;
  readonly seed: number;
  /** Measured transactions over all clients, and those before them. */
  readonly transactions: number;
  readonly warmupTransactions: number;
  /** Run before those and not timed, so that a short run is not of a program just started; none by default. */
  readonly untimedTransactions?: number;
  readonly computeModel: ComputeModel;
}

/** A trace of a real program to import, and how to read it. */
export interface TraceExecution extends TraceReading {
  readonly kind: 'trace';
  /** As in result rows, after `trace:`. */
  readonly name: string;
  readonly file: string;
  /** Names of markers that delimit transactions, in a format that has markers. */
  readonly txMarkers: readonly string[];
  /** Volatile work per transaction of each type; the last entry serves all further types. */
  readonly instructionsPerTx: readonly number[];
  readonly computeModel: ComputeModel | 'given';
  /** As `Workload` has it; of a trace that nobody looked into, `any`. */
  readonly orderNeeded: OrderBetween;
  readonly seed: number;
}

/** What is executed, once. */
export type Execution = WorkloadExecution | TraceExecution;

/** An execution and all that times it. */
export interface CellGroup {
  readonly execution: Execution;
  readonly systems: readonly SystemSpec[];
  /** Percentiles of the latency to find beside the usual, in per cent. */
  readonly percentiles?: readonly number[] | undefined;
}

/** An execution and one system that times it: what makes a row. */
export interface Cell {
  readonly execution: Execution;
  readonly system: SystemSpec;
}

/**
 * Every execution under every system and, so that each can be held against it, the bound;
 * executions that are the same are run once.
 */
export function planCells(executions: readonly Execution[], choice: SystemChoice): CellGroup[] {
  return cellsUnder(executions, expandSystems(choice));
}

/** As {@link planCells}, for systems that are expanded already. */
export function cellsUnder(
  executions: readonly Execution[],
  systems: readonly SystemSpec[],
): CellGroup[] {
  return groupsOf(executions, [...systems, ...boundsOf(systems)]);
}

/** Every execution under every system, and nothing else. */
export function groupsOf(
  executions: readonly Execution[],
  systems: readonly SystemSpec[],
): CellGroup[] {
  const distinct = new Map<string, Execution>();
  for (const execution of executions) distinct.set(executionKey(execution), execution);
  return [...distinct.values()].map((execution) => ({ execution, systems }));
}

/** A text that is the same for the same execution: its fields in a fixed order. */
export function executionKey(execution: Execution): string {
  if (execution.kind === 'trace') {
    const { name, file, txMarkers, instructionsPerTx, computeModel } = execution;
    const { orderNeeded, seed, pid, pmRanges } = execution;
    const work = [instructionsPerTx, computeModel];
    const choice =
      pid === undefined && pmRanges === undefined ? [] : [pid ?? null, pmRanges ?? null];
    return JSON.stringify(['trace', name, file, txMarkers, ...work, orderNeeded, seed, ...choice]);
  }
  const { workload, parameters, threads, seed } = execution;
  const { transactions, warmupTransactions, untimedTransactions = 0, computeModel } = execution;
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const counts = [threads, seed, transactions, warmupTransactions, computeModel];
  const untimed = untimedTransactions === 0 ? [] : [untimedTransactions];
  return JSON.stringify(['workload', workload, sorted, ...counts, ...untimed]);
}

/** As {@link executionKey}, for a whole cell: the key of a results database. */
export function cellKey({ execution, system }: Cell): string {
  return JSON.stringify([executionKey(execution), ...systemKey(system)]);
}

/** The name of an execution in rows and tables. */
export function executionLabel(execution: Execution): string {
  return execution.kind === 'workload' ? execution.workload : `trace:${execution.name}`;
}

/** `name=value` of all parameters, separated by blanks; empty where there are none. */
export function parametersText(execution: Execution): string {
  return execution.kind === 'workload'
    ? namedText(execution.parameters)
    : execution.txMarkers.map((marker) => `txMarker=${marker}`).join(' ');
}

/** `name=value` of all `values`, separated by blanks. */
export function namedText(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** The parameters of an execution by name; the markers of a trace in one, as no name holds a `;`. */
export function parametersOf(execution: Execution): Readonly<Record<string, string | number>> {
  if (execution.kind === 'workload') return execution.parameters;
  const { txMarkers } = execution;
  return txMarkers.length === 0 ? {} : { txMarker: txMarkers.join(';') };
}
