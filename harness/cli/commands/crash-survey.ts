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
import { toned, UsageError, withProgress } from '../../host/index.ts';
import { fittedTable, type Head, prose } from '../../report/index.ts';
import { command } from '../command.ts';
import { JSON_OPTION, SEED_OPTION } from '../options.ts';
import { parseWorkloads, WORKLOAD_OPTIONS } from '../programs.ts';

const { transactions } = WORKLOAD_OPTIONS;

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
      const { transactions } = values;
      const client = { threads: 1, transactions, seed, isolation: 'lines' } as const;
      const mutants = await withProgress(1, { unit: '%', count: 100 }, (update) =>
        surveyMutants(subjectOf({ workload, ...client }), {
          thoroughness,
          wanted,
          onProgress: (done, of) => update(done / of, `${workload}, place ${done} of ${of}`),
        }),
      );
      all.push(...mutants.map((mutant) => ({ workload, mutant })));
      const rows = mutants.map(({ place, count, verdict, crashPoints, problem }) => [
        toned(VERDICT_TONES[verdict], verdict),
        String(count),
        String(crashPoints),
        place,
        problem ?? '',
      ]);
      const count = (verdict: string): number =>
        mutants.filter((one) => one.verdict === verdict).length;
      answer.show(
        `${fittedTable(headsOf(workload), rows, false)}\n\n` +
          `${workload}: ${rows.length} places, ${count('caught')} caught, ` +
          `${count('redundant')} redundant, ${count('missed')} missed\n\n`,
      );
    }
    answer.show(`${prose(CAPTION, 2)}\n`);
    answer.give({ name: 'places', columns: MUTANT_COLUMNS, rows: all });
  },
);

/** Heads of the table of a workload. */
function headsOf(workload: string): Head[] {
  return [
    { text: workload },
    { text: 'times' },
    { text: 'crash points', short: 'points' },
    { text: 'place', words: true },
    { text: 'found', words: true },
  ];
}

const VERDICT_TONES = { caught: 'good', redundant: 'open', missed: 'bad' } as const;

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
