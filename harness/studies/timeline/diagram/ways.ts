/** The ways of lines and fences through the lifelines, as points. */

import { carriesLine } from '../../../../rdma/index.ts';
import { compileTiming } from '../../../../rdma/profiles/timing.ts';
import { slowedTiming } from '../../../../rdma/replica/fault.ts';
import type { RecordedRow } from '../rows.ts';
import type { Message } from '../timeline.ts';
import type { Point } from './canvas.ts';

/** The lifelines of a design, from top to bottom. */
export const LIFELINES = [
  'own memory',
  'core',
  'NIC',
  'link',
  'replica NIC',
  'LLC',
  'memory controller',
] as const;

/** One of {@link LIFELINES}. */
export type Lifeline = (typeof LIFELINES)[number];

/** Where a moment on a lifeline is in the picture. */
export type Place = (atPs: number, lifeline: Lifeline) => Point;

const isKnown = (atPs: number): boolean => atPs < Number.POSITIVE_INFINITY;

/** The way of a line to where it is durable; it ends where it was seen last if it is never. */
export function lineWay(message: Message, place: Place, leaveLlcPs: number): Point[] {
  const { visiblePs, reachedPs, durablePs } = message;
  const way = outWay(message, place);
  // Past the cache it is visible when memory has accepted it.
  const isCached = visiblePs < Math.min(reachedPs, durablePs) || !isKnown(reachedPs);
  if (isCached && isKnown(visiblePs)) {
    way.push(place(visiblePs, 'LLC'));
    if (isKnown(reachedPs)) way.push(place(Math.max(visiblePs, reachedPs - leaveLlcPs), 'LLC'));
  }
  if (isKnown(reachedPs)) way.push(place(reachedPs, 'memory controller'));
  if (isKnown(reachedPs) && isKnown(durablePs)) way.push(place(durablePs, 'memory controller'));
  return way;
}

/** The way of a fence to where it is satisfied; the replica's NIC waits there for the lines before it. */
export function fenceWay(message: Message, place: Place): Point[] {
  const way = outWay(message, place);
  if (isKnown(message.satisfiedPs)) way.push(place(message.satisfiedPs, 'replica NIC'));
  return way;
}

/** The way of the answer that a core waits for. */
export function answerWay({ satisfiedPs, backPs }: Message, place: Place): Point[] {
  return [place(satisfiedPs, 'replica NIC'), place(backPs, 'core')];
}

function outWay(message: Message, place: Place): Point[] {
  const steps: readonly (readonly [number, Lifeline])[] = [
    [message.postedPs, 'core'],
    [message.takenPs, 'NIC'],
    [message.wireFromPs, 'link'],
    [message.wireToPs, 'link'],
    [message.arrivedPs, 'replica NIC'],
    [message.handedPs, 'replica NIC'],
  ];
  return steps.filter(([atPs]) => isKnown(atPs)).map(([atPs, lifeline]) => place(atPs, lifeline));
}

/** How long a line takes from the cache of `replica` to its memory controller. */
export function memoryPathPs({ result }: RecordedRow, replica: number): number {
  const { profile, faults } = result.system;
  const { slowdown = 1 } = faults.find((one) => one.replica === replica) ?? {};
  return slowedTiming(compileTiming(profile), slowdown).memoryPathPs;
}

/** The replica whose part of `messages` is over last: the one that is waited for. */
export function slowestReplica(messages: readonly Message[]): number {
  let slowest = { replica: 0, endPs: Number.NEGATIVE_INFINITY };
  for (const message of messages) {
    const endPs = carriesLine(message.verb) ? message.durablePs : message.satisfiedPs;
    if (isKnown(endPs) && endPs > slowest.endPs) slowest = { replica: message.replica, endPs };
  }
  return slowest.replica;
}
