/**
 * What the programs on N-store share: each client is an executor with a database of its own, in a pool
 * of its own.
 */

import { createHash } from 'node:crypto';
import type { PmHeap } from '../../pm/heap.ts';
import type { Program } from '../workload.ts';
import { createDatabase, openDatabase, poolRange } from './database.ts';
import type { Engine } from './engine.ts';
import { databaseText, recoverDatabase } from './recovery.ts';
import type { TableSpec } from './table.ts';

/** One client's share of a program. */
export interface Executor {
  readonly engine: Engine;
  transaction(): void;
  /** As the program's. */
  verify(): void;
}

/** What executors are started with. */
export interface ExecutorOptions {
  readonly threads: number;
  readonly tables: readonly TableSpec[];
  /** Whether `heap` holds an image of such a program, rather than nothing. */
  readonly recovered: boolean;
}

/**
 * The program of `threads` executors. `make` gets each client's database, recovered, or empty and to be
 * loaded.
 */
export function startExecutors(
  heap: PmHeap,
  { threads, tables, recovered }: ExecutorOptions,
  make: (engine: Engine, client: number) => Executor,
): Program {
  const executors = Array.from({ length: threads }, (_, client) => {
    const open = recovered ? openDatabase : createDatabase;
    const engine = open(heap, poolRange(heap, threads, client), tables);
    if (recovered) recoverDatabase(engine);
    return make(engine, client);
  });
  return {
    transaction: (client) => executors[client].transaction(),
    verify() {
      for (const executor of executors) executor.verify();
    },
    digest() {
      const hash = createHash('sha256');
      for (const { engine } of executors) hash.update(`${databaseText(engine)}\n\n`);
      return hash.digest('hex');
    },
  };
}
