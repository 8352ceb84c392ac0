/** `pmirror conform`: all that a new backend or workload must pass, in one command. */

import { suggestion } from '../../../pm/nearest.ts';
import { BACKEND_RULES, BACKENDS, type Backend, resolveBackend } from '../../../rdma/index.ts';
import { WORKLOAD_RULES, WorkloadSubject } from '../../../workloads/conformance.ts';
import { resolveWorkload, WORKLOADS } from '../../../workloads/index.ts';
import type { AnyWorkload } from '../../../workloads/workload.ts';
import { isPluginFile, loadPlugin, type Plugin, type WorkOptions } from '../../bench/index.ts';
import {
  backendCrashJobs,
  type CrashJob,
  failuresText,
  runCrashJobs,
  type SiteVerdict,
  surveyWorkload,
  verdictOf,
  workloadCrashJobs,
} from '../../crash/index.ts';
import { FailureError, UsageError, withProgress } from '../../host/index.ts';
import { type Column, column, listTable } from '../../report/index.ts';
import { command } from '../command.ts';
import { keepVerdict } from '../conformed.ts';
import { userPath } from '../file-options.ts';
import { JSON_OPTION, SEED_OPTION, text, whole } from '../options.ts';
import { WORK_OPTIONS, withWork } from '../work.ts';

/** Random programs for each machine of a rule. */
const PROGRAMS = 40;

/** The rule that is not of `BACKEND_RULES` and `WORKLOAD_RULES`: crashes of programs. */
const CRASHES = 'crashes';
const CRASHES_ABOUT =
  'no crash of a program loses or tears what was acknowledged, and seeded bugs are found';

/** What is to conform. */
type Subject = { readonly word: string; readonly plugin: Plugin | undefined } & (
  | { readonly kind: 'backend'; readonly part: Backend }
  | { readonly kind: 'workload'; readonly part: AnyWorkload }
);

/** A rule and what of it does not hold. */
interface Finding {
  readonly rule: string;
  readonly about: string;
  /** Undefined if it holds. */
  readonly broken: string | undefined;
  /** What was looked at, where that is to be told. */
  readonly extent?: string;
}

export const conformCommand = command(
  {
    usage: 'conform <name>',
    summary: 'all that a new backend or workload must pass: its contract, what it states, crashes',
    words: {
      name: text({
        help: 'a backend or a workload: by name, or the .ts file that exports one',
        required: 'conform what? Give a backend or a workload, by name or as a .ts file',
      }),
    },
    options: {
      rule: text({ help: 'only this rule; a wrong name lists them' }),
      programs: whole({
        min: 1,
        max: 100_000,
        default: PROGRAMS,
        help: 'random programs for each machine under a backend',
      }),
      ...SEED_OPTION,
      ...WORK_OPTIONS,
      ...JSON_OPTION,
    },
    examples: [
      ['$0 conform ./mine.ts', 'a backend or a workload of yours'],
      ['$0 conform sm-ob', 'one of the project'],
    ],
  },
  async (values, _given, answer) => {
    const { name, rule, programs, seed } = values;
    const subject = subjectNamed(name);
    const rules = rulesOf(subject, { programs, seed });
    const known = [...rules.map((one) => one.name), CRASHES];
    if (rule !== undefined && !known.includes(rule)) {
      throw new UsageError(
        `--rule '${rule}' is not one of ${known.join(', ')}${suggestion(rule, known)}`,
      );
    }
    const isWanted = (one: string): boolean => rule === undefined || rule === one;
    const wanted = rules.filter((one) => isWanted(one.name));
    const findings = await withProgress(wanted.length, { unit: 'rules' }, (update) =>
      wanted.map(({ name: own, about, check }, i): Finding => {
        update(i, own);
        return { rule: own, about, broken: check() };
      }),
    );
    // Crashes of what breaks its contract say nothing more.
    const isSound = findings.every(({ broken }) => broken === undefined);
    if (isSound && isWanted(CRASHES)) {
      const found = await withWork({ values, answer, isCommitted: false }, (work) =>
        crashesOf(subject, seed, work),
      );
      findings.push(found);
    }
    const failed = findings.filter(({ broken }) => broken !== undefined);
    const replay = `pmirror conform ${name} --seed ${seed}`;
    answer.show(`${reportText(subject, findings, replay)}\n`);
    answer.give({ name: 'rules', columns: findingColumns(subject, replay), rows: findings });
    if (subject.plugin !== undefined && (rule === undefined || failed.length > 0)) {
      keepVerdict(subject.plugin, failed.length === 0);
    }
    if (failed.length > 0) {
      const names = failed.map((one) => one.rule).join(', ');
      throw new FailureError(`${subject.part.name} does not conform: ${names}`);
    }
  },
);

function findingColumns({ kind, part }: Subject, replay: string): readonly Column<Finding>[] {
  // biome-ignore format: one column a line
  return [
    column('name', '-', 'the backend or workload', () => part.name),
    column('kind', '-', 'backend or workload', () => kind),
    column('rule', '-', 'what it was held to', ({ rule }) => rule),
    column('about', '-', 'the rule in words', ({ about }) => about),
    column('verdict', '-', 'holds or broken', ({ broken }) => (broken === undefined ? 'holds' : 'broken')),
    column('why', '-', 'what does not hold; empty where it holds', ({ broken = '' }) => broken),
    column('extent', '-', 'what was looked at, where that is to be told', ({ extent = '' }) => extent),
    column('replay', '-', 'the command that looks at this rule again', ({ rule }) => `${replay} --rule ${rule}`),
  ];
}

