/** The columns of taxonomy.csv, and the table for people. */

import { toned } from '../host/index.ts';
import { type Column, column, figure, fittedTable, type Head } from '../report/index.ts';
import { keptText } from './check/failure.ts';
import { isConfirmed, type TaxonomyRow } from './taxonomy.ts';

const exploration = ({ result }: TaxonomyRow) => result.exploration;
const isLost = (row: TaxonomyRow): boolean => exploration(row).failure !== null;

/** What it takes to see the failure again, behind the command that repeats the cell. */
function imageOf(row: TaxonomyRow): string {
  const { failure } = exploration(row);
  if (failure === null) return '';
  const { machine, crashPs, kept } = failure;
  return `--machine ${machine} --crash-at ${crashPs} --keep ${keptText(kept)}`;
}

// biome-ignore format: one column a line, or two
export const TAXONOMY_COLUMNS: readonly Column<TaxonomyRow>[] = [
  column('persistenceDomain', '-', 'where data is safe at the replica: adr or eadr, as in profiles', (row) => row.domain),
  column('ddio', '-', "whether the replica's NIC writes to its cache", (row) => row.ddio),
  column('verb', '-', 'how lines are sent: WRITE, WRITE with immediate data, or SEND into receive buffers in DRAM',
    (row) => row.verb),
  column('backend', '-', 'the method, as crash-check takes it', ({ method }) => method.backend.name),
  column('waitsFor', '-', 'what is waited for at every ordering point', ({ method }) => method.about),
  column('stated', '-', 'what arXiv 1909.02092 has of it, as we read it: right, or loses', (row) => row.isRight ? 'right' : 'loses'),
  column('least', 'flag', '1: of what is right there, it waits for the least', (row) => Number(row.isLeast)),
  column('lineNs', 'ns', 'one 64 B line made so on optane-cx5, with its PCIe as it is', (row) => figure(row.lineNs)),
  column('found', '-', 'by the crash check of ctree: right where nothing is lost', (row) => isLost(row) ? 'loses' : 'right'),
  column('crashPoints', 'count', 'crash points looked at, up to the first error', (row) => exploration(row).crashPoints),
  column('images', 'count', 'memory images looked at', (row) => exploration(row).images),
  column('acknowledged', 'count', 'transactions that had been acknowledged when one was lost; empty where none is',
    (row) => exploration(row).failure?.acknowledged.least[0] ?? ''),
  column('lost', '-', 'what the smallest failing image shows; empty where nothing is lost',
    (row) => exploration(row).failure?.problem ?? ''),
  column('image', '-', 'options of crash-check that show that image again, with this backend on the profile of this row', imageOf),
  column('profile', '-', 'the machine: names behind + are values set, or of replica 0', ({ result }) => result.system.profile.name),
];

const HEADS: readonly Head[] = [
  { text: 'domain', words: true },
  { text: 'DDIO', words: true },
  { text: 'verb', words: true },
  { text: 'waits for', words: true },
  { text: 'stated', words: true },
  { text: 'found', words: true },
  { text: 'line' },
];

/** A line for each method: what is stated, what was found, and what a line takes. */
export function taxonomyTable(rows: readonly TaxonomyRow[], wide = false): string {
  const lines = rows.map((row) => {
    const found = isLost(row) ? 'loses' : 'right';
    const stated = row.isRight ? 'right' : 'loses';
    return [
      row.domain,
      row.ddio,
      row.verb,
      row.method.awaited,
      row.isLeast ? `${stated}, the least` : stated,
      toned(isConfirmed(row) ? 'good' : 'bad', found),
      `${Math.round(row.lineNs)} ns`,
    ];
  });
  return fittedTable(HEADS, lines, wide);
}
