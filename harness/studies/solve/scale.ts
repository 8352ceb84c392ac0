/**
 * Where a value is searched: between which bounds, in which steps. Ranges whose ends differ by a factor of
 * four or more are searched at equal ratios, others at equal distances; whole numbers as such.
 */

/** A stretch of values of one quantity. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly isWhole: boolean;
}

const LOG_FROM = 4;

function isLog({ low, high }: Scale): boolean {
  return low > 0 && high / low >= LOG_FROM;
}

/** The value at `place`, 0 to 1, of the stretch from `from` to `to` of `scale`. */
export function between(scale: Scale, from: number, to: number, place: number): number {
  const value = isLog(scale) ? from * (to / from) ** place : from + (to - from) * place;
  return scale.isWhole ? Math.round(value) : Number(value.toPrecision(9));
}

/** `count` values from end to end, each once; of whole numbers all, if there are no more. */
export function gridOf(scale: Scale, count: number): number[] {
  const { low, high } = scale;
  const places = Array.from({ length: count }, (_, i) => i / (count - 1));
  const all = places.map((place) => between(scale, low, high, place));
  return [...new Set([low, ...all.slice(1, -1), high])].sort((a, b) => a - b);
}

/** Whether no value, or none that is told apart in three digits, lies between `from` and `to`. */
export function isNarrow({ isWhole, high, low }: Scale, from: number, to: number): boolean {
  if (isWhole) return to - from <= 1;
  return to - from <= NARROW * Math.max(Math.abs(from), Math.abs(to), (high - low) * 1e-6);
}

/** Of a value, the width that is narrow. */
export const NARROW = 6e-4;
