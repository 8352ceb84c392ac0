/** How results are shown: columns, CSV, tables, statistics. */

export { barOf } from './bar.ts';
export { bootstrapInterval, ENOUGH_VALUES, FEW_VALUES, type Interval } from './bootstrap.ts';
export {
  type Column,
  column,
  columnsAsIn,
  columnsMarkdown,
  columnsOf,
  figure,
  openColumn,
} from './column.ts';
export { type CsvRecords, csvOf, csvText, parseCsv, refuseTwice, writeCsv } from './csv.ts';
export { TABLES_SCHEMA, type Table, tablesJson, tablesSchemaText } from './json.ts';
export {
  arithmeticMean,
  deviationPercent,
  geometricMean,
  percentileOf,
  quantile,
  rounded,
} from './statistics.ts';
export {
  countText,
  fittedTable,
  type Head,
  headsOf,
  listTable,
  plainTable,
  threeDigits,
  timeText,
  timeTexts,
} from './table.ts';
export { type Fields, type Role, type TidyRow, tidyColumns, tidyRows } from './tidy.ts';
export { prose } from './wrap.ts';
