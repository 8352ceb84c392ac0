/** Which systems cannot be, and why. */

import type { Backend } from '../backend.ts';
import type { System } from '../mirror.ts';
import type { HardwareProfile } from '../profiles/profile.ts';
import { profileOfReplica } from '../profiles/schema.ts';

/** What of a system may be refused. */
type Refusable = Pick<System, 'backend' | 'profile'> &
  Partial<Pick<System, 'replicas' | 'quorum' | 'faults'>>;

/** Why there can be no such system, in words that follow a colon; undefined if there can. */
export function refusal({
  backend,
  profile,
  replicas = 1,
  quorum = replicas,
  faults = [],
}: Refusable): string | undefined {
  for (let i = 0; i < replicas; i++) {
    const reason = backend.refuses?.(profileOfReplica(profile, i));
    if (reason !== undefined) return replicas > 1 ? `replica ${i}: ${reason}` : reason;
  }
  if (backend.over !== 'cxl') return undefined;
  if (quorum < replicas) {
    return 'a fence of a core waits for all that the core wrote back, so there is no quorum';
  }
  if (faults.some(({ stallForNs }) => stallForNs !== undefined)) {
    return 'its replica has no NIC that could stop for a while';
  }
  return undefined;
}

/** Those of `backends` that can run on `profile`. */
export function runnable<B extends Backend>(backends: readonly B[], profile: HardwareProfile): B[] {
  return backends.filter((backend) => refusal({ backend, profile }) === undefined);
}
