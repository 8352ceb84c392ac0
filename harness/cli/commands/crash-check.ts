/**
 * `pmirror crash-check`: what power failures leave on every machine, recovered and compared with what
 * must be there. Without a choice: all backends, then everything that is wrong on purpose.
 */

import { join } from 'node:path';
import { expandSystems, type SystemSpec } from '../../bench/index.ts';
import {
  BUGGY_DESIGNS,
  type BugConditions,
  bugConditions,
  bugJobs,
  type ChosenImage,
  CRASH_COLUMNS,
  type CrashJob,
  DEFAULT_THOROUGHNESS,
  defaultJobs,
  designConditions,
  EXHAUSTIVE,
  failuresText,
  type Granule,
  parseKept,
  runCrashJobs,
  SEEDED_BUGS,
  type SeededBug,
  speedText,
  summaryText,
  type ThoroughnessChoice,
  USUAL_CONDITIONS,
  verdictOf,
} from '../../crash/index.ts';
import { FailureError, startProgress, UsageError } from '../../host/index.ts';
import { writeCsv } from '../../report/index.ts';
import {
  chosenParameters,
  chosenWorkloads,
  outputPath,
  single,
  wholeNumber,
  words,
  writablePath,
} from '../choices.ts';
import { type Arguments, type Command, JOBS_OPTION, RANGES, SYSTEM_OPTIONS } from '../command.ts';
import { RESULTS_DIRECTORY } from '../result-files.ts';
import { chosenSystems, profileFiles } from '../systems.ts';
import { refuseMixture, reportTrace } from './crash-check-trace.ts';

const CRASHES = { min: 1, max: 1_000_000_000 };
const IMAGES = { min: 2, max: 1_000_000 };
/** Latest moment of a crash, ps: where virtual time is still exact. */
const CRASH_AT = { min: 0, max: Number.MAX_SAFE_INTEGER };
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
    ...SYSTEM_OPTIONS,
    backend: {
      ...SYSTEM_OPTIONS.backend,
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
      describe: `transactions over all clients (default: ${USUAL_CONDITIONS.transactions})`,
    },
    seed: { type: 'string', describe: 'seed of everything random (default: 1)' },
    param: {
      type: 'string',
      describe:
        'key=value, a parameter of the workloads; repeatable (default: small data, quick to recover)',
    },
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
      describe:
        'make an error in the protocol: WORKLOAD-KIND, such as ctree-missing-flush (any other name lists ' +
        'all); it brings the program and the conditions in which it shows, where none are given',
    },
    trace: {
      type: 'string',
      describe:
        'judge a trace instead, without recovery code: a file as for replay, or trace:NAME. Wrong are ' +
        'lines that a transaction leaves without write-back or fence, and lines that overtake an ' +
        'earlier epoch at a replica',
    },
    'tx-marker': {
      type: 'string',
      describe:
        'with --trace: as for replay. Without any, each fence of a pmemcheck log counts as a ' +
        'durability point, also those that only order',
    },
    'allow-uncovered': {
      type: 'boolean',
      describe:
        'with --trace: lines without write-back or fence are only told. Recovery may rebuild them, as ' +
        "echo's does links and counts that its log restores, and redis's the links of its hash chains; " +
        'those of trace:nvml-btree are an error of the original',
    },
    machine: { type: 'string', describe: 'with --crash-at: primary, replica-N or takeover-N' },
    'crash-at': { type: 'string', describe: 'one image only: of a crash at this time in ps' },
    keep: { type: 'string', describe: 'with --crash-at: lines kept, as a failure names them' },
    ...JOBS_OPTION,
    output: {
      type: 'string',
      describe: 'CSV file to write (default: results/crash-check.csv, for the default check only)',
    },
  },
  examples: [
    ['$0 crash-check', 'every design, and everything that is wrong on purpose'],
    ['$0 crash-check --workload ctree --backend sm-ob --exhaustive', 'one cell, thoroughly'],
    ['$0 crash-check --canaries', 'only what must be found'],
    ['$0 crash-check --trace log.gz --tx-marker INSERT', 'a pmemcheck store log of your own'],
  ],
  async run(given) {
    refuseMixture(given, Object.keys(crashCheckCommand.options));
    const trace = single('trace', given.trace);
    if (trace !== undefined) return reportTrace(trace, given, systemsOf(given, null));
    const chosen = CHOICES.some((name) => given[name] !== undefined);
    const jobs = chosen ? chosenJobs(given) : plannedJobs(given);
    // Only the check that the committed file holds replaces it.
    const whole = !chosen && EXTENTS.every((name) => given[name] === undefined);
    const output =
      outputPath('output', given.output) ??
      (whole ? writablePath(join(RESULTS_DIRECTORY, 'crash-check.csv')) : undefined);
    const progress = startProgress(jobs.length);
    const threads = wholeNumber('jobs', given.jobs, RANGES.jobs);
    const { results, cpuMs } = await runCrashJobs(jobs, {
      jobs: threads,
      onProgress: progress.update,
    }).finally(progress.stop);
    const rows = results.flatMap((all, i) => all.map((result) => ({ job: jobs[i], result })));
    process.stdout.write(
      `${failuresText(rows, profileFiles(given.profile))}${summaryText(rows)}\n`,
    );
    // Not to where results go: it differs from run to run.
    process.stderr.write(`${speedText(rows, cpuMs)}\n`);
    if (output !== undefined) writeCsv(output, CRASH_COLUMNS, rows);
    const wrong = rows.filter((row) => ['broken', 'missed'].includes(verdictOf(row)));
    if (wrong.length > 0) throw new FailureError(`${wrong.length} of ${rows.length} cells failed`);
  },
};

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
  const canaries = bugJobs(choice);
  return given.canaries === undefined ? [...defaultJobs(choice), ...canaries] : canaries;
}

