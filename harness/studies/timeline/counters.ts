/** How full queues are over the window, from when their places are taken and free again. */

import type { Timeline } from './timeline.ts';

/** A time for which a place is taken. */
interface Taken {
  readonly fromPs: number;
  readonly toPs: number;
}

/** How many places are taken from `atPs` on. */
export interface Level {
  readonly atPs: number;
  readonly taken: number;
}

/** The levels of a queue in the window, from its start on; each differs from the one before. */
export function levels(times: readonly Taken[], window: Taken): Level[] {
  const { fromPs: start, toPs: end } = window;
  const steps = times
    .filter(({ fromPs, toPs }) => fromPs < end && toPs > start && toPs > fromPs)
    .flatMap(({ fromPs, toPs }) => [
      { atPs: Math.max(fromPs, start), by: 1 },
      ...(toPs < end ? [{ atPs: toPs, by: -1 }] : []),
    ])
    .sort((a, b) => a.atPs - b.atPs);
  const found: { atPs: number; taken: number }[] = [{ atPs: start, taken: 0 }];
  let taken = 0;
  for (const { atPs, by } of steps) {
    taken += by;
    const last = found[found.length - 1];
    if (last.atPs === atPs) last.taken = taken;
    else found.push({ atPs, taken });
  }
  return found.filter((level, i) => i === 0 || level.taken !== found[i - 1].taken);
}

/** The send-queue entries of each queue pair in use, by its number. */
export function sendQueueTimes({ messages }: Timeline): Map<number, Taken[]> {
  const byQueuePair = Map.groupBy(messages, ({ queuePair }) => queuePair);
  return new Map(
    [...byQueuePair]
      .sort(([a], [b]) => a - b)
      .map(([queuePair, some]) => [
        queuePair,
        some.map(({ postedPs, freePs }) => ({ fromPs: postedPs, toPs: freePs })),
      ]),
  );
}

/** The fill buffers of a core: a buffer that is told to be taken for longer is taken once. */
export function fillTimes({ fills }: Timeline['cores'][number]): Taken[] {
  return [...Map.groupBy(fills, ({ buffer }) => buffer).values()].flatMap((some) => {
    const merged: { fromPs: number; toPs: number }[] = [];
    for (const { fromPs, toPs } of some) {
      const last = merged.at(-1);
      if (last !== undefined && fromPs <= last.toPs) last.toPs = Math.max(last.toPs, toPs);
      else merged.push({ fromPs, toPs });
    }
    return merged;
  });
}

/** What waits in the NIC of `replica`, ROFENCEs' hold included. */
export function replicaNicTimes({ messages }: Timeline, replica: number): Taken[] {
  return messages
    .filter((one) => one.replica === replica)
    .map(({ arrivedPs, handedPs }) => ({ fromPs: arrivedPs, toPs: handedPs }));
}
