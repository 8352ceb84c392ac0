/** What is searched over: a value of a profile or a group of them, in which unit and between which ends. */

import { decimal } from '../../../pm/decimal.ts';
import { suggestion } from '../../../pm/nearest.ts';
import {
  groupValue,
  type HardwareProfile,
  isPossible,
  isWhole,
  possibleValues,
  quantities,
  resolveGroup,
  type Unit,
  VALUE_GROUPS,
} from '../../../rdma/index.ts';
import { UsageError } from '../../host/index.ts';
import type { Scale } from './scale.ts';

/** What `--over` names. */
export interface Over {
  readonly name: string;
  /** The ends of the search, if they are given. */
  readonly ends: readonly [number, number] | undefined;
}

/** What is searched over, on a profile. */
export interface Subject {
  readonly name: string;
  readonly unit: Unit;
  /** What it is on the profile. */
  readonly value: number;
  /** What the profile says is plausible; undefined where it is measured. */
  readonly plausible: readonly [number, number] | undefined;
  readonly scale: Scale;
}

/** Times and rates are searched this far to either side of the profile's value; counts and sizes less. */
const FAR = 100;
const NEAR = 4;

/** What `text` (`NAME`, or `NAME=LOW:HIGH`) names. Throws UsageError. */
export function parseOver(text: string): Over {
  const [name, range, ...more] = text.split('=');
  if (range === undefined) return { name: name.trim(), ends: undefined };
  const ends = range.split(':').map((end) => decimal(end.trim()));
  const [low, high] = ends;
  if (more.length > 0 || ends.length !== 2 || !(low < high) || !Number.isFinite(high - low)) {
    throw new UsageError(
      `--over '${text}' is not of the form NAME or NAME=LOW:HIGH, LOW below HIGH`,
    );
  }
  return { name: name.trim(), ends: [low, high] };
}

/**
 * What `over` is on `profile`. `isValid` tells whether a value makes a machine. Throws UsageError for a
 * name that the profile does not have, and for ends that cannot be.
 */
export function subjectOf(
  { name, ends }: Over,
  profile: HardwareProfile,
  isValid: (value: number) => boolean,
): Subject {
  const { unit, value, plausible } = knownValue(name.replace(/\.value$/, ''), profile);
  const low = plausible === undefined || plausible[0] === plausible[1] ? undefined : plausible;
  const about = { name: name.replace(/\.value$/, ''), unit, value, plausible: low };
  if (ends === undefined) {
    return { ...about, scale: usualScale(about, isValid) };
  }
  for (const end of ends) {
    const kind = { unit, path: about.name };
    if (!isPossible(kind, end)) {
      throw new UsageError(`--over ${name}: ${end} is not ${possibleValues(kind)}`);
    }
  }
  return { ...about, scale: { low: ends[0], high: ends[1], isWhole: isWhole(unit) } };
}

function knownValue(
  name: string,
  profile: HardwareProfile,
): { unit: Unit; value: number; plausible: readonly [number, number] | undefined } {
  const group = resolveGroup(name);
  if (group !== undefined) {
    const { value, range } = groupValue(profile, group);
    return { unit: group.unit, value, plausible: range };
  }
  const all = quantities(profile);
  const found = all.find(([path]) => path === name);
  if (found !== undefined) {
    const { unit, value, range } = found[1];
    return { unit, value, plausible: range };
  }
  const groups = VALUE_GROUPS.map((one) => one.name);
  const meant = suggestion(name, [...groups, ...all.map(([path]) => path)]);
  throw new UsageError(
    `--over '${name}': ${profile.name} has no such value${meant}; accepted: groups ` +
      `${groups.join(', ')}, and values such as pcie.readRoundTripNs (pmirror list ${profile.name} shows all)`,
  );
}

/** The plausible range and far beyond it, as far as it can be. */
function usualScale(
  { name, unit, value, plausible }: Omit<Subject, 'scale'>,
  isValid: (value: number) => boolean,
): Scale {
  if (unit === 'flag') return { low: 0, high: 1, isWhole: true };
  const [least, most] = plausible ?? [value, value];
  if (!(most > 0)) {
    throw new UsageError(
      `--over ${name}: it is ${value} here, which says nothing of where to search; give --over ${name}=LOW:HIGH`,
    );
  }
  const whole = isWhole(unit);
  const far = whole || unit === 'probability' ? NEAR : FAR;
  const inside = (factor: number, from: number): number => {
    // Half as far again and again, until the machine can be.
    for (let power = 1; power > 0.01; power /= 2) {
      const end = Number((from * factor ** power).toPrecision(3));
      const rounded = whole ? Math.round(end) : end;
      if (isPossible({ unit, path: name }, rounded) && isValid(rounded)) return rounded;
    }
    return from;
  };
  const low = inside(1 / far, Math.min(least, value) || most / far);
  return { low, high: inside(far, Math.max(most, value)), isWhole: whole };
}
