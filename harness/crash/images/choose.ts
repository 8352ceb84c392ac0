/** Which images of a crash are looked at, where not all can be. */

import type { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import type { Random } from '../../../pm/random.ts';

/** How many images there are, or `limit + 1` for more than `limit`, of which so many are looked at. */
export interface ImageCount {
  readonly count: number;
  readonly limit: number;
}

/** Counts the images that `sweep` allows. */
export function countImages(sweep: CrashSweep, limit: number): ImageCount {
  return { count: sweep.imageCount(limit + 1), limit };
}

/** How many of them are looked at. */
export function lookedAt({ count, limit }: ImageCount): number {
  return Math.min(count, limit);
}

/**
 * Chooses the image with this number, below {@link lookedAt}: all of them where they are few, else
 * the two corners (nothing and everything that is not certain), then corners but for one line, and
 * draws.
 */
export function chooseImage(
  sweep: CrashSweep,
  number: number,
  { count, limit }: ImageCount,
  random: Random,
): void {
  if (count <= limit) sweep.choose(number, limit + 1);
  else if (number < 2) sweep.chooseCorner(number === 1);
  else if (number % 3 === 2) sweep.chooseAllBut(random.below(sweep.openCount), random.chance(0.5));
  else sweep.chooseAtRandom(random, random.between(1, 9) / 10);
}
