/**
 * Advice on one program and one machine: all designs that the machine can run, in short runs, ranked. Then
 * from which value of the machine on the next one would win (`solve`), and how the ranking stands on machines
 * drawn from all assumptions of the profile. Nothing here knows a design by name.
 */

import {
  BACKENDS,
  type Backend,
  type Capability,
  type HardwareProfile,
  quantities,
  resolveGroup,
  UNMIRRORED,
} from '../../../rdma/index.ts';
import {
  type CellGroup,
  type CellResult,
  type Execution,
  execTimeNsPerTx,
  groupsOf,
  planCells,
  refusalOf,
  type SystemSpec,
} from '../../bench/index.ts';
import { withWorkspace } from '../../host/index.ts';
import { type AccountedRow, accountedRows } from '../explain/index.ts';
import { drawMachines } from '../machines/index.ts';
import {
  type Condition,
  evaluate,
  parseCondition,
  type Solution,
  solve,
  subjectOf,
} from '../solve/index.ts';

/** What it is searched over for break-evens, where the profile has it: round trip, flush, persist, CXL. */
const SUBJECTS = ['rtt', 'pcie.readRoundTripNs', 'pm.writeLatency', 'cxl.hopNs'] as const;
/** Values that are looked at first for a break-even. */
const GRID = 7;

/** A design that the machine can run, or why it cannot. */
export interface Design {
  readonly backend: Backend;
  readonly refused: string | undefined;
}

/** Every mirroring design on `system`; `has`: what the machine has, if that is said. */
export function designsFor(
  system: Omit<SystemSpec, 'backend' | 'reference'>,
  has: readonly Capability[] | undefined,
  own: readonly Backend[] = [],
): Design[] {
  return [...BACKENDS, ...own]
    .filter(({ durability }) => durability !== null)
    .map((backend) => {
      const lacks = (backend.needs ?? []).filter((one) => has !== undefined && !has.includes(one));
      const refused =
        lacks.length > 0
          ? `it needs ${lacks.join(' and ')}, which the machine is not said to have`
          : refusalOf({ ...system, backend: backend.name });
      return { backend, refused };
    });
}

export interface AdviseRequest {
  readonly execution: Execution;
  /** The machines, whose backend is looked for. */
  readonly conditions: Omit<SystemSpec, 'backend' | 'reference'>;
  readonly designs: readonly Design[];
  /** What is demanded of a design, as `p99=10us`; all of them. */
  readonly demands: readonly string[];
  /** Machines drawn from the assumptions of the profile, and their seed. */
  readonly machines: number;
  readonly seed: number;
  /** Whether a design, as it was timed, survives the crash check; undefined where that cannot be asked. */
  survives(rows: readonly AccountedRow[]): Promise<ReadonlyMap<string, boolean> | undefined>;
  profileAt(profile: HardwareProfile, name: string, value: number): HardwareProfile;
  run(groups: readonly CellGroup[]): Promise<readonly (readonly CellResult[])[]>;
  readonly atOnce: number;
}

/** One design and what is said of it. */
export interface Advice {
  readonly row: AccountedRow;
  /** It keeps the order between clients that the program needs. */
  readonly keepsOrder: boolean;
  /** Undefined: not checked. */
  readonly survives: boolean | undefined;
  readonly isRight: boolean;
  readonly meets: boolean;
  /** Its slowdown on each machine drawn, and on how many of them it is the best that is right. */
  readonly slowdowns: readonly number[];
  readonly bestOn: number;
}

/** What came out; ranked, the best first. */
export interface Advised {
  readonly request: AdviseRequest;
  readonly ranked: readonly Advice[];
  readonly breakEvens: readonly Solution[];
}

/** `p99=10us` as a condition on `backend`: at most so much, but of a throughput at least. */
export function demandOn(backend: string, demand: string): Condition {
  const at = demand.indexOf('=');
  const [name, value] = [demand.slice(0, Math.max(at, 0)), demand.slice(at + 1)];
  const comparison = name.trim() === 'throughput' ? '>=' : '<=';
  return parseCondition(`${name.trim()}(${backend}) ${comparison} ${value}`);
}

