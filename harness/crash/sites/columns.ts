/** The columns of results/crash-sites.csv. */

import { type Column, column } from '../../report/index.ts';
import type { Phase } from './streams.ts';
import type { SiteFinding } from './survey.ts';

const visits = (phase: Phase, when: string): Column<SiteFinding> =>
  column(
    phase,
    'count',
    `how often the programs that were surveyed come to it ${when}`,
    (row) => row.visits[phase],
  );

// biome-ignore format: one column a line, or two
export const SITE_COLUMNS: readonly Column<SiteFinding>[] = [
  column('site', '-', 'a write-back or fence in the source: file, function, operation, and which of these there',
    (row) => row.site),
  column('part', '-', 'what is left out of it: all, or the last line of ranges of several lines', (row) => row.part),
  visits('setUp', 'while they are set up'),
  visits('run', 'in their transactions'),
  visits('recovery', 'in recoveries of crash images'),
  column('verdict', '-', 'caught: a crash shows that it was left out. redundant: other sites do the same before ' +
    'anything relies on it. made good: recovery does, or contents are the same until another site does. explained: ' +
    'contents are the same, and it is said why. missed: nobody knows why. unvisited: no program comes to it. ' +
    'broken: a program fails with it in place', (row) => row.verdict),
  column('coveredBy', '-', 'what does its work, or why it need not be done; "until" a site: contents are the same ' +
    'in every image looked at until that has its turn', (row) => row.coveredBy.join('; ')),
  column('foundIn', '-', 'program of which a crash showed it', (row) => row.foundIn ?? ''),
  column('foundDuring', '-', "part of that program's life", (row) => row.foundDuring ?? ''),
  column('crashPoints', 'count', 'crash points around its turns that were looked at with it in place, all sound',
    (row) => row.crashPoints),
  column('crashPointsWithout', 'count', 'the same without it, up to the first failure', (row) => row.crashPointsWithout),
  column('problem', '-', 'what the crash showed', (row) => row.problem ?? ''),
];
