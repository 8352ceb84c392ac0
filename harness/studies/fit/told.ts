/**
 * What measurements tell of a profile's values. Each figure's effects, the elasticities of the model, are
 * a row; a value whose effects are a combination of others' cannot be told apart from them.
 */

import { type HardwareProfile, quantities } from '../../../rdma/index.ts';
import { FITTED_PATHS } from '../calibration/index.ts';
import { independent, leastSquares, norm, type Vector } from './matrix.ts';

/** Length of what a value's effects add to others', in percent of figures per percent, that tells. */
const TELLING = 0.05;
/** A percent of a value is confounded with at least so many percent of another. */
const CONFOUNDED = 0.05;

/** Elasticities by value: the change of a figure in percent for one percent of the value. */
export type Effects = ReadonlyMap<string, number>;

/** What the effects tell. */
export interface Told {
  /** Values that can be fitted, if the others are as they are. */
  readonly chosen: readonly string[];
  /** Others that have an effect, each with the chosen values that it cannot be told apart from. */
  readonly mixed: ReadonlyMap<string, readonly string[]>;
}

/** Values that are to be chosen first, not at all, or last. */
export interface Restraints {
  readonly first: ReadonlySet<string>;
  readonly fixed: ReadonlySet<string>;
  readonly last: ReadonlySet<string>;
}

const FREE: Restraints = { first: new Set(), fixed: new Set(), last: new Set() };

/** The effects of a value on every figure. */
export const columnOf = (effects: readonly Effects[], path: string): Vector =>
  effects.map((one) => one.get(path) ?? 0);

/**
 * What `effects` tell. Of values that cannot be told apart that one is chosen which was measured itself,
 * else one that the calibration of a profile derives from such figures, else what the base assumes.
 */
export function toldBy(
  effects: readonly Effects[],
  base: HardwareProfile,
  { first, fixed, last }: Restraints = FREE,
): Told {
  const bases = new Map(quantities(base).map(([path, { basis }]) => [path, basis]));
  const places = effects.flatMap((one) => [...one.keys()]);
  const paths = [...new Set(places)].filter((path) => !fixed.has(path));
  const rankOf = (path: string): number => {
    if (effects.some((one) => one.size === 1 && one.has(path))) return 0;
    if (first.has(path)) return 0;
    if (last.has(path)) return 4;
    if (FITTED_PATHS.has(path)) return 1;
    return bases.get(path) === 'assumed' ? 2 : 3;
  };
  const columns = new Map(paths.map((path) => [path, columnOf(effects, path)]));
  const column = (path: string): Vector => columns.get(path) ?? [];
  const order = paths.toSorted(
    (a, b) => rankOf(a) - rankOf(b) || norm(column(b)) - norm(column(a)),
  );
  const { chosen, others } = independent(order.map(column), TELLING);
  const basis = chosen.map((i) => column(order[i]));
  const mixed = others.map((i) => {
    const shares = leastSquares(basis, column(order[i]));
    const partners = chosen.filter((_, j) => Math.abs(shares[j]) >= CONFOUNDED);
    return [order[i], partners.map((j) => order[j])] as const;
  });
  return { chosen: chosen.map((i) => order[i]), mixed: new Map(mixed) };
}

/** The values that `path` cannot be told apart from. */
export function givenFor({ mixed }: Told, path: string): string[] {
  return [...mixed].flatMap(([other, partners]) => (partners.includes(path) ? [other] : []));
}
