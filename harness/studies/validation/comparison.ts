/**
 * A port against a trace of its original: what both give under the same designs on the same machines.
 * Both have as many cores, the same mix of transactions with the same volatile work (`alike.ts`), the same
 * queue pairs, and are measured until the first core runs out.
 *
 * Compared are speedups over sm-rc, within each. Traces hold stores, write-backs and fences, no loads and
 * no locks; so the port is judged without its own. It is timed with them too, which is shown beside it.
 */

import { EpochStats, type EpochSummary } from '../../../pm/epoch-stats.ts';
import { Op } from '../../../pm/op.ts';
import { replayThread, type Trace } from '../../../pm/trace.ts';
import { BASELINE, createMirror, type HardwareProfile } from '../../../rdma/index.ts';
import type { GivenParameters } from '../../../workloads/parameters.ts';
import { scanTrace } from '../../../workloads/traces/import.ts';
import type { AnyWorkload } from '../../../workloads/workload.ts';
import {
  activeThreads,
  DEFAULT_SEED,
  executionOf,
  expandSystems,
  type MeasuredPart,
  markerNames,
  measuredPart,
  PairedReplays,
  QUEUE_PAIR_POLICIES,
  resolveSystem,
  SpillingTrace,
  storeTrace,
  type TraceExecution,
  timingKey,
} from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import { type ByLength, keptFor, type Mix, madeAlike, mixOf } from './alike.ts';
import { recordPort, seenBySuite } from './record-port.ts';
import type { Counted } from './reference.ts';

