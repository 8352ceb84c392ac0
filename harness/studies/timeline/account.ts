/** The time of the chosen transactions in numbers: what the slices of their core sum up to. */

import {
  carriesLine,
  TIME_PARTS,
  type TimePart,
  Verb,
  type VerbCode,
} from '../../../rdma/index.ts';
import type { Message, Slice, Timeline } from './timeline.ts';

/** Time of one core by its parts; they sum to `wholePs`. */
export interface PartsAccount {
  readonly wholePs: number;
  readonly partPs: Readonly<Record<TimePart, number>>;
}

/** The time between `fromPs` and `toPs` of the core whose slices these are. */
export function partsBetween(slices: readonly Slice[], fromPs: number, toPs: number): PartsAccount {
  const partPs = Object.fromEntries(TIME_PARTS.map((part) => [part, 0])) as Record<
    TimePart,
    number
  >;
  for (let i = firstBehind(slices, fromPs); i < slices.length && slices[i].fromPs < toPs; i++) {
    const slice = slices[i];
    const ps = Math.min(slice.toPs, toPs) - Math.max(slice.fromPs, fromPs);
    if (ps > 0) partPs[slice.part] += ps;
  }
  return { wholePs: toPs - fromPs, partPs };
}

/** The first of `slices`, which are in order, that is not over at `atPs`. */
function firstBehind(slices: readonly Slice[], atPs: number): number {
  let [low, high] = [0, slices.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (slices[middle].toPs <= atPs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** From when to when the chosen transactions of `timeline` run. */
export function chosenSpan({ chosen }: Timeline): {
  readonly fromPs: number;
  readonly toPs: number;
} {
  return { fromPs: chosen[0].beginPs, toPs: chosen[chosen.length - 1].endPs };
}

/** The time of the chosen transactions, and of their core between them. */
export function chosenParts(timeline: Timeline): PartsAccount {
  const { fromPs, toPs } = chosenSpan(timeline);
  return partsBetween(timeline.cores[timeline.chosen[0].core].slices, fromPs, toPs);
}

/** What the chosen transactions posted, to all replicas. */
export function chosenMessages(timeline: Timeline): Message[] {
  const { fromPs, toPs } = chosenSpan(timeline);
  const [{ core }] = timeline.chosen;
  return timeline.messages.filter(
    (one) => one.core === core && one.postedPs >= fromPs && one.postedPs <= toPs,
  );
}

/** The name of a verb for people: the kinds of WRITE are one. */
export function verbName(verb: VerbCode): string {
  if (carriesLine(verb)) return 'WRITE';
  return Object.entries(Verb).find(([, code]) => code === verb)?.[0] ?? String(verb);
}