function subjectNamed(word: string): Subject {
  if (isPluginFile(word)) {
    const plugin = loadPlugin(userPath(word), word);
    return plugin.kind === 'backend'
      ? { word, plugin, kind: 'backend', part: plugin.part }
      : { word, plugin, kind: 'workload', part: plugin.part };
  }
  const backend = resolveBackend(word);
  if (backend !== undefined) return { word, plugin: undefined, kind: 'backend', part: backend };
  const workload = resolveWorkload(word);
  if (workload !== undefined) return { word, plugin: undefined, kind: 'workload', part: workload };
  const known = [...BACKENDS, ...WORKLOADS].map(({ name }) => name);
  throw new UsageError(
    `unknown backend or workload '${word}'${suggestion(word, known)}; accepted: ` +
      `${known.join(', ')}, or a .ts file`,
  );
}

/** A rule, bound to what it is looked at for. */
interface BoundRule {
  readonly name: string;
  readonly about: string;
  /** What does not hold, in words. */
  check(): string | undefined;
}

function rulesOf(
  subject: Subject,
  extent: { readonly programs: number; readonly seed: number },
): readonly BoundRule[] {
  if (subject.kind === 'backend') {
    return BACKEND_RULES.map(({ name, about, broken }) => ({
      name,
      about,
      check: () => caught(subject, () => broken(subject.part, extent)),
    }));
  }
  const run = new WorkloadSubject(subject.part);
  return WORKLOAD_RULES.map(({ name, about, check }) => ({
    name,
    about,
    check: () =>
      caught(subject, () => {
        check(run);
        return undefined;
      }),
  }));
}

/** What `check` found; what is thrown is the fault of the part that it looks at. */
function caught({ word, kind }: Subject, check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    // A part of a user's is blamed already.
    if (error instanceof FailureError) return error.message;
    const told = error instanceof Error ? error.message : String(error);
    const isThrown = !(error instanceof Error && error.name === 'AssertionError');
    return isThrown ? `the ${kind} ${word} throws: ${told}` : told.split('\n')[0];
  }
}

async function crashesOf(subject: Subject, seed: number, work: WorkOptions): Promise<Finding> {
  const { kind, part } = subject;
  const planned: readonly CrashJob[] =
    kind === 'backend' ? backendCrashJobs(part.name, seed) : workloadCrashJobs(part.name, seed);
  const { results } = await runCrashJobs(planned, work);
  const rows = results.flatMap((all, i) => all.map((result) => ({ job: planned[i], result })));
  const wrong = rows.filter((row) => ['broken', 'missed'].includes(verdictOf(row)));
  const images = rows.reduce((sum, { result }) => sum + result.exploration.images, 0);
  const seeded = rows.filter(({ job }) => job.bug !== null).length;
  const found = { rule: CRASHES, about: CRASHES_ABOUT };
  if (wrong.length > 0) {
    const broken = wrong.filter((row) => verdictOf(row) === 'broken');
    const missed = wrong.length - broken.length;
    const told = [
      `${broken.length} of ${rows.length} cells are broken, ${missed} seeded bugs are missed`,
      failuresText(broken.slice(0, 1), new Map()).trimEnd(),
    ];
    return { ...found, broken: told.filter((one) => one !== '').join('\n') };
  }
  const extent = `${rows.length} cells, ${images} crash images, ${seeded} seeded bugs found`;
  if (kind === 'backend' || seeded > 0) return { ...found, broken: undefined, extent };
  return { ...found, ...(await survey(part.name, seed, { extent, work })) };
}

/** A workload without bugs of its own: of write-backs and fences that are left out some must be missed. */
async function survey(
  workload: string,
  seed: number,
  { extent, work }: { readonly extent: string; readonly work: WorkOptions },
): Promise<Pick<Finding, 'broken' | 'extent'>> {
  const places = await surveyWorkload(workload, seed, work);
  const counts = (verdict: SiteVerdict): number =>
    places.filter((place) => place.verdict === verdict).length;
  const covered = counts('redundant') + counts('made good') + counts('explained');
  const told = `${places.length} places where a flush or fence was left out: ${counts('caught')} caught, ${covered} covered by others, ${counts('missed')} missed (pmirror crash-survey)`;
  if (counts('broken') > 0) return { broken: `it fails as it is: ${told}` };
  return counts('caught') === 0
    ? { broken: `its recovery and verification notice nothing: ${told}` }
    : { broken: undefined, extent: `${extent}; ${told}` };
}

function reportText({ part, kind }: Subject, findings: readonly Finding[], replay: string): string {
  const failed = findings.filter(({ broken }) => broken !== undefined);
  const verdict =
    failed.length === 0
      ? `${part.name} conforms: ${findings.length} rules hold.`
      : `${part.name} does NOT conform: of ${findings.length} rules that the ${kind} was held to, ${failed.length} do not hold.`;
  const broken = failed.map(
    ({ rule, about, broken: why }) =>
      `${rule}: ${about}.\n  ${why}\n  replay:   ${replay} --rule ${rule}`,
  );
  const lines = findings.map(({ rule, about, broken: why, extent }) => [
    `  ${why === undefined ? 'holds' : 'BROKEN'}`,
    rule,
    extent ?? about,
  ]);
  return [verdict, ...broken, listTable(lines)].join('\n\n');
}