/** What is compared. */
export interface ComparisonPlan {
  readonly workload: AnyWorkload;
  /** Of the port; what differs from its defaults. */
  readonly parameters: GivenParameters;
  /** Of each run of the port, over all its clients; by default as many as the trace has. */
  readonly transactions?: number | undefined;
  readonly trace: TraceExecution;
  /** Charged to every transaction of both; by default the mean of what the port is charged. */
  readonly instructionsPerTx?: number | undefined;
  readonly profiles: readonly HardwareProfile[];
  readonly backends: readonly string[];
  /** Told which share of the comparison is done. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Of the runs of a port whose times are summed: a trace is short, and chance is large in one like it. */
const SEEDS = [1, 2, 3] as const;

/** Speedups over sm-rc by what is timed: `profile backend`, and `, queue pair shared` where it is. */
export type Speedups = ReadonlyMap<string, number>;

/** What came out. */
export interface Comparison {
  readonly threads: number;
  /** Measured transactions of all runs of the port. */
  readonly transactions: number;
  readonly instructionsPerTx: ByLength;
  /** Which of the port's stores count: those that the trace would hold. */
  readonly seen: Counted;
  readonly original: Speedups;
  /** Of the port without loads and locks, and with them. */
  readonly ported: Speedups;
  readonly portedWhole: Speedups;
  /** What was counted in both, without loads and locks. */
  readonly counted: { readonly original: EpochSummary; readonly ported: EpochSummary };
  /** How the trace was read. */
  readonly notes: readonly string[];
}

/** Reading and running, then timing what was traced, and the port twice. */
export const COMPARISON_STEPS = 4;

/** Compares. `directory` takes what does not fit into memory. Throws UsageError for what is no pair. */
export async function compare(plan: ComparisonPlan, directory: string): Promise<Comparison> {
  const store = new SpillingTrace({ threads: 0, heapBytes: 64, directory });
  try {
    const suite = await isOfSuite(plan);
    const uncharged = { ...plan.trace, instructionsPerTx: [0] };
    const notes = await storeTrace(uncharged, store);
    return compareWith(plan, activeThreads(store), { notes, suite });
  } finally {
    store.close();
  }
}

function compareWith(
  plan: ComparisonPlan,
  active: MeasuredPart,
  { notes, suite }: { readonly notes: readonly string[]; readonly suite: boolean },
): Comparison {
  const seen = suite ? seenBySuite(plan.workload.name, active.threads) : 'stores';
  const theirs = mixOf([active], []);
  const traced = theirs.short + theirs.long;
  let port = portOf(plan, active.threads, plan.transactions ?? traced, seen);
  let keep = keptFor(port.mix, theirs);
  const kept = shareKept(port.mix, keep);
  if (plan.transactions === undefined && kept < 1) {
    port = portOf(plan, active.threads, Math.ceil(traced / kept), seen);
    keep = keptFor(port.mix, theirs);
  }
  const instructionsPerTx = chargedTo(port.mix, plan.instructionsPerTx);
  const bare = { loadsAndLocks: false, ntStores: suite, instructionsPerTx };
  const { onProgress = () => {} } = plan;
  const step = (done: number) => onProgress(done / COMPARISON_STEPS);
  const original = [madeAlike(active, { ...bare, fromStart: true, keep: { short: 1, long: 1 } })];
  const alike = { ...bare, fromStart: false, keep };
  const ported = port.traces.map((trace) => madeAlike(trace, alike));
  const whole = port.traces.map((trace) => madeAlike(trace, { ...alike, loadsAndLocks: true }));
  const counted = { original: summaryOf(original), ported: summaryOf(ported) };
  step(1);
  const speedups = [original, ported, whole].map((traces, i) => {
    const all = speedupsOf(traces, plan);
    step(2 + i);
    return all;
  });
  return {
    threads: active.threads,
    transactions: counted.ported.transactions,
    instructionsPerTx,
    seen,
    original: speedups[0],
    ported: speedups[1],
    portedWhole: speedups[2],
    counted,
    notes: notes.filter((note) => !/volatile work/.test(note)),
  };
}

/** Runs of a port, and the mix of all. */
interface Port {
  readonly traces: readonly Trace[];
  readonly mix: Mix;
}

/** Runs of the port, each with as many transactions as the trace has: what is cold there is cold here. */
function portOf(plan: ComparisonPlan, threads: number, transactions: number, seen: Counted): Port {
  const { workload, parameters } = plan;
  if (threads > workload.threadsMax) {
    throw new UsageError(
      `${plan.trace.file}: ${threads} threads run transactions in it; the clients of ${workload.name} ` +
        `are at most ${workload.threadsMax}`,
    );
  }
  const warmupTransactions = Math.ceil(workload.transactionsDefault / 10);
  const choice = { parameters, threads, transactions, warmupTransactions };
  const executions = SEEDS.map((seed) => executionOf(workload, { ...choice, seed }));
  const configured = workload.configure(executions[0].parameters);
  const traces = executions.map((execution) => recordPort(configured, execution, seen));
  return { traces, mix: mixOf(traces, configured.instructionsPerTx('o2')) };
}

/** What share of transactions of this mix is kept. */
function shareKept(mix: Mix, keep: ByLength): number {
  return (mix.short * keep.short + mix.long * keep.long) / (mix.short + mix.long);
}

/** Whether a trace is one of the suite's instrumentation. Throws UsageError if nothing in it is marked. */
async function isOfSuite({ trace }: ComparisonPlan): Promise<boolean> {
  const { file, txMarkers, shownAs = file } = trace;
  const scan = await scanTrace(file, trace);
  if (scan.format === 'whisper' ? scan.hasTransactions : txMarkers.length > 0) {
    return scan.format === 'whisper';
  }
  const markers = markerNames(scan.markers);
  const accepted = markers === '' ? '' : `; --tx-marker takes: ${markers}`;
  throw new UsageError(
    `${shownAs}: marks no transactions, so they cannot be compared with those of a port${accepted}`,
  );
}

/** What is charged to short and to long transactions: as `given`, or as those of the port are. */
function chargedTo(ours: Mix, given: number | undefined): ByLength {
  if (given !== undefined) return { short: given, long: given };
  const { short, long } = ours.instructionsPerTx;
  // A kind that the port does not have costs what the other does.
  return { short: ours.short > 0 ? short : long, long: ours.long > 0 ? long : short };
}

/** What is counted in the measured parts of `traces`, which have as many threads each. */
function summaryOf(traces: readonly Trace[]): EpochSummary {
  const stats = new EpochStats(traces[0].threads);
  for (const trace of traces) {
    for (const [thread, sink] of stats.sinks().entries()) {
      let measured = false;
      replayThread(trace, thread, {
        op(op, a, b) {
          if (op === Op.MEASURE) measured = true;
          else if (measured) sink.op(op, a, b);
        },
      });
    }
  }
  return stats.summary();
}

/** Speedups over sm-rc, of the times of all `traces` together. */
function speedupsOf(traces: readonly Trace[], plan: ComparisonPlan): Speedups {
  const baselines = new Map<string, number>();
  const times = new Map<string, number>();
  const add = (sums: Map<string, number>, key: string, ps: number): void => {
    sums.set(key, (sums.get(key) ?? 0) + ps);
  };
  for (const trace of traces) {
    for (const { key, baselinePs, elapsedPs } of timesOf(trace, plan)) {
      add(baselines, key, baselinePs);
      add(times, key, elapsedPs);
    }
  }
  return new Map([...times].map(([key, ps]) => [key, (baselines.get(key) ?? Number.NaN) / ps]));
}

interface Times {
  readonly key: string;
  readonly baselinePs: number;
  readonly elapsedPs: number;
}

/** Times of `trace` under every design, policy and profile; what comes to the same, once. */
function timesOf(trace: Trace, { workload, profiles, backends }: ComparisonPlan): Times[] {
  const found = new Map<string, Times>();
  for (const profile of profiles) {
    const seed = DEFAULT_SEED;
    const part = measuredPart(activeThreads(trace), { profile, seed }, { createMirror });
    const clients = { threads: part.threads, orderNeeded: workload.orderNeeded };
    const replays = new PairedReplays({ trace: part, seed }, { createMirror });
    const choice = { profiles: [profile], replicas: [1], queuePairs: QUEUE_PAIR_POLICIES };
    const times = new Map<string, number>();
    const timeOf = (backend: string, policy: (typeof QUEUE_PAIR_POLICIES)[number]) => {
      const [spec] = expandSystems({ ...choice, backends: [backend], queuePairs: [policy] });
      const system = resolveSystem(spec, clients);
      const key = timingKey(spec, system.queuePairs);
      const known = times.get(key) ?? replays.replay(system).mirror.finish().elapsedPs;
      times.set(key, known);
      return { used: system.queuePairs, elapsedPs: known };
    };
    for (const policy of QUEUE_PAIR_POLICIES) {
      const baseline = timeOf(BASELINE.name, policy);
      const shared = baseline.used === 'shared' ? ', queue pair shared' : '';
      for (const backend of backends) {
        if (backend === BASELINE.name) continue;
        const key = `${profile.name} ${backend}${shared}`;
        const { elapsedPs } = timeOf(backend, policy);
        found.set(key, { key, baselinePs: baseline.elapsedPs, elapsedPs });
      }
    }
  }
  return [...found.values()];
}
