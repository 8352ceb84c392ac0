/**
 * Systems under test: a backend on machines. A `SystemSpec` names one in plain data, for plans, workers
 * and rows; `resolveSystem` makes of it the `System` that a mirror is made of.
 *
 * Which queue pairs a system uses depends on the program too. With one per core a mirror keeps the order
 * of each core's lines and not the order between cores (ARCHITECTURE.md, "Order between cores"). That is
 * right for programs whose clients keep off each other's unfinished data, and wrong for others. One queue
 * pair for all cores keeps both, at the rate of one.
 */

import type { OrderBetween } from '../../pm/order.ts';
import {
  type Backend,
  BOUND,
  backendNamed,
  type HardwareProfile,
  type QueuePairs,
  quantities,
  type ReplicaFault,
  resolveProfile,
  type System,
} from '../../rdma/index.ts';

/**
 * What a user may ask for. 'sound': per core, except shared where the program needs the order between
 * cores; 'per-core' and 'shared': so for every design and program.
 */
export const QUEUE_PAIR_POLICIES = ['sound', 'per-core', 'shared'] as const;

/** One of {@link QUEUE_PAIR_POLICIES}. */
export type QueuePairPolicy = (typeof QUEUE_PAIR_POLICIES)[number];

/** The policy of runs for which none is given. */
export const DEFAULT_POLICY: QueuePairPolicy = 'sound';

/** A system under test in plain data: a backend by its canonical name, on a profile's machines. */
export interface SystemSpec {
  readonly backend: string;
  /** The machines, as data; its name tells it from any other profile of the same plan. */
  readonly profile: HardwareProfile;
  readonly replicas: number;
  readonly queuePairs: QueuePairPolicy;
  readonly faults: readonly ReplicaFault[];
  /** Timed for comparison only: it makes no row. */
  readonly reference: boolean;
}

/** Values to combine into systems. */
export interface SystemChoice {
  readonly backends: readonly string[];
  readonly profiles: readonly HardwareProfile[];
  readonly replicas: readonly number[];
  /** The default policy unless said otherwise. */
  readonly queuePairs?: readonly QueuePairPolicy[] | undefined;
  readonly faults?: readonly ReplicaFault[] | undefined;
}

/** What of a program decides which queue pairs it needs. */
export interface Clients {
  readonly threads: number;
  /** As `Workload` has it. */
  readonly orderNeeded: OrderBetween;
}

/**
 * The system that `spec` names, for a program with such clients. `find` throws if there is no such
 * backend.
 */
export function resolveSystem(
  { backend: name, profile, replicas, queuePairs: policy, faults }: SystemSpec,
  clients: Clients,
  find: (name: string) => Backend = backendNamed,
): System {
  const backend = find(name);
  return { backend, profile, replicas, queuePairs: queuePairsOf(policy, backend, clients), faults };
}

function queuePairsOf(
  policy: QueuePairPolicy,
  backend: Backend,
  { threads, orderNeeded }: Clients,
): QueuePairs {
  // One core has one queue pair, and what posts nothing has none: there is nothing to share.
  if (threads === 1 || backend.ddio === 'none') return 'per-core';
  if (policy !== 'sound') return policy;
  // A design that waits at every fence passes on nothing, such as a lock, that is not durable; but of
  // two cores' copies of one line the older may still come last.
  return orderNeeded !== 'none' && backend.durability !== null ? 'shared' : 'per-core';
}

/** All combinations, backends changing fastest. */
export function expandSystems(choice: SystemChoice): SystemSpec[] {
  const { queuePairs: policies = [DEFAULT_POLICY], faults = [] } = choice;
  const conditions = choice.profiles.flatMap((profile) =>
    choice.replicas.flatMap((replicas) =>
      policies.map((queuePairs) => ({ profile, replicas, queuePairs, faults })),
    ),
  );
  return conditions.flatMap((one) =>
    choice.backends.map((backend) => ({ backend, ...one, reference: false })),
  );
}

/**
 * For each profile of `systems`, the bound as a reference, unless it is among them. It depends on
 * neither the number of replicas nor on what they are like.
 */
export function boundsOf(systems: readonly SystemSpec[]): SystemSpec[] {
  const bounded = new Set(
    systems.filter(({ backend }) => backend === BOUND.name).map(({ profile }) => profile.name),
  );
  const bounds: SystemSpec[] = [];
  for (const { profile } of systems) {
    if (bounded.has(profile.name)) continue;
    bounded.add(profile.name);
    const alone = { replicas: 1, queuePairs: DEFAULT_POLICY, faults: [] };
    bounds.push({ backend: BOUND.name, profile, ...alone, reference: true });
  }
  return bounds;
}

/**
 * A text that is the same for systems that time an execution in the same way: those whose policies
 * come to the same queue pairs. Profiles are told apart by name.
 */
export function timingKey(
  { backend, profile, replicas, faults }: SystemSpec,
  used: QueuePairs,
): string {
  return JSON.stringify([backend, profile.name, replicas, used, faultsText(faults)]);
}

/** The fields of `spec`, for a key: the same for the same system, whatever else it is compared with. */
export function systemKey(spec: SystemSpec): readonly unknown[] {
  const { backend, profile, replicas, queuePairs, faults } = spec;
  return [backend, profileKey(profile), replicas, queuePairs, faultsText(faults)];
}

/** The name of a profile that the project knows; of any other, its values too. */
function profileKey(profile: HardwareProfile): string | readonly unknown[] {
  if (resolveProfile(profile.name) !== undefined) return profile.name;
  const domains = [profile.memory.persistenceDomain, profile.replicaMemory.persistenceDomain];
  return [profile.name, ...domains, ...quantities(profile).map(([, { value }]) => value)];
}

/** A text that is the same for systems of a plan that differ in nothing but the backend. */
export function conditionsKey({ profile, replicas, queuePairs, faults }: SystemSpec): string {
  return JSON.stringify([profile.name, replicas, queuePairs, faultsText(faults)]);
}

/** Whether two systems differ in nothing but the backend, so that comparing them is fair. */
export function sameConditions(a: SystemSpec, b: SystemSpec): boolean {
  return conditionsKey(a) === conditionsKey(b);
}

/** Faults of replicas by kind, each in the words of its option `--KIND-replica`. */
export function faultWords(
  faults: readonly ReplicaFault[],
): (readonly [kind: 'slow' | 'stall', words: string])[] {
  return faults.flatMap(({ replica, slowdown, stallFromNs = 0, stallForNs }) => [
    ...(slowdown === undefined ? [] : [['slow', `${replica}:${slowdown}`] as const]),
    ...(stallForNs === undefined
      ? []
      : [['stall', `${replica}:${stallFromNs}:${stallForNs}`] as const]),
  ]);
}

/** {@link faultWords} in one text, separated by blanks; `-` where there are none. */
export function faultsText(faults: readonly ReplicaFault[]): string {
  const parts = faultWords(faults).map(([kind, words]) => `${kind}=${words}`);
  return parts.join(' ') || '-';
}
