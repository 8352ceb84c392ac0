/**
 * A temporary directory for scratch files (traces that do not fit into memory, the databases of
 * workloads that run a real one), which is gone at the end, however that comes.
 */

import { scratchDirectory } from './leftovers.ts';

/** Runs `work` with a fresh temporary directory, which is gone afterwards whatever happens. */
export async function withWorkspace<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const { directory, remove } = scratchDirectory();
  try {
    return await work(directory);
  } finally {
    remove();
  }
}
