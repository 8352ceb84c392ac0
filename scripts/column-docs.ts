/**
 * Writes the descriptions of CSV columns into results/README.md, from the tables that the files
 * themselves are made of. `npm run docs` writes; a test checks that it has been run.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CELL_COLUMNS,
  INTERVAL_COLUMNS,
  LATENCY_COLUMNS,
  SUMMARY_COLUMNS,
} from '../harness/bench/index.ts';
import { CRASH_COLUMNS } from '../harness/crash/index.ts';
import { writeWhole } from '../harness/host/index.ts';
import { type Column, columnsMarkdown } from '../harness/report/index.ts';
import { CALIBRATION_COLUMNS, DDIO_COLUMNS } from '../harness/studies/calibration/index.ts';
import { ANALYSIS_COLUMNS } from '../harness/studies/characterise/index.ts';
import {
  assumptionsOf,
  CLAIM_COLUMNS,
  HEADLINE_COLUMNS,
  jointColumns,
  REGION_COLUMNS,
  SENSITIVITY_COLUMNS,
} from '../harness/studies/machines/index.ts';
import { parseAxis, sweepColumns } from '../harness/studies/sweep/index.ts';
import { TRANSACT_COLUMNS } from '../harness/studies/transact/index.ts';
import { VALIDATION_COLUMNS } from '../harness/studies/validation/index.ts';
import { profileNamed } from '../rdma/index.ts';

/** The page that holds the descriptions. */
export const RESULTS_README = join(import.meta.dirname, '..', 'results', 'README.md');

/** A sweep of a value of the profile and a parameter, as an example of what varies. */
const SWEEP = {
  axes: ['pcie.postedNs=100', 'epochs=1'].map(parseAxis),
  groups: [],
  executionPoints: new Map(),
  profilePoints: new Map(),
};

/** The columns of every file that a command writes, by the name of the file or the command. */
const TABLES: Readonly<Record<string, readonly Column<never>[]>> = {
  'whisper.csv': CELL_COLUMNS,
  'whisper-summary.csv': SUMMARY_COLUMNS,
  'whisper-latency.csv': LATENCY_COLUMNS,
  'whisper-intervals.csv': INTERVAL_COLUMNS,
  'headline.csv': HEADLINE_COLUMNS,
  'joint.csv': jointColumns(assumptionsOf(profileNamed('paper-2018'))),
  'claims.csv': CLAIM_COLUMNS,
  'sensitivity.csv': SENSITIVITY_COLUMNS,
  'paper-region.csv': REGION_COLUMNS,
  'transact.csv': TRANSACT_COLUMNS,
  'crash-check.csv': CRASH_COLUMNS,
  'validation.csv': VALIDATION_COLUMNS,
  'calibration.csv': CALIBRATION_COLUMNS,
  'ddio.csv': DDIO_COLUMNS,
  sweep: sweepColumns(SWEEP),
  analyze: ANALYSIS_COLUMNS,
};

/** `page` with each section between its markers made anew. Throws if a marker is missing. */
export function withColumnDocs(page: string): string {
  let text = page;
  for (const [file, columns] of Object.entries(TABLES)) {
    const open = `<!-- columns of ${file} -->`;
    const close = '<!-- end of columns -->';
    const from = text.indexOf(open);
    const to = text.indexOf(close, from);
    if (from < 0 || to < 0) throw new Error(`no section '${open}' ... '${close}'`);
    text = `${text.slice(0, from + open.length)}\n${columnsMarkdown(columns)}\n${text.slice(to)}`;
  }
  return text;
}

if (import.meta.main) {
  writeWhole(RESULTS_README, withColumnDocs(readFileSync(RESULTS_README, 'utf8')));
}
