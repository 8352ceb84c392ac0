/**
 * Systems under test: a backend on machines. A `SystemSpec` names one in plain data, for plans, workers
 * and rows; `resolveSystem` makes of it the `System` that a mirror is made of.
 *
 * Which queue pairs a system uses depends on the program too: on the order of persists that it needs
 * between its clients (`pm/order.ts`). A policy of queue pairs says how they are chosen.
 */

import { isEnough, type OrderBetween } from '../../pm/order.ts';
import {
  type Backend,
  BOUND,
  backendNamed,
  type HardwareProfile,
  orderKept,
  profileOfReplica,
  type QueuePairs,
  quantities,
  type ReplicaFault,
  refusal,
  resolveBackend,
  resolveProfile,
  type System,
} from '../../rdma/index.ts';
import { UsageError } from '../host/index.ts';

/**
 * What a user may ask for:
 *
 *   auto      for each program and design the fastest queue pairs that are right for them;
 *   any       for each design the fastest that are right for any program;
 *   per-core, words, release, shared: so for every design and program (see `QueuePairs`).
 */
export const QUEUE_PAIR_POLICIES = [
  'auto',
  'any',
  'per-core',
  'words',
  'release',
  'shared',
] as const;

/** Other names of policies. */
export const POLICY_ALIASES: Readonly<Record<string, QueuePairPolicy>> = { sound: 'auto' };

/** One of {@link QUEUE_PAIR_POLICIES}. */
export type QueuePairPolicy = (typeof QUEUE_PAIR_POLICIES)[number];

/** The policy of runs for which none is given. */
export const DEFAULT_POLICY: QueuePairPolicy = 'auto';

/** A system under test in plain data: a backend by its canonical name, on a profile's machines. */
export interface SystemSpec {
  readonly backend: string;
  /** The machines, as data; its name tells it from any other profile of the same plan. */
  readonly profile: HardwareProfile;
  readonly replicas: number;
  readonly queuePairs: QueuePairPolicy;
  readonly faults: readonly ReplicaFault[];
  /** Replicas that a wait is for, fewer than all; else it is not there. */
  readonly quorum?: number | undefined;
  /** As `System` has them; not there where they are 1. */
  readonly inflight?: number | undefined;
  readonly group?: number | undefined;
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
  /** Replicas that a wait is for, at most as many as there are; all unless said otherwise. */
  readonly quorums?: readonly number[] | undefined;
  /** Durability points unanswered, and transactions for each, of a client; 1 unless said otherwise. */
  readonly inflights?: readonly number[] | undefined;
  readonly groups?: readonly number[] | undefined;
  /** Each backend on those of the machines that can run it; else it must run on all. */
  readonly whereTheyRun?: boolean | undefined;
}

/** What of a program decides which queue pairs it needs. */
export interface Clients {
  readonly threads: number;
  /** As `Workload` has it. */
  readonly orderNeeded: OrderBetween;
}

/**
 * The system that `spec` names, for a program with such clients; of several candidates the first. `find`
 * throws if there is no such backend.
 */
export function resolveSystem(
  spec: SystemSpec,
  clients: Clients,
  find: (name: string) => Backend = backendNamed,
): System {
  return candidateSystems(spec, clients, find)[0];
}

/** The systems of which `spec` is the fastest: one, or two of which neither is always. */
export function candidateSystems(
  { backend: name, queuePairs: policy, reference: _reference, ...machines }: SystemSpec,
  clients: Clients,
  find: (name: string) => Backend = backendNamed,
): readonly System[] {
  const backend = find(name);
  const needed = { ...clients, orderNeeded: orderNeededBy(clients, machines) };
  return candidates(policy, backend, needed).map((queuePairs) => ({
    ...machines,
    backend,
    queuePairs,
  }));
}

/** Whether a mirror of such a program is right with these queue pairs. */
export function isRight({ backend, queuePairs, ...system }: System, clients: Clients): boolean {
  const needed = orderNeededBy(clients, system);
  return clients.threads === 1 || isEnough(orderKept(backend, queuePairs), needed);
}

/**
 * What clients hand on under a lock is durable by then, as each waits for its transaction. Where they do not,
 * a mirror has to keep that order.
 */
function orderNeededBy(
  { orderNeeded }: Clients,
  { inflight = 1, group = 1 }: Pick<SystemSpec, 'inflight' | 'group'>,
): OrderBetween {
  const waits = inflight === 1 && group === 1;
  return waits || isEnough(orderNeeded, 'locks') ? orderNeeded : 'locks';
}

/**
 * A queue pair per core is never slower than one for all, and the words of a line take as long as the line
 * or a little longer; so lines per core come first, then words. Where neither is right, one queue pair at
 * the rate of one and a round trip at each release are both tried, as either may be faster.
 */
