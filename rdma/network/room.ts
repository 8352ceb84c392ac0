/** Room in send queues: what is kept back from lines, and how long a queue must be at least. */

import { LINE_RUNS_MAX } from '../../pm/line.ts';
import { postsWords, type QueuePairs } from '../mirror.ts';

/** Send-queue entries kept back from lines so that every core can post the fence behind its own. */
export function entriesKeptBack(queuePairs: QueuePairs, cores: number): number {
  return queuePairs === 'shared' ? cores : 1;
}

/** Throws RangeError for send queues of so many entries if a line, and what is posted before it, has no room. */
export function refuseShortQueues(
  entries: number,
  given: { readonly queuePairs: QueuePairs; readonly cores: number; readonly beforeLine: number },
): void {
  const { queuePairs, cores, beforeLine } = given;
  const ofLine = postsWords(queuePairs) ? LINE_RUNS_MAX : 1;
  const needed = entriesKeptBack(queuePairs, cores) + beforeLine + ofLine;
  if (entries >= needed) return;
  const why = queuePairs === 'shared' ? `${cores} cores to share` : 'the words of a line';
  throw new RangeError(
    `send queue of ${entries}: too short for ${why}, must be at least ${needed}`,
  );
}
