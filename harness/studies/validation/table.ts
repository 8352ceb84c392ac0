/** The validation as tables for the terminal. */

import { type Tone, toned } from '../../host/index.ts';
import { fittedTable, prose, threeDigits } from '../../report/index.ts';
import type { ValidationRow, ValidationVerdict } from './judge.ts';
import type { Tolerance } from './metrics.ts';
import { endsOf } from './reference.ts';

const HEADS = [
  ...['metric', 'original', 'ours', 'deviation'].map((text) => ({ text })),
  { text: 'tolerance', rank: 1 },
  { text: 'verdict' },
  { text: 'reason' },
];

const TONES = {
  within: 'good',
  explained: 'open',
  open: 'open',
  beyond: 'bad',
  reported: 'plain',
} as const satisfies Record<ValidationVerdict, Tone>;

/** A table per program and way of running it; reasons by number, in full below. */
export function validationTables(rows: readonly ValidationRow[], wide: boolean): string {
  const reasons: string[] = [];
  const sections = Map.groupBy(rows, (row) => `${row.program} (${row.conditions})`);
  const tables = [...sections].map(([title, own]) => {
    const lines = own.map((row) => lineOf(row, reasons));
    return `${prose(title, 2)}\n${fittedTable(HEADS, lines, wide)}`;
  });
  const notes = reasons.map((reason, i) => prose(`[${i + 1}] ${reason}`, 4));
  return [...tables, notes.join('\n')].join('\n\n').trimEnd();
}

function lineOf(row: ValidationRow, reasons: string[]): string[] {
  const { metric, original, ours, deviation, tolerance, verdict, reason } = row;
  return [
    metric,
    [...new Set(endsOf(original))].map(shortNumber).join(' to '),
    shortNumber(ours),
    deviationText(deviation, tolerance),
    tolerance === null ? '-' : `${tolerance.value} ${unitText(tolerance)}`,
    toned(TONES[verdict], verdict === 'beyond' ? 'BEYOND' : verdict),
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
  return `${sign}${threeDigits(deviation)} ${unitText(tolerance)}`;
}

function unitText(tolerance: Tolerance | null): string {
  return tolerance?.kind === 'points' ? 'pt' : '%';
}

function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : threeDigits(value);
}

/** One line on all rows: how many have which verdict. */
export function verdictLine(rows: readonly ValidationRow[]): string {
  const count = (verdict: ValidationVerdict): number =>
    rows.filter((row) => row.verdict === verdict).length;
  return prose(
    `${rows.length} figures: ${count('within')} within tolerance, ${count('explained')} beyond it ` +
      `for a stated reason, ${count('open')} beyond it with the cause only partly known, ` +
      `${count('beyond')} beyond it without a reason, ${count('reported')} reported only`,
    2,
  );
}
