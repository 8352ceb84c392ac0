/**
 * Runs a group of cells: one execution, timed by every system. A program of one thread streams its
 * operations, chunk by chunk, straight into all mirrors, so that no trace is kept; others, and those
 * with very many systems, are recorded and then replayed by each mirror in turn, threads merged by
 * virtual time.
 */

import { recordersInto, replayChunk, type Trace, TraceRecorder } from '../../pm/trace.ts';
import type { Backend, MirrorOptions, QueuePairs } from '../../rdma/index.ts';
import type { Mirror, MirrorReport } from '../../rdma/mirror.ts';
import type { AnyWorkload, ConfiguredWorkload } from '../../workloads/workload.ts';
import { UsageError } from '../host/errors.ts';
import {
  type Cell,
  type CellGroup,
  type Execution,
  type SystemSpec,
  type TraceExecution,
  timingKey,
  type WorkloadExecution,
} from './cells.ts';
import { heapBytesOf, type ProgressCallback, runFunctionally } from './functional-run.ts';
import { LatencyObserver, type LatencySummary, type TypeLatency } from './latency.ts';
import { type Clients, queuePairsOf } from './queue-pairs.ts';
import { SpillingTrace } from './trace-store.ts';

/** What a cell gave. */
export interface CellResult extends Cell {
  readonly threads: number;
  /** What the system's policy came to. */
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
  createMirror(options: MirrorOptions): Mirror;
  resolveWorkload(name: string): AnyWorkload | undefined;
  resolveBackend(name: string): Backend | undefined;
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

/** With more timings than these a program of one thread is recorded like others. */
export const STREAMED_TIMINGS_MAX = 24;

/** A way to time a program: systems whose policies of queue pairs come to the same share it. */
interface Timing {
  readonly system: SystemSpec;
  readonly backend: Backend;
  readonly queuePairs: QueuePairs;
}

/** All that a group needs, and for each of its systems the index of its own. */
interface TimingPlan {
  readonly timings: readonly Timing[];
  readonly indices: readonly number[];
}

/** A mirror with what observes it. */
interface Timed extends Timing {
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
  const plan = planTimings(group, { threads: execution.threads, clientsDepend }, registry);
  // Streaming keeps the mirrors of all timings in memory at once.
  const streams = execution.threads === 1 && plan.timings.length <= STREAMED_TIMINGS_MAX;
  const run = streams ? runStreaming : runRecorded;
  return perSystem(group, plan, await run(plan.timings, execution, configured, registry, options));
}

/** What must be timed for the systems of `group`, each different thing once. */
function planTimings(group: CellGroup, clients: Clients, registry: Registry): TimingPlan {
  const timings: Timing[] = [];
  const known = new Map<string, number>();
  const indices = group.systems.map((system) => {
    const backend = registry.resolveBackend(system.backend);
    if (backend === undefined) throw new RangeError(`no backend '${system.backend}'`);
    const queuePairs = queuePairsOf(system.queuePairs, backend, clients);
    const key = timingKey(system, queuePairs);
    const index = known.get(key) ?? timings.push({ system, backend, queuePairs }) - 1;
    known.set(key, index);
    return index;
  });
  return { timings, indices };
}

/** The results of all systems, from those of their timings. */
function perSystem(
  { systems }: CellGroup,
  { indices }: TimingPlan,
  results: readonly CellResult[],
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
  timings: readonly Timing[],
  execution: WorkloadExecution,
  configured: ConfiguredWorkload,
  registry: Registry,
  options: RunOptions,
): Promise<CellResult[]> {
  const machine = { cores: 1, heapBytes: heapBytesOf(configured, execution) };
  const timed = timings.map((timing) => setUp(execution, timing, machine, registry));
  const sinks = timed.map(({ mirror }) => mirror.sink());
  let operations = 0;
  const recorder = new TraceRecorder((chunk) => {
    for (const sink of sinks) replayChunk(chunk, sink);
    operations += chunk.length;
  });
  runFunctionally(configured, execution, [recorder], options.onProgress);
  recorder.flush();
  const ran = { threads: 1, operations, notes: [] };
  return timed.map((one) => conclude(execution, one, ran));
}

async function runRecorded(
  timings: readonly Timing[],
  execution: WorkloadExecution,
  configured: ConfiguredWorkload,
  registry: Registry,
  options: RunOptions,
): Promise<CellResult[]> {
  const { threads } = execution;
  const heapBytes = heapBytesOf(configured, execution);
  const store = new SpillingTrace({ threads, heapBytes, ...options });
  try {
    const recorders = recordersInto(store);
    const shares = 1 + timings.length;
    runFunctionally(configured, execution, recorders, (f) => options.onProgress?.(f / shares));
    for (const recorder of recorders) recorder.flush();
    return replayAll(timings, execution, { trace: store, notes: [] }, registry, options.onProgress);
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
    const plan = planTimings(group, { threads: store.threads, clientsDepend }, registry);
    const imported = { trace: store, notes };
    const { onProgress } = options;
    const results = replayAll(plan.timings, execution, imported, registry, onProgress);
    return perSystem(group, plan, results);
  } finally {
    await store.close();
  }
}

/** Replays `trace` under each timing, one after the other: one mirror's memory at a time. */
function replayAll(
  timings: readonly Timing[],
  execution: Execution,
  { trace, notes }: { readonly trace: Trace; readonly notes: readonly string[] },
  registry: Registry,
  onProgress: ProgressCallback = () => {},
): CellResult[] {
  const { threads, operations, heapBytes } = trace;
  return timings.map((timing, i) => {
    onProgress((i + 1) / (timings.length + 1));
    const timed = setUp(execution, timing, { cores: threads, heapBytes }, registry);
    timed.mirror.replay(trace);
    return conclude(execution, timed, { threads, operations, notes });
  });
}

function setUp(
  execution: Execution,
  timing: Timing,
  machine: { cores: number; heapBytes: number },
  registry: Registry,
): Timed {
  const { backend, queuePairs } = timing;
  const latency = new LatencyObserver();
  const { profile, replicas, faults } = timing.system;
  const { seed } = execution;
  const conditions = { profile, replicas, queuePairs, faults, seed };
  try {
    const options = { backend, ...conditions, observer: latency, ...machine };
    return { ...timing, mirror: registry.createMirror(options), latency };
  } catch (error) {
    // Values that are each possible may not go together, as a queue too short for so many cores.
    if (error instanceof RangeError) throw new UsageError(`${profile.name}: ${error.message}`);
    throw error;
  }
}

function conclude(
  execution: Execution,
  { system, queuePairs, mirror, latency }: Timed,
  ran: { threads: number; operations: number; notes: readonly string[] },
): CellResult {
  const report = mirror.finish();
  const latencies = { latency: latency.summary(), latencyByType: latency.byType() };
  return { execution, system, queuePairsUsed: queuePairs, report, ...latencies, ...ran };
}
