/**
 * What a sweep is told, and its cells: the options of `pmirror sweep`, which are the keys of a plan's
 * file too, so that both mean the same.
 */

import { VALUE_GROUPS } from '../../rdma/index.ts';
import type { SystemChoice } from '../bench/index.ts';
import { UsageError } from '../host/index.ts';
import {
  parseAxis,
  planSweep,
  RUN_AXES,
  type SweepPlan,
  type SweptProgram,
  SYSTEM_AXES,
} from '../studies/sweep/index.ts';
import {
  chosenSeeds,
  flag,
  type Given,
  PERCENTILES_OPTION,
  SEED_OPTION,
  SEEDS_OPTIONS,
  type Values,
  valuesOf,
} from './options.ts';
import { withValues } from './profiles.ts';
import {
  type ChosenProgram,
  executionOfProgram,
  PROGRAM_OPTIONS,
  refuseForeign,
} from './programs.ts';
import { chosenSystems, SYSTEM_OPTIONS } from './systems.ts';

/** What decides the cells of a sweep. */
export const SWEEP_OPTIONS = {
  vary: {
    help:
      'NAME=VALUES; repeatable: every combination is run. NAME: a profile value such as ' +
      `pcie.postedNs, a group of them (${VALUE_GROUPS.map(({ name }) => name).join(', ')}; see pmirror ` +
      `list), a parameter of the workloads, or ${[...RUN_AXES, ...SYSTEM_AXES].join(', ')}. ` +
      'NAME=NAME=VALUES: all have the same value. VALUES: a list 1,2,4, a range FROM:TO (in steps of 1), ' +
      'FROM:TO:STEP, FROM:TO:xFACTOR, or FROM:TO:log:POINTS (equal ratios)',
    parse: (texts: readonly string[]) => texts.map(parseAxis),
  },
  zip: flag({ help: 'the values of all --vary go in step, instead of every combination' }),
  ...SYSTEM_OPTIONS,
  ...PROGRAM_OPTIONS,
  ...SEEDS_OPTIONS,
  percentiles: {
    ...PERCENTILES_OPTION.percentiles,
    help: 'percentiles of the latency to show too, in per cent',
    default: undefined,
  },
} as const;

/** A sweep with all its cells, and what of them is told. */
export interface ChosenSweep {
  readonly plan: SweepPlan;
  readonly systems: SystemChoice;
  /** In per cent. */
  readonly percentiles: readonly number[];
}

/** The sweep of `programs` that was given. Throws what is wrong with any cell, before anything runs. */
export function chosenSweep(programs: readonly ChosenProgram[], given: Given): ChosenSweep {
  const values = valuesOf(SWEEP_OPTIONS, given, '--');
  const { vary: axes = [], zip } = values;
  refuseForeign(programs, SWEEP_OPTIONS, given);
  refuseFixed(values, given);
  if (zip && axes.length === 0) throw new UsageError('--zip: nothing varies; --vary says what');
  const varied = (name: string) => axes.find(({ names }) => names.includes(name))?.values;
  const replicas = varied('replicas');
  const quorums = varied('quorum');
  if (quorums !== undefined) SYSTEM_OPTIONS.quorum.parse(quorums, '--vary quorum');
  for (const name of ['inflight', 'group'] as const) {
    SYSTEM_OPTIONS[name].parse(varied(name) ?? ['1'], `--vary ${name}`);
  }
  const systems = chosenSystems({
    ...values,
    replicas: replicas
      ? SYSTEM_OPTIONS.replicas.parse(replicas, '--vary replicas')
      : values.replicas,
  });
  const plan = planSweep({
    axes,
    zip,
    programs: programs.map((program) => sweptProgram(program, given)),
    seeds: chosenSeeds(values),
    systems,
    profileAt: withValues,
  });
  return { plan, systems, percentiles: values.percentiles ?? [] };
}

/** Refuses what is both fixed and varied. */
function refuseFixed(
  { vary = [], set, param }: Pick<Values<typeof SWEEP_OPTIONS>, 'vary' | 'set' | 'param'>,
  given: Given,
): void {
  const names = vary.flatMap((axis) => axis.names);
  const both = names.find((name) => [given, set, param].some((fixed) => fixed?.has(name)));
  const seeds = names.includes('seed') && given.has('seeds') ? 'seed' : undefined;
  const fixed = both ?? seeds;
  if (fixed !== undefined) throw new UsageError(`${fixed} is both fixed and varied`);
}

/** `program` as `given` has it, with the values of points in place of options and parameters. */
function sweptProgram(program: ChosenProgram, given: Given): SweptProgram {
  return {
    name: program.name,
    parameters: program.kind === 'workload' ? Object.keys(program.workload.parameters) : [],
    executionAt(point, seed) {
      const isOfRun = (name: string): boolean => RUN_AXES.some((axis) => axis === name);
      const varied = Object.entries(point);
      const options = varied
        .filter(([name]) => isOfRun(name) && name !== 'seed')
        .map(([name, value]) => [name, [value]] as const);
      const all: Given = new Map([...given, ...options]);
      refuseForeign([program], PROGRAM_OPTIONS, all);
      const values = valuesOf(PROGRAM_OPTIONS, all, '--');
      const parameters = varied.filter(([name]) => !isOfRun(name));
      const param = new Map([...(values.param ?? []), ...parameters]);
      const own =
        point.seed === undefined ? seed : SEED_OPTION.seed.parse([point.seed], '--vary seed');
      return executionOfProgram(program, { ...values, param, seed: own });
    },
  };
}
