/**
 * Arrows that would lie on each other are drawn as one bundle, with how many they are. A bundle is an
 * area between the first and the last of its arrows.
 */

import type { Point } from './canvas.ts';

/** Arrows that start closer together than this are one bundle. */
export const APART_PT = 1.8;

/** Arrows of one kind, which start one after the other; each is a way of as many points. */
export interface Bundle {
  readonly first: readonly Point[];
  readonly last: readonly Point[];
  readonly count: number;
}

/** Bundles of `ways`, which are in order of their starts. */
export function bundlesOf(ways: readonly (readonly Point[])[]): Bundle[] {
  const bundles: { first: readonly Point[]; last: readonly Point[]; count: number }[] = [];
  for (const way of ways) {
    const bundle = bundles.at(-1);
    const isNear =
      bundle !== undefined &&
      way[0].x - bundle.last[0].x < APART_PT &&
      way.length === bundle.first.length;
    if (isNear) {
      bundle.last = way;
      bundle.count++;
    } else bundles.push({ first: way, last: way, count: 1 });
  }
  return bundles;
}
