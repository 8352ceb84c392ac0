/** The machines of a system's replicas, which may differ, as timings. */

import type { System } from '../mirror.ts';
import { profileOfReplica } from '../profiles/schema.ts';
import { compileTiming, replicaTiming, type Timing } from '../profiles/timing.ts';

/** The timing of each replica; `timing` is that of the profile. */
export function timingsOfReplicas(
  { profile, replicas }: Pick<System, 'profile' | 'replicas'>,
  timing: Timing,
): readonly Timing[] {
  return Array.from({ length: replicas }, (_, i) => {
    const own = profileOfReplica(profile, i);
    return own === profile ? timing : replicaTiming(timing, compileTiming(own));
  });
}

/** The round trip to the last of the nearest `quorum` replicas, to each by its quickest way. */
export function quorumTripPs(replicas: readonly Timing[], quorum = replicas.length): number {
  const trips = replicas.map((own) => Math.min(own.tripPs, cxlTripPs(own)));
  return trips.sort((a, b) => a - b)[quorum - 1];
}

/** A word's way over CXL into the replica's memory controller, and the completion's back. */
function cxlTripPs({ cxl, clwbPathPs, ntStorePathPs }: Timing): number {
  if (cxl === null) return Number.POSITIVE_INFINITY;
  return cxl.wordsWirePs[1] + Math.min(clwbPathPs, ntStorePathPs) + 2 * cxl.hopPs;
}