function chosenJobs(given: Arguments): CrashJob[] {
  if (given.canaries !== undefined) {
    throw new UsageError('--canaries stands alone: choose no workload or system with it');
  }
  const error = errorOf(given);
  const usual = error === null ? USUAL_CONDITIONS : bugConditions(error);
  const thoroughness = {
    ...DEFAULT_THOROUGHNESS,
    ...usual.thoroughness,
    ...thoroughnessChoice(given),
  };
  const systems = systemsOf(given, error);
  const image = imageOf(given);
  const names = given.workload === undefined ? [usual.workload] : given.workload;
  const jobs = chosenWorkloads(names).map((workload) => ({
    subject: {
      workload: workload.name,
      parameters: { ...workload.smallParameters, ...chosenParameters(given.param) },
      threads:
        wholeNumber('threads', given.threads, { min: 1, max: workload.threadsMax }) ??
        usual.threads,
      transactions:
        wholeNumber('transactions', given.transactions, RANGES.transactions) ?? usual.transactions,
      seed: thoroughness.seed,
      isolation: isolationOf(given) ?? usual.isolation,
    },
    systems,
    thoroughness,
    bug: error?.name ?? null,
    image,
  }));
  if (image !== null && (jobs.length !== 1 || systems.length !== 1)) {
    throw new UsageError('--crash-at takes one workload, one backend and one profile');
  }
  return jobs;
}

/** The systems chosen, where designs with a bug may be named too. */
function systemsOf(given: Arguments, error: SeededBug | null): SystemSpec[] {
  const usual = error === null ? USUAL_CONDITIONS : bugConditions(error);
  const wanted = words(given.backend ?? (error === null ? 'all' : usual.backend));
  const wrong = BUGGY_DESIGNS.filter(({ backend }) => wanted.includes(backend.name));
  const names = wrong.map(({ backend }) => backend.name);
  const real = wanted.filter((name) => !names.includes(name));
  return [
    ...(real.length > 0 || wrong.length === 0 ? systemsUnder(given, real, usual) : []),
    ...wrong.flatMap((canary) => systemsUnder(given, [], designConditions(canary))),
  ];
}

/** Systems as they are given, and where they are not, as `usual` has them. No backend: its own. */
function systemsUnder(
  given: Arguments,
  backend: readonly string[],
  usual: BugConditions,
): SystemSpec[] {
  const choice = chosenSystems({
    ...given,
    backend,
    profile: given.profile ?? usual.profile,
    replicas: given.replicas ?? String(usual.replicas),
    'queue-pairs': given['queue-pairs'] ?? usual.queuePairs,
  });
  const faultsGiven = given['slow-replica'] !== undefined || given['stall-replica'] !== undefined;
  const replicasLeast = Math.min(...choice.replicas);
  return expandSystems({
    ...choice,
    backends: backend.length > 0 ? choice.backends : [usual.backend],
    // A replica that there is not cannot be slow.
    faults: faultsGiven
      ? choice.faults
      : usual.faults.filter(({ replica }) => replica < replicasLeast),
  });
}

function isolationOf(given: Arguments): Granule | undefined {
  const text = single('isolation', given.isolation);
  if (text === undefined || text === 'lines' || text === 'words') return text;
  throw new UsageError(`--isolation '${text}' is not one of lines, words`);
}

function errorOf(given: Arguments): SeededBug | null {
  const name = single('error', given.error);
  if (name === undefined) return null;
  const chosen = given.workload === undefined ? null : chosenWorkloads(given.workload);
  const known = SEEDED_BUGS.filter(
    (error) => chosen?.every((workload) => workload.name === error.workload) ?? true,
  );
  const found = known.find((error) => error.name === name);
  if (found !== undefined) return found;
  const accepted = known.map((error) => error.name).join(', ') || 'none';
  const where = chosen === null ? '' : ` for ${chosen.map((one) => one.name).join(', ')}`;
  throw new UsageError(`--error '${name}' is not known${where}; accepted: ${accepted}`);
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
