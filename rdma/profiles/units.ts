/**
 * What the value of a quantity may be, by its unit. Limits are far beyond any machine: they keep sums
 * of times exact and tables in memory.
 */

import { z } from 'zod';

interface UnitRule {
  readonly min: number;
  readonly max: number;
  /** Whether the upper end itself is possible; it is unless said otherwise. */
  readonly maxExcluded?: boolean;
  readonly whole?: boolean;
}

// Slower than this nothing is that has such a rate, and a run of it would leave exact virtual time.
const RATE: UnitRule = { min: 0.01, max: 1e6 };
const COUNT: UnitRule = { min: 1, max: 65536, whole: true };

const RULES = Object.freeze({
  // One second: virtual time is exact for some hours.
  ns: { min: 0, max: 1e9 },
  GHz: RATE,
  'instructions/cycle': RATE,
  B: { min: 0, max: 2 ** 32, whole: true },
  'Gb/s': RATE,
  'M/s': RATE,
  count: COUNT,
  lines: COUNT,
  flag: { min: 0, max: 1, whole: true },
  probability: { min: 0, max: 1, maxExcluded: true },
} satisfies Record<string, UnitRule>);

/** Units a quantity may have. `count` is a plain number of things. */
export type Unit = keyof typeof RULES;

/** Units that are not said beside a number. */
const UNNAMED: readonly Unit[] = ['count', 'flag', 'probability'];

/** Whether only whole numbers of this unit are possible. */
export function isWhole(unit: Unit): boolean {
  const { whole = false }: UnitRule = RULES[unit];
  return whole;
}

/** Whether a quantity of this unit may have this value. */
export function isPossible(unit: Unit, value: number): boolean {
  const { min, max, maxExcluded, whole }: UnitRule = RULES[unit];
  if (whole && !Number.isInteger(value)) return false;
  return value >= min && (maxExcluded ? value < max : value <= max);
}

/** The same as a schema, from which that of files is made. */
export function possibleNumber(unit: Unit): z.ZodNumber {
  const { min, max, maxExcluded, whole }: UnitRule = RULES[unit];
  const low = (whole ? z.number().int() : z.number()).gte(min);
  return maxExcluded ? low.lt(max) : low.lte(max);
}

/** A value as people write it: with its unit, if that is not a plain number of things. */
export function withUnit(value: number, unit: Unit): string {
  return UNNAMED.includes(unit) ? `${value}` : `${value} ${unit}`;
}

/** What a quantity of this unit may be, in words: `a number of ns from 0 to 1000000000`. */
export function possibleValues(unit: Unit): string {
  const { min, max, maxExcluded, whole }: UnitRule = RULES[unit];
  const kind = whole ? 'a whole number' : 'a number';
  const things = UNNAMED.includes(unit) ? '' : ` of ${unit}`;
  return `${kind}${things} from ${min} ${maxExcluded ? 'to less than' : 'to'} ${max}`;
}
