/** What was checked: ports against their originals, the model against machines, designs against power failures. */

import { digits } from '../../figures/draw/encoding.ts';
import type { Section } from '../page/document.ts';
import { type Cell, dataTable, type Html, html } from '../page/html.ts';
import { fileNamed, type ResultFile, type Results } from '../source.ts';
import { numberCell, numberOf } from './headline.ts';

type Row = Readonly<Record<string, string>>;

/** The verdicts of all checks that the results hold. */
export function checksSection(results: Results): Section[] {
  const parts = Object.entries({
    'validation.csv': validation,
    'calibration.csv': calibration,
    'crash-check.csv': crashCheck,
  }).flatMap(([name, part]) => {
    const file = fileNamed(results, name);
    return file === undefined || file.records.length === 0 ? [] : [part(file)];
  });
  return parts.length === 0 ? [] : [{ id: 'checks', title: 'Checks', body: html`${parts}` }];
}

/** How often each verdict stands in each group of `rows`. */
function verdictTable(
  caption: string,
  head: string,
  rows: readonly Row[],
  group: (row: Row) => string,
): Html {
  const verdicts = [...new Set(rows.map(({ verdict }) => verdict))];
  return dataTable({
    caption,
    heads: [{ text: head }, ...verdicts.map((text) => ({ text, isNumber: true }))],
    rows: [...Map.groupBy(rows, group)].map(([name, own]) => [
      name,
      ...verdicts.map((verdict) => {
        const count = own.filter((row) => row.verdict === verdict).length;
        return { text: count === 0 ? '' : String(count), sort: count };
      }),
    ]),
  });
}

const verdict = (isGood: boolean, text: string): Html =>
  html`<p><b class="${isGood ? 'good' : 'bad'}">${isGood ? '✓' : '✗'} ${text}</b></p>`;

/** Verdicts that nothing judges. */
const UNJUDGED: readonly string[] = ['reported', 'not judged', ''];

/** What was measured of the original: a figure, or a range. */
function originalCell(row: Row): Cell {
  const [low, high] = [row.originalLow, row.originalHigh].map((text) => numberCell(numberOf(text)));
  return low.text === high.text ? low : { ...low, text: `${low.text} to ${high.text}` };
}

function validation({ records }: ResultFile): Html {
  const judged = records.filter((row) => !UNJUDGED.includes(row.verdict));
  const within = judged.filter((row) => row.verdict === 'within');
  const others = judged.filter((row) => row.verdict !== 'within');
  const table = dataTable({
    caption: 'Judged figures that are not within tolerance',
    heads: [
      { text: 'program' },
      { text: 'figure' },
      { text: 'verdict' },
      { text: 'original', isNumber: true },
      { text: 'ours', isNumber: true },
      { text: 'unit' },
      { text: 'why' },
    ],
    rows: others.map((row) => [
      row.program,
      row.metric,
      row.verdict,
      originalCell(row),
      numberCell(numberOf(row.ours)),
      row.unit,
      row.reason,
    ]),
  });
  const open = others.filter((row) => row.verdict !== 'explained').length;
  return html`<h3>Ports against their originals</h3>
${verdict(
  others.length === 0,
  `${within.length} of ${judged.length} judged figures are within tolerance; of the others ${others.length - open} are explained and ${open} open`,
)}
${verdictTable('Verdicts by program', 'program', records, ({ program }) => program)}
${others.length === 0 ? '' : table}`;
}

function calibration({ records }: ResultFile): Html {
  const judged = records.filter((row) => !UNJUDGED.includes(row.verdict));
  const measured = judged.filter((row) => numberOf(row.measured) !== null);
  const predicted = measured.filter((row) => row.basis !== 'fitted');
  const ok = predicted.filter((row) => row.verdict === 'ok');
  const others = judged.filter((row) => row.verdict !== 'ok');
  const table = dataTable({
    caption: 'Quantities that the model misses',
    heads: [
      { text: 'quantity' },
      { text: 'verdict' },
      { text: 'model', isNumber: true },
      { text: 'measured', isNumber: true },
      { text: 'unit' },
      { text: 'off by, %', isNumber: true },
      { text: 'tolerated, %', isNumber: true },
      { text: 'next' },
    ],
    rows: others.map((row) => [
      row.quantity,
      row.verdict,
      numberCell(numberOf(row.model)),
      numberCell(numberOf(row.measured)),
      row.unit,
      numberCell(numberOf(row.deviationPercent)),
      numberCell(numberOf(row.tolerancePercent)),
      row.next,
    ]),
  });
  return html`<h3>The model against measurements</h3>
${verdict(
  others.length === 0,
  `${ok.length} of ${predicted.length} judged predictions are within tolerance of the measurement`,
)}
<p class="muted">Beside them ${measured.length - predicted.length} rows whose values were fitted, which prove nothing${
    judged.length > measured.length
      ? `, and ${judged.length - measured.length} without a public measurement`
      : ''
  }.</p>
${others.length === 0 ? '' : table}`;
}

function crashCheck({ records }: ResultFile): Html {
  const isSeeded = (row: Row) =>
    (row.error !== '' && row.error !== '-') || row.backend.startsWith('canary');
  const seeded = records.filter(isSeeded);
  const real = records.filter((row) => !isSeeded(row));
  const sound = real.filter((row) => row.verdict === 'sound');
  const caught = seeded.filter((row) => row.verdict === 'caught');
  const images = real.reduce((sum, row) => sum + Number(row.images || 0), 0);
  const wrong = [
    ...real.filter((row) => row.verdict !== 'sound'),
    ...seeded.filter((row) => row.verdict !== 'caught'),
  ];
  const table = dataTable({
    caption: 'Checks that failed',
    heads: ['program', 'design', 'profile', 'seeded bug', 'verdict', 'found on'].map((text) => ({
      text,
    })),
    rows: wrong.map((row) => [
      row.workload,
      row.backend,
      row.profile,
      row.error === '-' ? '' : row.error,
      row.verdict,
      row.foundOn ?? '',
    ]),
  });
  return html`<h3>Power failures</h3>
${verdict(
  wrong.length === 0,
  `${sound.length} of ${real.length} checks of programs found no error, in ${digits(images)} crash images; ${caught.length} of ${seeded.length} seeded bugs were caught`,
)}
${verdictTable('Verdicts by design', 'design', records, ({ backend }) => backend)}
${wrong.length === 0 ? '' : table}`;
}
