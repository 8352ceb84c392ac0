/**
 * `pmirror crash-check`: what power failures leave on every machine, recovered and compared with what
 * must be there. Without a choice: all backends, then every seeded bug.
 */

import { join } from 'node:path';
import { suggestion } from '../../../pm/nearest.ts';
import { BACKENDS } from '../../../rdma/index.ts';
import type { AnyWorkload } from '../../../workloads/workload.ts';
import { expandSystems, refuseThreads, type SystemSpec } from '../../bench/index.ts';
import {
  BUGGY_DESIGNS,
  type BugConditions,
  bugConditions,
  bugJobs,
  type ChosenImage,
  COVERAGE_COLUMNS,
  CRASH_COLUMNS,
  type CrashJob,
  checkTrace,
  DEFAULT_THOROUGHNESS,
  defaultJobs,
  designConditions,
  EXHAUSTIVE,
  failuresText,
  machinesOf,
  ORDER_COLUMNS,
  parseKept,
  runCrashJobs,
  SEEDED_BUGS,
  type SeededBug,
  speedText,
  summaryText,
  type ThoroughnessChoice,
  traceCheckText,
  traceFailures,
  USUAL_CONDITIONS,
  verdictOf,
} from '../../crash/index.ts';
import { FailureError, UsageError } from '../../host/index.ts';
import type { Answer } from '../answer.ts';
import { command } from '../command.ts';
import { output, writableCsv } from '../file-options.ts';
import {
  choice,
  distinct,
  flag,
  JSON_OPTION,
  SEED_OPTION,
  text,
  type Values,
  WIDE_OPTION,
  whole,
} from '../options.ts';
import { profileFiles } from '../profiles.ts';
import {
  executionOfTrace,
  PROGRAMS_WORD,
  refuseForeign,
  TRACE_READING_OPTIONS,
  type TraceProgram,
  WORKLOAD_OPTIONS,
} from '../programs.ts';
import { RESULTS_DIRECTORY } from '../result-files.ts';
import { ANY_BACKEND_OPTION, chosenSystems, SYSTEM_OPTIONS } from '../systems.ts';
import { reportTaxonomy } from '../taxonomy.ts';
import { WORK_OPTIONS, withWork } from '../work.ts';

/** What is crashed without programs that are named, which the default check chooses. */
const WORDS = {
  programs: {
    ...PROGRAMS_WORD,
    help: `${PROGRAMS_WORD.help}. By default programs of every kind`,
    default: undefined,
  },
};

/** With these one cell is chosen instead of the default check. They depend on what is wrong in it. */
const CHOICES = {
  ...SYSTEM_OPTIONS,
  backend: { ...ANY_BACKEND_OPTION, default: undefined },
  profile: {
    ...SYSTEM_OPTIONS.profile,
    help: `hardware profiles; by default ${USUAL_CONDITIONS.profile}`,
    default: undefined,
  },
  replicas: { ...SYSTEM_OPTIONS.replicas, default: undefined },
  'queue-pairs': { ...SYSTEM_OPTIONS['queue-pairs'], default: undefined },
  threads: { ...WORKLOAD_OPTIONS.threads, help: 'clients, 1 by default' },
  transactions: {
    ...WORKLOAD_OPTIONS.transactions,
    help: `over all clients, ${USUAL_CONDITIONS.transactions} by default`,
  },
  param: {
    ...WORKLOAD_OPTIONS.param,
    help: 'key=value, a parameter of the workloads; repeatable; by default small data, quick to recover',
  },
  isolation: choice(['lines', 'words'])({
    of: 'workload',
    help:
      "what concurrent transactions without a common lock keep off each other's: lines, the default, " +
      'or words',
  }),
  error: text({
    of: 'workload',
    help:
      'seed a bug in the protocol: WORKLOAD-KIND, such as ctree-missing-flush (any other name lists ' +
      'all); it brings the program and the conditions in which it shows, where none are given',
  }),
  machine: text({
    of: 'workload',
    help: 'with --crash-at: primary, replica-N or takeover-N',
  }),
  // The latest moment is the last at which virtual time is exact.
  'crash-at': whole({
    of: 'workload',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    help: 'one image only: of a crash at this time in ps',
  }),
  keep: text({ of: 'workload', help: 'with --crash-at: lines kept, as a failure names them' }),
};

/** With these less or more than the default check is done. */
const EXTENTS = {
  crashes: whole({
    of: 'workload',
    min: 1,
    max: 1_000_000_000,
    help: `moments of a crash per machine, a sample; by default ${DEFAULT_THOROUGHNESS.crashes}`,
  }),
  images: whole({
    of: 'workload',
    min: 2,
    max: 1_000_000,
    help:
      'images per moment, all if there are no more; by default ' +
      `${DEFAULT_THOROUGHNESS.imagesPerCrash}`,
  }),
  exhaustive: flag({
    of: 'workload',
    help: `every moment, and up to ${EXHAUSTIVE.imagesPerCrash} images of each`,
  }),
  'seeded-bugs': flag({
    of: 'workload',
    alias: 'canaries',
    help: 'only designs and programs with a seeded bug, which must be found',
  }),
  taxonomy: flag({
    of: 'workload',
    help:
      'only the taxonomy of arXiv 1909.02092: which verb and which wait makes lines durable, by persistence ' +
      'domain and DDIO; each that is right loses nothing, each other a transaction',
  }),
  ...SEED_OPTION,
};

