/** Why one design is faster than another on a program. */

export { ACCOUNT_COLUMNS } from './columns.ts';
export { type AccountedRow, accountedRows } from './rows.ts';
export { accountTables, choiceSentences, explanation } from './table.ts';
