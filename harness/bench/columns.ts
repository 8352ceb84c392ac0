/**
 * The columns of result files, as data: name, unit, meaning and where the value comes from. The CSV
 * writers, the results database and the column documentation are all made from these tables.
 *
 * Conventions: names are camelCase with the unit last; "PerTx" is per measured transaction. The
 * execution time of a transaction is elapsed time x cores / transactions, what one transaction takes
 * of one core, so the parts of the breakdown sum to it.
 */

import { BASELINE, BOUND, TIME_PARTS, type TimePart, UNMIRRORED } from '../../rdma/index.ts';
import { type Column, column, figure, openColumn } from '../report/index.ts';
import { executionLabel, parametersOf, parametersText } from './cells.ts';
import { type LatencySummary, USUAL_PERCENTILES } from './latency.ts';
import type { CellResult } from './run.ts';
import { resultSetOf } from './suite.ts';
import { boundKey, conditionsKey, faultsText, type SystemSpec } from './systems.ts';
import { volatileWorkOf } from './volatile-work.ts';

/** A cell's result with those that it is compared with, where they were run too. */
export interface CellRow {
  readonly result: CellResult;
  /** The same execution in the same conditions under no-sm, and under sm-rc. */
  readonly unmirrored: CellResult | undefined;
  readonly remoteCommit: CellResult | undefined;
  /** As `remoteCommit`, under the policy `auto` whatever the result's own: the fastest that is right. */
  readonly soundCommit: CellResult | undefined;
  /** The same execution and profile under the bound. */
  readonly bound: CellResult | undefined;
}

/** Pairs every result that is to make a row with its baselines. `results` are of one execution. */
export function cellRows(results: readonly CellResult[]): CellRow[] {
  const asked = results.filter(({ system }) => !system.reference);
  const firstBy = (backend: string, keyOf: (system: SystemSpec) => string) => {
    const first = new Map<string, CellResult>();
    for (const result of results.filter(({ system }) => system.backend === backend)) {
      const key = keyOf(result.system);
      if (!first.has(key)) first.set(key, result);
    }
    return first;
  };
  const unmirrored = firstBy(UNMIRRORED.name, conditionsKey);
  const remoteCommit = firstBy(BASELINE.name, conditionsKey);
  const bound = firstBy(BOUND.name, boundKey);
  return asked.map((result) => {
    const { system } = result;
    const key = conditionsKey(system);
    return {
      result,
      unmirrored: unmirrored.get(key),
      remoteCommit: remoteCommit.get(key),
      soundCommit: remoteCommit.get(conditionsKey({ ...system, queuePairs: 'auto' })),
      bound: bound.get(boundKey(system)),
    };
  });
}

/** Core time per transaction in ns: elapsed x cores / transactions. NaN without transactions. */
export function execTimeNsPerTx({ report }: CellResult): number {
  return (report.elapsedPs * report.cores) / report.counts.transactions / 1000;
}

/** Transactions per second of virtual time, all threads together. */
export function throughputTxPerS({ report }: CellResult): number {
  return (report.counts.transactions / report.elapsedPs) * 1e12;
}

/** How many times faster than sm-rc; undefined where that was not run. */
export function speedupOverRemoteCommit({ result, remoteCommit }: CellRow): number | undefined {
  if (remoteCommit === undefined) return undefined;
  return execTimeNsPerTx(remoteCommit) / execTimeNsPerTx(result);
}

/** How many times faster than sm-rc under the policy `auto`; undefined where that was not run. */
export function speedupOverSoundCommit({ result, soundCommit }: CellRow): number | undefined {
  if (soundCommit === undefined) return undefined;
  return execTimeNsPerTx(soundCommit) / execTimeNsPerTx(result);
}

/** What the baseline of a row is beside the fastest that is right, if that was run. */
export function baselineKind({
  remoteCommit,
  soundCommit,
}: CellRow): 'fastest' | 'slower' | 'wrong' | '' {
  if (remoteCommit === undefined || soundCommit === undefined) return '';
  if (!remoteCommit.keepsOrder) return 'wrong';
  return remoteCommit.report.elapsedPs <= soundCommit.report.elapsedPs ? 'fastest' : 'slower';
}

/** How many times slower than no-sm; undefined where that was not run. */
export function slowdownOverUnmirrored({ result, unmirrored }: CellRow): number | undefined {
  if (unmirrored === undefined) return undefined;
  return execTimeNsPerTx(result) / execTimeNsPerTx(unmirrored);
}

/** How many times the execution time of the bound; undefined for what makes nothing durable remotely. */
export function ratioToBound({ result, bound }: CellRow): number | undefined {
  if (bound === undefined || result.system.backend === UNMIRRORED.name) return undefined;
  return execTimeNsPerTx(result) / execTimeNsPerTx(bound);
}

