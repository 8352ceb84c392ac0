/** What a rule of conformance is. */

import type { Backend } from '../backend.ts';

/** How much is tried, and with which random programs. */
export interface Extent {
  readonly seed: number;
  /** Random programs for each machine. */
  readonly programs: number;
}

/** Something that every mirroring design must keep. */
export interface BackendRule {
  /** As `pmirror conform --rule` has it. */
  readonly name: string;
  /** What must hold, in a sentence. */
  readonly about: string;
  /** What of it does not hold for `backend`, in words; undefined if it holds. */
  broken(backend: Backend, extent: Extent): string | undefined;
}
