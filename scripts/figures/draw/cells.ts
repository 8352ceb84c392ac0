/** Rows of cells: the columns that say what a cell is, and which of them one figure can show together. */

import type { z } from 'zod';
import { distinct, list } from './encoding.ts';
import { some } from './figure.ts';
import { number, table, text, textIfAny } from './table.ts';

/** Instead of a program: the geometric mean over all. */
export const MEAN = 'geometric mean';

/** What every cell has: program, design, machine. */
const CELL = {
  workload: text,
  parameters: text,
  backend: text,
  profile: text,
  threads: number,
  replicas: number,
  quorum: textIfAny,
  queuePairs: text,
  faults: text,
  seed: number,
  computeModel: text,
};

/** A table of cells with further columns. */
export const cellTable = <Shape extends z.ZodRawShape>(file: string, further: Shape) =>
  table(file, { ...CELL, ...further });

/** The applications of WHISPER, in the order of every figure. */
export const SUITE: readonly string[] = [
  'echo',
  'ycsb',
  'tpcc',
  'redis',
  'ctree',
  'hashmap',
  'vacation',
  'memcached',
  'nfs',
  'exim',
  'mysql',
];

interface Cell {
  readonly workload: string;
  readonly parameters: string;
  readonly backend: string;
  readonly profile: string;
  readonly threads: number | null;
  readonly replicas: number | null;
  readonly quorum: string;
  readonly queuePairs: string;
  readonly faults: string;
  readonly seed: number | null;
  readonly computeModel: string;
}

type Key = Exclude<keyof Cell, 'backend' | 'workload'>;

const MACHINE: readonly Key[] = ['profile', 'replicas', 'quorum', 'faults', 'seed', 'computeModel'];
const PROGRAM: readonly Key[] = ['parameters', 'threads'];

/** Cells that one figure can compare. */
export interface Comparable<Row> {
  readonly rows: readonly Row[];
  /** "profile paper-2018, 1 replica, seed 1". */
  readonly conditions: string;
  /** What was left out, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Cells of the suite's programs (of all programs, if there is none of the suite) on one machine, each
 * program under one choice of threads and parameters: the first, save what `varied` names.
 */
export function comparable<Row extends Cell>(
  given: readonly Row[],
  varied: readonly Key[] = [],
  { suiteOnly = true }: { readonly suiteOnly?: boolean } = {},
): Comparable<Row> {
  const suite = suiteOnly ? given.filter(({ workload }) => SUITE.includes(workload)) : given;
  let rows = some(suite.length > 0 ? suite : given, 'a program');
  const notes: string[] = [];
  for (const key of MACHINE.filter((each) => !varied.includes(each))) {
    const replicated = rows.filter(({ backend }) => backend !== 'no-sm');
    const [first, ...others] = distinct(
      replicated.length > 0 ? replicated : rows,
      (row) => row[key],
    );
    if (others.length === 0) continue;
    // Of a quorum an empty cell says that a wait is for all.
    const [shown, ...hidden] = [first, ...others].map((value) => (value === '' ? 'all' : value));
    notes.push(`Only ${key} ${shown} is shown; the file also has ${list(hidden.map(String))}.`);
    rows = rows.filter((row) => row[key] === first);
  }
  const firsts = new Map<string, string>();
  const choice = (row: Row) =>
    PROGRAM.filter((key) => !varied.includes(key))
      .map((key) => row[key])
      .join(' ');
  for (const row of rows) if (!firsts.has(row.workload)) firsts.set(row.workload, choice(row));
  const chosen = rows.filter((row) => firsts.get(row.workload) === choice(row));
  if (chosen.length < rows.length) {
    notes.push('Of each program the first parameters and number of threads are shown.');
  }
  return { rows: chosen, conditions: conditionsOf(chosen, varied), notes };
}

function conditionsOf(rows: readonly Cell[], varied: readonly Key[]): string {
  const [{ profile, quorum, seed, computeModel }] = rows;
  const replicas = Math.max(...rows.map((row) => row.replicas ?? 0));
  return [
    varied.includes('profile') ? '' : `profile ${profile}`,
    varied.includes('replicas') ? '' : `${replicas} replica${replicas === 1 ? '' : 's'}`,
    quorum === '' || varied.includes('quorum') ? '' : `waits for ${quorum} of them`,
    seed === 1 ? '' : `seed ${seed}`,
    computeModel === 'o2' || computeModel === '' ? '' : `compute ${computeModel}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** `names` of programs in the order of every figure; those outside of the suite as they come. */
export function inProgramOrder(names: Iterable<string>): string[] {
  const place = (name: string) => (SUITE.includes(name) ? SUITE.indexOf(name) : SUITE.length);
  return [...new Set(names)].sort((a, b) => place(a) - place(b));
}

/** A policy of queue pairs, in words. */
export const policyName = (policy: string): string =>
  POLICIES[policy] === undefined ? `queue pairs: ${policy}` : POLICIES[policy];

const POLICIES: Readonly<Record<string, string>> = {
  auto: 'order between cores: as each program needs',
  any: 'order between cores: right for any program',
  shared: 'queue pairs: shared by all cores',
  'per-core': 'queue pairs: one per core',
};

/** A sentence for the combinations of program and design that have no value; none if all have one. */
export function gapNote<Row extends Cell>(
  rows: readonly Row[],
  value: (row: Row) => number | null,
): string[] {
  const programs = inProgramOrder(rows.map(({ workload }) => workload));
  const gaps = distinct(rows, ({ queuePairs }) => queuePairs).flatMap((policy) =>
    distinct(rows, ({ backend }) => backend).flatMap((backend) =>
      programs
        .filter((workload) =>
          rows.every(
            (row) =>
              row.queuePairs !== policy ||
              row.backend !== backend ||
              row.workload !== workload ||
              value(row) === null,
          ),
        )
        .map((workload) => `${workload} under ${backend} (${policy})`),
    ),
  );
  if (gaps.length === 0) return [];
  const shown = gaps.length > 4 ? [...gaps.slice(0, 3), `${gaps.length - 3} more`] : gaps;
  return [`No value of ${list(shown)}: left as a gap.`];
}
