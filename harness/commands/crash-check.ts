/**
 * `pmirror crash-check`: what power failures leave on every machine, recovered and compared with what
 * must be there. Without a choice: all backends, then everything that is wrong on purpose.
 */

import { join } from 'node:path';
import { expandTargets, type Target } from '../cell.ts';
import { CANARY_BACKENDS, CANARY_PROTOCOLS } from '../crash/canaries.ts';
import { checkTrace, traceCheckText } from '../crash/check-trace.ts';
import { CRASH_COLUMNS, type CrashRow, isCanary, verdictOf } from '../crash/crash-columns.ts';
import type { CrashJob } from '../crash/crash-job.ts';
import { runCrashJobs } from '../crash/crash-pool.ts';
import { commandOf, summaryText } from '../crash/crash-summary.ts';
import type { ChosenImage } from '../crash/explore.ts';
import { failureText, parseKept } from '../crash/failure.ts';
import type { Granule } from '../crash/isolation.ts';
import {
  canaryJobs,
  DEFAULT_THOROUGHNESS,
  defaultJobs,
  EXHAUSTIVE,
  SMALL_PARAMETERS,
  type ThoroughnessChoice,
} from '../crash/plan.ts';
import { writeCsv } from '../csv.ts';
import { FailureError, UsageError } from '../errors.ts';
import { startProgress } from '../progress.ts';
import { RESULTS_DIRECTORY } from './bench-whisper.ts';
import {
  chosenParameters,
  chosenWorkloads,
  single,
  userPath,
  wholeNumber,
  words,
} from './choices.ts';
import { type Arguments, type Command, JOBS_OPTION, RANGES, TARGET_OPTIONS } from './command.ts';
import { chosenTargets } from './far-side.ts';
import { traceExecution } from './replay.ts';

const CRASHES = { min: 1, max: 1_000_000_000 };
const IMAGES = { min: 2, max: 1_000_000 };
/** Latest moment of a crash, ps: where virtual time is still exact. */
const CRASH_AT = { min: 0, max: Number.MAX_SAFE_INTEGER };
const DEFAULT_TRANSACTIONS = 24;
/** Options with which one program is chosen instead of the default check. */
const CHOICES = [
  'workload',
  'backend',
  'profile',
  'set',
  'threads',
  'transactions',
  'replicas',
  'queue-pairs',
  'slow-replica',
  'stall-replica',
  'param',
  'error',
  'isolation',
  'crash-at',
  'machine',
  'keep',
];
/** Options with which less or more than the default check is done. */
const EXTENTS = ['seed', 'crashes', 'images', 'exhaustive', 'canaries'];

