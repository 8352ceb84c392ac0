/** The microbenchmark over a grid of epochs per transaction and line writes per epoch. */

export { transactColumns } from './columns.ts';
export { transactTables } from './table.ts';
