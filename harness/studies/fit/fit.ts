/**
 * Fits values of a profile to measurements: bounded least squares of relative deviations, by Gauss and
 * Newton. Rates are taken as the times that they stand for, since times add up. Fitted is what the measurements tell. Of values of which they
 * tell only a combination, one is fitted and the others stay as in the base.
 */

import { type HardwareProfile, type Quantity, quantities, setValues } from '../../../rdma/index.ts';
import { UsageError } from '../../host/index.ts';
import { modelFigure } from '../calibration/index.ts';
import type { MeasuredRow } from '../measured/index.ts';
import { elasticities, fittable } from './dependence.ts';
import { leastSquares, norm, type Vector, variances } from './matrix.ts';
import { columnOf, type Effects, givenFor, type Restraints, type Told, toldBy } from './told.ts';

/** A value is looked for within this factor of the base's. */
const FACTOR_MAX = 20;
const ROUNDS_MAX = 12;
const HALVINGS_MAX = 5;
/** Relative distance at which a figure is met. */
const MET = 0.01;
/** A step that leaves more than this share of the distance has come to rest. */
const BETTER = 0.99;
/** Digits of a fitted value: a last one stands for less than any measurement can tell. */
const DIGITS = 5;

/** A value that the measurements tell, alone or with others as they are. */
export interface FittedValue {
  readonly path: string;
  readonly base: Quantity;
  readonly value: number;
  /** One standard error; undefined where there are no more figures than values. */
  readonly error: number | undefined;
  /** Values that were taken as the base has them, since only a combination with them is told. */
  readonly given: readonly string[];
  /** It would have gone farther than it may. */
  readonly atBound: boolean;
}

/** A measurement with the model's figures before and after. */
export interface Residual {
  readonly row: MeasuredRow;
  readonly before: number;
  readonly after: number;
}

/** Values of which a measurement tells no more than a combination. */
export interface Combination {
  readonly row: MeasuredRow;
  /** Each value with the change of the figure for a unit of it. */
  readonly terms: readonly (readonly [path: string, factor: number])[];
}

/** What came of a fit. */
export interface Fit {
  readonly base: HardwareProfile;
  readonly profile: HardwareProfile;
  readonly values: readonly FittedValue[];
  readonly residuals: readonly Residual[];
  readonly combinations: readonly Combination[];
  /** Values that could be fitted, but that no measurement depends on. */
  readonly untouched: readonly string[];
  /** Of each row, at the fitted profile. */
  readonly effects: readonly Effects[];
}

/** Fits `base` to `rows`; `onRound` is told of each round. Throws UsageError for rows that contradict. */
export function fitProfile(
  base: HardwareProfile,
  rows: readonly MeasuredRow[],
  onRound: (round: number) => void = () => {},
): Fit {
  const { whole, figures } = split(base, rows);
  const start = whole.length === 0 ? base : setValues(base, wholeValues(whole));
  const { profile, effects, restraints } = searched(start, figures, onRound);
  const pinned = restraints.fixed;
  const told = toldBy(effects, start, restraints);
  const rounded = roundedTo(profile, start, [...told.chosen, ...pinned]);
  return {
    base,
    profile: rounded,
    values: [
      ...whole.map((row) => directly(base, row)),
      ...fittedValues(start, rounded, figures, effects, told, pinned),
    ],
    residuals: rows.map((row) => ({
      row,
      before: modelFigure(base, row.quantity.experiment),
      after: modelFigure(rounded, row.quantity.experiment),
    })),
    combinations: combinationsOf(rounded, figures, effects, told),
    untouched: untouchedBy(base, effects, whole),
    effects,
  };
}

/** Steps until nothing gets better. */
function searched(
  start: HardwareProfile,
  rows: readonly MeasuredRow[],
  onRound: (round: number) => void,
): { profile: HardwareProfile; effects: readonly Effects[]; restraints: Restraints } {
  const [fixed, last] = [new Set<string>(), new Set<string>()];
  let profile = start;
  let first: ReadonlySet<string> = new Set();
  let effects = effectsOf(profile, rows);
  const touched = [...new Set(effects.flatMap((one) => [...one.keys()]))];
  let off = norm(distances(profile, rows));
  for (let round = 0; round < ROUNDS_MAX; round++) {
    onRound(round);
    const told = toldBy(effects, start, { first, fixed, last });
    first = new Set(told.chosen);
    const next = step(start, profile, rows, effects, told.chosen);
    for (const path of next.atBound) fixed.add(path);
    profile = next.profile;
    const before = off;
    off = norm(distances(profile, rows));
    effects = effectsOf(profile, rows, touched);
    if (off < BETTER * before || next.atBound.length > 0) continue;
    // At a place where two limits meet, the other one may be what has to give.
    const other = blocked(profile, rows, effects, told);
    if (other === undefined || last.has(other)) break;
    last.add(other);
    first = new Set();
  }
  // Others may have become what limits.
  const others = fittable(start).filter((path) => !touched.includes(path));
  const late = effectsOf(profile, rows, others);
  const all = effects.map((one, i) => new Map([...one, ...late[i]]));
  return { profile, effects: all, restraints: { first, fixed, last } };
}

