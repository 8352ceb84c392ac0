/** Counters of a run, all at zero. */

import type { MirrorCounts } from '../pm/mirror.ts';

export function zeroCounts(): MirrorCounts {
  return {
    transactions: 0,
    orderingFences: 0,
    durabilityFences: 0,
    emptyFences: 0,
    linesWrittenBack: 0,
    writes: 0,
    rcommits: 0,
    rofences: 0,
    rdfences: 0,
    doorbells: 0,
    blockingRoundTrips: 0,
    pmLoadMisses: 0,
    linkBytes: 0,
    retransmissions: 0,
    ddioEvictions: 0,
    localMediaBlocks: 0,
    remoteMediaBlocks: 0,
  };
}
