/**
 * What the value of a quantity may be: by its unit, and closer where no machine could have what the unit
 * allows. Limits are beyond any machine: they keep slips out, sums of times exact and tables in memory.
 */

import { z } from 'zod';

interface UnitRule {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

// Slower than this nothing is that has such a rate, and a run of it would leave exact virtual time.
const SPEED: UnitRule = { min: 0.01, max: 100 };
const RATE: UnitRule = { min: 0.01, max: 1e6 };
const COUNT: UnitRule = { min: 1, max: 65536, whole: true };

const RULES = Object.freeze({
  // One second: virtual time is exact for some hours.
  ns: { min: 0, max: 1e9 },
  GHz: SPEED,
  'instructions/cycle': SPEED,
  B: { min: 0, max: 2 ** 32, whole: true },
  'Gb/s': RATE,
  'M/s': RATE,
  count: COUNT,
  lines: COUNT,
  flag: { min: 0, max: 1, whole: true },
  // What loses more is no link: nearly all of the time goes into sending again.
  probability: { min: 0, max: 0.5 },
} satisfies Record<string, UnitRule>);

const HEADER: UnitRule = { min: 0, max: 4096, whole: true };
const WAYS: UnitRule = { min: 1, max: 128, whole: true };
const BUFFERS: UnitRule = { min: 1, max: 4096, whole: true };

/** Closer limits, by the names of quantities. */
const CLOSER: Readonly<Record<string, UnitRule>> = Object.freeze({
  headerBytes: HEADER,
  // A line is copied at post time.
  inlineLimitBytes: { min: 64, max: 65536, whole: true },
  l2Ways: WAYS,
  llcWays: WAYS,
  ways: WAYS,
  fillBuffers: BUFFERS,
  writeCombiningBuffers: BUFFERS,
  stagingLines: { min: 0, max: 65536, whole: true },
  packLines: { min: 1, max: 56, whole: true },
  tagBytes: HEADER,
  dimmCount: { min: 1, max: 1024, whole: true },
});

/** A quantity of which may be asked what is possible: its unit and, of one of a profile, its path. */
interface Kind {
  readonly unit: Unit;
  readonly path?: string | undefined;
}

function ruleOf({ unit, path = '' }: Kind): UnitRule {
  const key = path.slice(path.lastIndexOf('.') + 1);
  return Object.hasOwn(CLOSER, key) ? CLOSER[key] : RULES[unit];
}

/** Units a quantity may have. `count` is a plain number of things. */
export type Unit = keyof typeof RULES;

/** Units that are not said beside a number. */
const UNNAMED: readonly Unit[] = ['count', 'flag', 'probability'];

/** Whether only whole numbers of this unit are possible. */
export function isWhole(unit: Unit): boolean {
  const { whole = false }: UnitRule = RULES[unit];
  return whole;
}

/** Whether a quantity may have this value. */
export function isPossible(kind: Kind, value: number): boolean {
  const { min, max, whole } = ruleOf(kind);
  if (whole && !Number.isInteger(value)) return false;
  return value >= min && value <= max;
}

/** The same as a schema, from which that of files is made. */
export function possibleNumber(kind: Kind): z.ZodNumber {
  const { min, max, whole } = ruleOf(kind);
  return (whole ? z.number().int() : z.number()).gte(min).lte(max);
}

/** A value as people write it: with its unit, if that is not a plain number of things. */
export function withUnit(value: number, unit: Unit): string {
  return UNNAMED.includes(unit) ? `${value}` : `${value} ${unit}`;
}

/** What a quantity may be, in words: `a number of ns from 0 to 1000000000`. */
export function possibleValues(kind: Kind): string {
  const { unit } = kind;
  const { min, max, whole } = ruleOf(kind);
  const numbers = whole ? 'a whole number' : 'a number';
  const things = UNNAMED.includes(unit) ? '' : ` of ${unit}`;
  return `${numbers}${things} from ${min} to ${max}`;
}
