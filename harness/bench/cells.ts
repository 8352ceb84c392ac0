/**
 * Cells: the unit of running and of a CSV row. A request of a user is expanded into all its cells
 * before anything runs, grouped by what is executed, so that one functional run is timed under every
 * backend, profile and number of replicas ("execute once, time many"). Everything here is plain
 * data that can be sent to a worker thread.
 */

import type { HardwareProfile, QueuePairs, ReplicaFault } from '../../rdma/index.ts';
import { quantities, resolveProfile } from '../../rdma/index.ts';
import type { ComputeModel } from '../../workloads/workload.ts';
import { DEFAULT_POLICY, type QueuePairPolicy } from './queue-pairs.ts';

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
  readonly computeModel: ComputeModel;
}

/** A trace of a real program to import. */
export interface TraceExecution {
  readonly kind: 'trace';
  /** As in result rows, after `trace:`. */
  readonly name: string;
  readonly file: string;
  /** Names of markers that delimit transactions, in a format that has markers. */
  readonly txMarkers: readonly string[];
  /** Volatile work per transaction of each type; the last entry serves all further types. */
  readonly instructionsPerTx: readonly number[];
  readonly computeModel: ComputeModel | 'given';
  /** As `Workload` has it; of a trace that nobody looked into, true. */
  readonly clientsDepend: boolean;
  readonly seed: number;
}

/** What is executed, once. */
export type Execution = WorkloadExecution | TraceExecution;

/** The far side that all backends of a comparison share. */
export interface Conditions {
  /** The machines, as data; its name tells it from any other profile of the same plan. */
  readonly profile: HardwareProfile;
  readonly replicas: number;
  readonly queuePairs: QueuePairPolicy;
  readonly faults: readonly ReplicaFault[];
}

/** What times it. Names are canonical. */
export interface SystemSpec extends Conditions {
  readonly backend: string;
  /** Timed for comparison only: it makes no row. */
  readonly reference: boolean;
}

/** An execution and all that times it. */
export interface CellGroup {
  readonly execution: Execution;
  readonly systems: readonly SystemSpec[];
}

/** One of them: see the head of this file. */
export interface Cell {
  readonly execution: Execution;
  readonly system: SystemSpec;
}

/** What may vary of the far side. */
export interface SystemChoice {
  readonly backends: readonly string[];
  readonly profiles: readonly HardwareProfile[];
  readonly replicas: readonly number[];
  /** The default policy unless said otherwise. */
  readonly queuePairs?: readonly QueuePairPolicy[] | undefined;
  readonly faults?: readonly ReplicaFault[] | undefined;
}

/** The backend that no correct design can beat. */
export const BOUND = 'ideal';

/** All combinations, backends changing fastest. */
export function expandSystems(choice: SystemChoice): SystemSpec[] {
  const { queuePairs: policies = [DEFAULT_POLICY], faults = [] } = choice;
  const conditions = choice.profiles.flatMap((profile) =>
    choice.replicas.flatMap((replicas) =>
      policies.map((queuePairs) => ({ profile, replicas, queuePairs, faults })),
    ),
  );
  return conditions.flatMap((one) =>
    choice.backends.map((backend) => ({ backend, ...one, reference: false })),
  );
}

/**
 * For each profile of `systems`, the bound as a reference, unless it is among them. It depends on
 * neither the number of replicas nor on what they are like.
 */
export function boundsOf(systems: readonly SystemSpec[]): SystemSpec[] {
  const bounded = new Set(
    systems.filter(({ backend }) => backend === BOUND).map(({ profile }) => profile.name),
  );
  const bounds: SystemSpec[] = [];
  for (const { profile } of systems) {
    if (bounded.has(profile.name)) continue;
    bounded.add(profile.name);
    const alone = { replicas: 1, queuePairs: DEFAULT_POLICY, faults: [] };
    bounds.push({ backend: BOUND, profile, ...alone, reference: true });
  }
  return bounds;
}

/**
 * Every execution under every system and, so that each can be held against it, the bound;
 * executions that are the same are run once.
 */
export function planCells(executions: readonly Execution[], choice: SystemChoice): CellGroup[] {
  const systems = expandSystems(choice);
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
    const { clientsDepend, seed } = execution;
    const work = [instructionsPerTx, computeModel];
    return JSON.stringify(['trace', name, file, txMarkers, ...work, clientsDepend, seed]);
  }
  const { workload, parameters, threads, seed } = execution;
  const { transactions, warmupTransactions, computeModel } = execution;
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const counts = [threads, seed, transactions, warmupTransactions, computeModel];
  return JSON.stringify(['workload', workload, sorted, ...counts]);
}

/** As {@link executionKey}, for a whole cell: the key of a results database. */
export function cellKey({ execution, system }: Cell): string {
  const { backend, profile, replicas, queuePairs, faults } = system;
  const far = [backend, profileKey(profile), replicas, queuePairs, faultsText(faults)];
  return JSON.stringify([executionKey(execution), ...far]);
}

/**
 * A text that is the same for systems that time an execution in the same way: those whose policies
 * come to the same queue pairs. Profiles are told apart by name.
 */
export function timingKey(
  { backend, profile, replicas, faults }: SystemSpec,
  used: QueuePairs,
): string {
  return JSON.stringify([backend, profile.name, replicas, used, faultsText(faults)]);
}

/** The name of a profile that the project knows; of any other, its values too. */
function profileKey(profile: HardwareProfile): string | readonly unknown[] {
  if (resolveProfile(profile.name) !== undefined) return profile.name;
  const domains = [profile.memory.persistenceDomain, profile.replicaMemory.persistenceDomain];
  return [profile.name, ...domains, ...quantities(profile).map(([, { value }]) => value)];
}

/** Whether two systems differ in nothing but the backend, so that comparing them is fair. */
export function sameConditions(a: Conditions, b: Conditions): boolean {
  return (
    a.profile.name === b.profile.name &&
    a.replicas === b.replicas &&
    a.queuePairs === b.queuePairs &&
    faultsText(a.faults) === faultsText(b.faults)
  );
}

/** Faults of replicas by kind, each in the words of its option `--KIND-replica`. */
export function faultWords(
  faults: readonly ReplicaFault[],
): (readonly [kind: 'slow' | 'stall', words: string])[] {
  return faults.flatMap(({ replica, slowdown, stallFromNs = 0, stallForNs }) => [
    ...(slowdown === undefined ? [] : [['slow', `${replica}:${slowdown}`] as const]),
    ...(stallForNs === undefined
      ? []
      : [['stall', `${replica}:${stallFromNs}:${stallForNs}`] as const]),
  ]);
}

/** {@link faultWords} in one text, separated by blanks; `-` where there are none. */
export function faultsText(faults: readonly ReplicaFault[]): string {
  const parts = faultWords(faults).map(([kind, words]) => `${kind}=${words}`);
  return parts.join(' ') || '-';
}

/** The name of an execution in rows and tables. */
export function executionLabel(execution: Execution): string {
  return execution.kind === 'workload' ? execution.workload : `trace:${execution.name}`;
}

/** `name=value` of all parameters, separated by blanks; `-` where there are none. */
export function parametersText(execution: Execution): string {
  const parts =
    execution.kind === 'workload'
      ? Object.entries(execution.parameters).map(([name, value]) => `${name}=${value}`)
      : execution.txMarkers.map((marker) => `txMarker=${marker}`);
  return parts.join(' ') || '-';
}
