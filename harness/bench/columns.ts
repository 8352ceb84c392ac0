/**
 * The columns of result files, as data: name, unit, meaning and where the value comes from. The CSV
 * writers, the results database and the column documentation are all made from these tables.
 *
 * Conventions: names are camelCase with the unit last; "PerTx" is per measured transaction. The
 * execution time of a transaction is elapsed time x cores / transactions, what one transaction takes
 * of one core, so the parts of the breakdown sum to it.
 */

import { TIME_PARTS } from '../../rdma/mirror.ts';
import { type Column, figure } from '../report/column.ts';
import { executionLabel, parametersText } from './cells.ts';
import type { CellResult } from './run.ts';
import { BOUND, faultsText, sameConditions } from './systems.ts';

/** A cell's result with those that it is compared with, where they were run too. */
export interface CellRow {
  readonly result: CellResult;
  /** The same execution in the same conditions under no-sm, and under sm-rc. */
  readonly unmirrored: CellResult | undefined;
  readonly remoteCommit: CellResult | undefined;
  /** As `remoteCommit`, under the policy `sound` whatever the result's own. */
  readonly soundCommit: CellResult | undefined;
  /** The same execution and profile under the bound. */
  readonly bound: CellResult | undefined;
}

/** The baselines of comparisons, by canonical name. */
const UNMIRRORED = 'no-sm';
const REMOTE_COMMIT = 'sm-rc';

/** Pairs every result that is to make a row with its baselines. `results` are of one execution. */
export function cellRows(results: readonly CellResult[]): CellRow[] {
  const asked = results.filter(({ system }) => !system.reference);
  return asked.map((result) => {
    const peer = (backend: string): CellResult | undefined =>
      results.find(
        ({ system }) => system.backend === backend && sameConditions(system, result.system),
      );
    const soundCommit = results.find(
      ({ system }) =>
        system.backend === REMOTE_COMMIT &&
        system.queuePairs === 'sound' &&
        sameConditions({ ...system, queuePairs: result.system.queuePairs }, result.system),
    );
    const bound = results.find(
      ({ system }) =>
        system.backend === BOUND && system.profile.name === result.system.profile.name,
    );
    const peers = { unmirrored: peer(UNMIRRORED), remoteCommit: peer(REMOTE_COMMIT) };
    return { result, ...peers, soundCommit, bound };
  });
}

/** Core time per transaction in ns: elapsed x cores / transactions. NaN without transactions. */
export function execTimeNsPerTx({ report }: CellResult): number {
  return (report.elapsedPs * report.cores) / report.counts.transactions / 1000;
}

/** How many times faster than sm-rc; undefined where that was not run. */
export function speedupOverRemoteCommit({ result, remoteCommit }: CellRow): number | undefined {
  if (remoteCommit === undefined) return undefined;
  return execTimeNsPerTx(remoteCommit) / execTimeNsPerTx(result);
}

/** How many times faster than sm-rc under the policy `sound`; undefined where that was not run. */
export function speedupOverSoundCommit({ result, soundCommit }: CellRow): number | undefined {
  if (soundCommit === undefined) return undefined;
  return execTimeNsPerTx(soundCommit) / execTimeNsPerTx(result);
}

/** How many times slower than no-sm; undefined where that was not run. */
export function slowdownOverUnmirrored({ result, unmirrored }: CellRow): number | undefined {
  if (unmirrored === undefined) return undefined;
  return execTimeNsPerTx(result) / execTimeNsPerTx(unmirrored);
}

/** How many times the execution time of the bound; undefined for what makes nothing durable remotely. */
export function ratioToBound({ result, bound }: CellRow): number | undefined {
  if (bound === undefined || result.system.backend === UNMIRRORED) return undefined;
  return execTimeNsPerTx(result) / execTimeNsPerTx(bound);
}

const perTx = (result: CellResult, count: number): number | '' =>
  figure(count / result.report.counts.transactions);

