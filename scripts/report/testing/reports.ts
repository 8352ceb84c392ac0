/** Reports that tests make: of the committed results, and of a file whose texts would break a page. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { RESULTS } from '../../figures/draw/source.ts';
import { type Report, reportOf } from '../report.ts';
import { readResults } from '../source.ts';

export type Row = Record<string, string>;

/** Texts that end an element, a comment, a line or an attribute where they are not escaped. */
export const NASTY: readonly string[] = [
  '</script><img src="http://example.invalid/x.png" onerror="alert(1)">',
  '<!--<script>alert(2)',
  'a\u2028b\u2029c',
  '"><svg onload=alert(3)>',
  "&lt;b&gt; ' \\u003c",
];

/** The committed rows of whisper.csv. */
export const whisperRows = (): Row[] =>
  parse(readFileSync(join(RESULTS, 'whisper.csv')), { columns: true });

/** Writes `rows` as the file `name` in `folder`; returns its path. */
export function writeRows(folder: string, name: string, rows: readonly Row[]): string {
  const path = join(folder, name);
  writeFileSync(path, stringify([...rows], { header: true }));
  return path;
}

/** Rows of three programs whose names, profiles and designs are {@link NASTY}. */
export function nastyRows(): Row[] {
  return whisperRows()
    .filter(({ workload }) => ['ctree', 'ycsb', 'echo'].includes(workload))
    .map((row, index) => ({
      ...row,
      workload: `${row.workload}${NASTY[['ctree', 'ycsb', 'echo'].indexOf(row.workload)]}`,
      parameters: NASTY[index % NASTY.length],
      profile: NASTY[3],
      backend: row.backend === 'sm-ob' ? NASTY[4] : row.backend,
      [NASTY[0]]: '1',
    }));
}

/** The report of the results at `path`, which it calls `from`. */
export function reportAt(path: string, from: string, against?: string): Promise<Report> {
  return reportOf({
    results: readResults(path, from),
    against: against === undefined ? undefined : readResults(against, 'earlier'),
    machine: false,
    onProgress() {},
  });
}

/** The report of the committed results. */
export const committedReport = (): Promise<Report> => reportAt(RESULTS, 'results');
