/** What `advise --json` has of each design, and of each break-even. */

import {
  execTimeNsPerTx,
  ratioToBound,
  slowdownOverUnmirrored,
  throughputTxPerS,
} from '../../bench/index.ts';
import { type Column, column, figure } from '../../report/index.ts';
import { crossingValue, type Solution, stretchesOf } from '../solve/index.ts';
import type { Advice, Design } from './advise.ts';
import { limitOf } from './limit.ts';

/** A design, by its place; one that the machine cannot run has no advice. */
export interface AdviceRow {
  readonly backend: string;
  readonly rank: number | '';
  readonly advice: Advice | undefined;
  readonly refused: string | undefined;
}

export function adviceRows(
  ranked: readonly Advice[],
  designs: readonly Design[],
): readonly AdviceRow[] {
  return [
    ...ranked.map((advice, i) => {
      return { backend: advice.row.result.system.backend, rank: i + 1, advice, refused: undefined };
    }),
    ...designs
      .filter(({ refused }) => refused !== undefined)
      .map(({ backend, refused }) => {
        return { backend: backend.name, rank: '' as const, advice: undefined, refused };
      }),
  ];
}

const of =
  (value: (advice: Advice) => number | string | undefined) =>
  ({ advice }: AdviceRow): number | string => {
    const found = advice && value(advice);
    return typeof found === 'number' ? figure(found) : (found ?? '');
  };

const yes = (value: boolean | undefined): string | undefined =>
  value === undefined ? undefined : value ? 'yes' : 'no';

// biome-ignore format: one column a line
export const ADVICE_COLUMNS: readonly Column<AdviceRow>[] = [
  column('backend', '-', 'mirroring design', ({ backend }) => backend),
  column('rank', 'count', 'place, the best first; empty where the machine cannot run it', ({ rank }) => rank),
  column('refused', '-', 'why the machine cannot run it', ({ refused }) => refused ?? ''),
  column('queuePairsUsed', '-', 'queue pairs with which it was timed', of(({ row }) => row.result.queuePairsUsed)),
  column('keepsOrder', '-', 'whether it keeps the order between clients that the program needs', of(({ keepsOrder }) => yes(keepsOrder))),
  column('survivesCrashes', '-', 'whether the crash check found nothing; empty where it cannot look', of(({ survives }) => yes(survives))),
  column('meetsDemands', '-', 'whether it meets all of --slo', of(({ meets }) => yes(meets))),
  column('execTimeNsPerTx', 'ns', 'core time per transaction', of(({ row }) => execTimeNsPerTx(row.result))),
  column('throughputTxPerS', '1/s', 'transactions a second, all threads together', of(({ row }) => throughputTxPerS(row.result))),
  column('latencyP99Ns', 'ns', '99th percentile of the latency', of(({ row }) => (row.result.latency.percentilesPs[99] ?? Number.NaN) / 1000)),
  column('slowdownOverNoSm', 'ratio', 'time over that without mirroring', of(({ row }) => slowdownOverUnmirrored(row))),
  column('aboveBound', 'ratio', 'time over that of the bound of any correct design', of(({ row }) => ratioToBound(row))),
  column('limit', '-', 'the largest part of its cores\' time', of((advice) => limitOf(advice).part)),
  column('limitShare', 'ratio', 'how much of that it is', of((advice) => limitOf(advice).share)),
  column('busiest', '-', 'the busiest shared resource', of((advice) => limitOf(advice).resource)),
  column('busiestShare', 'ratio', 'how much of the time that is at work', of((advice) => limitOf(advice).load)),
  column('machinesDrawn', 'count', 'machines drawn from all assumptions', of(({ slowdowns }) => slowdowns.length)),
  column('bestOn', 'count', 'of them, those where it is the best that is right', of(({ bestOn }) => bestOn)),
  column('slowdownLow', 'ratio', 'least slowdown on them', of(({ slowdowns }) => least(slowdowns))),
  column('slowdownHigh', 'ratio', 'greatest slowdown on them', of(({ slowdowns }) => most(slowdowns))),
];

const least = (values: readonly number[]) => (values.length > 0 ? Math.min(...values) : undefined);
const most = (values: readonly number[]) => (values.length > 0 ? Math.max(...values) : undefined);

/** Where the next design wins along one value of the machine. */
export interface BreakEven {
  readonly over: string;
  readonly unit: string;
  readonly own: number;
  readonly plausible: readonly [number, number] | undefined;
  /** The first one, from below; undefined: none from low to high. */
  readonly at: number | undefined;
  /** On which side of it the next design wins; all or none of the range without one. */
  readonly wins: 'below' | 'above' | 'everywhere' | 'nowhere';
  readonly low: number;
  readonly high: number;
}

export function breakEvenOf({ request, own }: Solution): BreakEven {
  const { name, unit, value, plausible, scale } = request.subject;
  const { low, high } = scale;
  const [crossing] = own.search.crossings;
  const about = { over: name, unit, own: value, plausible, low, high };
  if (crossing === undefined) {
    const wins = stretchesOf(own).length > 0 ? 'everywhere' : 'nowhere';
    return { ...about, at: undefined, wins };
  }
  const wins = crossing.below.holds ? 'below' : 'above';
  return { ...about, at: crossingValue(scale, crossing), wins };
}

// biome-ignore format: one column a line
export const BREAK_EVEN_COLUMNS: readonly Column<BreakEven>[] = [
  column('over', '-', 'value of the profile, or a group of them', ({ over }) => over),
  column('unit', '-', 'its unit', ({ unit }) => unit),
  column('value', 'as in unit', 'what it is on the profile', ({ own }) => figure(own)),
  column('breakEven', 'as in unit', 'where the next design is as fast as the best; empty where nowhere', ({ at }) => at === undefined ? '' : figure(at)),
  column('nextWins', '-', 'below it or above it; everywhere or nowhere where there is none', ({ wins }) => wins),
  column('plausibleLow', 'as in unit', 'what the profile says is plausible', ({ plausible }) => plausible?.[0] ?? ''),
  column('plausibleHigh', 'as in unit', 'the same', ({ plausible }) => plausible?.[1] ?? ''),
  column('low', 'as in unit', 'where the search began', ({ low }) => figure(low)),
  column('high', 'as in unit', 'and where it ended', ({ high }) => figure(high)),
];
