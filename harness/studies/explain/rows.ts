/** Runs one execution under several designs, each watched, and accounts for every one of them. */

import {
  type CellGroup,
  type CellRow,
  cellRows,
  observing,
  REGISTRY,
  type RunOptions,
  runGroup,
} from '../../bench/index.ts';
import { type Account, accountOf } from './account.ts';
import { accountWatch } from './watch.ts';

export interface AccountedRow extends CellRow {
  readonly account: Account;
}

/** The rows of `group`, in the order of its systems. */
export async function accountedRows(
  group: CellGroup,
  options: RunOptions,
): Promise<AccountedRow[]> {
  const { registry, watchOf } = observing(REGISTRY, accountWatch);
  const rows = cellRows(await runGroup(group, registry, options));
  return rows.map((row) => ({ ...row, account: accountOf(row, watchOf(row.result)) }));
}
