/** Every file of the results as a table, with what its columns mean. */

import { columnsOf } from '../../column-docs.ts';
import type { Section } from '../page/document.ts';
import { html } from '../page/html.ts';
import { differing, type ResultFile, type Results } from '../source.ts';

/** A table that the page's script makes when it is opened. */
export interface LongTable {
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly {
    readonly name: string;
    readonly about: string;
    readonly isNumber: boolean;
    readonly isMain: boolean;
  }[];
  readonly rows: readonly (readonly string[])[];
}

const FEW_COLUMNS = 10;

const idOf = (name: string): string => `table-${name.replace(/[^\w-]/g, '-')}`;

/** The section, and the data of its tables. */
export function tablesSection(results: Results): { section: Section; data: LongTable[] } {
  const files = results.files.filter(({ records }) => records.length > 0);
  const parts = files.map((file) => {
    const same = sameInAll(file);
    return html`<details id="${idOf(file.name)}"><summary>${file.kind.title}: <code>${file.name}</code>, ${file.records.length} rows</summary>
${same === '' ? '' : html`<p class="muted">In all rows: ${same}.</p>`}
</details>
`;
  });
  const body = html`<p class="screen">Open one to see it; a head sorts. Where the pointer rests on a head, it says what the column means.</p>${parts}`;
  return {
    section: { id: 'tables', title: 'All results', body },
    data: files.map(longTable),
  };
}

/** Columns that have one value in all rows of `file`, where it has several rows. */
const constant = ({ columns, records }: ResultFile): string[] =>
  records.length < 2
    ? []
    : columns.filter((name) => records.every((row) => row[name] === records[0][name]));

function sameInAll(file: ResultFile): string {
  const named = constant(file).filter((name) => file.kind.key.includes(name) || name === 'seed');
  return named
    .filter((name) => !['', '-'].includes(file.records[0][name]))
    .map((name) => `${name} ${file.records[0][name]}`)
    .join(', ');
}

function longTable(file: ResultFile): LongTable {
  const { name, kind, columns, records } = file;
  const same = constant(file);
  const docs = columnsOf(name);
  const seeds = same.includes('seed') ? [] : ['seed'];
  const main = [...differing(file), ...seeds, ...kind.main];
  const chosen = columns.length <= FEW_COLUMNS ? [...columns] : main;
  // A long text beside a short name is of no use at first.
  const shown = chosen.filter((one) => one !== 'parameters' && columns.includes(one));
  const order = [
    ...new Set([...(shown.length > 0 ? shown : columns.slice(0, FEW_COLUMNS)), ...columns]),
  ];
  const isMain = (one: string) =>
    (shown.length > 0 ? shown : order.slice(0, FEW_COLUMNS)).includes(one);
  return {
    id: idOf(name),
    caption: `${kind.title} (${name})`,
    columns: order.map((one) => ({
      name: one,
      about: docs.get(one) ?? '',
      isNumber: isNumeric(records.map((row) => row[one])),
      isMain: isMain(one),
    })),
    rows: records.map((row) => order.map((one) => (row[one] === '-' ? '' : row[one]))),
  };
}

/** True if all of `texts` that are there are numbers, and one is there. */
function isNumeric(texts: readonly string[]): boolean {
  const there = texts.filter((text) => text !== '' && text !== '-');
  return there.length > 0 && there.every((text) => Number.isFinite(Number(text)));
}