const OPTIONS = {
  ...CHOICES,
  ...EXTENTS,
  ...TRACE_READING_OPTIONS,
  'allow-uncovered': flag({
    of: 'trace',
    help:
      'lines without write-back or fence are only reported. Recovery may rebuild them, as ' +
      "echo's does links and counts that its log restores, and redis's the links of its hash chains; " +
      'those of trace:nvml-btree are an error of the original',
  }),
  jobs: { ...WORK_OPTIONS.jobs, of: 'workload' },
  db: { ...WORK_OPTIONS.db, of: 'workload' },
  fresh: { ...WORK_OPTIONS.fresh, of: 'workload' },
  ...JSON_OPTION,
  ...WIDE_OPTION,
  output: {
    ...output({
      help:
        'CSV file to write (default: results/crash-check.csv, for the default check only; with --taxonomy ' +
        'results/taxonomy.csv)',
    }),
    of: 'workload',
  },
} as const;

type Chosen = Values<typeof WORDS> & Values<typeof OPTIONS>;

export const crashCheckCommand = command(
  {
    usage: 'crash-check [programs..]',
    summary:
      'crash programs under mirroring designs, recover what is left, compare with an oracle; of a ' +
      'trace, which has no recovery code, find lines without write-back or fence, and lines that ' +
      'overtake an earlier epoch at a replica',
    words: WORDS,
    options: OPTIONS,
    examples: [
      ['$0 crash-check', 'every design, and every seeded bug'],
      ['$0 crash-check ctree --backend sm-ob --exhaustive', 'one cell, thoroughly'],
      ['$0 crash-check --seeded-bugs', 'only what must be found'],
      ['$0 crash-check --taxonomy', 'which method is right on which machine'],
      ['$0 crash-check log.gz --tx-marker INSERT', 'a pmemcheck store log of your own'],
    ],
  },
  async (values, given, answer) => {
    const programs = values.programs ?? PROGRAMS_WORD.parse([USUAL_CONDITIONS.workload]);
    refuseForeign(programs, OPTIONS, given);
    const trace = programs.find((program) => program.kind === 'trace');
    if (trace !== undefined) {
      if (programs.length > 1) throw new UsageError(`${trace.name} is a trace: give it alone`);
      return reportTrace(trace, values, answer);
    }
    const isGiven = (table: object): boolean => Object.keys(table).some((name) => given.has(name));
    const chosen = isGiven({ ...WORDS, ...CHOICES });
    if (values.taxonomy) {
      if (chosen || values['seeded-bugs']) {
        throw new UsageError('--taxonomy stands alone: choose no program or system with it');
      }
      const { taxonomy, ...extents } = EXTENTS;
      const usual = isGiven(extents) ? undefined : 'taxonomy.csv';
      const to = values.output ?? (usual && writableCsv(join(RESULTS_DIRECTORY, usual)));
      return withWork({ values, answer, isCommitted: usual !== undefined }, (work) =>
        reportTaxonomy(thoroughnessChoice(values), answer, { wide: values.wide, to, work }),
      );
    }
    const jobs = chosen ? chosenJobs(values) : plannedJobs(values);
    // Only the check that the committed file holds replaces it.
    const whole = !chosen && !isGiven(EXTENTS);
    const path =
      values.output ??
      (whole ? writableCsv(join(RESULTS_DIRECTORY, 'crash-check.csv')) : undefined);
    const { results, cpuMs } = await withWork({ values, answer, isCommitted: whole }, (work) =>
      runCrashJobs(jobs, work),
    );
    const rows = results.flatMap((all, i) => all.map((result) => ({ job: jobs[i], result })));
    answer.say(failuresText(rows, profileFiles(given)));
    answer.show(`${summaryText(rows, values.wide)}\n`);
    // Not to where results go: it differs from run to run.
    process.stderr.write(`${speedText(rows, cpuMs)}\n`);
    answer.from({
      profiles: distinct(jobs.flatMap(({ systems }) => systems.map(({ profile }) => profile))),
      seeds: distinct(jobs.map(({ subject }) => subject.seed)),
    });
    answer.give({ name: 'cells', columns: CRASH_COLUMNS, rows, to: path });
    answer.write();
    const wrong = rows.filter((row) => ['broken', 'missed'].includes(verdictOf(row)));
    if (wrong.length > 0) throw new FailureError(`${wrong.length} of ${rows.length} cells failed`);
  },
);

