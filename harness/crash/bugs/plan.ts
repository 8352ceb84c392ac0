/**
 * The check of everything that is wrong on purpose: the programs and systems that it takes for each
 * error to show. Who chooses one by name gets the same, but for what is asked for otherwise.
 */

import { profileNamed } from '../../../rdma/index.ts';
import { DEFAULT_POLICY, type SystemSpec } from '../../bench/index.ts';
import type { Thoroughness } from '../check/explore.ts';
import type { CrashJob, CrashSubject } from '../job.ts';
import { DEFAULT_THOROUGHNESS, subjectOf, type ThoroughnessChoice } from '../plan.ts';
import { CANARY_BACKENDS, type CanaryBackend } from './designs.ts';
import { CANARY_PROTOCOLS, type CanaryProtocol } from './protocols.ts';

/** A wrong design or protocol must be found within so many crash points. */
export const CANARY_CRASH_POINTS_MAX = 400;

/** What it takes for an error to show: a program, a system with its profile by name, and how to look. */
export interface BugConditions
  extends Omit<CrashSubject, 'parameters' | 'seed'>,
    Omit<SystemSpec, 'profile' | 'reference'> {
  readonly profile: string;
  readonly thoroughness: Partial<Thoroughness>;
}

/** A usual run, in which most errors show. */
export const USUAL_CONDITIONS: BugConditions = {
  workload: 'ctree',
  threads: 1,
  transactions: 24,
  isolation: 'lines',
  backend: 'sm-ob',
  profile: 'optane-cx5',
  replicas: 1,
  queuePairs: DEFAULT_POLICY,
  faults: [],
  thoroughness: {},
};

/** The conditions of a wrong design. */
export function designConditions({ backend, replicas, faults = [] }: CanaryBackend): BugConditions {
  return { ...USUAL_CONDITIONS, backend: backend.name, replicas, faults };
}

/** The conditions of an error in a program. */
export function errorConditions(error: CanaryProtocol): BugConditions {
  // Errors of recovery show only where it is interrupted.
  const thoroughness = error.unrecovered === undefined ? {} : { interruptOneIn: 4 };
  return { ...USUAL_CONDITIONS, workload: error.workload, ...error.conditions, thoroughness };
}

/** Wrong designs must show with each of these programs, on each of these machines. */
const DESIGN_WORKLOADS = ['ctree', 'vacation'] as const;
const DESIGN_PROFILES = ['optane-cx5', 'paper-2018'] as const;

/** The check of everything that is wrong on purpose. */
export function canaryJobs(choice: ThoroughnessChoice): CrashJob[] {
  const designs = CANARY_BACKENDS.flatMap((canary) =>
    DESIGN_WORKLOADS.flatMap((workload) =>
      DESIGN_PROFILES.map((profile) =>
        jobOf({ ...designConditions(canary), workload, profile }, null, choice),
      ),
    ),
  );
  const errors = CANARY_PROTOCOLS.map((error) => jobOf(errorConditions(error), error.name, choice));
  return [...designs, ...errors];
}

function jobOf(
  conditions: BugConditions,
  error: string | null,
  choice: ThoroughnessChoice,
): CrashJob {
  const { workload, threads, transactions, isolation, thoroughness } = conditions;
  return {
    subject: subjectOf({ workload, threads, transactions, isolation, seed: choice.seed }),
    systems: [systemOf(conditions)],
    thoroughness: { ...DEFAULT_THOROUGHNESS, ...thoroughness, ...choice },
    error,
    image: null,
  };
}

function systemOf({ backend, profile, replicas, queuePairs, faults }: BugConditions): SystemSpec {
  return {
    backend,
    profile: profileNamed(profile),
    replicas,
    queuePairs,
    faults,
    reference: false,
  };
}