export const crashCheckCommand: Command = {
  usage: 'crash-check',
  summary: 'crash programs under mirroring designs, recover what is left, compare with an oracle',
  positionals: {},
  options: {
    workload: { type: 'string', describe: 'workloads to crash (default: programs of every kind)' },
    ...TARGET_OPTIONS,
    backend: {
      type: 'string',
      describe: 'mirroring designs, or those wrong on purpose (canary-...) (default: all designs)',
    },
    profile: { type: 'string', describe: 'hardware profiles (default: optane-cx5)' },
    threads: { type: 'string', describe: 'clients (default: 1)' },
    isolation: {
      type: 'string',
      describe:
        "what concurrent transactions without a common lock keep off each other's: lines or words (default: lines)",
    },
    transactions: {
      type: 'string',
      describe: `transactions over all clients (default: ${DEFAULT_TRANSACTIONS})`,
    },
    seed: { type: 'string', describe: 'seed of everything random (default: 1)' },
    param: { type: 'string', describe: 'key=value, a parameter of the workloads; repeatable' },
    crashes: {
      type: 'string',
      describe: `moments of a crash per machine, a sample (default: ${DEFAULT_THOROUGHNESS.crashes})`,
    },
    images: {
      type: 'string',
      describe: `images per moment, all if there are no more (default: ${DEFAULT_THOROUGHNESS.imagesPerCrash})`,
    },
    exhaustive: {
      type: 'boolean',
      describe: `every moment, and up to ${EXHAUSTIVE.imagesPerCrash} images of each`,
    },
    canaries: { type: 'boolean', describe: 'only what is wrong on purpose and must be found' },
    error: {
      type: 'string',
      describe: `make an error in the protocol: ${CANARY_PROTOCOLS.map(({ name }) => name).join(', ')}`,
    },
    trace: {
      type: 'string',
      describe: 'look for order violations in a trace instead: a file as for replay, or trace:NAME',
    },
    'tx-marker': { type: 'string', describe: 'with --trace: as for replay' },
    machine: { type: 'string', describe: 'with --crash-at: primary, replica-N or takeover-N' },
    'crash-at': { type: 'string', describe: 'one image only: of a crash at this time in ps' },
    keep: { type: 'string', describe: 'with --crash-at: lines kept, as a failure names them' },
    ...JOBS_OPTION,
    output: { type: 'string', describe: 'CSV file to write (default: results/crash-check.csv)' },
  },
  examples: [
    ['$0 crash-check', 'every design, and everything that is wrong on purpose'],
    ['$0 crash-check --workload ctree --backend sm-ob --exhaustive', 'one cell, thoroughly'],
    ['$0 crash-check --canaries', 'only what must be found'],
  ],
  async run(given) {
    const trace = single('trace', given.trace);
    if (trace !== undefined) return reportTrace(trace, given);
    const chosen = CHOICES.some((name) => given[name] !== undefined);
    const jobs = chosen ? chosenJobs(given) : plannedJobs(given);
    const progress = startProgress(jobs.length);
    const threads = wholeNumber('jobs', given.jobs, RANGES.jobs);
    const results = await runCrashJobs(jobs, {
      jobs: threads,
      onProgress: progress.update,
    }).finally(progress.stop);
    const rows = results.flatMap((all, i) => all.map((result) => ({ job: jobs[i], result })));
    const output = single('output', given.output);
    // Only the check that the committed file holds replaces it.
    const whole = !chosen && EXTENTS.every((name) => given[name] === undefined);
    if (output !== undefined) writeCsv(userPath(output), CRASH_COLUMNS, rows);
    else if (whole) writeCsv(join(RESULTS_DIRECTORY, 'crash-check.csv'), CRASH_COLUMNS, rows);
    process.stdout.write(`${failuresOf(rows)}${summaryText(rows)}\n`);
    const wrong = rows.filter((row) => ['broken', 'missed'].includes(verdictOf(row)));
    if (wrong.length > 0) throw new FailureError(`${wrong.length} of ${rows.length} cells failed`);
  },
};

/** Judges a trace without its recovery code; lines that overtake earlier epochs are a failure. */
async function reportTrace(trace: string, given: Arguments): Promise<void> {
  const check = await checkTrace(traceExecution(trace, given), targetsOf(given));
  process.stdout.write(`${traceCheckText(check)}\n`);
  const wrong = check.orders.filter(({ order }) => order.overtaking.length > 0);
  if (wrong.length > 0) {
    const names = wrong.map(({ target }) => target.backend).join(', ');
    throw new FailureError(`${names}: lines overtake earlier epochs at a replica`);
  }
}

/** Every failure of a design that should be sound; of canaries, the first of each. */
function failuresOf(rows: readonly CrashRow[]): string {
  const shown = new Set<string>();
  const texts: string[] = [];
  for (const row of rows) {
    const { failure } = row.result.exploration;
    if (failure === null) continue;
    const what = row.job.error ?? row.result.target.backend;
    if (isCanary(row) && shown.has(what)) continue;
    shown.add(what);
    const verdict = verdictOf(row);
    const found = `${verdict} at crash point ${row.result.exploration.crashPoints}`;
    texts.push(`${what} on ${row.job.subject.workload}: ${found}`);
    texts.push(failureText(failure, commandOf(row)), '');
  }
  return texts.map((text) => `${text}\n`).join('');
}

