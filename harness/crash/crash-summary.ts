/** What a crash check says in the end, and the command that repeats a cell of it. */

import { plainTable } from '../tables.ts';
import { type CrashRow, isCanary, verdictOf } from './crash-columns.ts';

/** The command line of one cell, without what picks an image. */
export function commandOf({ job, result }: CrashRow): string {
  const { subject, error } = job;
  const { backend, profile, replicas, faults, queuePairs } = result.target;
  const [name, ...values] = profile.name.split('+');
  return [
    `npm run crash-check -- --workload ${subject.workload}`,
    ...Object.entries(subject.parameters).map(([key, value]) => `--param ${key}=${value}`),
    `--threads ${subject.threads} --transactions ${subject.transactions} --seed ${subject.seed}`,
    `--backend ${backend} --profile ${name}`,
    ...values.map((value) => `--set ${value}`),
    `--replicas ${replicas}`,
    ...(subject.isolation === 'words' ? ['--isolation words'] : []),
    ...(queuePairs === 'shared' ? ['--queue-pairs shared'] : []),
    ...faults.map(({ replica, slowdown }) =>
      slowdown === undefined ? '' : `--slow-replica ${replica}:${slowdown}`,
    ),
    ...(error === null ? [] : [`--error ${error}`]),
  ].join(' ');
}

/** A line per backend and per thing wrong on purpose, and the totals. */
export function summaryText(rows: readonly CrashRow[]): string {
  const sound = rows.filter((row) => !isCanary(row));
  const canaries = rows.filter(isCanary);
  const parts = [];
  if (sound.length > 0) {
    const head = ['backend', 'workloads', 'cells', 'crash points', 'images', 'distinct', 'broken'];
    parts.push(
      plainTable(
        head,
        [...groupedBy(sound, backendOf)].map(([name, own]) => soundLine(name, own)),
      ),
    );
  }
  if (canaries.length > 0) {
    const head = ['wrong on purpose', 'workload', 'verdict', 'at crash point', 'lines kept'];
    parts.push(plainTable(head, canaries.map(canaryLine)));
  }
  const images = sum(rows, (row) => row.result.exploration.images);
  const points = sum(rows, (row) => row.result.exploration.crashPoints);
  const broken = rows.filter((row) => verdictOf(row) === 'broken').length;
  const caught = rows.filter((row) => verdictOf(row) === 'caught').length;
  parts.push(
    `${images} images at ${points} crash points; ${broken} cells broken; ` +
      `${caught} of ${canaries.length} wrong ones caught`,
  );
  return parts.join('\n\n');
}

const backendOf = (row: CrashRow): string => row.result.target.backend;

function groupedBy(
  rows: readonly CrashRow[],
  key: (row: CrashRow) => string,
): Map<string, CrashRow[]> {
  const groups = new Map<string, CrashRow[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}

function soundLine(name: string, rows: readonly CrashRow[]): string[] {
  const { size } = groupedBy(rows, ({ job }) => job.subject.workload);
  const broken = rows.filter((row) => verdictOf(row) === 'broken').length;
  const counts = [
    size,
    rows.length,
    sum(rows, (row) => row.result.exploration.crashPoints),
    sum(rows, (row) => row.result.exploration.images),
    sum(rows, (row) => row.result.exploration.distinctImages),
    broken,
  ];
  return [name, ...counts.map(String)];
}

function canaryLine(row: CrashRow): string[] {
  const { exploration, target } = row.result;
  const { failure, crashPoints } = exploration;
  return [
    row.job.error ?? target.backend,
    row.job.subject.workload,
    verdictOf(row),
    failure === null ? '-' : String(crashPoints),
    failure === null ? '-' : String(failure.kept.length),
  ];
}

function sum(rows: readonly CrashRow[], value: (row: CrashRow) => number): number {
  return rows.reduce((total, row) => total + value(row), 0);
}
