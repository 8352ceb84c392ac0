/**
 * Runs a group of cells: one execution, timed by every system. A program of one thread streams its
 * operations, chunk by chunk, straight into all mirrors, so that no trace is kept. Others, and
 * those with very many systems, are recorded; each mirror then replays them in turn, threads merged
 * by virtual time.
 */

import { sendOperations } from '../../pm/columns.ts';
import { recordersInto, type Trace, TraceRecorder } from '../../pm/trace.ts';
import type { HardwareProfile, QueuePairs, System } from '../../rdma/index.ts';
import type { MirrorReport } from '../../rdma/mirror.ts';
import type { AnyWorkload, ConfiguredWorkload } from '../../workloads/workload.ts';
import { FailureError } from '../host/index.ts';
import type { Cell, CellGroup, Execution, TraceExecution, WorkloadExecution } from './cells.ts';
import { heapBytesOf, type ProgressCallback, runFunctionally } from './functional-run.ts';
import type { LatencySummary, TypeLatency } from './latency.ts';
import { activeThreads, type MeasuredPart } from './measured-part.ts';
import { type MirrorMaker, measuredPart, PairedReplays, setUp, type Timed } from './replays.ts';
import { refuseMissedStalls } from './stalls.ts';
import { type Clients, candidateSystems, isRight, timingKey } from './systems.ts';
import { SpillingTrace } from './trace-store.ts';

/** What a cell gave. */
export interface CellResult extends Cell {
  readonly threads: number;
  /** What the system's policy of queue pairs came to. */
  readonly queuePairsUsed: QueuePairs;
  /** The other candidates of the policy, all of which are slower, with their times. */
  readonly slowerChoices: readonly {
    readonly queuePairs: QueuePairs;
    readonly elapsedPs: number;
  }[];
  /** Whether the replicas keep the order between clients that the program needs. */
  readonly keepsOrder: boolean;
  /** Operations of the whole execution, warm-up included. */
  readonly operations: number;
  readonly report: MirrorReport;
  readonly latency: LatencySummary;
  /** The same per type of transaction, for those that occurred, in the order of types. */
  readonly latencyByType: readonly TypeLatency[];
  /** Replicas that kept a message waiting while they were stalled. */
  readonly stalledReplicas: readonly number[];
  /** What the user should know about an imported trace. */
  readonly notes: readonly string[];
}

/** The parts that a run is made of; tests put in their own. */
export interface Registry extends MirrorMaker {
  resolveWorkload(name: string): AnyWorkload | undefined;
  /** Imports a trace into `store`, charging volatile work; sets the store's heap size. */
  storeTrace(execution: TraceExecution, store: SpillingTrace): Promise<readonly string[]>;
}

/** Where and how to run. */
export interface RunOptions {
  /** For traces that do not fit into memory. The caller removes it. */
  readonly directory: string;
  readonly memoryBytesMax?: number | undefined;
  readonly onProgress?: ProgressCallback | undefined;
}

/** With more systems than these a program of one thread is recorded like others. */
export const STREAMED_SYSTEMS_MAX = 24;

/** The systems of a group, resolved; those whose policies of queue pairs come to the same are one. */
interface TimingPlan {
  readonly systems: readonly System[];
  readonly clientsOn: (profile: HardwareProfile) => Clients;
  /** For each system of the group the indices of its candidates. */
  readonly indices: readonly (readonly number[])[];
}

/** What a system gave, whatever it was called. */
type SystemResult = Omit<CellResult, 'system' | 'keepsOrder' | 'slowerChoices'>;

/**
 * Runs all cells of `group`; results are in the order of its systems. Throws UsageError if a replica is to
 * stall when none of the runs sends it anything.
 */
export async function runGroup(
  group: CellGroup,
  registry: Registry,
  options: RunOptions,
): Promise<CellResult[]> {
  const { percentiles } = group;
  const results = await runCells(group, { ...registry, percentiles }, options);
  refuseMissedStalls(results);
  results.forEach(refuseInexact);
  return results;
}

