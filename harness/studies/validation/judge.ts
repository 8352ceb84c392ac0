/** Holds a figure against its original. */

import { FailureError } from '../../host/index.ts';
import { rounded } from '../../report/index.ts';
import type { Tolerance } from './metrics.ts';
import { endsOf, type Original, type Reason } from './reference.ts';

/**
 * within: as close as tolerated. explained: beyond that, and the reason stands beside it. open: beyond
 * that, and what is known stands beside it, with the step that is next. beyond: no reason, or one that
 * was found for another value. reported: shown beside the original, not judged.
 */
export type ValidationVerdict = 'within' | 'explained' | 'open' | 'beyond' | 'reported';

/** One comparison: a row of the table. */
export interface ValidationRow {
  readonly section: 'program' | 'suite' | 'prediction';
  readonly program: string;
  readonly conditions: string;
  readonly metric: string;
  readonly unit: string;
  readonly original: Original;
  readonly ours: number;
  /** In the unit of the tolerance; per cent where there is none. */
  readonly deviation: number;
  readonly tolerance: Tolerance | null;
  readonly verdict: ValidationVerdict;
  /** Why ours differs, or what to know of a reported figure; '' where there is nothing to say. */
  readonly reason: string;
  /** Where the original's figure is from. */
  readonly source: string;
}

/** What a row is made of before it is judged. */
export type Comparison = Omit<ValidationRow, 'deviation' | 'verdict' | 'reason'> & {
  readonly reason?: Reason | undefined;
  /** For figures that are reported only. */
  readonly note?: string | undefined;
};

/** How far a port may move from the value that a reason was found for: a tenth. */
const REASON_HOLDS_PERCENT = 10;

/** `ours` against `original` (the nearer end of a range; 0 inside it), in the tolerance's unit. */
export function deviationOf(ours: number, original: Original, kind: Tolerance['kind']): number {
  const [low, high] = endsOf(original);
  const nearest = Math.min(Math.max(ours, low), high);
  return rounded(kind === 'points' ? (ours - nearest) * 100 : (ours / nearest - 1) * 100);
}

/** The row of a comparison. */
export function judge(comparison: Comparison): ValidationRow {
  const { reason, note, ...row } = comparison;
  const { original, tolerance } = row;
  const ours = rounded(row.ours);
  const deviation = deviationOf(ours, original, tolerance?.kind ?? 'percent');
  const judged = { ...row, ours, deviation };
  if (tolerance === null) return { ...judged, verdict: 'reported', reason: note ?? '' };
  // Written so that a figure that does not exist (NaN) is beyond.
  if (Math.abs(deviation) <= tolerance.value) return { ...judged, verdict: 'within', reason: '' };
  if (reason === undefined) return { ...judged, verdict: 'beyond', reason: '' };
  const moved = Math.abs(deviationOf(ours, reason.ours, 'percent'));
  if (moved <= REASON_HOLDS_PERCENT) {
    const { next, text } = reason;
    if (next === undefined) return { ...judged, verdict: 'explained', reason: text };
    return { ...judged, verdict: 'open', reason: `${text}; next: ${next}` };
  }
  const stale = `no longer explained: the reason was found for ${reason.ours} (${reason.text})`;
  return { ...judged, verdict: 'beyond', reason: stale };
}

/** Throws FailureError that names every figure that is off without a reason. */
export function refuseBeyond(rows: readonly ValidationRow[]): void {
  const beyond = rows.filter(({ verdict }) => verdict === 'beyond');
  if (beyond.length === 0) return;
  const names = beyond.map(
    ({ program, conditions, metric }) => `${program} (${conditions}): ${metric}`,
  );
  throw new FailureError(`beyond tolerance without a stated reason:\n${names.join('\n')}`);
}