/** What is said of the thoroughness, and nothing else. */
function thoroughnessChoice(given: Arguments): ThoroughnessChoice {
  const crashes = wholeNumber('crashes', given.crashes, CRASHES);
  const imagesPerCrash = wholeNumber('images', given.images, IMAGES);
  return {
    ...(given.exhaustive === undefined ? {} : EXHAUSTIVE),
    ...(crashes === undefined ? {} : { crashes }),
    ...(imagesPerCrash === undefined ? {} : { imagesPerCrash }),
    seed: wholeNumber('seed', given.seed, RANGES.seed) ?? 1,
  };
}

function plannedJobs(given: Arguments): CrashJob[] {
  const choice = thoroughnessChoice(given);
  const canaries = canaryJobs(choice);
  return given.canaries === undefined ? [...defaultJobs(choice), ...canaries] : canaries;
}

function chosenJobs(given: Arguments): CrashJob[] {
  if (given.canaries !== undefined) {
    throw new UsageError('--canaries stands alone: choose no workload or far side with it');
  }
  const thoroughness = { ...DEFAULT_THOROUGHNESS, ...thoroughnessChoice(given) };
  const targets = targetsOf(given);
  const image = imageOf(given);
  const names = given.workload === undefined ? ['ctree'] : given.workload;
  const jobs = chosenWorkloads(names).map((workload) => ({
    subject: {
      workload: workload.name,
      parameters: { ...SMALL_PARAMETERS[workload.name], ...chosenParameters(given.param) },
      threads: wholeNumber('threads', given.threads, { min: 1, max: workload.threadsMax }) ?? 1,
      transactions:
        wholeNumber('transactions', given.transactions, RANGES.transactions) ??
        DEFAULT_TRANSACTIONS,
      seed: thoroughness.seed,
      isolation: isolationOf(given),
    },
    targets,
    thoroughness,
    error: errorOf(given, workload.name),
    image,
  }));
  if (image !== null && (jobs.length !== 1 || targets.length !== 1)) {
    throw new UsageError('--crash-at takes one workload, one backend and one profile');
  }
  return jobs;
}

/** The far sides chosen, where wrong designs may be named too. */
function targetsOf(given: Arguments): Target[] {
  const wanted = given.backend === undefined ? ['all'] : words(given.backend);
  const canaries = wanted.filter((name) =>
    CANARY_BACKENDS.some(({ backend }) => backend.name === name),
  );
  const real = wanted.filter((name) => !canaries.includes(name));
  const choice = chosenTargets({
    ...given,
    backend: real,
    profile: given.profile ?? 'optane-cx5',
  });
  return expandTargets({ ...choice, backends: [...choice.backends, ...canaries] });
}

function isolationOf(given: Arguments): Granule {
  const text = single('isolation', given.isolation) ?? 'lines';
  if (text === 'lines' || text === 'words') return text;
  throw new UsageError(`--isolation '${text}' is not one of lines, words`);
}

function errorOf(given: Arguments, workload: string): string | null {
  const name = single('error', given.error);
  if (name === undefined) return null;
  const known = CANARY_PROTOCOLS.filter((canary) => canary.workload === workload);
  if (known.some((canary) => canary.name === name)) return name;
  const accepted = known.map((canary) => canary.name).join(', ') || 'none';
  throw new UsageError(`--error '${name}' is not known for ${workload}; accepted: ${accepted}`);
}

function imageOf(given: Arguments): ChosenImage | null {
  const crashPs = wholeNumber('crash-at', given['crash-at'], CRASH_AT);
  const machine = single('machine', given.machine);
  const keep = single('keep', given.keep);
  if (crashPs === undefined) {
    if (machine === undefined && keep === undefined) return null;
    throw new UsageError('--machine and --keep need --crash-at');
  }
  const kept = parseKept(keep ?? 'none');
  if (kept === undefined) {
    throw new UsageError(`--keep '${keep}' is not of the form LINE:CONTENT,... or none`);
  }
  return { machine: machine ?? 'primary', crashPs, kept };
}
