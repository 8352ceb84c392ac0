/** Characterising a program as WHISPER does: epochs, lines, bytes, fences, dependencies. */

export type { Analysis } from './analysis.ts';
export { ANALYSIS_COLUMNS, toCsvRows } from './columns.ts';
export { measuredPmShare } from './pm-share.ts';
export { analyzeTrace, analyzeWorkload } from './rows.ts';
export { renderTable } from './table.ts';