/** Throws FailureError for a run that lasted so long in virtual time that its sums are not exact. */
function refuseInexact({ report, system }: CellResult): void {
  if (report.elapsedPs * report.cores <= Number.MAX_SAFE_INTEGER) return;
  const hours = (report.elapsedPs / 3.6e15).toPrecision(3);
  throw new FailureError(
    `${hours} hours of virtual time on ${report.cores} cores of ${system.profile.name}: the times of all cores ` +
      'together are exact up to 2.5 hours; take fewer transactions, or a machine that is not as slow',
  );
}

async function runCells(
  group: CellGroup,
  registry: Registry,
  options: RunOptions,
): Promise<CellResult[]> {
  const { execution } = group;
  if (execution.kind === 'trace') return runTrace(group, execution, registry, options);
  const configured = configure(execution, registry);
  const { orderNeeded } = configured.workload;
  const { threads } = execution;
  const plan = planTimings(group, () => ({ threads, orderNeeded }));
  // Streaming keeps the mirrors of all systems in memory at once.
  const streams = execution.threads === 1 && plan.systems.length <= STREAMED_SYSTEMS_MAX;
  const run = streams ? runStreaming : runRecorded;
  return perSystem(group, plan, await run(plan.systems, execution, configured, registry, options));
}

/** What must be timed for the systems of `group`, each different one once. */
function planTimings(
  { systems: specs }: CellGroup,
  clientsOn: (profile: HardwareProfile) => Clients,
): TimingPlan {
  const systems: System[] = [];
  const known = new Map<string, number>();
  const indices = specs.map((spec) => {
    return candidateSystems(spec, clientsOn(spec.profile)).map((system) => {
      const key = timingKey(spec, system.queuePairs);
      const index = known.get(key) ?? systems.push(system) - 1;
      known.set(key, index);
      return index;
    });
  });
  return { systems, clientsOn, indices };
}

/** The results of all systems of a group, from those of its plan. */
function perSystem(
  { systems }: CellGroup,
  plan: TimingPlan,
  results: readonly SystemResult[],
): CellResult[] {
  return systems.map((system, i) => {
    // The fastest of the candidates; of equals the first.
    const index = plan.indices[i].reduce((best, each) =>
      results[each].report.elapsedPs < results[best].report.elapsedPs ? each : best,
    );
    const keepsOrder = isRight(plan.systems[index], plan.clientsOn(system.profile));
    const slowerChoices = plan.indices[i]
      .filter((other) => other !== index)
      .map((other) => {
        const { queuePairsUsed: queuePairs, report } = results[other];
        return { queuePairs, elapsedPs: report.elapsedPs };
      });
    return { ...results[index], system, keepsOrder, slowerChoices };
  });
}

/** The workload that an execution names, with its parameters. */
export function configure(
  execution: WorkloadExecution,
  registry: Pick<Registry, 'resolveWorkload'>,
): ConfiguredWorkload {
  const workload = registry.resolveWorkload(execution.workload);
  if (workload === undefined) throw new RangeError(`no workload '${execution.workload}'`);
  return workload.configure(execution.parameters);
}

async function runStreaming(
  systems: readonly System[],
  execution: WorkloadExecution,
  configured: ConfiguredWorkload,
  registry: Registry,
  options: RunOptions,
): Promise<SystemResult[]> {
  const run = { cores: 1, heapBytes: heapBytesOf(configured, execution), seed: execution.seed };
  const timed = systems.map((system) => setUp(system, run, registry));
  const sinks = timed.map(({ mirror }) => mirror.sink());
  let operations = 0;
  const recorder = new TraceRecorder((chunk) => {
    for (const sink of sinks) sendOperations(chunk, sink);
    operations += chunk.length;
  });
  runFunctionally(configured, execution, [recorder], options.onProgress);
  recorder.flush();
  const ran = { threads: 1, operations, notes: [] };
  return timed.map((one) => conclude(execution, one, ran));
}

async function runRecorded(
  systems: readonly System[],
  execution: WorkloadExecution,
  configured: ConfiguredWorkload,
  registry: Registry,
  options: RunOptions,
): Promise<SystemResult[]> {
  const { threads } = execution;
  const heapBytes = heapBytesOf(configured, execution);
  const store = new SpillingTrace({ threads, heapBytes, ...options });
  try {
    const recorders = recordersInto(store);
    const shares = 1 + systems.length;
    runFunctionally(configured, execution, recorders, (f) => options.onProgress?.(f / shares));
    for (const recorder of recorders) recorder.flush();
    const recorded = { trace: store, notes: [] };
    return replayAll(systems, execution, () => recorded, registry, options.onProgress);
  } finally {
    store.close();
  }
}

