/** Runs one execution under several designs, each watched, and accounts for every one of them. */

import {
  type CellGroup,
  type CellRow,
  cellRows,
  REGISTRY,
  type RunOptions,
  runGroup,
  timingKey,
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
  const watches = new Map<string, Watch>();
  const rows = cellRows(await runGroup(group, watching(REGISTRY, watches), options));
  return rows.map((row) => {
    const { system, queuePairsUsed } = row.result;
    const watch = watches.get(timingKey(system, queuePairsUsed));
    if (watch === undefined) throw new Error(`nobody watched ${system.backend}`);
    return { ...row, account: accountOf(row, watch) };
  });
}