/** What a cell is. */
export const IDENTITY_COLUMNS: readonly Column<CellRow>[] = [
  {
    name: 'workload',
    unit: '-',
    meaning: 'name of the workload, or trace:NAME for the trace of a real program',
    value: ({ result }) => executionLabel(result.execution),
  },
  {
    name: 'parameters',
    unit: '-',
    meaning: 'all parameters of the workload as name=value, separated by blanks',
    value: ({ result }) => parametersText(result.execution),
  },
  {
    name: 'backend',
    unit: '-',
    meaning: 'mirroring design',
    value: ({ result }) => result.system.backend,
  },
  {
    name: 'profile',
    unit: '-',
    meaning: 'hardware profile, with the values set by hand after its name',
    value: ({ result }) => result.system.profile.name,
  },
  {
    name: 'threads',
    unit: 'count',
    meaning: 'threads of the program, each on a core of its own',
    value: ({ result }) => result.threads,
  },
  {
    name: 'replicas',
    unit: 'count',
    meaning: 'machines that hold a mirror (no-sm uses none)',
    value: ({ result }) => result.system.replicas,
  },
  {
    name: 'queuePairs',
    unit: '-',
    meaning: 'policy: per-core, shared, or sound (shared where design and program need it)',
    value: ({ result }) => result.system.queuePairs,
  },
  {
    name: 'queuePairsUsed',
    unit: '-',
    meaning:
      'what that came to: shared (one queue pair to each replica for all cores), or per-core, also ' +
      'where there is one thread or no mirror',
    value: ({ result }) => result.queuePairsUsed,
  },
  {
    name: 'faults',
    unit: '-',
    meaning: 'slow=REPLICA:FACTOR, stall=REPLICA:FROM_NS:FOR_NS, or -',
    value: ({ result }) => faultsText(result.system.faults),
  },
  {
    name: 'seed',
    unit: '-',
    meaning: 'seed of everything random',
    value: ({ result }) => result.execution.seed,
  },
  {
    name: 'computeModel',
    unit: '-',
    meaning: 'which measured instruction counts are charged as volatile work',
    value: ({ result }) => result.execution.computeModel,
  },
  {
    name: 'warmupTransactions',
    unit: 'count',
    meaning: 'transactions before the measured part, over all threads',
    value: ({ result }) =>
      result.execution.kind === 'workload' ? result.execution.warmupTransactions : 0,
  },
  {
    name: 'transactions',
    unit: 'count',
    meaning: 'measured transactions, over all threads',
    value: ({ result }) => result.report.counts.transactions,
  },
];

const TIMES: readonly Column<CellRow>[] = [
  {
    name: 'elapsedNs',
    unit: 'ns',
    meaning: 'virtual time of the measured part, until the last thread finished',
    value: ({ result }) => result.report.elapsedPs / 1000,
  },
  {
    name: 'execTimeNsPerTx',
    unit: 'ns',
    meaning: 'core time per transaction: elapsed time x threads / transactions',
    value: ({ result }) => figure(execTimeNsPerTx(result)),
  },
  {
    name: 'throughputTxPerS',
    unit: '1/s',
    meaning: 'transactions per second of virtual time, all threads together',
    value: ({ result }) =>
      figure((result.report.counts.transactions / result.report.elapsedPs) * 1e12),
  },
  {
    name: 'slowdownOverNoSm',
    unit: 'ratio',
    meaning: 'execution time over that of no-sm in the same conditions; empty if no-sm was not run',
    value: (row) => figure(slowdownOverUnmirrored(row)),
  },
  {
    name: 'speedupOverSmRc',
    unit: 'ratio',
    meaning: 'execution time of sm-rc in the same conditions over this; empty if sm-rc was not run',
    value: (row) => figure(speedupOverRemoteCommit(row)),
  },
  {
    name: 'boundNsPerTx',
    unit: 'ns',
    meaning: 'execution time of the bound (ideal), which no correct design can beat',
    value: ({ bound }) => figure(bound && execTimeNsPerTx(bound)),
  },
  {
    name: 'aboveBound',
    unit: 'ratio',
    meaning: 'execution time over boundNsPerTx; empty for no-sm, which mirrors nothing',
    value: (row) => figure(ratioToBound(row)),
  },
];

