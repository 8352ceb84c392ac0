/** What a crash check says in the end, and the command that repeats a cell of it. */

import { backendWord, faultWords, untimedChoiceNotes } from '../bench/index.ts';
import { toned } from '../host/index.ts';
import { fittedTable, type Head, plainTable, prose } from '../report/index.ts';
import type { ExplorationCounts } from './check/explore.ts';
import { failureText } from './check/failure.ts';
import type { Thoroughness } from './check/judge.ts';
import { type CrashRow, hasSeededBug, verdictOf } from './columns.ts';
import { EXHAUSTIVE } from './plan.ts';

/**
 * The command line of one cell, without what picks an image. `profileFiles`: the files of profiles that
 * the project does not know, by name.
 */
function commandOf({ job, result }: CrashRow, profileFiles: ReadonlyMap<string, string>): string {
  const { subject, bug, thoroughness } = job;
  const { backend, profile, replicas, quorum, faults, queuePairs } = result.system;
  const [name, ...words] = profile.name.split(/\+(?=[\w.]+=|\d+:)/);
  return [
    `npm run crash-check -- ${backendWord(subject.workload)}`,
    ...Object.entries(subject.parameters).map(([key, value]) => `--param ${key}=${value}`),
    `--threads ${subject.threads} --transactions ${subject.transactions} --seed ${subject.seed}`,
    `--isolation ${subject.isolation}`,
    `--backend ${backendWord(backend)} --profile ${profileFiles.get(name) ?? name}`,
    ...words.map((word) => `${/^\d+:/.test(word) ? '--replica' : '--set'} ${word}`),
    `--replicas ${replicas} --queue-pairs ${queuePairs}`,
    ...(quorum === undefined ? [] : [`--quorum ${quorum}`]),
    ...faultWords(faults).map(([kind, words]) => `--${kind}-replica ${words}`),
    ...(bug === null ? [] : [`--error ${bug}`]),
    // How often programs resume and recoveries are interrupted decides which image fails so.
    ...(isExhaustive(thoroughness) ? ['--exhaustive'] : []),
  ].join(' ');
}

/** Every failure of what should be sound; of a seeded bug, the first. `profileFiles`: see commandOf. */
export function failuresText(
  rows: readonly CrashRow[],
  profileFiles: ReadonlyMap<string, string>,
): string {
  const shown = new Set<string>();
  const texts: string[] = [];
  for (const row of rows) {
    const { failure, crashPoints } = row.result.exploration;
    const setUp = row.result.setUp?.problem ?? null;
    if (setUp !== null) {
      texts.push(prose(`${row.job.subject.workload}, crashed while it is set up: ${setUp}`, 2), '');
    }
    if (failure === null) continue;
    const what = row.job.bug ?? row.result.system.backend;
    if (hasSeededBug(row) && shown.has(what)) continue;
    shown.add(what);
    const found = `${verdictOf(row)} at crash point ${crashPoints}`;
    texts.push(prose(`${what} on ${row.job.subject.workload}: ${found}`, 2));
    const lines = failureText(failure, commandOf(row, profileFiles)).split('\n');
    // A command is one line, so that it can be copied.
    texts.push(...lines.map((line) => (/^ *replay:/.test(line) ? line : prose(line, 4))), '');
  }
  return texts.map((text) => `${text}\n`).join('');
}

/** Whether `--exhaustive` chose it, however many crashes and images were asked for with that. */
function isExhaustive({ resumeOneIn, interruptOneIn }: Thoroughness): boolean {
  return resumeOneIn === EXHAUSTIVE.resumeOneIn && interruptOneIn === EXHAUSTIVE.interruptOneIn;
}

/** Heads of the table of seeded bugs. */
const SEEDED_HEADS: readonly Head[] = [
  { text: 'seeded bug' },
  { text: 'workload', words: true, rank: 3 },
  { text: 'profile', words: true, rank: 2 },
  { text: 'verdict', words: true },
  { text: 'at crash point', short: 'point' },
  { text: 'image', rank: 1 },
  { text: 'machine', words: true },
  { text: 'lines kept', rank: 2 },
];

/** A line per backend and per seeded bug, and the totals. */
export function summaryText(rows: readonly CrashRow[], wide = false): string {
  const sound = rows.filter((row) => !hasSeededBug(row));
  const seeded = rows.filter(hasSeededBug);
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
  if (seeded.length > 0) {
    parts.push(fittedTable(SEEDED_HEADS, seeded.map(seededLine), wide));
  }
  const total = (count: keyof ExplorationCounts): number =>
    sum(rows, ({ result }) => result.exploration[count]);
  const broken = rows.filter((row) => verdictOf(row) === 'broken').length;
  const caught = rows.filter((row) => verdictOf(row) === 'caught').length;
  const totals =
    `${total('images')} images at ${total('crashPoints')} crash points, ` +
    `${total('interruptedRecoveries')} interrupted in recovery, ${total('resumed')} resumed; ` +
    `${broken} cells broken; ${caught} of ${seeded.length} seeded bugs caught`;
  parts.push(prose(totals, 2));
  const choices = untimedChoiceNotes(rows.map(({ result }) => result.choice));
  return [...parts, ...choices.map((note) => prose(note, 2))].join('\n\n');
}

/**
 * How fast `rows` were checked, in `cpuMs` of processor time: for people, never the same twice. Most
 * of it is the programs' own recovery, verification and digest, which a duplicate image is spared.
 */
export function speedText(rows: readonly CrashRow[], cpuMs: number): string {
  const perSecond = (count: keyof ExplorationCounts): string => {
    const all = sum(rows, ({ result }) => result.exploration[count]);
    return Math.round((all * 1000) / cpuMs).toLocaleString('en');
  };
  return (
    `${(cpuMs / 1000).toFixed(1)} s of processor time: ${perSecond('images')} images/s, of which ` +
    `${perSecond('distinctImages')} were no duplicates under the same backend (by hash); ` +
    `${perSecond('recoveries')} recoveries/s`
  );
}

const backendOf = (row: CrashRow): string => row.result.system.backend;

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
  ];
  const brokenText = broken > 0 ? toned('bad', String(broken)) : '0';
  return [name, ...counts.map(String), brokenText];
}

/** The verdict, in its colour where there are colours. */
function tonedVerdict(row: CrashRow): string {
  const verdict = verdictOf(row);
  return toned(verdict === 'sound' || verdict === 'caught' ? 'good' : 'bad', verdict);
}

function seededLine(row: CrashRow): string[] {
  const { exploration, system } = row.result;
  const { failure, crashPoints, images } = exploration;
  const found =
    failure === null
      ? ['-', '-', '-', '-']
      : [crashPoints, images, failure.machine, failure.kept.length];
  return [
    row.job.bug ?? system.backend,
    row.job.subject.workload,
    system.profile.name,
    tonedVerdict(row),
    ...found.map(String),
  ];
}

function sum(rows: readonly CrashRow[], value: (row: CrashRow) => number): number {
  return rows.reduce((total, row) => total + value(row), 0);
}