export async function advise(request: AdviseRequest): Promise<Advised> {
  const { execution, conditions, designs, demands } = request;
  const runnable = designs.filter(({ refused }) => refused === undefined);
  const names = [UNMIRRORED.name, ...runnable.map(({ backend }) => backend.name)];
  const { profile, replicas, queuePairs, faults, inflight = 1, group: together = 1 } = conditions;
  const flight = { inflights: [inflight], groups: [together] };
  const machines = { profiles: [profile], replicas: [replicas], queuePairs: [queuePairs] };
  const choice = { ...machines, ...flight, faults, backends: names };
  const [group] = planCells([execution], choice);
  const all = await withWorkspace((directory) => accountedRows(group, { directory }));
  const byDesign = new Map(all.map((row) => [row.result.system.backend, row.result]));
  const rows = all.filter(({ result }) => result.system.backend !== UNMIRRORED.name);
  const survivors = await request.survives(rows);
  const drawn = await drawnTimes(request, names);
  const found = rows.map((row) => {
    const { backend } = row.result.system;
    const { keepsOrder } = row.result;
    const survives = survivors?.get(backend);
    const meets = demands.every((demand) => {
      return evaluate(demandOn(backend, demand), byDesign).holds;
    });
    return { row, keepsOrder, survives, isRight: keepsOrder && survives !== false, meets };
  });
  const right = found.filter(({ isRight }) => isRight).map(({ row }) => row.result.system.backend);
  const advice = found.map((one): Advice => {
    const { backend } = one.row.result.system;
    const slowdowns = drawn.map((times) => timeIn(times, backend) / timeIn(times, UNMIRRORED.name));
    const bestOn = drawn.filter((times) =>
      right.every((other) => timeIn(times, backend) <= timeIn(times, other)),
    );
    return { ...one, slowdowns, bestOn: one.isRight ? bestOn.length : 0 };
  });
  const ranked = advice.toSorted(
    (a, b) =>
      Number(b.isRight) - Number(a.isRight) ||
      Number(b.meets) - Number(a.meets) ||
      execTimeNsPerTx(a.row.result) - execTimeNsPerTx(b.row.result),
  );
  return { request, ranked, breakEvens: await breakEvens(request, ranked) };
}

type Times = ReadonlyMap<string, number>;

const timeIn = (times: Times, backend: string): number => times.get(backend) ?? Number.NaN;

/** Of each machine drawn, the time per transaction under each design. */
async function drawnTimes(request: AdviseRequest, names: readonly string[]): Promise<Times[]> {
  const { conditions, machines, seed, execution, atOnce } = request;
  if (machines === 0) return [];
  const drawn = drawMachines(conditions.profile, machines, seed);
  const shares = Math.min(atOnce, drawn.length);
  const groups = Array.from({ length: shares }, (_, share) => {
    const systems = drawn
      .filter((_machine, i) => i % shares === share)
      .flatMap(({ profile }) =>
        names.map((backend) => ({ ...conditions, profile, backend, reference: false })),
      );
    return groupsOf([execution], systems);
  }).flat();
  const results = (await request.run(groups)).flat();
  const byMachine = Map.groupBy(results, ({ system }) => system.profile.name);
  return drawn.map(({ profile }) => {
    const own = byMachine.get(profile.name) ?? [];
    return new Map(own.map((result) => [result.system.backend, execTimeNsPerTx(result)]));
  });
}

/** From where on the next design that is right would be faster than the best. */
async function breakEvens(request: AdviseRequest, ranked: readonly Advice[]): Promise<Solution[]> {
  const { execution, conditions, seed, run, atOnce, profileAt } = request;
  const { profile } = conditions;
  const [best, next] = ranked.filter(({ isRight }) => isRight).map(({ row }) => row.result.system);
  if (next === undefined) return [];
  const known = new Set(quantities(profile).map(([path]) => path));
  const solutions: Solution[] = [];
  for (const name of SUBJECTS) {
    if (resolveGroup(name) === undefined && !known.has(name)) continue;
    const at = (base: HardwareProfile, value: number) => profileAt(base, name, value);
    const isValid = (value: number): boolean => isMachine(() => at(profile, value));
    solutions.push(
      await solve({
        execution,
        condition: parseCondition(`time(${next.backend}) < time(${best.backend})`),
        subject: subjectOf({ name, ends: undefined }, profile, isValid),
        conditions,
        machines: 0,
        seed,
        grid: GRID,
        profileAt: at,
        run,
        atOnce,
      }),
    );
  }
  return solutions;
}

function isMachine(make: () => HardwareProfile): boolean {
  try {
    make();
    return true;
  } catch {
    return false;
  }
}
