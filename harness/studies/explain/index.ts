/** Why one design is faster than another on a program. */

export { accountedRows } from './rows.ts';
export { accountTables, explanation } from './table.ts';
