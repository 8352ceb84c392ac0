/**
 * Writes the descriptions of CSV columns into results/README.md, from the tables that the files
 * themselves are made of, and the schema of `--json`. `npm run docs` writes; a test checks that it has
 * been run.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, type Program } from '../harness/cli/command.ts';
import { CONFORMED_COLUMN } from '../harness/cli/conformed.ts';
import { planColumns } from '../harness/cli/plan/columns.ts';
import { RESULT_TABLES } from '../harness/cli/result-tables.ts';
import { MOVE_COLUMNS } from '../harness/cli/results/compare.ts';
import { RUN_COLUMNS } from '../harness/cli/results/list.ts';
import { start } from '../harness/cli/start.ts';
import { replaceFiles } from '../harness/host/index.ts';
import { type Column, columnsMarkdown, tablesSchemaText } from '../harness/report/index.ts';
import { parseAxis, sweepColumns } from '../harness/studies/sweep/index.ts';

/** The page that holds the descriptions. */
export const RESULTS_README = join(import.meta.dirname, '..', 'results', 'README.md');

/** The schema of what `--json` prints, for other languages. */
export const TABLES_SCHEMA_FILE = join(import.meta.dirname, '..', 'results', 'tables.schema.json');

/** A sweep of a value of the profile and a parameter, as an example of what varies. */
const SWEEP = {
  axes: ['pcie.postedNs=100', 'epochs=1'].map(parseAxis),
  groups: [],
  executionPoints: new Map(),
  profilePoints: new Map(),
};

/** The columns of every file that a command writes, by the name of the file or the command. */
const TABLES: Readonly<Record<string, readonly Column<never>[]>> = {
  ...Object.fromEntries(
    Object.entries(RESULT_TABLES).map(([file, { columns }]) => [file, columns] as const),
  ),
  run: [CONFORMED_COLUMN],
  sweep: sweepColumns(SWEEP),
  plan: planColumns(['epochs']),
  compare: MOVE_COLUMNS,
  list: RUN_COLUMNS,
};

/**
 * Meaning and unit of the columns of `file`, by name; those of a file that no command above writes are
 * looked for among the columns of cells.
 */
export function columnsOf(file: string): ReadonlyMap<string, string> {
  const columns = [...(TABLES[file] ?? []), ...TABLES.sweep, ...TABLES['whisper.csv']];
  const docs = columns.map(
    ({ name, unit, meaning }) => [name, unit === '-' ? meaning : `${meaning}; in ${unit}`] as const,
  );
  return new Map(docs.reverse());
}

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

/** The command line. */
export const PROGRAM: Program = {
  name: 'npm run docs --',
  short: 'docs',
  about: 'Writes the descriptions of CSV columns into results/README.md, and the schema of --json.',
  commands: [
    command(
      { usage: '$0', summary: 'writes both', words: {}, options: {}, examples: [] },
      async () => {
        const page = withColumnDocs(readFileSync(RESULTS_README, 'utf8'));
        replaceFiles([
          { path: RESULTS_README, fill: (file) => file.write(page) },
          { path: TABLES_SCHEMA_FILE, fill: (file) => file.write(tablesSchemaText()) },
        ]);
      },
    ),
  ],
};

if (import.meta.main) await start(PROGRAM);