/** What a cell is. */
// biome-ignore format: one column a line, or two
export const IDENTITY_COLUMNS: readonly Column<CellRow>[] = [
  column('set', '-', 'whisper (the applications of the suite), extra (further programs), trace (traces of ' +
    'real programs) or micro (transact)', ({ result }) => resultSetOf(result.execution)),
  column('workload', '-', 'name of the workload, or trace:NAME for the trace of a real program',
    ({ result }) => executionLabel(result.execution)),
  column('parameters', '-', 'all parameters of the workload as name=value, separated by blanks',
    ({ result }) => parametersText(result.execution)),
  openColumn('param.*', '-', 'the same, a column for each that any row has; of a trace txMarker, its ' +
    'markers separated by ;', ({ result }) => parametersOf(result.execution)),
  column('backend', '-', 'mirroring design', ({ result }) => result.system.backend),
  column('profile', '-', 'hardware profile, with the values set by hand after its name',
    ({ result }) => result.system.profile.name),
  column('threads', 'count', 'threads of the program, each on a core of its own',
    ({ result }) => result.threads),
  column('replicas', 'count', 'machines that hold a mirror (no-sm uses none)',
    ({ result }) => result.system.replicas),
  column('quorum', 'count', 'replicas that a wait is for; empty where it is for all',
    ({ result }) => result.system.quorum ?? ''),
  column('queuePairs', '-', 'policy: auto (the fastest right for design and program), any (for any program), ' +
    'or what is used', ({ result }) => result.system.queuePairs),
  column('queuePairsUsed', '-',
    'per-core (one for each core), also where there is one thread or no mirror; words (the same, posting ' +
    'stored words), release (and waiting at each release of a lock), shared (one for all cores)',
    ({ result }) => result.queuePairsUsed),
  column('keepsOrder', '-', 'no: the replicas lose order between clients that the program needs',
    ({ result }) => result.keepsOrder ? 'yes' : 'no'),
  column('faults', '-', 'slow=REPLICA:FACTOR, stall=REPLICA:FROM_NS:FOR_NS; empty without',
    ({ result }) => faultsText(result.system.faults)),
  column('seed', '-', 'seed of everything random', ({ result }) => result.execution.seed),
  column('computeModel', '-',
    'what is charged as volatile work: measured instruction counts (o2, whisper), or those of o2 at each ' +
    "program's native speed (native)", ({ result }) => result.execution.computeModel),
  column('volatileWork', '-',
    'charged, or none: then speedups and slowdowns are upper bounds, since nothing hides what mirroring costs',
    ({ result }) => volatileWorkOf(result)),
  column('warmupTransactions', 'count', 'transactions before the measured part, over all threads',
    ({ result: { execution } }) => execution.kind === 'workload' ? execution.warmupTransactions : 0),
  column('transactions', 'count', 'measured transactions, over all threads',
    ({ result }) => result.report.counts.transactions),
];

// biome-ignore format: one column a line, or two
const TIMES: readonly Column<CellRow>[] = [
  column('elapsedNs', 'ns', 'virtual time of the measured part, until the last thread finished',
    ({ result }) => result.report.elapsedPs / 1000),
  column('execTimeNsPerTx', 'ns', 'core time per transaction: elapsed time x threads / transactions',
    ({ result }) => figure(execTimeNsPerTx(result))),
  column('throughputTxPerS', '1/s', 'transactions per second of virtual time, all threads together',
    ({ result }) => figure(throughputTxPerS(result))),
  column('slowdownOverNoSm', 'ratio',
    'execution time over that of no-sm in the same conditions; empty if no-sm was not run',
    (row) => figure(slowdownOverUnmirrored(row))),
  column('speedupOverSmRc', 'ratio',
    'execution time of sm-rc in the same conditions over this; empty if sm-rc was not run',
    (row) => figure(speedupOverRemoteCommit(row))),
  column('smRcBaseline', '-',
    'that sm-rc is: fastest (of those that keep what the program needs), slower, or wrong (keeps less); ' +
    'empty if the policy auto was not run to tell', (row) => baselineKind(row)),
  column('boundNsPerTx', 'ns', 'execution time of the bound (ideal), which no correct design can beat',
    ({ bound }) => figure(bound && execTimeNsPerTx(bound))),
  column('aboveBound', 'ratio', 'execution time over boundNsPerTx; empty for no-sm, which mirrors nothing',
    (row) => figure(ratioToBound(row))),
];

/** The name of a percentile: 999 of 99.9, 05 of 5. Before the point are two digits, so it is no other's. */
function percentileName(percent: number): string {
  const [whole, part = ''] = String(percent).split('.');
  return `${whole.padStart(2, '0')}${part}`;
}

