/**
 * `pmirror crash-survey`: what the crash check would miss. Each write-back and fence of a program
 * is left out once, and crashes of what remains are explored.
 */

import {
  DEFAULT_THOROUGHNESS,
  MUTANT_COLUMNS,
  type Mutant,
  subjectOf,
  surveyMutants,
} from '../../crash/index.ts';
import { startProgress, UsageError } from '../../host/index.ts';
import { plainTable } from '../../report/index.ts';
import { command } from '../command.ts';
import { JSON_OPTION, SEED_OPTION } from '../options.ts';
import { parseWorkloads, WORKLOAD_OPTIONS } from '../programs.ts';

const { transactions } = WORKLOAD_OPTIONS;

/** Characters of a finding that fit into a table. */
const FINDING_CHARACTERS = 80;

export const crashSurveyCommand = command(
  {
    usage: 'crash-survey <programs..>',
    summary: 'leave out each write-back and fence of programs once: which does a crash check find',
    words: {
      programs: {
        help: 'workloads; see pmirror list',
        required: 'which programs?',
        parse: parseWorkloads('it has no recovery code; pmirror crash-check judges it'),
      },
    },
    options: {
      // Few transactions and many moments: every place is crashed around, and that for each place.
      transactions: { ...transactions, default: 12, help: 'transactions of one client' },
      crashes: { ...transactions, default: 400, help: 'moments of a crash for each place' },
      place: {
        help: 'regular expression: only places whose name matches',
        default: '.',
        parse: placePattern,
      },
      ...SEED_OPTION,
      ...JSON_OPTION,
    },
    examples: [['$0 crash-survey vacation', 'the redo log: a few seconds; echo takes minutes']],
  },
  async (values, _given, answer) => {
    const { seed, crashes, place: wanted } = values;
    const thoroughness = { ...DEFAULT_THOROUGHNESS, seed, crashes };
    const all: { readonly workload: string; readonly mutant: Mutant }[] = [];
    for (const { name: workload } of values.programs) {
      const progress = startProgress(1);
      const mutants = surveyMutants(
        subjectOf({
          workload,
          threads: 1,
          transactions: values.transactions,
          seed,
          isolation: 'lines',
        }),
        {
          thoroughness,
          wanted,
          onProgress: (done, of) => progress.update(done / of, `${workload}: ${done} of ${of}`),
        },
      );
      progress.stop();
      all.push(...mutants.map((mutant) => ({ workload, mutant })));
      const rows = mutants.map(({ place, count, verdict, crashPoints, problem }) => [
        verdict,
        String(count),
        String(crashPoints),
        place,
        (problem ?? '').slice(0, FINDING_CHARACTERS),
      ]);
      const count = (verdict: string): number => rows.filter(([own]) => own === verdict).length;
      answer.show(
        `${plainTable([workload, 'times', 'crash points', 'place', 'found'], rows)}\n\n` +
          `${workload}: ${rows.length} places, ${count('caught')} caught, ` +
          `${count('redundant')} redundant, ${count('missed')} missed\n\n`,
      );
    }
    answer.show(`${CAPTION}\n`);
    answer.give({ name: 'places', columns: MUTANT_COLUMNS, rows: all });
  },
);

function placePattern(texts: readonly string[]): RegExp {
  try {
    return new RegExp(texts.map((text) => `(?:${text})`).join('|'));
  } catch (error) {
    throw new UsageError(`--place: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const CAPTION = [
  'caught: a crash shows that it is missing. redundant: the operations around it do the same.',
  'missed: neither; either recovery makes good what is lost, or the check has a hole: read the code.',
].join('\n');
