/** Targets of a crash check as far sides: what their names stand for, wrong designs too. */

import { type QueuePairs, resolveBackend } from '../../rdma/index.ts';
import type { Target } from '../bench/cells.ts';
import { type Clients, queuePairsOf } from '../bench/queue-pairs.ts';
import { CANARY_BACKENDS } from './bugs/designs.ts';
import type { FarSide } from './history/timeline.ts';

/** The far side that `target` names for such clients, and whether it is wrong on purpose. */
export function farSideOf(
  target: Target,
  { seed, ...clients }: Clients & { readonly seed: number },
): { far: FarSide & { queuePairs: QueuePairs }; wrong: boolean } {
  const canary = CANARY_BACKENDS.find(({ backend }) => backend.name === target.backend);
  const backend = canary?.backend ?? resolveBackend(target.backend);
  if (backend === undefined) throw new RangeError(`no backend '${target.backend}'`);
  const { firstReplicaAcknowledges } = canary ?? {};
  const queuePairs = queuePairsOf(target.queuePairs, backend, clients);
  return {
    far: { ...target, backend, queuePairs, seed, firstReplicaAcknowledges },
    wrong: canary !== undefined,
  };
}