/** Judges a trace; what is wrong with it, or with its mirror, is a failure. */
async function reportTrace(trace: TraceProgram, values: Chosen, answer: Answer): Promise<void> {
  if (values.replica !== undefined || values.quorum !== undefined) {
    throw new UsageError(
      `${trace.name} is a trace, whose lines are judged at replicas that are alike, each of which is waited ` +
        'for: leave out --replica and --quorum',
    );
  }
  const check = await checkTrace(executionOfTrace(trace, values), systemsOf(values, null));
  answer.show(`${traceCheckText(check)}\n`);
  answer.give({ name: 'orders', columns: ORDER_COLUMNS, rows: check.orders });
  answer.give({ name: 'coverage', columns: COVERAGE_COLUMNS, rows: [check.coverage] });
  const failures = traceFailures(check, values['allow-uncovered'] ?? false);
  if (failures.length > 0) throw new FailureError(`${trace.name}: ${failures.join('; ')}`);
}

/** What is said of the thoroughness, and nothing else. */
function thoroughnessChoice({ crashes, images, exhaustive, seed }: Chosen): ThoroughnessChoice {
  return {
    ...(exhaustive && EXHAUSTIVE),
    ...(crashes !== undefined && { crashes }),
    ...(images !== undefined && { imagesPerCrash: images }),
    seed,
  };
}

function plannedJobs(values: Chosen): CrashJob[] {
  const choice = thoroughnessChoice(values);
  const bugs = bugJobs(choice);
  return values['seeded-bugs'] ? bugs : [...defaultJobs(choice), ...bugs];
}

function chosenJobs(values: Chosen): CrashJob[] {
  if (values['seeded-bugs']) {
    throw new UsageError('--seeded-bugs stands alone: choose no program or system with it');
  }
  const error = errorOf(values);
  const usual = error === null ? USUAL_CONDITIONS : bugConditions(error);
  const thoroughness = {
    ...DEFAULT_THOROUGHNESS,
    ...usual.thoroughness,
    ...thoroughnessChoice(values),
  };
  const systems = systemsOf(values, error);
  const image = imageOf(values);
  const { threads = usual.threads, transactions = usual.transactions } = values;
  const jobs = workloadsOf(values, usual.workload).map((workload) => {
    refuseThreads(workload, threads);
    return {
      subject: {
        workload: workload.name,
        parameters: {
          ...workload.smallParameters,
          ...Object.fromEntries(values.param ?? []),
        },
        threads,
        transactions,
        seed: thoroughness.seed,
        isolation: values.isolation ?? usual.isolation,
      },
      systems,
      thoroughness,
      bug: error?.name ?? null,
      image,
    };
  });
  if (image !== null && (jobs.length !== 1 || systems.length !== 1)) {
    throw new UsageError('--crash-at takes one program, one backend and one profile');
  }
  return jobs;
}

/** The systems chosen, where designs with a bug may be named too. */
function systemsOf(values: Chosen, error: SeededBug | null): SystemSpec[] {
  const usual = error === null ? USUAL_CONDITIONS : bugConditions(error);
  const names =
    values.backend ?? (error === null ? BACKENDS.map(({ name }) => name) : [usual.backend]);
  const buggy = BUGGY_DESIGNS.filter(({ backend }) => names.includes(backend.name));
  const real = names.filter((name) => !buggy.some(({ backend }) => backend.name === name));
  return [
    ...(real.length > 0 ? systemsUnder(values, real, usual) : []),
    ...buggy.flatMap((design) =>
      systemsUnder(values, [design.backend.name], designConditions(design)),
    ),
  ];
}

/** Systems as they are given, and where they are not, as `usual` has them. */
function systemsUnder(
  values: Chosen,
  backend: readonly string[],
  usual: BugConditions,
): SystemSpec[] {
  const choice = chosenSystems({
    ...values,
    backend,
    profile: values.profile ?? [machinesOf(usual)],
    replicas: values.replicas ?? [usual.replicas],
    'queue-pairs': values['queue-pairs'] ?? [usual.queuePairs],
  });
  const faultsGiven = values['slow-replica'] !== undefined || values['stall-replica'] !== undefined;
  const replicasLeast = Math.min(...choice.replicas);
  return expandSystems({
    ...choice,
    // A replica that there is not cannot be slow.
    faults: faultsGiven
      ? choice.faults
      : usual.faults.filter(({ replica }) => replica < replicasLeast),
  });
}

/** The workloads that are named; else the one called `usual`. */
function workloadsOf({ programs }: Chosen, usual: string): AnyWorkload[] {
  return (programs ?? PROGRAMS_WORD.parse([usual])).flatMap((program) =>
    program.kind === 'workload' ? [program.workload] : [],
  );
}

function errorOf({ error: name, programs }: Chosen): SeededBug | null {
  if (name === undefined) return null;
  const known = SEEDED_BUGS.filter(
    (error) => programs?.every((program) => program.name === error.workload) ?? true,
  );
  const found = known.find((error) => error.name === name);
  if (found !== undefined) return found;
  const names = known.map((error) => error.name);
  const accepted = `${names.join(', ') || 'none'}${suggestion(name, names)}`;
  const where = programs === undefined ? '' : ` for ${programs.map((one) => one.name).join(', ')}`;
  throw new UsageError(`--error '${name}' is not known${where}; accepted: ${accepted}`);
}

function imageOf({ machine, keep, 'crash-at': crashPs }: Chosen): ChosenImage | null {
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