function candidates(
  policy: QueuePairPolicy,
  backend: Backend,
  { threads, orderNeeded }: Clients,
): readonly QueuePairs[] {
  // One core has one queue pair, and what posts nothing has none: nothing is to be chosen.
  if (threads === 1 || backend.ddio === 'none' || backend.over === 'cxl') return ['per-core'];
  if (policy !== 'auto' && policy !== 'any') return [policy];
  const needed = policy === 'any' ? 'any' : orderNeeded;
  const right = (queuePairs: QueuePairs) => isEnough(orderKept(backend, queuePairs), needed);
  const own = (['per-core', 'words'] as const).find(right);
  return own === undefined ? (['shared', 'release'] as const).filter(right) : [own];
}

function refuseQuorum(quorum: number, replicas: number): void {
  if (quorum >= 1 && quorum <= replicas) return;
  throw new UsageError(
    `--quorum ${quorum}: there are ${replicas} replicas, and a wait is for 1 to ${replicas} of them`,
  );
}

/** How much clients have in flight: nothing is said of one transaction each. */
function flightsOf({
  inflights = [1],
  groups = [1],
}: SystemChoice): Pick<SystemSpec, 'inflight' | 'group'>[] {
  return inflights.flatMap((inflight) =>
    groups.map((group) => ({
      ...(inflight > 1 && { inflight }),
      ...(group > 1 && { group }),
    })),
  );
}

/** Why there can be no such system, as a message; undefined if there can, or its backend is not known. */
export function refusalOf(
  spec: Pick<SystemSpec, 'backend' | 'profile' | 'replicas' | 'faults' | 'quorum'>,
): string | undefined {
  const backend = resolveBackend(spec.backend);
  const refused = backend && refusal({ ...spec, backend });
  return refused === undefined
    ? undefined
    : `${spec.backend} cannot run on ${spec.profile.name}: ${refused}`;
}

/**
 * All combinations, backends changing fastest. Throws UsageError for a quorum that is more than all, and
 * for backends that such machines cannot run, unless `whereTheyRun` leaves those out.
 */
export function expandSystems(choice: SystemChoice): SystemSpec[] {
  const { queuePairs: policies = [DEFAULT_POLICY], faults = [], quorums } = choice;
  const flights = flightsOf(choice);
  const conditions = choice.profiles.flatMap((profile) =>
    choice.replicas.flatMap((replicas) =>
      (quorums ?? [replicas]).flatMap((count) => {
        refuseQuorum(count, replicas);
        const quorum = count < replicas ? { quorum: count } : {};
        const machines = { profile, replicas, faults, ...quorum };
        return policies.flatMap((queuePairs) =>
          flights.map((flight) => ({ ...machines, queuePairs, ...flight })),
        );
      }),
    ),
  );
  const { backends, whereTheyRun = false } = choice;
  return conditions.flatMap((one) =>
    backends.flatMap((backend) => {
      const refused = refusalOf({ backend, ...one });
      if (refused !== undefined && !whereTheyRun) throw new UsageError(refused);
      return refused === undefined ? [{ backend, ...one, reference: false }] : [];
    }),
  );
}

/**
 * A text that is the same for systems with the same bound. Where replicas are alike it depends on neither
 * their number nor on how many a wait is for.
 */
export function boundKey(spec: SystemSpec): string {
  const { profile, replicas, quorum } = spec;
  const others = profile.others ? [replicas, quorum ?? replicas] : [];
  return JSON.stringify([profile.name, ...others, ...flightParts(spec)]);
}

/** For systems with the same bound, the bound as a reference, unless it is among them. */
export function boundsOf(systems: readonly SystemSpec[]): SystemSpec[] {
  const bounded = new Set(
    systems.filter(({ backend }) => backend === BOUND.name).map((system) => boundKey(system)),
  );
  const bounds: SystemSpec[] = [];
  for (const system of systems) {
    const key = boundKey(system);
    if (bounded.has(key)) continue;
    bounded.add(key);
    const { profile, replicas, quorum, inflight, group } = system;
    const flight = { ...(inflight && { inflight }), ...(group && { group }) };
    const machines = profile.others ? { replicas, quorum } : { replicas: 1 };
    const plain = { queuePairs: DEFAULT_POLICY, faults: [], reference: true } as const;
    bounds.push({ backend: BOUND.name, profile, ...machines, ...plain, ...flight });
  }
  return bounds;
}

/** What a key has of a quorum and of what is in flight: nothing where a wait is for all, and each is waited for. */
function quorumPart(spec: Pick<SystemSpec, 'quorum' | 'inflight' | 'group'>): readonly string[] {
  const quorum = spec.quorum === undefined ? [] : [`quorum ${spec.quorum}`];
  return [...quorum, ...flightParts(spec)];
}

