/**
 * `npm run results:check [-- NAME...]`: makes the committed results anew, or a fixed part of those
 * that take long, and compares the bytes. Exit codes: 0 all the same; 1 something moved, which is
 * reported row by row; 2 wrong arguments.
 */

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { command, type Program } from '../harness/cli/command.ts';
import { namesOf } from '../harness/cli/options.ts';
import { RESULTS_DIRECTORY } from '../harness/cli/result-files.ts';
import { start } from '../harness/cli/start.ts';
import { exitCodeOf, FailureError, withWorkspace } from '../harness/host/index.ts';
import { type CheckedFile, csvDifferences } from './csv-differences.ts';
import { CHECKS, type Check } from './regeneration.ts';

/** So many differences of a file are reported. */
const TOLD_MAX = 12;

/** What is to be checked, against what, and who receives the report. */
export interface Checking {
  readonly checks: Readonly<Record<string, Check>>;
  /** Names among `checks`; all of them if there are none. */
  readonly names: readonly string[];
  /** Where the committed files are. */
  readonly committed: string;
  say(line: string): void;
}

/** Does it, several checks at a time. Whether all is the same. */
export async function checkResults({ checks, names, committed, say }: Checking): Promise<boolean> {
  const chosen = Object.entries(checks).filter(
    ([name]) => names.length === 0 || names.includes(name),
  );
  let same = true;
  await withWorkspace(async (workspace) => {
    const cores = availableParallelism();
    const jobs = Math.max(1, Math.floor(cores / chosen.length));
    const waiting = chosen.values();
    const lane = async (): Promise<void> => {
      for (const [name, check] of waiting) {
        const directory = join(workspace, name);
        mkdirSync(directory);
        const failure = await check.regenerate(directory, jobs).then(() => '', failureText);
        const reports = check.files.map((file) => reportOn(file, committed, directory));
        if (failure !== '') say(failure);
        for (const { lines } of reports) say(lines.join('\n  '));
        same &&= failure === '' && reports.every((report) => report.same);
      }
    };
    await Promise.all(Array.from({ length: Math.min(cores, chosen.length) }, lane));
  });
  return same;
}

/** The first line says how it went, those that follow what moved. */
function reportOn(file: CheckedFile, committed: string, regenerated: string) {
  if (!existsSync(join(committed, file.name))) {
    return { same: true, lines: [`${file.name}: is not among the committed results yet`] };
  }
  const path = join(regenerated, file.name);
  const read = (directory: string) => readFileSync(join(directory, file.name), 'utf8');
  const found = existsSync(path)
    ? csvDifferences(file, read(committed), read(regenerated))
    : ['the file was not made'];
  const extent = file.isPart === undefined ? '' : ' (the part that is checked)';
  if (found.length === 0) return { same: true, lines: [`${file.name}${extent}: the same`] };
  const more = found.length > TOLD_MAX ? [`and ${found.length - TOLD_MAX} more`] : [];
  const count = `${found.length} difference${found.length === 1 ? '' : 's'}`;
  const head = `${file.name}${extent}: ${count}, committed -> regenerated`;
  return { same: false, lines: [head, ...found.slice(0, TOLD_MAX), ...more] };
}

/** What a user reads of an error; of a defect of this program, where it is. */
function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return exitCodeOf(error) === undefined ? (error.stack ?? error.message) : error.message;
}

/** The command line. */
export const PROGRAM: Program = {
  name: 'npm run results:check --',
  short: 'results:check',
  about: 'Makes the committed results anew, or a fixed part of them, and compares the bytes.',
  commands: [
    command(
      {
        usage: '$0 [names..]',
        summary: 'compares results',
        words: { names: namesOf('check', Object.keys(CHECKS)) },
        options: {},
        examples: [],
      },
      async ({ names = [] }, _given, answer) => {
        const isSame = await checkResults({
          checks: CHECKS,
          names,
          committed: RESULTS_DIRECTORY,
          say: (line) => answer.say(`${line}\n`),
        });
        if (!isSame) throw new FailureError('committed results are not what the code gives');
      },
    ),
  ],
};

if (import.meta.main) await start(PROGRAM);
