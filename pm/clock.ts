/**
 * Virtual time. Integer picoseconds in a double: exact up to 2^53 ps, 2.5 virtual hours. Everything
 * a user sees is in nanoseconds; profiles are in nanoseconds too and are converted once.
 */

export const PS_PER_NS = 1000;

/** Nanoseconds to the nearest whole picosecond. Throws for what is not a finite number >= 0. */
export function nsToPs(ns: number): number {
  if (!Number.isFinite(ns) || ns < 0) throw new RangeError(`not a duration in ns: ${ns}`);
  return Math.round(ns * PS_PER_NS);
}