const LATENCIES: readonly Column<CellRow>[] = (
  [
    ['latencyMeanNs', 'mean latency of a transaction (exact)', 'meanPs'],
    ['latencyP50Ns', 'median latency of a transaction (histogram, at most 0.1 % high)', 'p50Ps'],
    ['latencyP90Ns', '90th percentile of the latency', 'p90Ps'],
    ['latencyP99Ns', '99th percentile of the latency', 'p99Ps'],
    ['latencyP999Ns', '99.9th percentile of the latency', 'p999Ps'],
    ['latencyMaxNs', 'highest latency of a transaction (exact)', 'maxPs'],
  ] as const
).map(([name, meaning, key]) => ({
  name,
  unit: 'ns',
  meaning,
  value: ({ result }: CellRow) => figure(result.latency[key] / 1000),
}));

const PART_MEANINGS: Readonly<Record<(typeof TIME_PARTS)[number], string>> = {
  compute: 'volatile work',
  pmLoad: 'loads from PM that missed the caches',
  storeFlush: 'issuing stores and write-backs',
  localFence: 'fences waiting for the local memory controller',
  rdmaPost: 'building and posting work requests',
  sendQueueFull: 'waiting for room in the send queue',
  remoteOrdering: 'waiting for replicas at ordering points',
  remoteDurability: 'waiting for replicas at durability points',
  lockWait: 'waiting for locks',
  idle: 'after this thread finished and before the last one did',
};

const BREAKDOWN: readonly Column<CellRow>[] = TIME_PARTS.map((part) => ({
  name: `${part}NsPerTx`,
  unit: 'ns',
  meaning: `part of execTimeNsPerTx: ${PART_MEANINGS[part]}`,
  value: ({ result }: CellRow) => perTx(result, result.report.timePs[part] / 1000),
}));

const COUNTS: readonly Column<CellRow>[] = (
  [
    ['orderingFencesPerTx', 'count', 'fences that are ordering points', 'orderingFences'],
    ['durabilityFencesPerTx', 'count', 'fences that are durability points', 'durabilityFences'],
    ['emptyFencesPerTx', 'count', 'fences with no PM store before them', 'emptyFences'],
    ['linesWrittenBackPerTx', 'lines', 'lines sent to the local controller', 'linesWrittenBack'],
    ['rdmaWritesPerTx', 'count', 'WRITE verbs posted, to all replicas', 'writes'],
    ['rcommitsPerTx', 'count', 'RCOMMIT verbs posted, to all replicas', 'rcommits'],
    ['rofencesPerTx', 'count', 'ROFENCE verbs posted, to all replicas', 'rofences'],
    ['rdfencesPerTx', 'count', 'RDFENCE verbs posted, to all replicas', 'rdfences'],
    ['doorbellsPerTx', 'count', 'doorbells rung', 'doorbells'],
    [
      'blockingRoundTripsPerTx',
      'count',
      'waits for an answer of the replicas',
      'blockingRoundTrips',
    ],
    ['pmLoadMissesPerTx', 'count', 'PM accesses that missed all caches', 'pmLoadMisses'],
    ['linkBytesPerTx', 'B', "bytes on the primary's link, headers included", 'linkBytes'],
    ['ddioEvictionsPerTx', 'count', 'lines evicted from DDIO ways unasked', 'ddioEvictions'],
    ['localMediaBlocksPerTx', 'count', "blocks the primary's media wrote", 'localMediaBlocks'],
    ['remoteMediaBlocksPerTx', 'count', "blocks the replicas' media wrote", 'remoteMediaBlocks'],
  ] as const
).map(([name, unit, meaning, key]) => ({
  name,
  unit,
  meaning,
  value: ({ result }: CellRow) => perTx(result, result.report.counts[key]),
}));

/** Columns of every file with one row a cell. */
export const CELL_COLUMNS: readonly Column<CellRow>[] = [
  ...IDENTITY_COLUMNS,
  ...TIMES,
  ...LATENCIES,
  ...BREAKDOWN,
  ...COUNTS,
];
