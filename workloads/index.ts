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

/** All workloads, in the order in which they are listed and run. */
export const WORKLOADS: readonly AnyWorkload[] = [
  echo,
  ycsb,
  tpcc,
  redis,
  ctree,
  hashmap,
  vacation,
  memcached,
  nfs,
  exim,
  mysql,
  btree,
  rbtree,
  lmdb,
  transact,
];

/** Workloads of users, in files of their own: known by name beside those of the table. */
const added: AnyWorkload[] = [];

/** Makes `workload` known in this process, or in this worker of it, until the end. */
export function addWorkload(workload: AnyWorkload): void {
  added.push(workload);
}

/** The workload of that name. */
export function resolveWorkload(name: string): AnyWorkload | undefined {
  return [...WORKLOADS, ...added].find((workload) => workload.name === name);
}
