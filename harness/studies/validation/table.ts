/** The validation as CSV columns and as tables for the terminal. */

import { type Column, figure } from '../../report/column.ts';
import { plainTable } from '../../report/table.ts';
import type { ValidationRow, ValidationVerdict } from './judge.ts';
import type { Tolerance } from './metrics.ts';
import type { Original } from './reference.ts';

const ends = (original: Original): readonly [number, number] =>
  typeof original === 'number' ? [original, original] : original;

/** Columns of validation.csv. */
export const VALIDATION_COLUMNS: readonly Column<ValidationRow>[] = [
  {
    name: 'section',
    unit: '-',
    meaning:
      'program: a port against measurements of its original; suite: what is published of the whole ' +
      "suite; prediction: a port's speedups against those of a trace of its original",
    value: (row) => row.section,
  },
  { name: 'program', unit: '-', meaning: 'workload, or all', value: (row) => row.program },
  {
    name: 'conditions',
    unit: '-',
    meaning: 'how the port was run, and which of its stores are counted',
    value: (row) => row.conditions,
  },
  { name: 'metric', unit: '-', meaning: 'what is compared', value: (row) => row.metric },
  { name: 'unit', unit: '-', meaning: 'unit of the figures', value: (row) => row.unit },
  {
    name: 'originalLow',
    unit: 'as in unit',
    meaning: "the original's figure, or the low end of its range",
    value: (row) => figure(ends(row.original)[0]),
  },
  {
    name: 'originalHigh',
    unit: 'as in unit',
    meaning: "the original's figure, or the high end of its range",
    value: (row) => figure(ends(row.original)[1]),
  },
  {
    name: 'ours',
    unit: 'as in unit',
    meaning: "the port's figure",
    value: (row) => figure(row.ours),
  },
  {
    name: 'deviation',
    unit: 'as in deviationUnit',
    meaning: 'ours against the original, or against the nearer end of its range',
    value: (row) => figure(row.deviation),
  },
  {
    name: 'tolerance',
    unit: 'as in deviationUnit',
    meaning: 'largest deviation that passes; empty where none is judged',
    value: (row) => row.tolerance?.value ?? '',
  },
  {
    name: 'deviationUnit',
    unit: '-',
    meaning: 'percent, or points (percentage points of a share)',
    value: (row) => row.tolerance?.kind ?? 'percent',
  },
  {
    name: 'verdict',
    unit: '-',
    meaning:
      'within; explained (beyond the tolerance, with the reason); open (beyond it, with what is ' +
      'known, which is not the whole cause); beyond (no reason, or one that ' +
      'no longer holds: the command fails); reported (not judged)',
    value: (row) => row.verdict,
  },
  {
    name: 'reason',
    unit: '-',
    meaning: 'why the port differs, or what to know of a reported figure',
    value: (row) => row.reason,
  },
  {
    name: 'source',
    unit: '-',
    meaning: "where the original's figure is from",
    value: (row) => row.source,
  },
];

const HEAD = ['metric', 'original', 'ours', 'deviation', 'tolerance', 'verdict', 'reason'];

/** A table per program and way of running it; reasons by number, in full below. */
export function validationTables(rows: readonly ValidationRow[]): string {
  const reasons: string[] = [];
  const sections = new Map<string, string[][]>();
  for (const row of rows) {
    const title = `${row.program} (${row.conditions})`;
    const lines = sections.get(title) ?? [];
    lines.push(lineOf(row, reasons));
    sections.set(title, lines);
  }
  const tables = [...sections].map(([title, lines]) => `${title}\n${plainTable(HEAD, lines)}`);
  const notes = reasons.map((reason, i) => `[${i + 1}] ${reason}`);
  return [...tables, notes.join('\n')].join('\n\n').trimEnd();
}

function lineOf(row: ValidationRow, reasons: string[]): string[] {
  const { metric, original, ours, deviation, tolerance, verdict, reason } = row;
  return [
    metric,
    [...new Set(ends(original))].map(shortNumber).join(' to '),
    shortNumber(ours),
    deviationText(deviation, tolerance),
    tolerance === null ? '-' : `${tolerance.value} ${unitText(tolerance)}`,
    verdict === 'beyond' ? 'BEYOND' : verdict,
    noteNumber(reason, reasons),
  ];
}

/** The number of `reason` among those shown so far; the same text keeps its number. */
function noteNumber(reason: string, reasons: string[]): string {
  if (reason === '') return '';
  const known = reasons.indexOf(reason);
  return `[${known >= 0 ? known + 1 : reasons.push(reason)}]`;
}

function deviationText(deviation: number, tolerance: Tolerance | null): string {
  const sign = deviation > 0 ? '+' : '';
  return `${sign}${deviation.toFixed(1)} ${unitText(tolerance)}`;
}

function unitText(tolerance: Tolerance | null): string {
  return tolerance?.kind === 'points' ? 'pt' : '%';
}

function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** One line on all rows: how many have which verdict. */
export function verdictLine(rows: readonly ValidationRow[]): string {
  const count = (verdict: ValidationVerdict): number =>
    rows.filter((row) => row.verdict === verdict).length;
  return (
    `${rows.length} figures: ${count('within')} within tolerance, ${count('explained')} beyond it ` +
    `for a stated reason, ${count('open')} beyond it with the cause only partly known, ` +
    `${count('beyond')} beyond it without a reason, ${count('reported')} reported only`
  );
}
