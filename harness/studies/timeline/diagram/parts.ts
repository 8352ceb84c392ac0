/**
 * How the parts of a core's time look: in greys with patterns, since colours are for the designs. Work is
 * plain; where the core waits there is a pattern.
 */

import { TIME_PARTS, type TimePart } from '../../../../rdma/index.ts';
import { INK, type Look, MUTED, PAPER } from '../../../draw/index.ts';
import { partsBetween } from '../account.ts';
import type { Slice } from '../timeline.ts';

/** How a part is drawn, and what it is called where there is little room. */
interface PartLook extends Pick<Look, 'colour' | 'pattern' | 'lines'> {
  readonly short: string;
  /** The core waits: the time is shaded across the lifelines, too. */
  readonly isStall: boolean;
}

const work = (short: string, colour: string): PartLook => ({
  short,
  colour,
  pattern: 'plain',
  lines: INK,
  isStall: false,
});
const stall = (short: string, pattern: Look['pattern'], lines = MUTED): PartLook => ({
  short,
  colour: PAPER,
  pattern,
  lines,
  isStall: true,
});

/** The parts by name. */
export const PART_LOOKS: Readonly<Record<TimePart, PartLook>> = {
  compute: work('work', '#e8e8e8'),
  pmLoad: { ...stall('load', 'dots'), colour: '#e8e8e8' },
  storeFlush: work('stores', '#b8b8b8'),
  localFence: stall('fence', 'level'),
  rdmaPost: work('post', '#777777'),
  sendQueueFull: stall('full', 'dots', INK),
  remoteOrdering: stall('ordering', 'rising'),
  remoteDurability: stall('durability', 'crossed'),
  lockWait: stall('lock', 'falling'),
  idle: work('idle', PAPER),
};

/** A stretch of a bar: of one part, or of several that change too fast to be told apart. */
export interface Stretch {
  readonly fromPs: number;
  readonly toPs: number;
  /** How much time each part has, in the order of the breakdown. */
  readonly partPs: readonly (readonly [part: TimePart, ps: number])[];
}

/** A stretch in which one part prevails. */
interface Plain {
  readonly part: TimePart;
  readonly fromPs: number;
  toPs: number;
}

/** So many neighbours that are too narrow become one stretch if so much of their time is waited. */
const MIXED_FROM = 8;
const MIXED_STALL_SHARE = 0.2;

/**
 * `slices` in stretches. What is shorter than `stepPs` counts to what prevails there; where waits and
 * work alternate in less than `narrowPs`, their shares are shown and not their order.
 */
export function stretchesOf(
  slices: readonly Slice[],
  { fromPs, stepPs, narrowPs }: { fromPs: number; stepPs: number; narrowPs: number },
): Stretch[] {
  const stretches: Stretch[] = [];
  let narrow: Plain[] = [];
  const flush = (): void => {
    const plain = narrow;
    narrow = [];
    if (plain.length >= MIXED_FROM) {
      const mixed = stretchOf(slices, plain[0].fromPs, plain[plain.length - 1].toPs);
      const waited = mixed.partPs.reduce(
        (sum, [part, ps]) => sum + (PART_LOOKS[part].isStall ? ps : 0),
        0,
      );
      if (waited >= MIXED_STALL_SHARE * (mixed.toPs - mixed.fromPs)) {
        stretches.push(mixed);
        return;
      }
    }
    stretches.push(...plain.map((one) => plainStretch(slices, one)));
  };
  for (const one of prevailing(slices, fromPs, stepPs)) {
    if (one.toPs - one.fromPs < narrowPs) {
      narrow.push(one);
      continue;
    }
    flush();
    stretches.push(plainStretch(slices, one));
  }
  flush();
  return stretches;
}

/** The stretch from one time to another, with what `slices` have there. */
function stretchOf(slices: readonly Slice[], fromPs: number, toPs: number): Stretch {
  const { partPs } = partsBetween(slices, fromPs, toPs);
  const parts = TIME_PARTS.filter((part) => partPs[part] > 0);
  return { fromPs, toPs, partPs: parts.map((part) => [part, partPs[part]]) };
}

function plainStretch(slices: readonly Slice[], { part, fromPs, toPs }: Plain): Stretch {
  const own = stretchOf(slices, fromPs, toPs).partPs.filter(([one]) => one === part);
  return { fromPs, toPs, partPs: own };
}

/** `slices` in whole steps of `stepPs`, each of the part that has most of it; like neighbours joined. */
function prevailing(slices: readonly Slice[], fromPs: number, stepPs: number): Plain[] {
  const steps: Map<TimePart, number>[] = [];
  for (const slice of slices) {
    for (let at = slice.fromPs; at < slice.toPs; ) {
      const step = Math.floor((at - fromPs) / stepPs);
      const until = Math.min(slice.toPs, Math.max(fromPs + (step + 1) * stepPs, at + 1));
      steps[step] ??= new Map();
      steps[step].set(slice.part, (steps[step].get(slice.part) ?? 0) + until - at);
      at = until;
    }
  }
  const found: Plain[] = [];
  const endPs = slices.at(-1)?.toPs ?? fromPs;
  steps.forEach((parts, step) => {
    const [[part]] = [...parts].sort(([, a], [, b]) => b - a);
    const last = found.at(-1);
    const toPs = Math.min(fromPs + (step + 1) * stepPs, endPs);
    if (last?.part === part) last.toPs = toPs;
    else found.push({ part, fromPs: fromPs + step * stepPs, toPs });
  });
  return found;
}