/** How much clients have in flight, in words; nothing of one transaction each. */
function flightParts({ inflight, group }: Pick<SystemSpec, 'inflight' | 'group'>): string[] {
  return [
    ...(inflight === undefined ? [] : [`${inflight} in flight`]),
    ...(group === undefined ? [] : [`groups of ${group}`]),
  ];
}

/**
 * A text that is the same for systems that time an execution in the same way: those whose policies
 * come to the same queue pairs. Profiles are told apart by name.
 */
export function timingKey(spec: SystemSpec, used: QueuePairs): string {
  const { backend, profile, replicas, faults } = spec;
  const conditions = [profile.name, replicas, used, faultsText(faults), ...quorumPart(spec)];
  return JSON.stringify([backend, ...conditions]);
}

/** The fields of `spec`, for a key: the same for the same system, whatever else it is compared with. */
export function systemKey(spec: SystemSpec): readonly unknown[] {
  const { backend, profile, replicas, queuePairs, faults } = spec;
  const machines = [profileKey(profile), replicas, queuePairs, faultsText(faults)];
  return [backend, ...machines, ...quorumPart(spec)];
}

/** The name of a profile that the project knows; of any other, its values too. */
function profileKey(profile: HardwareProfile): string | readonly unknown[] {
  if (resolveProfile(profile.name) !== undefined) return profile.name;
  const domains = [profile.memory.persistenceDomain, profile.replicaMemory.persistenceDomain];
  const others = (profile.others ?? []).map(({ replica }) => [
    replica,
    quantities(profileOfReplica(profile, replica)).map(([, { value }]) => value),
  ]);
  const values = quantities(profile).map(([, { value }]) => value);
  return [profile.name, ...domains, ...values, ...others];
}

/** A text that is the same for systems of a plan that differ in nothing but the backend: comparing them is fair. */
export function conditionsKey(spec: SystemSpec): string {
  const { profile, replicas, queuePairs, faults } = spec;
  const machines = [profile.name, replicas, queuePairs, faultsText(faults)];
  return JSON.stringify([...machines, ...quorumPart(spec)]);
}

/** A text that is the same for the same system of a plan, whether it makes a row or not. */
export const systemInPlan = (spec: SystemSpec): string => `${spec.backend} ${conditionsKey(spec)}`;

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

/** {@link faultWords} in one text, separated by blanks; empty where there are none. */
export function faultsText(faults: readonly ReplicaFault[]): string {
  return faultWords(faults)
    .map(([kind, words]) => `${kind}=${words}`)
    .join(' ');
}

/** What systems that differ in their backend only have in common, in words. */
export function conditionsText(system: SystemSpec): string {
  const { profile, replicas, quorum, queuePairs, faults } = system;
  const parts = [`profile ${profile.name}`, `${replicas} replica${replicas === 1 ? '' : 's'}`];
  if (quorum !== undefined) parts.push(`waits for ${quorum} of them`);
  parts.push(`queue pairs ${queuePairs}`);
  parts.push(...flightParts(system));
  if (faults.length > 0) parts.push(`faults ${faultsText(faults)}`);
  return parts.join(', ');
}

/** A system and the queue pairs that its policy may come to: several are right, and neither is always faster. */
export interface PolicyChoice {
  readonly backend: string;
  readonly policy: QueuePairPolicy;
  readonly candidates: readonly QueuePairs[];
}

/** What may be chosen between for `spec`. */
export function policyChoice(
  spec: SystemSpec,
  clients: Clients,
  find: (name: string) => Backend = backendNamed,
): PolicyChoice {
  const { backend, queuePairs: policy } = spec;
  const candidates = candidateSystems(spec, clients, find).map(({ queuePairs }) => queuePairs);
  return { backend, policy, candidates };
}

/** For what times nothing and so takes the first of several candidates: a sentence for each such choice. */
export function untimedChoiceNotes(choices: readonly PolicyChoice[]): string[] {
  const open = choices.filter(({ candidates }) => candidates.length > 1);
  const alike = Map.groupBy(open, ({ policy, candidates }) => `${policy} ${candidates}`);
  return [...alike.values()].map((same) => {
    const [{ policy, candidates }] = same;
    const names = [...new Set(same.map(({ backend }) => backend))].join(', ');
    const [taken, ...others] = candidates;
    return (
      `queue pairs ${policy}: ${candidates.join(' and ')} are both right for ${names}. Nothing is timed ` +
      `here, so ${taken} was taken, which may not be the faster; --queue-pairs ${others.join()} takes the other.`
    );
  });
}
