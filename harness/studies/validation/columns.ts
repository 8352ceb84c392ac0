/** The columns of validation.csv. */

import { type Column, column, figure } from '../../report/index.ts';
import type { ValidationRow } from './judge.ts';
import { endsOf } from './reference.ts';

// biome-ignore format: one column a line, or two
export const VALIDATION_COLUMNS: readonly Column<ValidationRow>[] = [
  column('section', '-',
    'program: a port against measurements of its original; suite: what is published of the whole ' +
    "suite; prediction: a port's speedups against those of a trace of its original", (row) => row.section),
  column('program', '-', 'workload, or all', (row) => row.program),
  column('conditions', '-', 'how the port was run, and which of its stores are counted', (row) => row.conditions),
  column('metric', '-', 'what is compared', (row) => row.metric),
  column('unit', '-', 'unit of the figures', (row) => row.unit),
  column('originalLow', 'as in unit', "the original's figure, or the low end of its range",
    (row) => figure(endsOf(row.original)[0])),
  column('originalHigh', 'as in unit', "the original's figure, or the high end of its range",
    (row) => figure(endsOf(row.original)[1])),
  column('ours', 'as in unit', "the port's figure", (row) => figure(row.ours)),
  column('deviation', 'as in deviationUnit', 'ours against the original, or against the nearer end of its range',
    (row) => figure(row.deviation)),
  column('tolerance', 'as in deviationUnit', 'largest deviation that passes; empty where none is judged',
    (row) => row.tolerance?.value ?? ''),
  column('deviationUnit', '-', 'percent, or points (percentage points of a share)',
    (row) => row.tolerance?.kind ?? 'percent'),
  column('verdict', '-',
    'within; explained (beyond the tolerance, with the reason); open (beyond it, with what is ' +
    'known and what is to be done next); beyond (no reason, or one that no longer holds: the command ' +
    'fails); reported (not judged)', (row) => row.verdict),
  column('reason', '-', 'why the port differs, or what to know of a reported figure', (row) => row.reason),
  column('source', '-', "where the original's figure is from", (row) => row.source),
];
