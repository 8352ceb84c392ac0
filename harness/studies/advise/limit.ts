/** What limits a design, from its account. */

import { TIME_PARTS, type TimePart } from '../../../rdma/index.ts';
import type { Advice } from './advise.ts';

export interface Limit {
  /** The largest part of its cores' time, and its share. */
  readonly part: TimePart;
  readonly share: number;
  /** The busiest shared resource, and for how much of the time it is at work. */
  readonly resource: string;
  readonly load: number;
}

export function limitOf({ row }: Advice): Limit {
  const { partNsPerTx, timeNsPerTx, utilisations } = row.account;
  const part = TIME_PARTS.reduce((most, one) =>
    partNsPerTx[one] > partNsPerTx[most] ? one : most,
  );
  const busiest = utilisations.reduce((most, one) => (one.share > most.share ? one : most));
  const share = partNsPerTx[part] / timeNsPerTx;
  return { part, share, resource: busiest.resource, load: busiest.share };
}
