/**
 * Sweeps: every combination of values of profile quantities, workload parameters and conditions of
 * the run. A sweep expands into all its cells before anything runs; systems share one
 * functional run.
 */

import type { HardwareProfile } from '../../../rdma/index.ts';
import {
  type CellGroup,
  type Execution,
  executionKey,
  planCells,
  type SystemChoice,
} from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import { parseValues } from './values.ts';

/** Conditions of a run that may be swept, by the names of their options. */
export const RUN_AXES = [
  'threads',
  'transactions',
  'warmup',
  'compute',
  'instructions-per-tx',
  'seed',
] as const;

/** One thing that varies. */
export interface Axis {
  /** A path such as `pcie.postedNs`, a parameter of the workloads, or one of {@link RUN_AXES}. */
  readonly name: string;
  readonly place: 'profile' | 'parameter' | 'run';
  readonly values: readonly string[];
}

/** Most cells that a sweep may have: far more than anybody waits for. */
const CELLS_MAX = 200_000;

/** Values of some axes, by name. */
type Point = Readonly<Record<string, string>>;

export interface SweptProgram {
  readonly name: string;
  /** Names of the parameters that it has. */
  readonly parameters: readonly string[];
  /** What is executed at a point of the axes that are not of the profile. */
  executionAt(point: Point): Execution;
}

export interface SweepRequest {
  readonly axes: readonly Axis[];
  readonly programs: readonly SweptProgram[];
  /** The systems apart from the axes. */
  readonly systems: SystemChoice;
  /** A profile with values set, named after them. */
  profileAt(base: HardwareProfile, values: readonly (readonly [string, string])[]): HardwareProfile;
}

/** A sweep with all its cells. */
export interface SweepPlan {
  readonly axes: readonly Axis[];
  readonly groups: readonly CellGroup[];
  /** What varies of an execution, by its key; of a profile, by its name. */
  readonly executionPoints: ReadonlyMap<string, Point>;
  readonly profilePoints: ReadonlyMap<string, { readonly base: string; readonly point: Point }>;
}

/** The axis that `text` (`NAME=VALUES`) describes. Throws UsageError. */
export function parseAxis(text: string): Axis {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--vary '${text}' is not of the form NAME=VALUES`);
  const name = text.slice(0, at).replace(/\.value$/, '');
  const values = parseValues(`--vary ${name}`, text.slice(at + 1));
  const isOfRun = RUN_AXES.some((axis) => axis === name);
  return { name, place: isOfRun ? 'run' : name.includes('.') ? 'profile' : 'parameter', values };
}

/** Refuses an axis without a point in its name that neither the run nor a program has. */
function refuseUnknownNames({ axes, programs }: SweepRequest): void {
  for (const { name, place } of axes) {
    if (place !== 'parameter') continue;
    const without = programs.find(({ parameters }) => !parameters.includes(name));
    if (without === undefined) continue;
    const known = without.parameters.join(', ') || 'none';
    throw new UsageError(
      `--vary '${name}': nothing of that name varies with ${without.name}; accepted: its parameters ` +
        `(${known}), conditions of the run (${RUN_AXES.join(', ')}), values of the profile ` +
        '(such as pcie.postedNs; pmirror list PROFILE shows all); --backend, ' +
        '--profile, --replicas and --queue-pairs take several values themselves',
    );
  }
}

/** Every combination of the values of `axes`, the last changing fastest. */
export function crossProduct(axes: readonly Axis[]): Point[] {
  let points: Point[] = [{}];
  for (const { name, values } of axes) {
    points = points.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
  }
  return points;
}

/** Expands a request. Throws what is wrong with any cell, before anything runs. */
export function planSweep(request: SweepRequest): SweepPlan {
  const { axes, programs, systems } = request;
  refuseUnknownNames(request);
  const names = axes.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`--vary ${twice} was given twice`);
  const cells =
    axes.reduce((product, { values }) => product * values.length, 1) *
    (programs.length * systems.profiles.length * systems.replicas.length) *
    (systems.backends.length * (systems.queuePairs?.length ?? 1));
  if (cells > CELLS_MAX) {
    throw new UsageError(`a sweep of ${cells} cells; at most ${CELLS_MAX} are possible`);
  }
  const executionPoints = new Map<string, Point>();
  const executions: Execution[] = [];
  for (const program of programs) {
    for (const point of crossProduct(axes.filter(({ place }) => place !== 'profile'))) {
      const execution = program.executionAt(point);
      executions.push(execution);
      executionPoints.set(executionKey(execution), point);
    }
  }
  const profilePoints = new Map<string, { base: string; point: Point }>();
  const profiles = systems.profiles.flatMap((base) =>
    crossProduct(axes.filter(({ place }) => place === 'profile')).map((point) => {
      const profile = request.profileAt(base, Object.entries(point));
      profilePoints.set(profile.name, { base: base.name, point });
      return profile;
    }),
  );
  const groups = planCells(executions, { ...systems, profiles });
  return { axes, groups, executionPoints, profilePoints };
}
