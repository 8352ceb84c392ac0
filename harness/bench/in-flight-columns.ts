/** What a file of cells has besides where clients have several transactions in flight. */

import { type Column, column } from '../report/index.ts';
import type { CellGroup } from './cells.ts';
import type { CellRow } from './columns.ts';

// biome-ignore format: one column a line
const COLUMNS: readonly Column<CellRow>[] = [
  column('inflight', 'count',
    'durability points that a client may have unanswered; only in files where that varies or is not 1',
    ({ result }) => result.system.inflight ?? 1),
  column('group', 'count', 'transactions of a client that have one durability point; the same',
    ({ result }) => result.system.group ?? 1),
];

/** Of `groups`: none where each client waits for each of its transactions. */
export function inFlightColumns(groups: readonly CellGroup[]): readonly Column<CellRow>[] {
  const isSeveral = groups.some(({ systems }) =>
    systems.some(({ inflight, group }) => inflight !== undefined || group !== undefined),
  );
  return isSeveral ? COLUMNS : [];
}
