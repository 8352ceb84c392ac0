/** The profile that a fit found, as a file: what was fitted, over the base. */

import { basename } from 'node:path';
import {
  type HardwareProfile,
  type Quantity,
  quantities,
  resolveProfile,
} from '../../../rdma/index.ts';
import type { Fit, FittedValue } from './fit.ts';

/** Errors on either side of a value that its range spans. */
const ERRORS = 2;

/**
 * The text of the file. `files`: where the measurements are from; `name`: what the profile is called. It
 * extends the base if that is one of the project's own, and is whole otherwise.
 */
export function fittedProfileText(
  { base, profile, values, residuals }: Fit,
  { files, name }: { files: readonly string[]; name: string },
): string {
  const known = resolveProfile(base.name) !== undefined;
  const groups: Record<string, Record<string, unknown>> = {};
  const { name: _name, summary: _summary, ...whole } = profile;
  if (!known) {
    for (const [group, of] of Object.entries(whole)) groups[group] = { ...of };
  }
  for (const value of values) {
    const [group, key] = value.path.split('.');
    const direct = residuals.find(({ row }) => row.quantity.name === value.path);
    groups[group] = {
      ...groups[group],
      [key]: quantityOf(value, direct?.row.source, base, files),
    };
  }
  const told = values.map(({ path }) => path).join(', ') || 'no value';
  const summary = `${base.name} fitted to ${files.join(', ')}: from there ${told}; all else as in ${base.name}`;
  const head = { name, summary };
  const json = { ...head, ...(known ? { extends: base.name } : {}), ...groups };
  return `${JSON.stringify(json, null, 2)}\n`;
}

const FITTED_FROM = 'fitted from ';

/** Paths of the values of `profile` that were fitted to measurements of one of `files`, wherever that is. */
export function fittedTo(profile: HardwareProfile, files: readonly string[]): string[] {
  const names = (source: string): string[] =>
    source.startsWith(FITTED_FROM)
      ? source
          .slice(FITTED_FROM.length)
          .split(/, |: /)
          .map((one) => basename(one))
      : [];
  const known = files.map((file) => basename(file));
  return quantities(profile)
    .filter(([, { source }]) => names(source).some((name) => known.includes(name)))
    .map(([path]) => path);
}

function quantityOf(
  { path: _path, base: { unit }, value, error, given, atBound }: FittedValue,
  direct: string | undefined,
  base: HardwareProfile,
  files: readonly string[],
): Quantity {
  const low = error === undefined ? undefined : Math.max(value - ERRORS * error, value / 2);
  const range = low === undefined ? {} : { range: [low, 2 * value - low] as const };
  if (direct !== undefined) return { value, unit, basis: 'measured', source: direct };
  const source = `${FITTED_FROM}${files.join(', ')}`;
  if (atBound) {
    const told = `${source}: at the bound of the search, so the figures are not met`;
    return { value, unit, basis: 'assumed', source: told, range: [value, value] };
  }
  const others = given.length === 0 ? '' : `, with ${given.join(', ')} as in ${base.name}`;
  return { value, unit, basis: 'derived', source: source + others, ...range };
}
