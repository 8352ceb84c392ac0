/**
 * Cells of programs of a few operations on the machine with round numbers, for tests that derive their
 * rows by hand.
 */

import assert from 'node:assert/strict';
import type { PmHeap } from '../../../pm/heap.ts';
import { withValue } from '../../../rdma/index.ts';
import { ROUND_PROFILE } from '../../../rdma/testing/round-profile.ts';
import { defineWorkload } from '../../../workloads/workload.ts';
import { withWorkspace } from '../../host/index.ts';
import { type CellRow, cellRows } from '../columns.ts';
import { REGISTRY } from '../registry.ts';
import { runGroup } from '../run.ts';
import { boundsOf, expandSystems } from '../systems.ts';

/** A program, and what its cells are to be. What is not said is one, or none. */
export interface KnownProgram {
  /** Runs the `n`-th transaction of all, from 0. */
  transaction(heap: PmHeap, n: number, client: number): void;
  readonly transactions: number;
  readonly warmupTransactions?: number;
  readonly threads?: number;
  /** Volatile work by type of transaction, ns: the round machine does an instruction in one. */
  readonly computeNs?: readonly number[];
  /** Values in which the machine differs from the round one, by path. */
  readonly machine?: Readonly<Record<string, number>>;
  readonly replicas?: number;
  readonly backends: readonly string[];
}

/** The rows of its cells, one a backend. */
export async function rowsOf(program: KnownProgram): Promise<CellRow[]> {
  const { threads = 1, replicas = 1, computeNs = [], machine = {} } = program;
  const workload = defineWorkload({
    name: 'known',
    summary: 'a few operations',
    protocol: 'none',
    group: 'micro',
    parameters: {},
    smallParameters: {},
    threadsMax: threads,
    threadsDefault: threads,
    orderNeeded: 'none',
    transactionsDefault: 1,
    txTypes: [],
    instructionsPerTx: () => computeNs,
    heapBytes: () => 2 ** 23,
    create(heap) {
      let n = 0;
      const transaction = (client: number): void => program.transaction(heap, n++, client);
      return { transaction, verify: () => {}, digest: () => '' };
    },
    recover: () => assert.fail('nobody crashes it'),
  });
  const { transactions, warmupTransactions = 0, backends } = program;
  const execution = {
    kind: 'workload',
    workload: 'known',
    parameters: {},
    threads,
    seed: 7,
    transactions,
    warmupTransactions,
    computeModel: 'whisper',
  } as const;
  const profile = Object.entries(machine).reduce(
    (changed, [path, value]) => withValue(changed, path, String(value)),
    ROUND_PROFILE,
  );
  const systems = expandSystems({ backends, profiles: [profile], replicas: [replicas] });
  const group = { execution, systems: [...systems, ...boundsOf(systems)] };
  const registry = { ...REGISTRY, resolveWorkload: () => workload };
  return cellRows(await withWorkspace((directory) => runGroup(group, registry, { directory })));
}

/** A line that differs for each `i` and does not follow another. */
export const freshLine = (i: number): number => 64 * (2 * i + 2);

/** Stores to the line at `offset` and writes it back. */
export function writeLine(heap: PmHeap, offset: number): void {
  heap.storeWord(offset, 1);
  heap.writeBack(offset, 8);
}
