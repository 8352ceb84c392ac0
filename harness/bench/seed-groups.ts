/** Cells that differ in nothing but the seed. */

import { executionKey } from './cells.ts';
import type { CellRow } from './columns.ts';
import { timingKey } from './systems.ts';

/** The rows of one cell under several seeds. */
export type SeededRows = readonly CellRow[];

/** Rows that differ in nothing but the seed together, in the order of their first. */
export function groupBySeed(rows: readonly CellRow[]): SeededRows[] {
  const groups = Map.groupBy(rows, ({ result: { execution, system, queuePairsUsed } }) =>
    JSON.stringify([
      executionKey({ ...execution, seed: 0 }),
      system.queuePairs,
      timingKey(system, queuePairsUsed),
    ]),
  );
  return [...groups.values()];
}
