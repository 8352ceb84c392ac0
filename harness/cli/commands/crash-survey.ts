/**
 * `pmirror crash-survey`: what the crash check would miss. Each write-back and fence of the source is left
 * out once, and crashes of programs that come to it are explored.
 */

import { join } from 'node:path';
import {
  DEFAULT_SURVEY_EXTENT,
  isWrong,
  runSurvey,
  SITE_COLUMNS,
  type SiteFinding,
  type SiteVerdict,
  SURVEY_PROGRAMS,
} from '../../crash/index.ts';
import { FailureError, toned, UsageError } from '../../host/index.ts';
import { fittedTable, type Head, prose } from '../../report/index.ts';
import { command } from '../command.ts';
import { output, writableCsv } from '../file-options.ts';
import { JSON_OPTION, SEED_OPTION, WIDE_OPTION, whole } from '../options.ts';
import { parseWorkloads, WORKLOAD_OPTIONS } from '../programs.ts';
import { RESULTS_DIRECTORY } from '../result-files.ts';
import { WORK_OPTIONS, withWork } from '../work.ts';

/** Transactions of a program that the plan does not know. */
const TRANSACTIONS = 12;

export const crashSurveyCommand = command(
  {
    usage: 'crash-survey [programs..]',
    summary:
      'leave out each write-back and fence of the source once: which does a crash find, and what does the ' +
      'work of the others',
    words: {
      programs: {
        help: 'workloads; see pmirror list. By default all, and all places of the source',
        parse: parseWorkloads('it has no recovery code; pmirror crash-check judges it'),
        default: undefined,
      },
    },
    options: {
      transactions: {
        ...WORKLOAD_OPTIONS.transactions,
        default: undefined,
        help: 'transactions of one client; by default what it takes to come to many places',
      },
      turns: whole({
        min: 1,
        max: 1_000_000,
        default: DEFAULT_SURVEY_EXTENT.turns,
        help: 'turns of a place to crash around, three times as many if none shows it',
      }),
      place: {
        help: 'regular expression: only places whose name matches',
        default: undefined,
        parse: placePattern,
      },
      ...SEED_OPTION,
      ...WORK_OPTIONS,
      ...JSON_OPTION,
      ...WIDE_OPTION,
      output: output({
        help: 'CSV file to write (default: results/crash-sites.csv, for the whole survey only)',
      }),
    },
    examples: [
      ['$0 crash-survey', 'every place, in every program'],
      ['$0 crash-survey vacation --place redo-memory', 'the redo log'],
    ],
  },
  async (values, given, answer) => {
    const { seed, turns, transactions, place } = values;
    const names = values.programs?.map(({ name }) => name);
    const planned = SURVEY_PROGRAMS.filter(({ workload }) => names?.includes(workload) ?? true);
    const others = (names ?? []).filter((name) => planned.every((one) => one.workload !== name));
    const programs = [
      ...planned,
      ...others.map((workload) => ({ workload, transactions: TRANSACTIONS })),
    ].map((program) => ({ ...program, transactions: transactions ?? program.transactions }));
    const isWhole = names === undefined && place === undefined;
    const isCommitted =
      isWhole && !['transactions', 'turns', 'seed'].some((name) => given.has(name));
    const path =
      values.output ??
      (isCommitted ? writableCsv(join(RESULTS_DIRECTORY, 'crash-sites.csv')) : undefined);
    const extent = { ...DEFAULT_SURVEY_EXTENT, turns, turnsMore: 3 * turns, seed };
    const plan = { programs, extent, wanted: place ?? /./, isWhole };
    const rows = await withWork({ values, answer, isCommitted }, (work) => runSurvey(plan, work));
    answer.show(
      `${fittedTable(HEADS, rows.map(lineOf), values.wide ?? false)}\n\n${totalsText(rows)}\n\n`,
    );
    answer.show(`${prose(CAPTION, 2)}\n`);
    answer.from({ seeds: [seed] });
    answer.give({ name: 'places', columns: SITE_COLUMNS, rows, to: path });
    answer.write();
    const wrong = rows.filter(isWrong);
    if (wrong.length > 0) {
      throw new FailureError(
        `${wrong.length} of ${rows.length} places: missed, unvisited or broken`,
      );
    }
  },
);

const HEADS: readonly Head[] = [
  { text: 'verdict', words: true },
  { text: 'place', words: true },
  { text: 'part', words: true, rank: 3 },
  { text: 'visits', rank: 2 },
  { text: 'found, or what does its work', short: 'found', words: true, rank: 1 },
];

function lineOf({ site, part, visits, verdict, problem, coveredBy }: SiteFinding): string[] {
  return [
    toned(VERDICT_TONES[verdict], verdict),
    site,
    part,
    String(visits.setUp + visits.run + visits.recovery),
    problem ?? coveredBy.join('; '),
  ];
}

function totalsText(rows: readonly SiteFinding[]): string {
  const counts = Object.keys(VERDICT_TONES).flatMap((verdict) => {
    const count = rows.filter((row) => row.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  return prose(`${rows.length} places: ${counts.join(', ')}`, 2);
}

const VERDICT_TONES: Readonly<Record<SiteVerdict, 'good' | 'open' | 'bad'>> = {
  caught: 'good',
  redundant: 'open',
  'made good': 'open',
  explained: 'open',
  missed: 'bad',
  unvisited: 'bad',
  broken: 'bad',
};

function placePattern(texts: readonly string[]): RegExp {
  try {
    return new RegExp(texts.map((text) => `(?:${text})`).join('|'));
  } catch (error) {
    throw new UsageError(`--place: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const CAPTION = [
  'caught: a crash shows that it is missing. redundant: other places do the same before anything relies on it.',
  'made good: recovery does it, or contents are the same until another place does. explained: contents are ' +
    'the same, and it is said why.',
].join('\n');
