/** Which design to run on a machine, ranked, with what each costs and how sure that is. */

export { advise, demandOn, designsFor } from './advise.ts';
export { ADVICE_COLUMNS, adviceRows, BREAK_EVEN_COLUMNS, breakEvenOf } from './columns.ts';
export { adviceText } from './table.ts';
