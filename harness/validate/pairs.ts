/** The ports whose predictions are compared with traces of the originals. */

import type { Pair } from './prediction.ts';

const LOADS = {
  ours: 4.451,
  text:
    "the trace holds no loads; the port's, 7.1 us a transaction under every design, are 43 % of its " +
    'time under sm-dd and 10 % of that under sm-rc. Left out (above), the speedup is that of the trace',
};

/** See `Pair`. Threads and mix are those of the traces. */
export const PAIRS: readonly Pair[] = [
  { workload: 'ctree', parameters: {}, threads: 1, trace: 'ctree' },
  // 141 of the 300 transactions in the trace write.
  {
    workload: 'ycsb',
    parameters: { writeShare: 0.47 },
    threads: 2,
    trace: 'ycsb',
    reasons: { 'optane-cx5 sm-dd': LOADS },
  },
  { workload: 'vacation', parameters: {}, threads: 4, trace: 'vacation' },
];