/** Of the row that is farthest off, the value with most effect that another could stand for. */
function blocked(
  profile: HardwareProfile,
  rows: readonly MeasuredRow[],
  effects: readonly Effects[],
  told: Told,
): string | undefined {
  const off = distances(profile, rows).map(Math.abs);
  const most = Math.max(...off);
  if (most < MET) return undefined;
  const row = effects[off.indexOf(most)];
  return told.chosen
    .filter((path) => row.has(path) && givenFor(told, path).some((one) => row.has(one)))
    .toSorted((a, b) => Math.abs(row.get(b) ?? 0) - Math.abs(row.get(a) ?? 0))[0];
}

/** Rows that give a value which is no continuous one, and figures to fit to. */
function split(base: HardwareProfile, rows: readonly MeasuredRow[]) {
  const paths = fittable(base);
  const isWhole = ({ quantity: { experiment } }: MeasuredRow): boolean =>
    experiment.kind === 'value' && !paths.includes(experiment.path);
  return {
    whole: rows.filter(isWhole),
    figures: rows.filter((row) => !isWhole(row)),
  };
}

function wholeValues(rows: readonly MeasuredRow[]): readonly (readonly [string, number])[] {
  const values = new Map<string, MeasuredRow>();
  for (const row of rows) {
    const { name } = row.quantity;
    const before = values.get(name);
    if (before !== undefined && before.value !== row.value) {
      throw new UsageError(
        `${row.source}: ${name} is ${row.value}, and ${before.value} in ${before.source}; give it once`,
      );
    }
    values.set(name, row);
  }
  return [...values].map(([name, { value }]) => [name, value]);
}

const effectsOf = (
  profile: HardwareProfile,
  rows: readonly MeasuredRow[],
  paths = fittable(profile),
): readonly Effects[] =>
  rows.map(({ quantity }) => elasticities(profile, quantity.experiment, paths));

/** How far the model is from each measurement, as logarithms. */
const distances = (profile: HardwareProfile, rows: readonly MeasuredRow[]): Vector =>
  rows.map(({ quantity, value }) => Math.log(value / modelFigure(profile, quantity.experiment)));

/** Units of rates: a value twice as large takes half the time. */
const RATES = ['GB/s', 'Gb/s', 'M/s', 'GHz', 'instructions/cycle'];
const signOf = (unit: string): 1 | -1 => (RATES.includes(unit) ? -1 : 1);

interface Step {
  readonly profile: HardwareProfile;
  readonly atBound: readonly string[];
}

/** One step towards the measurements, halved until it leads there. */
function step(
  start: HardwareProfile,
  profile: HardwareProfile,
  rows: readonly MeasuredRow[],
  effects: readonly Effects[],
  chosen: readonly string[],
): Step {
  const stays: Step = { profile, atBound: [] };
  if (chosen.length === 0) return stays;
  const away = distances(profile, rows);
  const signs = rows.map(({ quantity }) => signOf(quantity.unit));
  // Relative changes of times: of each figure, that which is wanted.
  const wanted = away.map((log, i) => Math.expm1(signs[i] * log));
  const values = new Map(quantities(profile));
  const columns = chosen.map((path) => {
    const sign = signOf(values.get(path)?.unit ?? '');
    return columnOf(effects, path).map((one, i) => one * signs[i] * sign);
  });
  const full = leastSquares(columns, wanted);
  for (let halving = 0; halving <= HALVINGS_MAX; halving++) {
    const changes = full.map((one) => one / 2 ** halving);
    const next = moved(start, profile, chosen, changes);
    if (norm(distances(next.profile, rows)) <= norm(away)) return next;
  }
  return stays;
}

