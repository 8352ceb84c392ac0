/** What a command of the command line is, and the options that several of them share. */

import type { Options } from 'yargs';
import { DEFAULT_POLICY } from '../bench/index.ts';
import { ENOUGH_VALUES } from '../report/index.ts';
import type { Given } from './choices.ts';
import { DEFAULT_BACKENDS, DEFAULT_PROFILE } from './systems.ts';

/** Options and positional words as given, by name. */
export type Arguments = Readonly<Record<string, Given>>;

/** A command: `pmirror NAME`. */
export interface Command {
  /** As typed, with positional words in yargs' notation: `replay <file>`. */
  readonly usage: string;
  readonly summary: string;
  /** What --help says of positional words. */
  readonly positionals: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, Options>>;
  /** Lines for --help. */
  readonly examples: readonly (readonly [string, string])[];
  /** Does it. Throws UsageError or FailureError; nothing is half-written then. */
  run(given: Arguments): Promise<void>;
}

/** The machines: `--profile`, `--set`. */
export const PROFILE_OPTIONS = {
  profile: {
    type: 'string',
    describe:
      'hardware profiles, by name or as JSON files; comma-separated or repeated (default: ' +
      `${DEFAULT_PROFILE})`,
  },
  set: {
    type: 'string',
    describe: 'path.to.value=number, a value of the profiles; repeatable',
  },
} as const satisfies Record<string, Options>;

/** Queue pairs. */
export const QUEUE_PAIR_OPTION = {
  'queue-pairs': {
    type: 'string',
    describe:
      'per-core; shared: one queue pair to each replica for all cores; or sound: per-core, except ' +
      'shared where clients may build on unfinished data of others; several values (default: ' +
      `${DEFAULT_POLICY})`,
  },
} as const satisfies Record<string, Options>;

/** The systems under test. */
export const SYSTEM_OPTIONS = {
  backend: {
    type: 'string',
    alias: 'backends',
    describe:
      'mirroring designs, by name or alias, or all; comma-separated or repeated (default: ' +
      `${DEFAULT_BACKENDS})`,
  },
  ...PROFILE_OPTIONS,
  replicas: {
    type: 'string',
    describe: 'machines that hold a mirror; several values (default: 1)',
  },
  ...QUEUE_PAIR_OPTION,
  'slow-replica': {
    type: 'string',
    describe: 'INDEX:FACTOR, a replica that takes so many times as long; repeatable',
  },
  'stall-replica': {
    type: 'string',
    describe: 'INDEX:FROM_NS:FOR_NS, a replica that takes nothing for a while; repeatable',
  },
} as const satisfies Record<string, Options>;

/** How the machine at hand is used. */
export const JOBS_OPTION = {
  jobs: { type: 'string', describe: 'worker threads (default: one a processor core)' },
} as const satisfies Record<string, Options>;

/** Several runs that differ in their seed, and where their confidence intervals go. */
export const SEED_OPTIONS = {
  seed: { type: 'string', describe: 'seed of everything random; several values (default: 1)' },
  seeds: {
    type: 'string',
    describe:
      'so many seeds, from --seed on: means with 95 % bootstrap intervals, too narrow below ' +
      `${ENOUGH_VALUES} seeds`,
  },
} as const satisfies Record<string, Options>;

/** The size of data and run. */
export const SIZE_OPTION = {
  size: {
    type: 'string',
    describe: 'small, medium or large: transactions, and data where the workload has sizes',
  },
} as const satisfies Record<string, Options>;

/** What is run: seed, volatile work. */
export const EXECUTION_OPTIONS = {
  seed: { type: 'string', describe: 'seed of everything random (default: 1)' },
  compute: {
    type: 'string',
    describe:
      'instruction counts charged as volatile work: o2 (measured on optimised builds) or whisper ' +
      "(on builds with the suite's own flags) (default: o2)",
  },
} as const satisfies Record<string, Options>;

/** Ranges of numbers that several commands take. */
export const RANGES = {
  seed: { min: 0, max: 2 ** 32 - 1 },
  jobs: { min: 1, max: 256 },
  threads: { min: 1, max: 64 },
  transactions: { min: 1, max: 1_000_000_000 },
  warmup: { min: 0, max: 1_000_000_000 },
} as const;
