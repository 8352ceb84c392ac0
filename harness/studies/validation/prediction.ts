/**
 * Does a port predict what the trace of the real program gives? Both are timed under the same
 * profiles, with the same instructions of volatile work per transaction, threads and mix, and their
 * speedups over sm-rc are compared.
 *
 * WHISPER's traces hold stores and fences and no loads. So the port's loads from PM are left out of
 * the comparison that counts; with them, what they cost under every design would count as a
 * difference between port and original. The rows in which they are charged show how much that is.
 */

import { join } from 'node:path';
import { Op, type PersistSink } from '../../../pm/op.ts';
import { MemoryTrace, recordersInto, type Trace } from '../../../pm/trace.ts';
import {
  BASELINE,
  backendNamed,
  createMirror,
  ONE_REPLICA,
  profileNamed,
  type QueuePairs,
} from '../../../rdma/index.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import type { GivenParameters } from '../../../workloads/parameters.ts';
import {
  DEFAULT_SEED,
  exampleExecutions,
  executionOf,
  heapBytesOf,
  PUBLISHED_SPEEDUPS,
  runFunctionally,
  SpillingTrace,
  storeTrace,
  type TraceExecution,
} from '../../bench/index.ts';
import { judge, type ValidationRow } from './judge.ts';
import { type Reason, runText } from './reference.ts';

/** A port, and the trace of its original. */
export interface Pair {
  readonly workload: string;
  readonly parameters: GivenParameters;
  readonly threads: number;
  /** Name of the example. */
  readonly trace: string;
  readonly transactions?: number;
  /** By what is timed (see `speedupsOf`), with `, no loads` where they are left out. */
  readonly reasons?: Readonly<Record<string, Reason>>;
}

/** Profiles and designs that are compared. */
const PROFILES = ['paper-2018', 'optane-cx5'] as const;
const DESIGNS = Object.keys(PUBLISHED_SPEEDUPS);

/** Tolerated difference of a speedup. */
const TOLERANCE = { kind: 'percent', value: 15 } as const;

/** Speedups over sm-rc, keyed by `profile backend`, and `, queue pair shared` where it is. */
type Speedups = ReadonlyMap<string, number>;

/** Times a pair. `directory` takes what does not fit into memory. */
export async function predict(pair: Pair, directory: string): Promise<ValidationRow[]> {
  const example = exampleOf(pair);
  // One per core is not sound for a trace whose clients depend, but compares what each client does.
  const kinds: readonly QueuePairs[] =
    example.orderNeeded === 'none' ? ['per-core'] : ['per-core', 'shared'];
  const traced = await tracedSpeedups(example, kinds, directory);
  return [false, true].flatMap((withLoads) => {
    const ported = speedupsOf(recordPort(pair, withLoads), kinds);
    return [...traced].map(([key, original]) =>
      judge({
        section: 'prediction',
        program: pair.workload,
        conditions: conditionsText(pair, withLoads),
        metric: `speedup over sm-rc: ${key}`,
        unit: 'ratio',
        original,
        ours: ported.get(key) ?? Number.NaN,
        tolerance: TOLERANCE,
        reason: pair.reasons?.[withLoads ? key : `${key}, no loads`],
        source: `trace:${pair.trace}, timed by the same model`,
      }),
    );
  });
}

function conditionsText(pair: Pair, withLoads: boolean): string {
  const loads = withLoads ? 'PM loads charged' : 'PM loads left out, as in the trace';
  return `${runText(pair)}, ${loads}`;
}

function exampleOf({ trace }: Pair): TraceExecution {
  const example = exampleExecutions('o2', DEFAULT_SEED).find(({ name }) => name === trace);
  if (example === undefined) throw new RangeError(`no example trace '${trace}'`);
  return example;
}

async function tracedSpeedups(
  example: TraceExecution,
  kinds: readonly QueuePairs[],
  directory: string,
): Promise<Speedups> {
  const options = { threads: 0, heapBytes: 64, directory: join(directory, example.name) };
  const store = new SpillingTrace(options);
  try {
    await storeTrace(example, store);
    return speedupsOf(store, kinds);
  } finally {
    await store.close();
  }
}

/** Runs the port and records it. */
function recordPort(pair: Pair, withLoads: boolean): Trace {
  const workload = resolveWorkload(pair.workload);
  if (workload === undefined) throw new RangeError(`no workload '${pair.workload}'`);
  const { parameters, threads, transactions } = pair;
  const execution = executionOf(workload, { parameters, threads, transactions });
  const configured = workload.configure(execution.parameters);
  const store = new MemoryTrace(threads, heapBytesOf(configured, execution));
  const recorders = recordersInto(store);
  runFunctionally(configured, execution, withLoads ? recorders : recorders.map(withoutLoads));
  for (const recorder of recorders) recorder.flush();
  return store;
}

/** Drops loads, after volatile work has been spread over them too. */
function withoutLoads(next: PersistSink): PersistSink {
  return {
    op(op, a, b) {
      if (op !== Op.LOAD) next.op(op, a, b);
    },
  };
}

function speedupsOf(trace: Trace, kinds: readonly QueuePairs[]): Speedups {
  const speedups = new Map<string, number>();
  for (const profile of PROFILES) {
    for (const queuePairs of kinds) {
      const baseline = timeOf(trace, profile, BASELINE.name, queuePairs);
      for (const backend of DESIGNS) {
        const key = `${profile} ${backend}${queuePairs === 'shared' ? ', queue pair shared' : ''}`;
        speedups.set(key, baseline / timeOf(trace, profile, backend, queuePairs));
      }
    }
  }
  return speedups;
}

/** Virtual time of the measured part in ps. */
function timeOf(
  trace: Trace,
  profileName: string,
  backendName: string,
  queuePairs: QueuePairs,
): number {
  const [backend, profile] = [backendNamed(backendName), profileNamed(profileName)];
  const { threads: cores, heapBytes } = trace;
  const system = { backend, profile, ...ONE_REPLICA, queuePairs };
  const mirror = createMirror(system, { cores, heapBytes, seed: DEFAULT_SEED });
  mirror.replay(trace);
  return mirror.finish().elapsedPs;
}