/** `profile` with the time of each value at `paths` changed by a share of it, as far as it may be. */
function moved(
  start: HardwareProfile,
  profile: HardwareProfile,
  paths: readonly string[],
  changes: Vector,
): Step {
  const [bases, values] = [start, profile].map((one) => new Map(quantities(one)));
  const atBound: string[] = [];
  const set = paths.map((path, i) => {
    const [base, now] = [bases, values].map((one) => one.get(path)?.value ?? Number.NaN);
    const factor = Math.max(1 + changes[i], 1 / FACTOR_MAX ** 2);
    const isRate = signOf(bases.get(path)?.unit ?? '') < 0;
    const wanted = isRate ? now / factor : now * factor;
    const value = Math.min(Math.max(wanted, base / FACTOR_MAX), base * FACTOR_MAX);
    if (value !== wanted) atBound.push(path);
    return [path, value] as const;
  });
  return { profile: setValues(profile, set), atBound };
}

/** `profile` with the values at `paths` rounded, and all others as in `start`. */
function roundedTo(
  profile: HardwareProfile,
  start: HardwareProfile,
  paths: readonly string[],
): HardwareProfile {
  const values = new Map(quantities(profile));
  const set = paths.map(
    (path) => [path, Number((values.get(path)?.value ?? 0).toPrecision(DIGITS))] as const,
  );
  return { ...setValues(start, set), name: start.name };
}

/** A value that a row gives as it is. */
function directly(base: HardwareProfile, { quantity, value }: MeasuredRow): FittedValue {
  const path = quantity.name;
  return { path, base: quantityAt(base, path), value, error: undefined, given: [], atBound: false };
}

function quantityAt(profile: HardwareProfile, path: string): Quantity {
  const found = new Map(quantities(profile)).get(path);
  if (found === undefined) throw new RangeError(`no value '${path}'`);
  return found;
}

function fittedValues(
  start: HardwareProfile,
  profile: HardwareProfile,
  rows: readonly MeasuredRow[],
  effects: readonly Effects[],
  told: Told,
  pinned: ReadonlySet<string>,
): FittedValue[] {
  const { chosen } = told;
  const freedom = rows.length - chosen.length;
  const noise = norm(distances(profile, rows)) ** 2 / freedom;
  const spread = variances(chosen.map((path) => columnOf(effects, path)));
  const told_ = chosen.map((path, i): FittedValue => {
    const { value } = quantityAt(profile, path);
    const error = freedom > 0 ? value * Math.sqrt(noise * spread[i]) : undefined;
    const given = givenFor(told, path);
    return { path, base: quantityAt(start, path), value, error, given, atBound: false };
  });
  const bound = [...pinned].map((path): FittedValue => {
    const { value } = quantityAt(profile, path);
    const base = quantityAt(start, path);
    return { path, base, value, error: undefined, given: [], atBound: true };
  });
  return [...told_, ...bound];
}

/** What is told of values that cannot be told apart, once for all that hang together. */
function combinationsOf(
  profile: HardwareProfile,
  rows: readonly MeasuredRow[],
  effects: readonly Effects[],
  { mixed }: Told,
): Combination[] {
  const groups: Set<string>[] = [];
  for (const [path, partners] of mixed) {
    if (partners.length === 0) continue;
    const members = new Set([path, ...partners]);
    for (const group of groups.filter((one) => [...members].some((name) => one.has(name)))) {
      for (const name of group) members.add(name);
      groups.splice(groups.indexOf(group), 1);
    }
    groups.push(members);
  }
  const values = new Map(quantities(profile));
  return groups.map((members) => {
    const touched = effects.map((one) => [...members].filter((path) => one.has(path)).length);
    const i = touched.indexOf(Math.max(...touched));
    const { quantity } = rows[i];
    const figure = modelFigure(profile, quantity.experiment);
    const terms = [...members].flatMap((path) => {
      const elasticity = effects[i].get(path);
      const value = values.get(path)?.value ?? Number.NaN;
      return elasticity === undefined ? [] : [[path, (elasticity * figure) / value] as const];
    });
    return { row: rows[i], terms };
  });
}

function untouchedBy(
  base: HardwareProfile,
  effects: readonly Effects[],
  whole: readonly MeasuredRow[],
): readonly string[] {
  const given = whole.map(({ quantity }) => quantity.name);
  return quantities(base)
    .map(([path]) => path)
    .filter((path) => effects.every((one) => !one.has(path)) && !given.includes(path));
}
