/**
 * Runs a group of cells: one execution, timed by every target. A program of one thread streams its
 * operations, chunk by chunk, straight into all mirrors, so that no trace is kept; others, and those
 * with very many targets, are recorded and then replayed by each mirror in turn, threads merged by
 * virtual time.
 */

import type { Mirror, MirrorReport } from '../pm/mirror.ts';
import { recordersInto, replayChunk, type Trace, TraceRecorder } from '../pm/trace.ts';
import type { Backend, MirrorOptions } from '../rdma/index.ts';
import type { AnyWorkload, ConfiguredWorkload } from '../workloads/workload.ts';
import type {
  Cell,
  CellGroup,
  Execution,
  Target,
  TraceExecution,
  WorkloadExecution,
} from './cell.ts';
import { UsageError } from './errors.ts';
import { heapBytesOf, type ProgressCallback, runFunctionally } from './functional-run.ts';
import { LatencyObserver, type LatencySummary, type TypeLatency } from './latency.ts';
import { SpillingTrace } from './trace-store.ts';

/** What a cell gave. */
export interface CellResult extends Cell {
  readonly threads: number;
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
  importTrace(execution: TraceExecution, store: SpillingTrace): Promise<readonly string[]>;
}

/** Where and how to run. */
export interface RunOptions {
  /** For traces that do not fit into memory. The caller removes it. */
  readonly directory: string;
  readonly memoryBytesMax?: number | undefined;
  readonly onProgress?: ProgressCallback | undefined;
}

/** With more targets than these a program of one thread is recorded like others. */
export const STREAMED_TARGETS_MAX = 24;

/** A mirror with what observes it. */
interface Timed {
  readonly target: Target;
  readonly mirror: Mirror;
  readonly latency: LatencyObserver;
}

/** Runs all cells of `group`; results are in the order of its targets. */
export async function runGroup(
  group: CellGroup,
  registry: Registry,
  options: RunOptions,
): Promise<CellResult[]> {
  const { execution } = group;
  if (execution.kind === 'trace') return runTrace(group, execution, registry, options);
  const configured = configure(execution, registry);
  // Streaming keeps the mirrors of all targets in memory at once.
  const streams = execution.threads === 1 && group.targets.length <= STREAMED_TARGETS_MAX;
  if (streams) return runStreaming(group, execution, configured, registry, options);
  return runRecorded(group, execution, configured, registry, options);
}

/** The workload that an execution names, with its parameters. */
export function configure(execution: WorkloadExecution, registry: Registry): ConfiguredWorkload {
  const workload = registry.resolveWorkload(execution.workload);
  if (workload === undefined) throw new RangeError(`no workload '${execution.workload}'`);
  return workload.configure(execution.parameters);
}

function runStreaming(
  group: CellGroup,
  execution: WorkloadExecution,
  configured: ConfiguredWorkload,
  registry: Registry,
  options: RunOptions,
): CellResult[] {
  const machine = { cores: 1, heapBytes: heapBytesOf(configured, execution) };
  const timed = group.targets.map((target) => setUp(execution, target, machine, registry));
  const sinks = timed.map(({ mirror }) => mirror.sink());
  let operations = 0;
  const recorder = new TraceRecorder((chunk) => {
    for (const sink of sinks) replayChunk(chunk, sink);
    operations += chunk.length;
  });
  runFunctionally(configured, execution, [recorder], options.onProgress);
  recorder.flush();
  return timed.map((one) => conclude(execution, one, { threads: 1, operations, notes: [] }));
}

async function runRecorded(
  group: CellGroup,
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
    const shares = 1 + group.targets.length;
    runFunctionally(configured, execution, recorders, (f) => options.onProgress?.(f / shares));
    for (const recorder of recorders) recorder.flush();
    return replayAll(group, store, [], registry, options.onProgress);
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
    const notes = await registry.importTrace(execution, store);
    return replayAll(group, store, notes, registry, options.onProgress);
  } finally {
    await store.close();
  }
}

/** Replays `trace` under each target, one after the other: one mirror's memory at a time. */
function replayAll(
  group: CellGroup,
  trace: Trace,
  notes: readonly string[],
  registry: Registry,
  onProgress: ProgressCallback = () => {},
): CellResult[] {
  const { execution, targets } = group;
  const { threads, operations, heapBytes } = trace;
  return targets.map((target, i) => {
    onProgress((i + 1) / (targets.length + 1));
    const timed = setUp(execution, target, { cores: threads, heapBytes }, registry);
    timed.mirror.replay(trace);
    return conclude(execution, timed, { threads, operations, notes });
  });
}

function setUp(
  execution: Execution,
  target: Target,
  machine: { cores: number; heapBytes: number },
  registry: Registry,
): Timed {
  const backend = registry.resolveBackend(target.backend);
  if (backend === undefined) throw new RangeError(`no backend '${target.backend}'`);
  const latency = new LatencyObserver();
  const { profile, replicas, queuePairs, faults } = target;
  const { seed } = execution;
  const conditions = { profile, replicas, queuePairs, faults, seed };
  try {
    const options = { backend, ...conditions, observer: latency, ...machine };
    return { target, mirror: registry.createMirror(options), latency };
  } catch (error) {
    // Values that are each possible may not go together, as a queue too short for so many cores.
    if (error instanceof RangeError) throw new UsageError(`${profile.name}: ${error.message}`);
    throw error;
  }
}

function conclude(
  execution: Execution,
  { target, mirror, latency }: Timed,
  ran: { threads: number; operations: number; notes: readonly string[] },
): CellResult {
  const report = mirror.finish();
  const latencies = { latency: latency.summary(), latencyByType: latency.byType() };
  return { execution, target, report, ...latencies, ...ran };
}
