/** Crash images of a small program, as `crash-check` looks at them: chosen, recovered, compared. */

import { DEFAULT_THOROUGHNESS, runCrashJob, subjectOf } from '../crash/index.ts';
import type { Part } from './part.ts';
import type { Work } from './work.ts';

const TRANSACTIONS = 24;

export function countCrashImages({ program, threads, backend = '', profile }: Part): Work {
  const job = {
    subject: subjectOf({
      workload: program,
      threads,
      transactions: TRANSACTIONS,
      seed: 1,
      isolation: 'words',
    }),
    systems: [{ backend, profile, replicas: 1, faults: [], queuePairs: 'auto', reference: false }],
    thoroughness: { ...DEFAULT_THOROUGHNESS, seed: 1 },
    bug: null,
    image: null,
  } as const;
  let images = 0;
  return {
    unit: 'images',
    units: () => images,
    run() {
      images = runCrashJob(job).reduce((sum, { exploration }) => sum + exploration.images, 0);
    },
  };
}
