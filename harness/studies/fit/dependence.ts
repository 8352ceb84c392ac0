/**
 * Which values of a profile a figure of the model depends on, and how much: found by changing them. Values
 * that change nothing when all are changed at once are not looked into one by one.
 */

import { type HardwareProfile, isWhole, quantities, setValues } from '../../../rdma/index.ts';
import { type Experiment, modelFigure } from '../calibration/index.ts';

/** What values are changed by. */
const FACTORS = [1.02, 0.98] as const;

/** A figure's change in percent for one percent of a value, below which it is not seen. */
const LEAST = 1e-3;

/** Values that can be fitted: numbers that need not be whole, and are not zero, so that they can be scaled. */
export function fittable(profile: HardwareProfile): readonly string[] {
  return quantities(profile)
    .filter(([, { unit, value }]) => !isWhole(unit) && unit !== 'probability' && value > 0)
    .map(([path]) => path);
}

/** `profile` with each value at `paths` times its factor. */
export function scaled(
  profile: HardwareProfile,
  factors: ReadonlyMap<string, number>,
): HardwareProfile {
  const values = quantities(profile).flatMap(([path, { value }]) => {
    const factor = factors.get(path);
    return factor === undefined ? [] : [[path, value * factor] as const];
  });
  return setValues(profile, values);
}

/** Elasticities of a figure: its change in percent for one percent of each value that it depends on. */
export function elasticities(
  profile: HardwareProfile,
  experiment: Experiment,
  paths: readonly string[] = fittable(profile),
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  if (experiment.kind === 'value') {
    if (paths.includes(experiment.path)) found.set(experiment.path, 1);
    return found;
  }
  const changed = (names: readonly string[], factor: number): number =>
    modelFigure(scaled(profile, factorsOf(names, factor)), experiment);
  const figure = modelFigure(profile, experiment);
  const search = (names: readonly string[]): void => {
    if (names.length === 1) {
      const [up, down] = FACTORS.map((factor) => changed(names, factor));
      const elasticity = Math.log(up / down) / Math.log(FACTORS[0] / FACTORS[1]);
      if (Math.abs(elasticity) > LEAST) found.set(names[0], elasticity);
    } else if (names.length > 0 && FACTORS.some((factor) => changed(names, factor) !== figure)) {
      const middle = names.length >> 1;
      search(names.slice(0, middle));
      search(names.slice(middle));
    }
  };
  search(paths);
  return found;
}

const factorsOf = (paths: readonly string[], factor: number): ReadonlyMap<string, number> =>
  new Map(paths.map((path) => [path, factor]));
