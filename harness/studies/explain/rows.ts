/** Runs one execution under several designs, each watched, and accounts for every one of them. */

import type { CellGroup } from '../../bench/cells.ts';
import { type CellRow, cellRows } from '../../bench/columns.ts';
import { REGISTRY } from '../../bench/registry.ts';
import { type RunOptions, runGroup } from '../../bench/run.ts';
import { type Account, accountOf } from './account.ts';
import { type Watch, watching } from './watch.ts';

/** A cell with its account. */
export interface AccountedRow extends CellRow {
  readonly account: Account;
}

/** The rows of `group`, in the order of its systems. */
export async function accountedRows(
  group: CellGroup,
  options: RunOptions,
): Promise<AccountedRow[]> {
  const watches: Watch[] = [];
  const rows = cellRows(await runGroup(group, watching(REGISTRY, watches), options));
  return rows.map((row, i) => ({ ...row, account: accountOf(row, watches[i]) }));
}
