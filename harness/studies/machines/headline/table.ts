/** The headline for the terminal and for README, and the sentences that it earns. */

import { plainTable, prose, threeDigits } from '../../../report/index.ts';
import { MEANS } from '../headline.ts';
import type { HeadlineRow, StatedMean } from './rows.ts';

const ratio = threeDigits;

const interval = ({ p5, p95 }: StatedMean): string => `${ratio(p5)} to ${ratio(p95)}`;

/** The lines of one guarantee: what they are of, then each mean with its interval. */
const HEAD = [
  'counts',
  'design',
  ...['geo', 'arith'].flatMap((mean) => [mean, '5 to 95 %']),
  'published',
  'default at',
];

function cells(row: HeadlineRow): string[] {
  const percentiles = MEANS.map((mean) => row[mean].defaultPercentile.toFixed(0));
  return [
    row.instructionCounts,
    row.design,
    ...MEANS.flatMap((mean) => [ratio(row[mean].value), interval(row[mean])]),
    row.published.toFixed(1),
    `${percentiles.join(', ')} %`,
  ];
}

/** The headline for the terminal: the lines, how to read them, and the sentences that they earn. */
export function headlineTable(rows: readonly HeadlineRow[]): string {
  const [{ machines, profile }] = rows;
  const tables = [...Map.groupBy(rows, ({ guarantee }) => guarantee)].map(
    ([guarantee, own]) => `${guarantee}\n\n${plainTable(HEAD, own.map(cells))}`,
  );
  const caption = [
    `Mean speedups over the fastest sm-rc that is right for the program, ${profile}.`,
    `5 to 95 %: of ${machines} machines drawn from all assumptions together; default at:`,
    `percentile of ${profile} itself among them, by either mean.`,
  ].join('\n');
  return prose([...tables, caption, headlineSentences(rows).join('\n')].join('\n\n'));
}

/** The same lines as one Markdown table. */
export function headlineMarkdown(rows: readonly HeadlineRow[]): string {
  const head = ['mirror', ...HEAD];
  const lines = [head, head.map(() => '---'), ...rows.map((row) => [row.guarantee, ...cells(row)])];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** What the headline says of the published figures: consistent at most, and never reproduced. */
export function headlineSentences(rows: readonly HeadlineRow[]): string[] {
  const counts = MEANS.map((mean) => {
    const inside = rows.filter(
      ({ published, [mean]: { p5, p95 } }) => p5 <= published && published <= p95,
    );
    return inside.length;
  });
  const total = counts[0] + counts[1];
  const by = MEANS.map((mean, i) => `${counts[i]} of ${rows.length} lines by the ${mean} mean`);
  const percentiles = rows.flatMap((row) => MEANS.map((mean) => row[mean].defaultPercentile));
  const ends = [Math.min(...percentiles), Math.max(...percentiles)].map((one) => one.toFixed(0));
  return [
    `The published speedups are within 5 to 95 % in ${by.join(', ')}.`,
    total === 0
      ? 'The model is not consistent with them.'
      : `${total < 2 * rows.length ? 'In these the' : 'The'} model is consistent with them; it does not ` +
        'reproduce them, as their machine is unknown.',
    `The default machine is at percentiles ${ends.join(' to ')} of the machines drawn.`,
  ];
}
