/** What a mirror is made from, and the limits of what it can be asked to model. */

import type { MirrorObserver } from '../pm/mirror.ts';
import type { Backend } from './backend.ts';
import type { HardwareProfile } from './profile.ts';
import type { QueuePairs } from './remote.ts';
import type { ReplicaFault } from './replica-fault.ts';

export const CORES_MAX = 256;
export const REPLICAS_MAX = 16;

/** What a mirror is made from. */
export interface MirrorOptions {
  readonly backend: Backend;
  readonly profile: HardwareProfile;
  /** Cores of the primary, one a thread of the program: 1 to 256. */
  readonly cores: number;
  /** Machines that hold a mirror: 1 to 16. Without meaning for `no-sm`. */
  readonly replicas: number;
  /** Size of the program's heap. */
  readonly heapBytes: number;
  /** Of the losses on the link, where the profile has any. Default 0. */
  readonly seed?: number | undefined;
  /** A queue pair for each core (default), or one that all share: order among cores for free. */
  readonly queuePairs?: QueuePairs | undefined;
  /** Replicas that are slow or stop for a while. */
  readonly faults?: readonly ReplicaFault[] | undefined;
  readonly observer?: MirrorObserver | undefined;
}

/** Throws RangeError that names what is out of range and what is accepted. */
export function checkOptions(options: MirrorOptions): void {
  checkCount('cores', options.cores, CORES_MAX);
  checkCount('replicas', options.replicas, REPLICAS_MAX);
  for (const fault of options.faults ?? []) {
    if (!(fault.replica >= 0 && fault.replica < options.replicas)) {
      throw new RangeError(`fault of replica ${fault.replica}: there are ${options.replicas}`);
    }
  }
}

function checkCount(name: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new RangeError(`${name} = ${value}: must be a whole number from 1 to ${max}`);
  }
}
