/**
 * A recording replayed under one backend: when each transaction began and was acknowledged, and what
 * each machine's memory may hold at every moment, as a `LineHistory` per machine and kind of crash.
 *
 *   primary      power fails at the primary. A line may be durable from its store on (the cache may
 *                evict it at any time) and is once it was sent to the memory controller and a fence
 *                of its core is over: when the controller accepts it the processor does not promise,
 *                so a missing fence shows however much time there was. With the caches in the
 *                persistence domain (eadr) a cached store is durable, in order, when it is over; while
 *                it is in flight any of its words may be.
 *   replica-i    power fails at replica i. A line in its cache may be durable from its arrival on, and
 *                is once it has left for the memory controller and a fence behind it on its queue pair
 *                (RCOMMIT, ROFENCE, RDFENCE) is satisfied there: as on the primary, however early the
 *                timing has it accepted. A line that bypasses the cache (DDIO off) is durable when it is
 *                accepted, neither before nor later: the order in which a queue pair's lines are
 *                accepted, one by one, is what such a design stands on, so that order is taken as it
 *                is timed. With the caches in the persistence domain (eadr), when it arrives. A line that is
 *                numbered is durable when the staging buffer takes it, as all with smaller numbers are by then:
 *                after a failure the buffer is written to memory, and what is behind a hole is dropped.
 *   takeover-i   the primary dies and replica i resumes from what is readable there: all that has
 *                arrived, durable or not; of numbered lines, what is staged, drained or not. (What is still in flight is, on one queue pair, the same as
 *                a later crash; with several see "Not explored" in explore.ts.)
 *
 * Where a wait is for some of the replicas only (a quorum), a replica may be behind: it has not answered a
 * wait after which a core has gone on. What it holds then is promised by nobody, and may be out of order
 * where a design keeps order by waiting. It is recovered from when it has caught up. So a crash leaves
 * what was acknowledged at each replica that is not behind; with several cores there may be none, as the
 * answers of each come from another replica (`isSpread`).
 *
 * A crash of several machines at once leaves each with one of its own images, chosen independently of
 * the others', and each must recover by itself; so exploring each machine at the same moments explores
 * them all (see explore.ts).
 */

import {
  type Backend,
  createMirror,
  durabilitySemantics,
  type HardwareProfile,
  profileOfReplica,
  type System,
} from '../../../rdma/index.ts';
import { buggyDesign } from '../bugs/designs.ts';
import type { CrashTrace } from './recorded-trace.ts';
import {
  type CrashedMachine,
  type ReplicaSemantics,
  type Span,
  TimelineObserver,
} from './timeline-observer.ts';

/** What a run under one system was like: all that its crashes are explored by. */
export interface Timeline {
  readonly machines: readonly CrashedMachine[];
  /** Per client, its transactions in order. */
  readonly spans: readonly (readonly Span[])[];
  readonly ddioEvictions: number;
  readonly retransmissions: number;
}

/** Replays `crashTrace` under `system`. */
export function timelineOf(crashTrace: CrashTrace, system: System): Timeline {
  const { trace, recording } = crashTrace;
  const { backend, profile, replicas, quorum = replicas, queuePairs } = system;
  const { inflight = 1, group = 1 } = system;
  const observer = new TimelineObserver(crashTrace, {
    replicas: Array.from({ length: replicas }, (_, i) => semanticsAt(backend, profile, i)).filter(
      (one) => one !== undefined,
    ),
    hasQuorum: quorum < replicas,
    severalInFlight: inflight > 1 || group > 1,
    queuePairs,
    primaryDomain: profile.memory.persistenceDomain,
    firstReplicaAcknowledges: buggyDesign(backend.name)?.firstReplicaAcknowledges ?? false,
  });
  const { threads: cores, heapBytes } = trace;
  const { seed } = recording.subject;
  const mirror = createMirror(system, { cores, heapBytes, seed, observer });
  mirror.replay(trace);
  const { counts } = mirror.finish();
  return {
    machines: observer.machines(),
    spans: observer.spans(),
    ddioEvictions: counts.ddioEvictions,
    retransmissions: counts.retransmissions,
  };
}

/** What replica `index` does with the lines of `backend`; undefined if none holds any. */
function semanticsAt(
  backend: Backend,
  profile: HardwareProfile,
  index: number,
): ReplicaSemantics | undefined {
  const { replicaMemory, ddio } = profileOfReplica(profile, index);
  const bypasses = ddio.enabled.value === 0;
  const design = bypasses && backend.ddio === 'on' ? { ...backend, ddio: 'off' as const } : backend;
  const semantics = durabilitySemantics(design, replicaMemory.persistenceDomain);
  return semantics === null ? undefined : { semantics, bypasses };
}

/** Whether nobody would recover from `machine` at `ps`: it is a replica that is behind the others. */
export function isBehind({ behind }: CrashedMachine, ps: number): boolean {
  return behind.some(([fromPs, toPs]) => fromPs <= ps && ps < toPs);
}

/** Whether every replica of `timeline` is behind at `ps`, each with what another has. */
export function isSpread({ machines }: Timeline, ps: number): boolean {
  const replicas = machines.filter(({ name }) => name.startsWith('replica-'));
  return replicas.length > 0 && replicas.every((machine) => isBehind(machine, ps));
}

/** How many transactions each client has at a crash: acknowledged at least, begun at most. */
export interface Acknowledged {
  readonly least: readonly number[];
  readonly most: readonly number[];
}

/** What has been acknowledged at `ps`, and what may be there beyond that. */
export function acknowledgedAt({ spans }: Timeline, ps: number): Acknowledged {
  const least: number[] = [];
  const most: number[] = [];
  for (const own of spans) {
    let acknowledged = 0;
    let begun = 0;
    for (const [i, { beginPs, acknowledgedPs }] of own.entries()) {
      if (beginPs <= ps) begun = i + 1;
      if (acknowledgedPs <= ps) acknowledged = i + 1;
    }
    least.push(acknowledged);
    most.push(Math.max(acknowledged, begun));
  }
  return { least, most };
}
