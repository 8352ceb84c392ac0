/**
 * The files that commands write, and what their columns are to each other: keys say what a row is of,
 * figures what was found. Documentation and the long form of results are made from this table.
 */

import { profileNamed } from '../../rdma/index.ts';
import {
  cellColumns,
  IDENTITY_COLUMNS,
  INTERVAL_COLUMNS,
  latencyColumnsWith,
  SUMMARY_COLUMNS,
} from '../bench/index.ts';
import { CRASH_COLUMNS, SITE_COLUMNS, TAXONOMY_COLUMNS } from '../crash/index.ts';
import { COUNT_COLUMNS, GROWTH_COLUMNS, SPEED_COLUMNS } from '../emulator/index.ts';
import { type Column, column } from '../report/index.ts';
import { CALIBRATION_COLUMNS, DDIO_COLUMNS } from '../studies/calibration/index.ts';
import { ANALYSIS_COLUMNS } from '../studies/characterise/index.ts';
import {
  ABLATION_COLUMNS,
  assumptionsOf,
  CLAIM_COLUMNS,
  DESIGN_COLUMNS,
  HEADLINE_COLUMNS,
  jointColumns,
  REGION_COLUMNS,
  SENSITIVITY_COLUMNS,
} from '../studies/machines/index.ts';
import { SOLVE_COLUMNS } from '../studies/solve/index.ts';
import { transactColumns } from '../studies/transact/index.ts';
import { VALIDATION_COLUMNS } from '../studies/validation/index.ts';

/** A kind of file. */
export interface ResultTable {
  readonly columns: readonly Column<never>[];
  /** Columns with a unit that are keys all the same. */
  readonly keys: readonly string[];
  /** Columns without a unit that are found, and no keys. */
  readonly verdicts: readonly string[];
  /** Other names of keys, where the long form has that name for something else. */
  readonly renamed?: Readonly<Record<string, string>>;
}

function resultTable(
  columns: readonly Column<never>[],
  { keys = [], verdicts = [], renamed = {} }: Partial<Omit<ResultTable, 'columns'>> = {},
): ResultTable {
  return { columns, keys, verdicts, renamed };
}

/** What varies in hardware.csv; `scripts/figures/data.ts` makes it from other files. */
// biome-ignore format: one column a line
const HARDWARE_COLUMNS: readonly Column<never>[] = [
  ['quantity', '-', 'what is changed'],
  ['unit', '-', 'its unit'],
  ['value', 'as in unit', 'its value'],
  ['profile', '-', 'the profile that the machine differs from'],
  ['replicas', 'count', 'machines that hold a mirror'],
  ['queuePairs', '-', 'policy of queue pairs'],
  ['backend', '-', 'mirroring design'],
  ['members', 'count', 'programs that the means are over'],
  ['geometricMeanSpeedupOverSmRc', 'ratio', 'geometric mean of the speedups over sm-rc'],
  ['arithmeticMeanSpeedupOverSmRc', 'ratio', 'their arithmetic mean'],
].map(([name, unit, meaning]) => column(name, unit, meaning, () => ''));

const CELL_KEYS = IDENTITY_COLUMNS.map(({ name }) => name);
const CELLS = { keys: CELL_KEYS, verdicts: ['smRcBaseline'] };
const MEANS = { keys: ['replicas', 'members', 'seeds'] };

/** By the names of the files, or of the command whose file has any name. */
export const RESULT_TABLES: Readonly<Record<string, ResultTable>> = {
  'whisper.csv': resultTable(cellColumns(), CELLS),
  'whisper-summary.csv': resultTable(SUMMARY_COLUMNS, MEANS),
  'whisper-latency.csv': resultTable(latencyColumnsWith(), {
    keys: CELL_KEYS.filter((name) => name !== 'transactions'),
  }),
  'whisper-intervals.csv': resultTable(INTERVAL_COLUMNS, { keys: [...CELL_KEYS, 'seeds'] }),
  'headline.csv': resultTable(HEADLINE_COLUMNS, { keys: ['members', 'machines'] }),
  'joint.csv': resultTable(jointColumns(assumptionsOf(profileNamed('paper-2018'))), {
    keys: ['members'],
  }),
  'claims.csv': resultTable(CLAIM_COLUMNS),
  'ablation.csv': resultTable(ABLATION_COLUMNS),
  'designs.csv': resultTable(DESIGN_COLUMNS, { verdicts: ['queuePairsUsed', 'refused'] }),
  'sensitivity.csv': resultTable(SENSITIVITY_COLUMNS, { keys: ['members'] }),
  'paper-region.csv': resultTable(REGION_COLUMNS, {
    keys: ['persistNs', 'flushNs', 'networkScale', 'writeAckNs', 'instructionsPerCycle', 'members'],
    verdicts: ['geometricInside', 'arithmeticInside'],
  }),
  'hardware.csv': resultTable(HARDWARE_COLUMNS, {
    keys: ['value', 'replicas', 'members'],
    renamed: { unit: 'quantityUnit', value: 'quantityValue' },
  }),
  'transact.csv': resultTable(transactColumns(), {
    ...CELLS,
    keys: [...CELL_KEYS, 'epochsPerTx', 'linesPerEpoch'],
  }),
  'crash-check.csv': resultTable(CRASH_COLUMNS, {
    keys: ['threads', 'replicas', 'transactions'],
    verdicts: ['verdict', 'foundOn'],
  }),
  'crash-sites.csv': resultTable(SITE_COLUMNS, {
    verdicts: ['verdict', 'coveredBy', 'foundIn', 'foundDuring', 'problem'],
  }),
  'taxonomy.csv': resultTable(TAXONOMY_COLUMNS, {
    verdicts: ['stated', 'found', 'least', 'lost', 'image'],
  }),
  'validation.csv': resultTable(VALIDATION_COLUMNS, {
    verdicts: ['verdict'],
    renamed: { metric: 'quantity' },
  }),
  'calibration.csv': resultTable(CALIBRATION_COLUMNS, { verdicts: ['verdict'] }),
  'ddio.csv': resultTable(DDIO_COLUMNS, {
    keys: ['ddioWays', 'ddioLines', 'linesPerDurabilityPoint'],
  }),
  'emulator.csv': resultTable(SPEED_COLUMNS, { keys: ['threads'] }),
  'emulator-growth.csv': resultTable(GROWTH_COLUMNS, {
    keys: ['threads', 'operations', 'logBytes'],
  }),
  counts: resultTable(COUNT_COLUMNS, { keys: ['threads', 'operations'] }),
  solve: resultTable(SOLVE_COLUMNS, {
    keys: ['threads', 'replicas', 'quorum'],
    verdicts: ['holds', 'stretches', 'leftAtLow', 'leftAtHigh'],
  }),
  analyze: resultTable(ANALYSIS_COLUMNS, {
    keys: ['threads'],
    renamed: { metric: 'quantity' },
  }),
};