async function runTrace(
  group: CellGroup,
  execution: TraceExecution,
  registry: Registry,
  options: RunOptions,
): Promise<CellResult[]> {
  const store = new SpillingTrace({ threads: 0, heapBytes: 64, ...options });
  try {
    const notes = await registry.storeTrace(execution, store);
    const parts = measuredParts(group, execution, { trace: store, notes }, registry);
    const partOn = ({ name }: HardwareProfile): Recorded & { readonly trace: MeasuredPart } => {
      const part = parts.get(name);
      if (part === undefined) throw new Error(`no part for ${name}`);
      return part;
    };
    const { orderNeeded } = execution;
    const plan = planTimings(group, (profile) => ({
      threads: partOn(profile).trace.threads,
      orderNeeded,
    }));
    const results = replayAll(plan.systems, execution, partOn, registry, options.onProgress);
    return perSystem(group, plan, results);
  } finally {
    store.close();
  }
}

/** What mirrors replay, and what the user should know of it. */
interface Recorded {
  readonly trace: Trace;
  readonly notes: readonly string[];
}

/** The part of an imported trace that is measured on each profile of `group`, by its name. */
function measuredParts(
  { systems }: CellGroup,
  execution: TraceExecution,
  { trace, notes }: Recorded,
  registry: Registry,
): ReadonlyMap<string, Recorded & { readonly trace: MeasuredPart }> {
  const active = activeThreads(trace, execution.shownAs ?? execution.file);
  const parts = new Map<string, Recorded & { readonly trace: MeasuredPart }>();
  for (const { profile } of systems) {
    if (parts.has(profile.name)) continue;
    const part = measuredPart(active, { profile, seed: execution.seed }, registry);
    const more = partNotes(trace, active, part, profile.name);
    parts.set(profile.name, { trace: part, notes: [...notes, ...more] });
  }
  return parts;
}

/** What `part`, which is measured on `profile`, leaves out of `active` and of `trace`. */
function partNotes(
  trace: Trace,
  active: MeasuredPart,
  part: MeasuredPart,
  profile: string,
): string[] {
  const notes: string[] = [];
  const idle = trace.threads - active.threads;
  if (idle > 0) {
    notes.push(`threads without a whole transaction are left out: ${idle} of ${trace.threads}`);
  }
  if (active.threads === 1) return notes;
  notes.push(
    `measured on ${profile}: ${totalOf(part)} of ${totalOf(active)} transactions, until the first ` +
      'thread has run out of them',
  );
  const late = active.threads - part.threads;
  if (late > 0) notes.push(`threads that end none until then are left out on ${profile}: ${late}`);
  return notes;
}

function totalOf({ transactions }: MeasuredPart): number {
  return transactions.reduce((a, b) => a + b, 0);
}

/**
 * Replays what was recorded (it may depend on the profile) under each system, one after the other: one
 * mirror's memory at a time.
 */
function replayAll(
  systems: readonly System[],
  execution: Execution,
  recordedOn: (profile: HardwareProfile) => Recorded,
  registry: Registry,
  onProgress: ProgressCallback = () => {},
): SystemResult[] {
  const { seed } = execution;
  const replays = new Map<string, PairedReplays>();
  return systems.map((system, i) => {
    onProgress((i + 1) / (systems.length + 1));
    const { profile } = system;
    const { trace, notes } = recordedOn(profile);
    const paired = replays.get(profile.name) ?? new PairedReplays({ trace, seed }, registry);
    replays.set(profile.name, paired);
    const { threads, operations } = trace;
    return conclude(execution, paired.replay(system), { threads, operations, notes });
  });
}

function conclude(
  execution: Execution,
  { system, mirror, observer }: Timed,
  ran: { threads: number; operations: number; notes: readonly string[] },
): SystemResult {
  const report = mirror.finish();
  const latencies = { latency: observer.summary(), latencyByType: observer.byType() };
  const stalledReplicas = [...observer.stalled];
  return {
    execution,
    queuePairsUsed: system.queuePairs,
    report,
    ...latencies,
    stalledReplicas,
    ...ran,
  };
}
