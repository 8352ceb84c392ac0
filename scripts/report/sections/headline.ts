/** What a reader wants to know first: the mean speedups, how far assumptions move them, what is published. */

import { headlineRowsOf, headlineSentences } from '../../../harness/studies/machines/index.ts';
import { policyName, SUITE } from '../../figures/draw/cells.ts';
import { digits, list } from '../../figures/draw/encoding.ts';
import { inDesignOrder } from '../../figures/draw/theme.ts';
import type { Section } from '../page/document.ts';
import { dataTable, type Head, type Html, html, NOTHING } from '../page/html.ts';
import { fileNamed, type ResultFile, type Results } from '../source.ts';

type Row = Readonly<Record<string, string>>;

/** The number in `text`; null for none. */
export function numberOf(text: string | undefined): number | null {
  if (text === undefined || text === '' || text === '-') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** A cell of a table: `value` with three digits, sorted by all of them. */
export const numberCell = (value: number | null) => ({
  text: value === null ? '' : digits(value),
  sort: value,
});

interface Mean {
  readonly row: Row;
  readonly geometric: number | null;
  readonly arithmetic: number | null;
  readonly published: number | null;
  readonly band: readonly [low: number, high: number] | null;
}

/** The means over the suite of designs that are held against the paper. */
function meansOf(results: Results): Mean[] {
  const summary = fileNamed(results, 'whisper-summary.csv')?.records ?? [];
  const bands = fileNamed(results, 'sensitivity.csv')?.records ?? [];
  return summary
    .filter((row) => row.set === 'whisper' && numberOf(row.publishedSpeedupOverSmRc) !== null)
    .map((row) => {
      const ends = bands
        .filter((one) => ['profile', 'queuePairs', 'backend'].every((key) => one[key] === row[key]))
        .flatMap((one) => [numberOf(one.geometricMeanAtLow), numberOf(one.geometricMeanAtHigh)])
        .filter((end) => end !== null);
      return {
        row,
        geometric: numberOf(row.geometricMeanSpeedupOverSmRc),
        arithmetic: numberOf(row.arithmeticMeanSpeedupOverSmRc),
        published: numberOf(row.publishedSpeedupOverSmRc),
        band: ends.length === 0 ? null : ([Math.min(...ends), Math.max(...ends)] as const),
      };
    });
}

/** The sentences that the page opens with; `finding`: where there is no headline. */
export function leadOf(results: Results, finding: string | undefined): Html {
  const means = meansOf(results);
  const [first] = means;
  if (first === undefined) {
    return finding === undefined ? NOTHING : html`<p class="lead">${finding}.</p>`;
  }
  const main = means.filter(
    ({ row }) => row.queuePairs === first.row.queuePairs && row.profile === first.row.profile,
  );
  const text = (value: number | null) => (value === null ? 'unknown' : digits(value));
  const speedups = list(main.map(({ row, geometric }) => `${row.backend} is ${text(geometric)}`));
  const published = list(main.map((one) => String(one.published)));
  const single = main.flatMap(({ row, band }) =>
    band === null ? [] : [`${digits(band[0])} to ${digits(band[1])} (${row.backend})`],
  );
  const joint = jointBands(results);
  const band =
    joint !== undefined
      ? html` Band: ${joint}.`
      : single.length > 0
        ? html` Band, while one assumption at a time takes the ends of its range: ${list(single)}.`
        : NOTHING;
  return html`<p class="lead"><b>${speedups} times as fast as remote commit</b>; published: ${published}.${band}</p>
<p class="muted">Geometric means over ${first.row.members} programs; ${policyName(first.row.queuePairs)}; profile ${first.row.profile}.
The paper's abstract says neither its machine nor which mean it took: this is consistent with it at most, and no reproduction.</p>`;
}

/** The band of the first guarantee and instruction counts of headline.csv, in words. */
function jointBands(results: Results): string | undefined {
  const rows = headlineRowsOf(fileNamed(results, 'headline.csv')?.records ?? []);
  const [first] = rows;
  if (first === undefined) return undefined;
  const same = rows.filter(
    (row) =>
      row.profile === first.profile &&
      row.guarantee === first.guarantee &&
      row.instructionCounts === first.instructionCounts,
  );
  const bands = same.map(
    ({ design, geometric: { p5, p95 } }) => `${digits(p5)} to ${digits(p95)} (${design})`,
  );
  return `${list(bands)}, 5 to 95 % of ${first.machines} machines drawn from all assumptions at once`;
}

const number = (text: string, about = ''): Head => ({ text, isNumber: true, about });

/** The headline with its band; nothing where the results have none. */
export function headlineSection(results: Results): Section[] {
  const means = meansOf(results);
  const joint = fileNamed(results, 'headline.csv');
  if (means.length === 0 && joint === undefined) return [];
  const table =
    means.length === 0
      ? NOTHING
      : dataTable({
          caption: 'Mean speedups over remote commit (sm-rc) under the same policy',
          heads: [
            { text: 'order between cores' },
            { text: 'design' },
            { text: 'profile' },
            number('geometric mean'),
            number('band: from', 'lowest geometric mean while one assumption takes an end'),
            number('to', 'highest geometric mean while one assumption takes an end'),
            number('arithmetic mean'),
            number('published', 'arXiv 1810.09360, whose abstract does not say which mean'),
          ],
          rows: means.map(({ row, geometric, arithmetic, published, band }) => [
            policyName(row.queuePairs).replace('order between cores: ', ''),
            row.backend,
            row.profile,
            numberCell(geometric),
            numberCell(band?.[0] ?? null),
            numberCell(band?.[1] ?? null),
            numberCell(arithmetic),
            numberCell(published),
          ]),
        });
  const body = html`${table}${joint === undefined ? NOTHING : jointTable(joint)}`;
  return [{ id: 'headline', title: 'Headline', body }];
}

/** The headline when all assumptions vary together. */
function jointTable(file: ResultFile): Html {
  const rows = headlineRowsOf(file.records);
  const table = dataTable({
    caption: `With all assumptions free: 5 to 95 % of ${rows[0]?.machines ?? 0} machines`,
    heads: [
      { text: 'guarantee' },
      { text: 'instruction counts' },
      { text: 'design' },
      number('geometric mean'),
      number('5 %'),
      number('50 %'),
      number('95 %'),
      number('published'),
      number('default at, %', 'share of the machines drawn with a mean below the default one'),
    ],
    rows: rows.map(({ guarantee, instructionCounts, design, published, geometric }) => [
      guarantee,
      instructionCounts,
      design,
      numberCell(geometric.value),
      numberCell(geometric.p5),
      numberCell(geometric.p50),
      numberCell(geometric.p95),
      numberCell(published),
      numberCell(geometric.defaultPercentile),
    ]),
  });
  return html`<p>${rows.length === 0 ? '' : headlineSentences(rows).join(' ')}</p>${table}`;
}

/** What each design costs each program; nothing without rows of programs. */
export function programsSection(results: Results): Section[] {
  const file = results.files.find(
    ({ name, columns }) =>
      (name === 'whisper.csv' || results.isOneFile) && columns.includes('slowdownOverNoSm'),
  );
  if (file === undefined || file.records.length === 0) return [];
  const designs = inDesignOrder(file.records.map(({ backend }) => backend)).filter(
    (name) => name !== 'no-sm',
  );
  const places = file.kind.key.filter((key) => key !== 'backend' && file.columns.includes(key));
  const policies = [...new Set(file.records.map(({ queuePairs }) => queuePairs))];
  const place = (row: Row) => policies.indexOf(row.queuePairs);
  const groups = Map.groupBy(
    file.records
      .filter(({ backend }) => designs.includes(backend))
      .sort((a, b) => place(a) - place(b)),
    (row) => JSON.stringify([...places, 'seed'].map((key) => row[key])),
  );
  const differ = places.filter(
    (key) =>
      key !== 'workload' &&
      key !== 'parameters' &&
      file.records.some((row) => row.backend !== 'no-sm' && row[key] !== file.records[0][key]),
  );
  const seeds = new Set(file.records.map(({ seed }) => seed)).size > 1 ? ['seed'] : [];
  const value = (rows: readonly Row[], backend: string, column: string) =>
    numberCell(numberOf(rows.find((row) => row.backend === backend)?.[column]));
  const faster = designs.filter((name) => name !== 'sm-rc');
  const table = dataTable({
    caption: 'What each design costs each program',
    heads: [
      { text: 'program' },
      ...[...differ, ...seeds].map((text) => ({ text })),
      ...designs.map((name) => number(`${name}: times no-sm`, 'time over that without mirroring')),
      ...faster.map((name) => number(`${name}: times as fast as sm-rc`)),
    ],
    rows: [...groups.values()].map((rows) => [
      rows[0].workload,
      ...[...differ, ...seeds].map((key) => rows[0][key]),
      ...designs.map((name) => value(rows, name, 'slowdownOverNoSm')),
      ...faster.map((name) => value(rows, name, 'speedupOverSmRc')),
    ]),
  });
  const count = new Set(file.records.map(({ workload }) => workload)).size;
  const suite = SUITE.filter((name) => file.records.some(({ workload }) => workload === name));
  const body = html`<p>Time of a transaction over that without mirroring, and speedups over remote commit:
${String(count)} programs, ${String(suite.length)} of them of WHISPER's suite; from ${file.name}.</p>${table}`;
  return [{ id: 'programs', title: 'Programs', body }];
}
