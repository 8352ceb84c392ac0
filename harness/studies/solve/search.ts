/**
 * Where a condition begins or ceases to hold along one quantity. The whole range is looked at on a grid
 * first: each pair of neighbours of which the condition holds at one only is a crossing, so that one that is
 * not monotonic shows as several. Each is then narrowed down: to where the straight line through the
 * nearest samples crosses zero, looked at a little to either side of it, and halved where that does not help.
 *
 * Not found: two crossings between neighbours of the grid.
 *
 * A searcher is asked what it wants to know, and told, so that many can share one run of a program.
 */

import { between, gridOf, isNarrow, NARROW, type Scale } from './scale.ts';

/** A condition looked at with one value of the quantity. */
export interface Sample {
  readonly value: number;
  /** The side that is compared, and how far it is from what it is compared with. */
  readonly left: number;
  readonly gap: number;
  readonly holds: boolean;
}

/** Neighbours between which the condition begins (`holds` above) or ceases to hold. */
export interface Crossing {
  readonly below: Sample;
  readonly above: Sample;
}

/** The value at which a crossing is: of whole numbers the last or first at which the condition holds. */
export function crossingValue({ isWhole }: Scale, { below, above }: Crossing): number {
  if (isWhole) return below.holds ? below.value : above.value;
  return (below.value + above.value) / 2;
}

/** More crossings than these are noise: they are counted and not narrowed down. */
const NARROWED_MAX = 4;

/** After so many rounds of lines every other one halves. */
const LINES_MAX = 3;

export class Search {
  readonly scale: Scale;
  readonly #samples = new Map<number, Sample>();
  readonly #first: readonly number[];
  #rounds = 0;

  /** `also`: values looked at with the grid of `count`. */
  constructor(scale: Scale, count: number, also: readonly number[] = []) {
    this.scale = scale;
    const inside = also.filter((value) => value >= scale.low && value <= scale.high);
    this.#first = [...new Set([...gridOf(scale, count), ...inside])];
  }

  /** Values that must be looked at next; none when the search is over. */
  wanted(): number[] {
    if (this.#samples.size === 0) return [...this.#first];
    const halve = ++this.#rounds > LINES_MAX && this.#rounds % 2 === 0;
    const open = this.crossings.slice(0, NARROWED_MAX);
    const values = open.flatMap((crossing) => this.#inside(crossing, halve));
    return [...new Set(values)].filter((value) => !this.#samples.has(value));
  }

  /** What came of a value. */
  tell(sample: Sample): void {
    this.#samples.set(sample.value, sample);
  }

  /** All values so far, ascending. */
  get samples(): readonly Sample[] {
    return [...this.#samples.values()].sort((a, b) => a.value - b.value);
  }

  get crossings(): readonly Crossing[] {
    const { samples } = this;
    return samples
      .slice(1)
      .map((above, i) => ({ below: samples[i], above }))
      .filter(({ below, above }) => below.holds !== above.holds);
  }

  /** Values between the ends of a crossing that tell where it is; `halve` where lines did not help. */
  #inside({ below, above }: Crossing, halve: boolean): number[] {
    const { scale } = this;
    const [from, to] = [below.value, above.value];
    if (isNarrow(scale, from, to)) return [];
    const isInside = (value: number): boolean => value > from && value < to;
    const lines = [this.#zeroNear(below, above), zeroOf(scale, below, above)];
    const zero = halve ? undefined : lines.find((value) => value !== undefined && isInside(value));
    const middle = between(scale, from, to, 0.5);
    if (zero === undefined) return [middle];
    return (scale.isWhole ? [zero - 1, zero, zero + 1] : sides(zero)).filter(isInside);
  }

  /** Where the line through the two samples crosses zero that are nearest to it, on whatever side. */
  #zeroNear(below: Sample, above: Sample): number | undefined {
    const [low, high] = [below.value, above.value];
    const near = this.samples
      .filter(({ value }) => value >= low / 2 && value <= high * 2)
      .sort((a, b) => Math.abs(a.gap) - Math.abs(b.gap))
      .slice(0, 2)
      .sort((a, b) => a.value - b.value);
    return near.length < 2 ? undefined : zeroOf(this.scale, near[0], near[1]);
  }
}

/** Where the line through two samples crosses zero, be it beyond them; undefined if nowhere. */
function zeroOf(scale: Scale, a: Sample, b: Sample): number | undefined {
  const place = a.gap / (a.gap - b.gap);
  return Number.isFinite(place) ? between(scale, a.value, b.value, place) : undefined;
}

/** Values right below and above `value`, which are narrow. */
function sides(value: number): number[] {
  return [1 - NARROW / 2.1, 1 + NARROW / 2.1].map((factor) =>
    Number((value * factor).toPrecision(9)),
  );
}

/** Whether values only rise or only fall from sample to sample, and which; equal ones do neither. */
export function trendOf(samples: readonly Sample[]): 'rises' | 'falls' | 'stands' | 'both' {
  const steps = samples.slice(1).map(({ left }, i) => Math.sign(left - samples[i].left));
  const [up, down] = [1, -1].map((sign) => steps.includes(sign));
  if (up && down) return 'both';
  if (!up && !down) return 'stands';
  return up ? 'rises' : 'falls';
}
