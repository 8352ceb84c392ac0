/** What is said of the systems that were chosen, before their results. */

import type { CellGroup } from '../bench/index.ts';
import { distinct } from './options.ts';

/** What a crash leaves where a wait is not for all replicas; empty if each is. */
export function quorumNote(groups: readonly CellGroup[]): string {
  const systems = groups.flatMap((group) => group.systems);
  const words = systems.flatMap(({ quorum, replicas }) =>
    quorum === undefined ? [] : [`${quorum} of ${replicas}`],
  );
  if (words.length === 0) return '';
  return (
    `A wait is for ${distinct(words).join(', ')} replicas: what is acknowledged is durable at so many, and ` +
    'others may be behind.\nAfter a crash a replica is recovered from that has answered every wait; ' +
    'with several threads there may be none\n(pmirror crash-check and failover tell).\n\n'
  );
}
