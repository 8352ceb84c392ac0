/**
 * Does a port predict what a trace of the real program gives? Rows of `comparison.ts`: speedups of both
 * over sm-rc, the port without loads and locks, which traces do not hold, and beside it with them. The
 * latter are shown and not judged: what they add is missing from the trace.
 */

import { BACKENDS, profileNamed } from '../../../rdma/index.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import { DEFAULT_SEED, exampleExecutions } from '../../bench/index.ts';
import { type Comparison, type ComparisonPlan, compare, type Speedups } from './comparison.ts';
import { judge, type ValidationRow } from './judge.ts';
import { METRICS, type MetricName } from './metrics.ts';
import { type Pair, type Reason, runText } from './reference.ts';

/** Profiles on which pairs are compared. */
const PROFILES = ['paper-2018', 'optane-cx5'] as const;

/** Designs whose speedups are compared. */
export const COMPARED: readonly string[] = BACKENDS.filter(
  ({ published }) => published !== undefined,
).map(({ name }) => name);

/** Tolerated difference of a speedup. */
const TOLERANCE = { kind: 'percent', value: 10 } as const;

const NOT_IN_TRACES = 'traces hold no loads and no locks; without them (above) it is judged';

/** Times a pair. `directory` takes what does not fit into memory. */
export async function predict(pair: Pair, directory: string): Promise<ValidationRow[]> {
  const trace = exampleExecutions('o2', DEFAULT_SEED).find(({ name }) => name === pair.trace);
  const workload = resolveWorkload(pair.workload);
  if (trace === undefined) throw new RangeError(`no example trace '${pair.trace}'`);
  if (workload === undefined) throw new RangeError(`no workload '${pair.workload}'`);
  const { parameters, transactions } = pair;
  const profiles = PROFILES.map(profileNamed);
  const plan = { workload, parameters, transactions, trace, profiles, backends: COMPARED };
  return comparisonRows(plan, await compare(plan, directory), pair.reasons);
}

/** A row a design, policy and profile, without loads and locks; then the same with them. */
export function comparisonRows(
  plan: ComparisonPlan,
  comparison: Comparison,
  reasons: Readonly<Record<string, Reason>> = {},
): ValidationRow[] {
  const row = (key: string, original: number, ported: Speedups, whole: boolean): ValidationRow =>
    judge({
      section: 'prediction',
      program: plan.workload.name,
      conditions: conditionsText(plan, comparison, whole),
      metric: `speedup over sm-rc: ${key}`,
      unit: 'ratio',
      original,
      ours: ported.get(key) ?? Number.NaN,
      tolerance: whole ? null : TOLERANCE,
      reason: reasons[key],
      note: NOT_IN_TRACES,
      source: `trace:${plan.trace.name}, timed by the same model`,
    });
  const { original, ported, portedWhole } = comparison;
  return [
    ...[...original].map(([key, value]) => row(key, value, ported, false)),
    ...[...original].map(([key, value]) => row(key, value, portedWhole, true)),
  ];
}

/** Figures that say whether port and trace do the same. */
const COUNTED: readonly MetricName[] = [
  'epochsPerTxMean',
  'linesPerEpochMean',
  'bytesPerTxMean',
  'fencesPerAllTxMean',
];

/** What was counted in both, a row a figure, not judged. */
export function countedRows(plan: ComparisonPlan, comparison: Comparison): ValidationRow[] {
  const { original, ported } = comparison.counted;
  return COUNTED.map((metric) =>
    judge({
      section: 'prediction',
      program: plan.workload.name,
      conditions: conditionsText(plan, comparison, false),
      metric,
      unit: METRICS[metric].unit,
      original: METRICS[metric].of(original),
      ours: METRICS[metric].of(ported),
      tolerance: null,
      source: `trace:${plan.trace.name}`,
    }),
  );
}

/** From this factor on, either way, port and trace hardly are of one program. */
const ANOTHER_PROGRAM = 1.5;

/** What the user should know before the rows: how both were made alike, and whether they look it. */
export function comparisonNotes(plan: ComparisonPlan, comparison: Comparison): string[] {
  const { instructionsPerTx, seen, counted, transactions, notes } = comparison;
  const { short, long } = instructionsPerTx;
  const work = `${Math.round(long)} instructions${short === long ? '' : ` (${Math.round(short)} where it has one epoch at most)`}`;
  const said = [
    ...notes,
    `both are charged, a transaction: ${work}; port: ${transactions} transactions in three runs`,
  ];
  if (seen !== 'stores') {
    said.push("stores of the port that the suite's instrumentation does not see are left out");
  }
  const [theirs, ours] = [counted.original, counted.ported].map((one) =>
    METRICS.epochsPerTxMean.of(one),
  );
  const factor = ours / theirs;
  if (!(factor < ANOTHER_PROGRAM && factor > 1 / ANOTHER_PROGRAM)) {
    said.push(
      `${plan.workload.name} has ${ours.toFixed(1)} epochs a transaction and the trace ${theirs.toFixed(1)}: ` +
        'is it a trace of that program, and were its parameters (--param) and transactions (--tx-marker) these?',
    );
  }
  return said;
}

function conditionsText(
  { parameters }: ComparisonPlan,
  { threads }: Comparison,
  whole: boolean,
): string {
  const kept = whole
    ? 'PM loads and locks charged'
    : 'PM loads and locks left out, as in the trace';
  return `${runText({ threads, parameters })}, ${kept}`;
}
