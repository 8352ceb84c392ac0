/**
 * Values to sweep over, as text: lists `1,2,4`; ranges `100:500:100` (both ends may be reached), `1:10`
 * in steps of 1; factors `1:64:x2`; and `60:1000:log:5`, five values of equal ratio from end to end.
 */

import { decimal } from '../../../pm/decimal.ts';
import { UsageError } from '../../host/index.ts';

/** Most values that one axis may have. */
const VALUES_MAX = 10_000;

const FORMS =
  'a list 1,2,4, a range FROM:TO (in steps of 1), FROM:TO:STEP, FROM:TO:xFACTOR or FROM:TO:log:POINTS';

/** Keeps sums and products of decimal fractions from showing their binary tails. */
const clean = (value: number): number => Number(value.toPrecision(12));

/** `points` values of equal ratio from `from` to `to`; those between rounded to 4 digits. */
export function logSteps(from: number, to: number, points: number): number[] {
  const ratio = to / from;
  return Array.from({ length: points }, (_, i) => {
    if (i === 0) return from;
    if (i === points - 1) return to;
    return Number((from * ratio ** (i / (points - 1))).toPrecision(4));
  });
}

/** The values that `text` stands for, as texts. `name` is for messages. */
export function parseValues(name: string, text: string): string[] {
  const values = text.split(',').flatMap((word) => wordValues(name, word.trim()));
  if (values.length > VALUES_MAX) {
    throw new UsageError(`${name}: ${values.length} values; at most ${VALUES_MAX} are possible`);
  }
  const twice = values.find((value, i) => values.indexOf(value) < i);
  if (twice !== undefined) throw new UsageError(`${name}: the value ${twice} occurs twice`);
  return values;
}

function wordValues(name: string, word: string): string[] {
  const refuse = (why: string): UsageError =>
    new UsageError(`${name} '${word}': ${why}; accepted: ${FORMS}`);
  if (word === '') throw refuse('an empty value');
  const parts = word.split(':');
  if (parts.length === 1) return [word];
  const [from, to] = [number(parts[0]), number(parts[1])];
  if (Number.isNaN(from) || Number.isNaN(to) || from > to) {
    throw refuse('FROM and TO must be numbers, FROM not above TO');
  }
  if (parts.length === 4 && parts[2] === 'log')
    return logValues(from, to, number(parts[3]), refuse);
  if (parts.length > 3) throw refuse('not a range');
  const [, , by = '1'] = parts;
  const byFactor = by.startsWith('x');
  const step = number(byFactor ? by.slice(1) : by);
  if (byFactor ? !(step > 1 && from > 0) : !(step > 0)) {
    throw refuse(byFactor ? 'FACTOR must be above 1, and FROM above 0' : 'STEP must be above 0');
  }
  const values: string[] = [];
  // Each value is computed from the first, so that no error adds up.
  for (let i = 0; i <= VALUES_MAX; i++) {
    const value = clean(byFactor ? from * step ** i : from + step * i);
    if (value > to) break;
    values.push(String(value));
  }
  return values;
}

function logValues(
  from: number,
  to: number,
  points: number,
  refuse: (why: string) => UsageError,
): string[] {
  if (!(from > 0 && from < to)) throw refuse('for log steps FROM must be above 0 and below TO');
  if (!(Number.isInteger(points) && points >= 2 && points <= VALUES_MAX)) {
    throw refuse(`POINTS must be a whole number from 2 to ${VALUES_MAX}`);
  }
  return logSteps(from, to, points).map(String);
}

function number(text: string): number {
  return decimal(text.trim());
}