/** Columns of the latency that `summaryOf` finds in a row; `further`: percentiles beside the usual. */
export function latencyColumns<Row>(
  summaryOf: (row: Row) => LatencySummary,
  further: readonly number[] = [],
): Column<Row>[] {
  const ns = (name: string, meaning: string, ps: (summary: LatencySummary) => number) =>
    column<Row>(`latency${name}Ns`, 'ns', meaning, (row) => figure(ps(summaryOf(row)) / 1000));
  const percentiles = [...new Set([...USUAL_PERCENTILES, ...further])].sort((a, b) => a - b);
  return [
    ns('Mean', 'mean latency of a transaction (exact)', ({ meanPs }) => meanPs),
    ...percentiles.map((p) => {
      const meaning =
        p === 50
          ? 'median latency of a transaction (histogram, at most 0.1 % high, as the next three)'
          : `${p}th percentile of the latency`;
      return ns(`P${percentileName(p)}`, meaning, ({ percentilesPs }) => percentilesPs[p]);
    }),
    ns('Max', 'highest latency of a transaction (exact)', ({ maxPs }) => maxPs),
  ];
}

const PART_MEANINGS: Readonly<Record<TimePart, string>> = {
  compute: 'volatile work',
  pmLoad: 'loads from PM that missed the caches',
  storeFlush: 'issuing stores and write-backs',
  localFence: 'fences waiting for the local memory controller',
  rdmaPost: 'building and posting work requests',
  sendQueueFull: 'waiting for room in the send queue',
  remoteOrdering: 'waiting for replicas at ordering points, and before releasing a lock',
  remoteDurability: 'waiting for replicas at durability points',
  lockWait: 'waiting for locks',
  idle: 'after this thread finished and before the last one did',
};

// biome-ignore format: one column a line
const COUNTS = [
  ['orderingFencesPerTx', 'count', 'fences that are ordering points', 'orderingFences'],
  ['durabilityFencesPerTx', 'count', 'fences that are durability points', 'durabilityFences'],
  ['emptyFencesPerTx', 'count', 'fences with no PM store before them', 'emptyFences'],
  ['linesWrittenBackPerTx', 'lines', 'lines sent to the local controller', 'linesWrittenBack'],
  ['rdmaWritesPerTx', 'count', 'WRITE verbs posted, to all replicas', 'writes'],
  ['rcommitsPerTx', 'count', 'RCOMMIT or FLUSH verbs posted, to all replicas', 'rcommits'],
  ['rofencesPerTx', 'count', 'ROFENCE verbs posted, to all replicas', 'rofences'],
  ['rdfencesPerTx', 'count', 'RDFENCE, READ or SEND verbs posted, to all replicas', 'rdfences'],
  ['doorbellsPerTx', 'count', 'doorbells rung', 'doorbells'],
  ['blockingRoundTripsPerTx', 'count', 'waits for an answer of the replicas', 'blockingRoundTrips'],
  ['pmLoadMissesPerTx', 'count', 'PM accesses that missed all caches', 'pmLoadMisses'],
  ['linkBytesPerTx', 'B', "bytes on the primary's link, of its NIC or CXL, headers included", 'linkBytes'],
  ['ddioEvictionsPerTx', 'count', 'capacity evictions from DDIO ways', 'ddioEvictions'],
  ['localMediaBlocksPerTx', 'count', "blocks the primary's media wrote", 'localMediaBlocks'],
  ['remoteMediaBlocksPerTx', 'count', "blocks the replicas' media wrote", 'remoteMediaBlocks'],
] as const;

const perTx = ({ report }: CellResult, count: number): number | '' =>
  figure(count / report.counts.transactions);

/** Columns of whisper.csv, and of every file with one row a cell. */
export const CELL_COLUMNS: readonly Column<CellRow>[] = cellColumns();

/** As {@link CELL_COLUMNS}, with `further` percentiles of the latency, in per cent. */
export function cellColumns(further: readonly number[] = []): Column<CellRow>[] {
  return [
    ...IDENTITY_COLUMNS,
    ...TIMES,
    ...latencyColumns<CellRow>(({ result }) => result.latency, further),
    ...TIME_PARTS.map((part) =>
      column<CellRow>(
        `${part}NsPerTx`,
        'ns',
        `part of execTimeNsPerTx: ${PART_MEANINGS[part]}`,
        ({ result }) => perTx(result, result.report.timePs[part] / 1000),
      ),
    ),
    ...COUNTS.map(([name, unit, meaning, key]) =>
      column<CellRow>(name, unit, meaning, ({ result }) =>
        perTx(result, result.report.counts[key]),
      ),
    ),
  ];
}
