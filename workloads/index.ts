/**
 * The table of workloads: what the command line, the suites and the conformance tests know. A new
 * workload is its own file plus one line here.
 */

import { echo } from './echo/echo.ts';
import { lmdb } from './lmdb/lmdb.ts';
import { memcached } from './memcached/memcached.ts';
import { transact } from './micro/transact.ts';
import { tpcc } from './nstore/tpcc.ts';
import { ycsb } from './nstore/ycsb.ts';
import { btree } from './nvml/btree.ts';
import { ctree } from './nvml/ctree.ts';
import { hashmap } from './nvml/hashmap.ts';
import { rbtree } from './nvml/rbtree.ts';
import { redis } from './nvml/redis.ts';
import { exim } from './pmfs/exim.ts';
import { mysql } from './pmfs/mysql.ts';
import { nfs } from './pmfs/nfs.ts';
import { vacation } from './vacation/vacation.ts';
import type { AnyWorkload } from './workload.ts';

/**
 * Where a workload stands: `whisper`, an application of the suite, part of the headline means;
 * `extra`, a real program run beside them, with means of its own; `micro`, not part of the suite run.
 */
export type WorkloadGroup = 'whisper' | 'extra' | 'micro';

/** A line of the table. */
export interface WorkloadEntry {
  readonly workload: AnyWorkload;
  readonly group: WorkloadGroup;
}

/** All workloads, in the order in which they are listed and run. */
export const WORKLOADS: readonly WorkloadEntry[] = [
  { workload: echo, group: 'whisper' },
  { workload: ycsb, group: 'whisper' },
  { workload: tpcc, group: 'whisper' },
  { workload: redis, group: 'whisper' },
  { workload: ctree, group: 'whisper' },
  { workload: hashmap, group: 'whisper' },
  { workload: vacation, group: 'whisper' },
  { workload: memcached, group: 'whisper' },
  { workload: nfs, group: 'whisper' },
  { workload: exim, group: 'whisper' },
  { workload: mysql, group: 'whisper' },
  { workload: btree, group: 'extra' },
  { workload: rbtree, group: 'extra' },
  { workload: lmdb, group: 'extra' },
  { workload: transact, group: 'micro' },
];

/** The workload of that name. */
export function resolveWorkload(name: string): AnyWorkload | undefined {
  return WORKLOADS.find(({ workload }) => workload.name === name)?.workload;
}
