/**
 * `pmirror crash-survey`: what the crash check would miss. Each write-back and fence of a program is left
 * out once, and crashes of what remains are explored.
 */

import { DEFAULT_SEED } from '../../bench/index.ts';
import { DEFAULT_THOROUGHNESS, subjectOf, surveyMutants } from '../../crash/index.ts';
import { startProgress, UsageError } from '../../host/index.ts';
import { plainTable } from '../../report/index.ts';
import { chosenWorkloads, single, wholeNumber } from '../choices.ts';
import { type Command, RANGES } from '../command.ts';

/** Few transactions and many moments: every place is crashed around, and that for each place. */
const TRANSACTIONS_DEFAULT = 12;
const CRASHES_DEFAULT = 400;

/** Characters of a finding that fit into a table. */
const FINDING_CHARACTERS = 80;

export const crashSurveyCommand: Command = {
  usage: 'crash-survey <workloads..>',
  summary: 'leave out each write-back and fence of programs once: which does a crash check find',
  positionals: { workloads: 'names of workloads; see pmirror list' },
  options: {
    transactions: {
      type: 'string',
      describe: `transactions of one client (default: ${TRANSACTIONS_DEFAULT})`,
    },
    crashes: {
      type: 'string',
      describe: `moments of a crash for each place (default: ${CRASHES_DEFAULT})`,
    },
    place: {
      type: 'string',
      describe: 'regular expression: only places whose name matches (default: all)',
    },
    seed: { type: 'string', describe: `seed of everything random (default: ${DEFAULT_SEED})` },
  },
  examples: [['$0 crash-survey vacation', 'the redo log: a few seconds; echo takes minutes']],
  async run(given) {
    const seed = wholeNumber('seed', given.seed, RANGES.seed) ?? DEFAULT_SEED;
    const transactions =
      wholeNumber('transactions', given.transactions, RANGES.transactions) ?? TRANSACTIONS_DEFAULT;
    const crashes = wholeNumber('crashes', given.crashes, RANGES.transactions) ?? CRASHES_DEFAULT;
    const thoroughness = { ...DEFAULT_THOROUGHNESS, seed, crashes };
    const wanted = placePattern(single('place', given.place));
    for (const { name: workload } of chosenWorkloads(given.workloads)) {
      const progress = startProgress(1);
      const mutants = surveyMutants(
        subjectOf({ workload, threads: 1, transactions, seed, isolation: 'lines' }),
        {
          thoroughness,
          wanted,
          onProgress: (done, of) => progress.update(done / of, `${workload}: ${done} of ${of}`),
        },
      );
      progress.stop();
      const rows = mutants.map(({ place, count, verdict, crashPoints, problem }) => [
        verdict,
        String(count),
        String(crashPoints),
        place,
        (problem ?? '').slice(0, FINDING_CHARACTERS),
      ]);
      const count = (verdict: string): number => rows.filter(([own]) => own === verdict).length;
      process.stdout.write(
        `${plainTable([workload, 'times', 'crash points', 'place', 'found'], rows)}\n\n` +
          `${workload}: ${rows.length} places, ${count('caught')} caught, ` +
          `${count('redundant')} redundant, ${count('missed')} missed\n\n`,
      );
    }
    process.stdout.write(`${CAPTION}\n`);
  },
};

function placePattern(text: string | undefined): RegExp {
  try {
    return new RegExp(text ?? '.');
  } catch (error) {
    throw new UsageError(`--place: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const CAPTION = [
  'caught: a crash shows that it is missing. redundant: the operations around it do the same.',
  'missed: neither; either recovery makes good what is lost, or the check has a hole: read the code.',
].join('\n');
