/** Runs one execution under several designs, each watched, and accounts for every one of them. */

import {
  type CellGroup,
  type CellRow,
  cellRows,
  REGISTRY,
  type RunOptions,
  runGroup,
} from '../../bench/index.ts';
import { type Account, accountOf } from './account.ts';
import { type Watch, watching } from './watch.ts';

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
