/**
 * The programs of a survey, in the order in which a site is looked for in them: those that take least
 * time first. Parameters are a workload's small ones, and what it takes to come to sites that it does
 * not come to with them.
 */

import type { PmHeap } from '../../../pm/heap.ts';
import { LINE_BYTES } from '../../../pm/line.ts';
import type { GivenParameters } from '../../../workloads/parameters.ts';
import { GENERATION_MAX, JOURNAL_HEADER, JournalField } from '../../../workloads/pmfs/layout.ts';

/** A program of a survey. One client: sites are of the code, and crashes of the primary alone. */
export interface SurveyProgram {
  readonly workload: string;
  readonly parameters?: GivenParameters;
  readonly transactions: number;
  readonly seed?: number;
  /** Crash images that are recovered in search of recoveries, where that is more than usual. */
  readonly recoveredImages?: number;
  /** Only for sites that no program before comes to: it takes long. */
  readonly isSpare?: true;
  /** Name of what ages the memory after set-up, before it is opened again. */
  readonly aged?: keyof typeof AGES;
}

/** What else would take a million transactions. */
export const AGES = {
  /** The journal of a file system has used all but a few of its generations. */
  journal(heap: PmHeap): void {
    heap.storeU16(JOURNAL_HEADER + JournalField.GENERATION, GENERATION_MAX - 9);
    heap.writeBack(JOURNAL_HEADER, LINE_BYTES);
    heap.durabilityFence();
  },
} as const;

/** Every workload, some of them several times. */
export const SURVEY_PROGRAMS: readonly SurveyProgram[] = [
  { workload: 'transact', transactions: 24 },
  { workload: 'ctree', transactions: 24 },
  { workload: 'btree', transactions: 24 },
  { workload: 'rbtree', transactions: 24 },
  { workload: 'redis', transactions: 24 },
  { workload: 'hashmap', transactions: 24 },
  { workload: 'vacation', transactions: 24 },
  { workload: 'memcached', transactions: 24 },
  {
    workload: 'memcached',
    parameters: { conflictPercent: 50, attemptsPerConflict: 2 },
    transactions: 60,
  },
  { workload: 'nfs', transactions: 40 },
  { workload: 'nfs', parameters: { pmfsBuild: 'whisper' }, transactions: 24 },
  { workload: 'nfs', transactions: 24, aged: 'journal' },
  { workload: 'exim', transactions: 40 },
  { workload: 'lmdb', transactions: 8 },
  { workload: 'ycsb', transactions: 24 },
  { workload: 'mysql', parameters: { pageBytes: 8192 }, transactions: 2 },
  { workload: 'mysql', transactions: 12 },
  {
    workload: 'tpcc',
    // An order of the run is delivered before an older one of another district.
    parameters: { districts: 2, customers: 1, items: 2 },
    transactions: 20,
    seed: 3,
  },
  { workload: 'echo', transactions: 4 },
  // Recoveries of unfinished merges are rare.
  { workload: 'echo', transactions: 4, recoveredImages: 1000, isSpare: true },
  // A vector grows.
  { workload: 'echo', transactions: 10, isSpare: true },
];
