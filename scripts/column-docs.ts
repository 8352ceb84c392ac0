/**
 * Writes the descriptions of CSV columns into results/README.md, from the tables that the files
 * themselves are made of. `npm run docs` writes; a test checks that it has been run.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CELL_COLUMNS } from '../harness/bench/columns.ts';
import { LATENCY_COLUMNS } from '../harness/bench/latency-columns.ts';
import { INTERVAL_COLUMNS } from '../harness/bench/seeds.ts';
import { SUMMARY_COLUMNS } from '../harness/bench/summary.ts';
import { TRANSACT_COLUMNS } from '../harness/cli/commands/bench-transact.ts';
import { CRASH_COLUMNS } from '../harness/crash/columns.ts';
import { writeWhole } from '../harness/host/whole-file.ts';
import { columnsMarkdown } from '../harness/report/column.ts';
import { DDIO_COLUMNS } from '../harness/studies/calibration/ddio.ts';
import { CALIBRATION_COLUMNS } from '../harness/studies/calibration/rows.ts';
import { REGION_COLUMNS } from '../harness/studies/machines/region-report.ts';
import { SENSITIVITY_COLUMNS } from '../harness/studies/machines/sensitivity.ts';
import { VALIDATION_COLUMNS } from '../harness/studies/validation/table.ts';

/** The page that holds the descriptions. */
export const RESULTS_README = join(import.meta.dirname, '..', 'results', 'README.md');

const SECTIONS: Readonly<Record<string, string>> = {
  'whisper.csv': columnsMarkdown(CELL_COLUMNS),
  'whisper-summary.csv': columnsMarkdown(SUMMARY_COLUMNS),
  'whisper-latency.csv': columnsMarkdown(LATENCY_COLUMNS.slice(-8)),
  'whisper-intervals.csv': columnsMarkdown(INTERVAL_COLUMNS.slice(-13)),
  'sensitivity.csv': columnsMarkdown(SENSITIVITY_COLUMNS),
  'paper-region.csv': columnsMarkdown(REGION_COLUMNS),
  'transact.csv': columnsMarkdown(TRANSACT_COLUMNS.slice(0, 2)),
  'crash-check.csv': columnsMarkdown(CRASH_COLUMNS),
  'validation.csv': columnsMarkdown(VALIDATION_COLUMNS),
  'calibration.csv': columnsMarkdown(CALIBRATION_COLUMNS),
  'ddio.csv': columnsMarkdown(DDIO_COLUMNS),
};

/** `page` with each section between its markers made anew. Throws if a marker is missing. */
export function withColumnDocs(page: string): string {
  let text = page;
  for (const [file, table] of Object.entries(SECTIONS)) {
    const open = `<!-- columns of ${file} -->`;
    const close = '<!-- end of columns -->';
    const from = text.indexOf(open);
    const to = text.indexOf(close, from);
    if (from < 0 || to < 0) throw new Error(`no section '${open}' ... '${close}'`);
    text = `${text.slice(0, from + open.length)}\n${table}\n${text.slice(to)}`;
  }
  return text;
}

if (import.meta.main) {
  writeWhole(RESULTS_README, withColumnDocs(readFileSync(RESULTS_README, 'utf8')));
}
