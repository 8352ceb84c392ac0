/**
 * Sweeps: combinations of values of profile quantities, workload parameters, conditions of the run and
 * numbers of replicas. A sweep expands into all its cells before anything runs; systems share one
 * functional run.
 */

import { suggestion } from '../../../pm/nearest.ts';
import { type HardwareProfile, pathsOf, resolveGroup, VALUE_GROUPS } from '../../../rdma/index.ts';
import {
  type CellGroup,
  cellsUnder,
  type Execution,
  executionKey,
  expandSystems,
  type SystemChoice,
  type SystemSpec,
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

/** What of the systems may be swept beside their profiles, by the names of their options. */
export const SYSTEM_AXES = ['replicas', 'quorum', 'inflight', 'group'] as const;

/** Of what something that varies is. */
type Place = 'profile' | 'parameter' | 'run' | 'system';

/** What varies together, and its values: each name has the same. */
export interface Axis {
  /**
   * Paths such as `pcie.postedNs`, groups of them, parameters of the workloads, {@link RUN_AXES} or
   * {@link SYSTEM_AXES}.
   */
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** Most cells that a sweep may have: far more than anybody waits for. */
const CELLS_MAX = 200_000;

/** Values of what varies, by name. */
export type Point = Readonly<Record<string, string>>;

export interface SweptProgram {
  readonly name: string;
  /** Names of the parameters that it has. */
  readonly parameters: readonly string[];
  /** What is executed at a point, as far as it is of programs and runs. */
  executionAt(point: Point, seed: number): Execution;
}

export interface SweepRequest {
  readonly axes: readonly Axis[];
  /** The values of all axes go in step, instead of every combination. */
  readonly zip?: boolean | undefined;
  readonly programs: readonly SweptProgram[];
  readonly seeds: readonly number[];
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

/** Of what `name` is: a workload may have a parameter of any name that is none of the others. */
export function placeOf(name: string): Place {
  if (RUN_AXES.some((axis) => axis === name)) return 'run';
  if (SYSTEM_AXES.some((axis) => axis === name)) return 'system';
  return name.includes('.') || resolveGroup(name) !== undefined ? 'profile' : 'parameter';
}

/** The axis that `text` (`NAME=VALUES`, or `NAME=NAME=VALUES`) describes. Throws UsageError. */
export function parseAxis(text: string): Axis {
  const words = text.split('=');
  const names = words.slice(0, -1).map((name) => name.trim().replace(/\.value$/, ''));
  if (names.length === 0 || names.includes('')) {
    throw new UsageError(
      `--vary '${text}' is not of the form NAME=VALUES, or NAME=NAME=VALUES where several have the same`,
    );
  }
  return { names, values: parseValues(`--vary ${names.join('=')}`, words[words.length - 1]) };
}

/** The part of `point` at `places`. */
function partOf(point: Point, places: readonly Place[]): Point {
  return Object.fromEntries(
    Object.entries(point).filter(([name]) => places.includes(placeOf(name))),
  );
}

/** Refuses names that nothing has, and names that vary twice, also as part of a group. */
function refuseNames({ axes, programs }: SweepRequest): void {
  const names = axes.flatMap((axis) => axis.names);
  for (const name of names.filter((one) => placeOf(one) === 'parameter')) {
    const without = programs.find(({ parameters }) => !parameters.includes(name));
    if (without === undefined) continue;
    const groups = VALUE_GROUPS.map((group) => group.name);
    const runs = [...RUN_AXES, ...SYSTEM_AXES];
    const meant = suggestion(name, [...without.parameters, ...groups, ...runs]);
    const known = without.parameters.join(', ') || 'none';
    throw new UsageError(
      `--vary '${name}': nothing of that name varies with ${without.name}${meant}; accepted: its ` +
        `parameters (${known}), conditions of the run (${runs.join(', ')}), values of the profile ` +
        `(such as pcie.postedNs; pmirror list PROFILE shows all), groups of them (${groups.join(', ')}); ` +
        '--backend, --profile and --queue-pairs take several values themselves',
    );
  }
  const seen = new Map<string, string>();
  for (const name of names) {
    for (const path of pathsOf(name)) {
      const other = seen.get(path);
      if (other === name) throw new UsageError(`--vary ${name} was given twice`);
      if (other !== undefined) {
        throw new UsageError(
          `--vary ${other} and --vary ${name} both set ${path}: give one of them`,
        );
      }
      seen.set(path, name);
    }
  }
}

/** Every combination of the values of `axes`, the last changing fastest. */
export function crossProduct(axes: readonly Axis[]): Point[] {
  let points: Point[] = [{}];
  for (const axis of axes) {
    points = points.flatMap((point) =>
      axis.values.map((_, i) => ({ ...point, ...pointOf(axis, i) })),
    );
  }
  return points;
}

/** The first values of all `axes`, then the second ones, and so on. */
function inStep(axes: readonly Axis[]): Point[] {
  return axes[0].values.map((_, i) => Object.assign({}, ...axes.map((axis) => pointOf(axis, i))));
}

function pointOf({ names, values }: Axis, i: number): Point {
  return Object.fromEntries(names.map((name) => [name, values[i]]));
}

/** Refuses lists that cannot go in step, and more cells than are possible. */
function refuseSize({ axes, zip = false, programs, seeds, systems }: SweepRequest): void {
  const lengths = axes.map(({ values }) => values.length);
  const nameOf = ({ names }: Axis): string => names.join('=');
  const other = axes.find(({ values }) => values.length !== lengths[0]);
  if (zip && other !== undefined) {
    throw new UsageError(
      `--zip: ${nameOf(axes[0])} has ${lengths[0]} values and ${nameOf(other)} ${other.values.length}; ` +
        'lists that go in step are of one length',
    );
  }
  const isVaried = (name: string) => axes.some(({ names }) => names.includes(name));
  const factors = [
    ...(zip
      ? [['points', lengths[0]] as const]
      : axes.map((axis) => [nameOf(axis), axis.values.length] as const)),
    ['programs', programs.length] as const,
    ['seeds', seeds.length] as const,
    ['profiles', systems.profiles.length] as const,
    ['replicas', isVaried('replicas') ? 1 : systems.replicas.length] as const,
    ['quorums', isVaried('quorum') ? 1 : (systems.quorums?.length ?? 1)] as const,
    ['inflights', isVaried('inflight') ? 1 : (systems.inflights?.length ?? 1)] as const,
    ['groups', isVaried('group') ? 1 : (systems.groups?.length ?? 1)] as const,
    ['backends', systems.backends.length] as const,
    ['queue-pairs', systems.queuePairs?.length ?? 1] as const,
  ];
  const cells = factors.reduce((product, [, count]) => product * count, 1);
  if (cells <= CELLS_MAX) return;
  const product = factors.filter(([, count]) => count > 1);
  const text = product.map(([name, count]) => `${count} ${name}`).join(' x ');
  throw new UsageError(`a sweep of ${cells} cells (${text}); at most ${CELLS_MAX} are possible`);
}

/** Expands a request. Throws what is wrong with any cell, before anything runs. */
export function planSweep(request: SweepRequest): SweepPlan {
  const { axes, programs, seeds } = request;
  refuseNames(request);
  refuseSize(request);
  const points = request.zip ? inStep(axes) : crossProduct(axes);
  const byExecution = Map.groupBy(points, (point) =>
    JSON.stringify(partOf(point, ['run', 'parameter'])),
  );
  const profiles = new Profiles(request);
  const executionPoints = new Map<string, Point>();
  const groups: CellGroup[] = [];
  for (const program of programs) {
    for (const together of byExecution.values()) {
      const point = partOf(together[0], ['run', 'parameter']);
      const executions = seeds.map((seed) => program.executionAt(point, seed));
      for (const execution of executions) executionPoints.set(executionKey(execution), point);
      groups.push(...cellsUnder(executions, profiles.systemsAt(together)));
    }
  }
  return { axes, groups, executionPoints, profilePoints: profiles.points };
}

/** The profiles of a sweep, each made once. */
class Profiles {
  readonly points = new Map<string, { readonly base: string; readonly point: Point }>();
  readonly #request: SweepRequest;
  readonly #made = new Map<string, HardwareProfile>();

  constructor(request: SweepRequest) {
    this.#request = request;
  }

  /** The systems of the points of one execution. */
  systemsAt(points: readonly Point[]): SystemSpec[] {
    const { systems } = this.#request;
    const byProfile = Map.groupBy(points, (point) => JSON.stringify(partOf(point, ['profile'])));
    return systems.profiles.flatMap((base) =>
      [...byProfile].flatMap(([key, together]) => {
        const profile = this.#profileOf(base, key);
        const bySystem = Map.groupBy(together, ({ replicas, quorum, inflight, group }) =>
          JSON.stringify([replicas, quorum, inflight, group]),
        );
        return [...bySystem.values()].flatMap(([{ replicas, quorum, inflight, group }]) =>
          expandSystems({
            ...systems,
            profiles: [profile],
            replicas: replicas === undefined ? systems.replicas : [Number(replicas)],
            quorums: quorum === undefined ? systems.quorums : [Number(quorum)],
            inflights: inflight === undefined ? systems.inflights : [Number(inflight)],
            groups: group === undefined ? systems.groups : [Number(group)],
          }),
        );
      }),
    );
  }

  #profileOf(base: HardwareProfile, key: string): HardwareProfile {
    const place = `${base.name} ${key}`;
    const known = this.#made.get(place);
    if (known !== undefined) return known;
    const point: Point = JSON.parse(key);
    const profile = this.#request.profileAt(base, Object.entries(point));
    this.#made.set(place, profile);
    this.points.set(profile.name, { base: base.name, point });
    return profile;
  }
}
