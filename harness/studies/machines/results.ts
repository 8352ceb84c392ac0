/** What studies that compare designs on machines find among their results. */

import type { HardwareProfile } from '../../../rdma/index.ts';
import type { CellResult } from '../../bench/index.ts';

/** Instead of a program: the geometric mean over all. */
export const MEAN = 'geometric mean';

/** The result of `backend` on `profile`, under a policy of queue pairs if there are several. Throws if there is none. */
export function resultOf(
  program: readonly CellResult[],
  profile: HardwareProfile,
  backend: string,
  queuePairs?: string,
): CellResult {
  const found = program.find(
    ({ system }) =>
      system.profile.name === profile.name &&
      system.backend === backend &&
      (queuePairs ?? system.queuePairs) === system.queuePairs,
  );
  if (found === undefined) throw new Error(`no result of ${backend} on ${profile.name}`);
  return found;
}
