/** What an observer of a mirror may be told of, and what being told of it asks of the mirror. */

import type { MirrorObserver } from './mirror.ts';

/**
 * The events, by how closely they look. Who is told of `transactions` only, and of the run as a whole, sees
 * nothing of the order in which messages are worked off. Who looks `within` them is told in that order.
 */
const LOOKS = Object.freeze({
  onMeasure: 'transactions',
  onTime: 'within',
  onTransactionBegin: 'transactions',
  onTransaction: 'transactions',
  onAcknowledged: 'transactions',
  onOperation: 'within',
  onSend: 'within',
  onAccepted: 'within',
  onFill: 'within',
  onQueued: 'within',
  onWrite: 'within',
  onReplicaVisible: 'within',
  onReplicaDurable: 'within',
  onReplicaFence: 'within',
  onStalled: 'transactions',
  onPost: 'within',
  onTransmit: 'within',
  onReplicaHanded: 'within',
  onAcknowledge: 'within',
  onReplicaAnswer: 'within',
  onResume: 'within',
  onFenceDone: 'within',
} as const satisfies Record<keyof MirrorObserver, 'transactions' | 'within'>);

/** All that an observer may be told of. */
export const EVENTS = Object.keys(LOOKS) as readonly (keyof MirrorObserver)[];

/** Whether `observer` is told of what happens within transactions, too. */
export function looksWithin(observer: MirrorObserver | undefined): boolean {
  if (observer === undefined) return false;
  return EVENTS.some((event) => LOOKS[event] === 'within' && observer[event] !== undefined);
}
