/**
 * Runs a group of cells: one execution, timed by every system. A program of one thread streams its
 * operations, chunk by chunk, straight into all mirrors, so that no trace is kept. Others, and
 * those with very many systems, are recorded; each mirror then replays them in turn, threads merged
 * by virtual time.
 */

import { sendOperations } from '../../pm/columns.ts';
import { recordersInto, type Trace, TraceRecorder } from '../../pm/trace.ts';
import type { MirrorRun, QueuePairs, System } from '../../rdma/index.ts';
import type { Mirror, MirrorReport } from '../../rdma/mirror.ts';
import type { AnyWorkload, ConfiguredWorkload } from '../../workloads/workload.ts';
import { UsageError } from '../host/index.ts';
import type { Cell, CellGroup, Execution, TraceExecution, WorkloadExecution } from './cells.ts';
import { heapBytesOf, type ProgressCallback, runFunctionally } from './functional-run.ts';
import { LatencyObserver, type LatencySummary, type TypeLatency } from './latency.ts';
import { type Clients, resolveSystem, timingKey } from './systems.ts';
import { SpillingTrace } from './trace-store.ts';

/** What a cell gave. */
export interface CellResult extends Cell {
  readonly threads: number;
  /** What the system's policy of queue pairs came to. */
  readonly queuePairsUsed: QueuePairs;
  /** Operations of the whole execution, warm-up included. */
  readonly operations: number;
  readonly report: MirrorReport;
  readonly latency: LatencySummary;
  /** The same per type of transaction, for those that occurred, in the order of types. */
  readonly latencyByType: readonly TypeLatency[];
  /** What the user should know about an imported trace. */
  readonly notes: readonly string[];
}

/** The parts that a run is made of; tests put in their own. */
export interface Registry {
  createMirror(system: System, run: MirrorRun): Mirror;
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
  /** For each system of the group the index of its own. */
  readonly indices: readonly number[];
}

/** What a system gave, whatever it was called. */
type SystemResult = Omit<CellResult, 'system'>;

/** A mirror with what observes it. */
interface Timed {
  readonly system: System;
  readonly mirror: Mirror;
  readonly latency: LatencyObserver;
}

/** Runs all cells of `group`; results are in the order of its systems. */
export async function runGroup(
  group: CellGroup,
  registry: Registry,
  options: RunOptions,
): Promise<CellResult[]> {
  const { execution } = group;
  if (execution.kind === 'trace') return runTrace(group, execution, registry, options);
  const configured = configure(execution, registry);
  const { clientsDepend } = configured.workload;
  const plan = planTimings(group, { threads: execution.threads, clientsDepend });
  // Streaming keeps the mirrors of all systems in memory at once.
  const streams = execution.threads === 1 && plan.systems.length <= STREAMED_SYSTEMS_MAX;
  const run = streams ? runStreaming : runRecorded;
  return perSystem(group, plan, await run(plan.systems, execution, configured, registry, options));
}

/** What must be timed for the systems of `group`, each different one once. */
function planTimings({ systems: specs }: CellGroup, clients: Clients): TimingPlan {
  const systems: System[] = [];
  const known = new Map<string, number>();
  const indices = specs.map((spec) => {
    const system = resolveSystem(spec, clients);
    const key = timingKey(spec, system.queuePairs);
    const index = known.get(key) ?? systems.push(system) - 1;
    known.set(key, index);
    return index;
  });
  return { systems, indices };
}

/** The results of all systems of a group, from those of its plan. */
function perSystem(
  { systems }: CellGroup,
  { indices }: TimingPlan,
  results: readonly SystemResult[],
): CellResult[] {
  return systems.map((system, i) => ({ ...results[indices[i]], system }));
}

/** The workload that an execution names, with its parameters. */
export function configure(execution: WorkloadExecution, registry: Registry): ConfiguredWorkload {
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
    return replayAll(systems, execution, { trace: store, notes: [] }, registry, options.onProgress);
  } finally {
    await store.close();
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
    const { clientsDepend } = execution;
    const plan = planTimings(group, { threads: store.threads, clientsDepend });
    const imported = { trace: store, notes };
    const { onProgress } = options;
    const results = replayAll(plan.systems, execution, imported, registry, onProgress);
    return perSystem(group, plan, results);
  } finally {
    await store.close();
  }
}

/** Replays `trace` under each system, one after the other: one mirror's memory at a time. */
function replayAll(
  systems: readonly System[],
  execution: Execution,
  { trace, notes }: { readonly trace: Trace; readonly notes: readonly string[] },
  registry: Registry,
  onProgress: ProgressCallback = () => {},
): SystemResult[] {
  const { threads, operations, heapBytes } = trace;
  const run = { cores: threads, heapBytes, seed: execution.seed };
  return systems.map((system, i) => {
    onProgress((i + 1) / (systems.length + 1));
    const timed = setUp(system, run, registry);
    timed.mirror.replay(trace);
    return conclude(execution, timed, { threads, operations, notes });
  });
}

function setUp(system: System, run: MirrorRun, registry: Registry): Timed {
  const latency = new LatencyObserver();
  try {
    const mirror = registry.createMirror(system, { ...run, observer: latency });
    return { system, mirror, latency };
  } catch (error) {
    // Values that are each possible may not go together, as a queue too short for so many cores.
    if (error instanceof RangeError) {
      throw new UsageError(`${system.profile.name}: ${error.message}`);
    }
    throw error;
  }
}

function conclude(
  execution: Execution,
  { system, mirror, latency }: Timed,
  ran: { threads: number; operations: number; notes: readonly string[] },
): SystemResult {
  const report = mirror.finish();
  const latencies = { latency: latency.summary(), latencyByType: latency.byType() };
  return { execution, queuePairsUsed: system.queuePairs, report, ...latencies, ...ran };
}
