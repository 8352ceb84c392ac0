/** Systems of a crash check as far sides: what their names stand for, wrong designs too. */

import { type QueuePairs, resolveBackend } from '../../rdma/index.ts';
import type { SystemSpec } from '../bench/cells.ts';
import { type Clients, queuePairsOf } from '../bench/queue-pairs.ts';
import { CANARY_BACKENDS } from './bugs/designs.ts';
import type { FarSide } from './history/timeline.ts';

/** The far side that `system` names for such clients, and whether it is wrong on purpose. */
export function farSideOf(
  system: SystemSpec,
  { seed, ...clients }: Clients & { readonly seed: number },
): { far: FarSide & { queuePairs: QueuePairs }; wrong: boolean } {
  const canary = CANARY_BACKENDS.find(({ backend }) => backend.name === system.backend);
  const backend = canary?.backend ?? resolveBackend(system.backend);
  if (backend === undefined) throw new RangeError(`no backend '${system.backend}'`);
  const { firstReplicaAcknowledges } = canary ?? {};
  const queuePairs = queuePairsOf(system.queuePairs, backend, clients);
  return {
    far: { ...system, backend, queuePairs, seed, firstReplicaAcknowledges },
    wrong: canary !== undefined,
  };
}
