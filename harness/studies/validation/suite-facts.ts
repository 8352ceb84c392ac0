/**
 * The four facts that the abstract of Nalli et al., ASPLOS 2017, states of the whole suite, beside
 * ours. They are reported and not judged: the abstract does not say over what its figures are taken.
 * Ours are unweighted over the programs, each counted as in its own comparison.
 */

import type { EpochSummary } from '../../../pm/epoch-stats.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import { arithmeticMean } from '../../report/index.ts';
import { measuredPmShare } from '../characterise/index.ts';
import { judge, type ValidationRow } from './judge.ts';
import { METRICS, type Metric } from './metrics.ts';
import type { Original } from './reference.ts';

/** A program of the suite with what was counted. */
export interface MeasuredProgram {
  readonly workload: string;
  readonly summary: EpochSummary;
}

/** Published: software transactions often have 5 to 50 ordering points. */
const ORDERING_POINTS = [5, 50] as const;

/** One row a fact. */
export function suiteRows(programs: readonly MeasuredProgram[]): ValidationRow[] {
  const row: RowMaker = (metric, unit, original, ours, note) => {
    const conditions = `${programs.length} programs, unweighted`;
    const source = 'abstract of Nalli et al., ASPLOS 2017';
    const figure = { metric, unit, original, ours, tolerance: null, note, source };
    return judge({ section: 'suite', program: 'all', conditions, ...figure });
  };
  const shares = (metric: Metric): number[] => programs.map(({ summary }) => metric.of(summary));
  const oneLine = shares(METRICS.oneLineEpochShare);
  const own = shares(METRICS.selfDependentShare);
  const others = shares(METRICS.crossDependentShare);
  return [
    ...pmShareRows(programs, row),
    row('orderingPointsPerTx', 'epochs', ORDERING_POINTS, ...orderingPoints(programs)),
    row('oneLineEpochShare', 'fraction', 0.75, arithmeticMean(oneLine), rangeOf(programs, oneLine)),
    row(
      'selfDependentShare',
      'fraction',
      0.8,
      arithmeticMean(own),
      `${rangeOf(programs, own)}; on an epoch of another thread depend ` +
        `${percentText(arithmeticMean(others))} (published: few)`,
    ),
  ];
}

type RowMaker = (
  metric: string,
  unit: string,
  original: Original,
  ours: number,
  note: string,
) => ValidationRow;

/** Where it was measured: the ports charge volatile work and make no volatile stores. */
function pmShareRows(programs: readonly MeasuredProgram[], row: RowMaker): ValidationRow[] {
  const known = programs.flatMap(({ workload }) => {
    const { share } = measuredPmShare(resolveWorkload(workload) ?? {}, 'whisper');
    return share === null ? [] : [{ workload, share }];
  });
  if (known.length === 0) return [];
  const mean = arithmeticMean(known.map(({ share }) => share));
  const each = known.map(({ workload, share }) => `${workload} ${percentText(share)}`);
  const note =
    "of the originals' own stores in user space (builds with the suite's flags), since the ports " +
    `make no volatile stores: ${each.join(', ')}`;
  return [row('pmShareOfWrites', 'fraction', 0.04, mean, note)];
}

/** The median program's median, and every program's. */
function orderingPoints(programs: readonly MeasuredProgram[]): [ours: number, note: string] {
  const [low, high] = ORDERING_POINTS;
  const medians = programs.map(({ workload, summary }) => ({
    workload,
    epochs: METRICS.epochsPerTxMedian.of(summary),
  }));
  const sorted = medians.map(({ epochs }) => epochs).sort((a, b) => a - b);
  const inside = medians.filter(({ epochs }) => epochs >= low && epochs <= high);
  const each = medians.map(({ workload, epochs }) => `${workload} ${epochs}`);
  const note =
    `median over the programs of each one's median; ${inside.length} of ${medians.length} lie in ` +
    `the range: ${each.join(', ')}`;
  return [sorted[sorted.length >>> 1], note];
}

function rangeOf(programs: readonly MeasuredProgram[], shares: readonly number[]): string {
  const low = Math.min(...shares);
  const high = Math.max(...shares);
  const nameOf = (share: number): string => programs[shares.indexOf(share)].workload;
  return `from ${percentText(low)} (${nameOf(low)}) to ${percentText(high)} (${nameOf(high)})`;
}

/** A share with three digits. */
function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
