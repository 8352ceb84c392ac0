/** What is fuzzed: each target makes cases of one kind. A new one is a line here. */

import type fc from 'fast-check';
import type { Case } from './case.ts';
import * as files from './of-files.ts';
import * as commands from './of-lines.ts';
import * as values from './of-values.ts';

/** A kind of case. */
export interface Target {
  readonly about: string;
  /** Made when it is asked for: some take long. */
  readonly cases: () => fc.Arbitrary<Case>;
}

/** Every target, by name. */
export const TARGETS = {
  lines: {
    about: 'options and words of every command, which are read and compared',
    cases: commands.lines,
  },
  runs: { about: 'small commands, from their command lines to their files', cases: commands.runs },
  traces: { about: 'store logs and traces, plain and compressed', cases: () => files.traces },
  profiles: { about: 'profiles as JSON and JSON5', cases: () => files.profiles },
  plans: { about: 'plans in YAML and JSON', cases: () => files.plans },
  sets: { about: '--set: quantities and groups', cases: () => values.sets },
  replicas: { about: '--replica, --slow-replica, --stall-replica', cases: () => values.replicas },
  sweeps: { about: '--vary and --zip', cases: () => values.sweeps },
  conditions: { about: 'conditions of solve, and --over', cases: () => values.conditions },
  parameters: { about: '--param of every workload', cases: () => values.parameters },
  measured: { about: 'measurements for profile fit and calibrate', cases: () => files.measured },
  tables: { about: 'results for figures and the long form', cases: () => files.tables },
  reports: { about: 'results for the report', cases: () => files.reports },
  comparisons: { about: 'results that are compared', cases: () => files.comparisons },
  databases: { about: 'files in the place of a results database', cases: () => files.databases },
  plugins: { about: 'backends and workloads in files', cases: () => files.plugins },
} as const satisfies Readonly<Record<string, Target>>;

export type TargetName = keyof typeof TARGETS;
