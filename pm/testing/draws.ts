/** Which seeded generators draw while something runs: two seeds must have none in common. */

import assert from 'node:assert/strict';
import { Random } from '../random.ts';

/** Numbers that a generator draws in its constructor, to mix seed and stream. */
const MIXING_DRAWS = 16;

/** The first number that each generator draws for others while `run` runs. */
async function firstDraws(run: () => unknown): Promise<Set<number>> {
  const draws = new WeakMap<Random, number>();
  const first = new Set<number>();
  const { next } = Random.prototype;
  Random.prototype.next = function (this: Random): number {
    const drawn = next.call(this);
    const before = draws.get(this) ?? 0;
    draws.set(this, before + 1);
    if (before === MIXING_DRAWS) first.add(drawn);
    return drawn;
  };
  try {
    await run();
  } finally {
    Random.prototype.next = next;
  }
  return first;
}

/** Throws unless `run` draws, and none of its generators draws the same with seed 1 and seed 2. */
export async function assertSeeded(run: (seed: number) => unknown): Promise<void> {
  const one = await firstDraws(() => run(1));
  const two = await firstDraws(() => run(2));
  assert.ok(one.size > 0 && two.size > 0, 'nothing is drawn');
  const common = [...one].filter((drawn) => two.has(drawn)).length;
  assert.equal(common, 0, `${common} of ${one.size} generators ignore the seed`);
}
