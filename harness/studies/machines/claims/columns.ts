/** The columns of claims.csv, and its rows read back from a file. */

import { type Column, column, figure } from '../../../report/index.ts';
import type { ClaimRow } from './rows.ts';

// biome-ignore format: one column a line, or two
export const CLAIM_COLUMNS: readonly Column<ClaimRow>[] = [
  column('workload', '-', 'name of the workload, or trace:NAME for the trace of a real program', (row) => row.program),
  column('profile', '-', 'hardware profile', (row) => row.profile),
  column('queuePairs', '-', 'policy of queue pairs of the design: as in whisper.csv', (row) => row.queuePairs),
  column('baselineQueuePairs', '-', 'policy of the sm-rc that is the baseline: the fastest that is right for the program',
    (row) => row.baselineQueuePairs),
  column('backend', '-', 'mirroring design', (row) => row.design),
  column('speedupOverRightSmRc', 'ratio', 'execution time of that sm-rc over this', (row) => figure(row.speedup)),
  column('slowdownOverNoSm', 'ratio', 'execution time over that of no-sm', (row) => figure(row.slowdown)),
];

/** The rows of a claims.csv, from its records. */
export function claimRowsOf(records: readonly Readonly<Record<string, string>>[]): ClaimRow[] {
  return records.map((record) => ({
    program: record.workload,
    profile: record.profile,
    queuePairs: record.queuePairs,
    baselineQueuePairs: record.baselineQueuePairs,
    design: record.backend,
    speedup: Number(record.speedupOverRightSmRc),
    slowdown: Number(record.slowdownOverNoSm),
  }));
}
