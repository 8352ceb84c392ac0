/** What happens in single transactions, moment by moment: a picture, and a trace for viewers. */

export { TIMELINE_COLUMNS } from './columns.ts';
export { timelineSvg } from './diagram/diagram.ts';
export { recordedRows } from './rows.ts';
export { timelineTable, verdict } from './table.ts';
export type { Choice } from './timeline.ts';
export { traceEventPieces } from './trace-events.ts';
