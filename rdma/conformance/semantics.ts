/**
 * The durability semantics that a backend states are those that its timing has: derived here from the
 * event log of random programs on a machine where lines overtake each other wherever they can.
 */

import { Op, type PersistSink } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { MemoryTrace, recordersInto } from '../../pm/trace.ts';
import type { Backend } from '../backend.ts';
import { type DurabilitySemantics, durabilitySemantics } from '../backends/semantics.ts';
import type { MirrorObserver } from '../mirror.ts';
import type { HardwareProfile } from '../profiles/profile.ts';
import { setValues } from '../profiles/schema.ts';
import { OVERTAKING } from '../testing/round-profile.ts';
import { run, traceOf, writeLine } from '../testing/runs.ts';
import type { BackendRule } from './rule.ts';

const OVERTAKING_EADR = setValues(OVERTAKING, [
  ['memory.persistenceDomain', 'eadr'],
  ['replicaMemory.persistenceDomain', 'eadr'],
]);

/** A line of a program, every one written once: in its epoch, and when it got where. */
interface Line {
  readonly epoch: number;
  visiblePs: number;
  durablePs: number;
}

interface Log {
  readonly lines: readonly Line[];
  readonly fences: readonly { readonly durability: boolean; readonly atPs: number }[];
}

const PROGRAMS = 12;
const STEPS = 60;

/** A random program of one core, a transaction to each durability point, and what became of its lines. */
function logOf(backend: Backend, profile: HardwareProfile, random: Random): Log {
  const trace = new MemoryTrace(1, STEPS * 8 * 64);
  const [recorder] = recordersInto(trace);
  const lines: Line[] = [];
  let epoch = 0;
  recorder.op(Op.TX_BEGIN, 0, 0);
  for (let step = 0; step < STEPS; step++) {
    const count = random.between(1, 8);
    recorder.op(Op.STORE, lines.length * 64, count * 64);
    recorder.op(Op.WRITE_BACK, lines.length * 64, count * 64);
    for (let i = 0; i < count; i++) lines.push({ epoch, visiblePs: -1, durablePs: -1 });
    if (random.below(2) === 0 && step < STEPS - 1) continue;
    const last = step === STEPS - 1 || random.below(4) === 0;
    recorder.op(last ? Op.DURABILITY_FENCE : Op.ORDERING_FENCE, 0, 0);
    epoch++;
    if (!last) continue;
    recorder.op(Op.TX_END, 0, 0);
    recorder.op(Op.TX_BEGIN, 0, 0);
  }
  recorder.op(Op.TX_END, 0, 0);
  recorder.flush();
  const fences: { durability: boolean; atPs: number }[] = [];
  const observer: MirrorObserver = {
    onReplicaVisible: (_replica, _core, line, _words, atPs) => {
      lines[line].visiblePs = atPs;
    },
    onReplicaDurable: (_replica, _core, line, atPs) => {
      lines[line].durablePs = atPs;
    },
    onFenceDone: (_core, durability, atPs) => fences.push({ durability, atPs }),
  };
  run(trace, { backend, profile, observer });
  return { lines, fences };
}

/** Semantics as the logs show them; a text that says what is wrong if they promise too little. */
export function derivedSemantics(
  backend: Backend,
  domain: 'adr' | 'eadr',
  seed: number,
): DurabilitySemantics | string | null {
  const logs = Array.from({ length: PROGRAMS }, (_, i) =>
    logOf(backend, OVERTAKING, new Random(seed, i)),
  );
  if (logs.every(({ lines }) => lines.every(({ visiblePs }) => visiblePs < 0))) return null;
  const lingers = logs.some(({ lines }) => lines.some((one) => one.visiblePs < one.durablePs));
  const own = orderOf(logs);
  const isOfAll =
    own === 'everyEarlierLine' && keepsOrderOfAll(backend, new Random(seed, PROGRAMS));
  const after = isOfAll ? 'everyEarlierLineOfAll' : own;
  const awaitedBy = awaitOf(logs);
  if (after === null) return 'later epochs overtake earlier ones';
  if (awaitedBy === null) return 'durability points do not wait';
  const mayBeDurableFrom = lingers ? 'llcArrival' : 'memoryAcceptance';
  let isDurableFrom: DurabilitySemantics['isDurableFrom'] = 'memoryAcceptance';
  if (domain === 'eadr' && lingers) {
    const { lines } = logOf(backend, OVERTAKING_EADR, new Random(seed, PROGRAMS));
    if (lines.every((one) => one.visiblePs === one.durablePs)) isDurableFrom = 'llcArrival';
  }
  return { mayBeDurableFrom, isDurableFrom, after, awaitedBy };
}

function orderOf(logs: readonly Log[]): DurabilitySemantics['after'] | null {
  let everyLine = true;
  for (const { lines } of logs) {
    for (let i = 1; i < lines.length; i++) {
      for (let j = 0; j < i; j++) {
        if (lines[j].durablePs >= 0 && lines[i].durablePs >= lines[j].durablePs) continue;
        if (lines[j].epoch < lines[i].epoch) return null;
        everyLine = false;
      }
    }
  }
  return everyLine ? 'everyEarlierLine' : 'earlierEpochs';
}

/**
 * Whether, of two cores whose streams begin apart, no line is durable before one that the primary's memory had
 * accepted when it left its core.
 */
function keepsOrderOfAll(backend: Backend, random: Random): boolean {
  const sent: { readonly line: number; readonly sentPs: number; readonly acceptedPs: number }[] =
    [];
  const durable = new Map<number, number>();
  const observer: MirrorObserver = {
    onAccepted: (_core, line, sentPs, acceptedPs) => sent.push({ line, sentPs, acceptedPs }),
    onReplicaDurable: (_replica, _core, line, atPs) => durable.set(line, atPs),
  };
  const stream = (core: number) => (sink: PersistSink) => {
    for (let i = 0; i < STEPS; i++) {
      sink.op(Op.COMPUTE, random.below(core === 0 ? 20 : 2000), 0);
      writeLine(sink, core * STEPS + i);
      if (random.below(8) === 0) sink.op(Op.ORDERING_FENCE, 0, 0);
    }
    sink.op(Op.DURABILITY_FENCE, 0, 0);
  };
  run(traceOf([0, 1].map(stream)), { backend, profile: OVERTAKING, observer });
  const at = ({ line }: { readonly line: number }): number => durable.get(line) ?? Number.NaN;
  return sent.every((later) =>
    sent.every((earlier) => earlier.acceptedPs >= later.sentPs || at(earlier) <= at(later)),
  );
}

function awaitOf(logs: readonly Log[]): DurabilitySemantics['awaitedBy'] | null {
  let everyFence = true;
  for (const { lines, fences } of logs) {
    for (const [epoch, { durability, atPs }] of fences.entries()) {
      const late = lines.some(
        (line) => line.epoch <= epoch && (line.durablePs < 0 || line.durablePs > atPs),
      );
      if (late && durability) return null;
      if (late) everyFence = false;
    }
  }
  return everyFence ? 'everyFence' : 'durabilityPoint';
}

/** Persistence domains of replicas. */
const DOMAINS = ['adr', 'eadr'] as const;

export const statedSemantics: BackendRule = {
  name: 'semantics',
  about: 'what the backend states of a line (durability, ddio) is what its timing does',
  broken(backend, { seed }) {
    if (backend.role === 'design' && backend.durability === null) {
      return 'it is a design and states in durability that it keeps nothing';
    }
    for (const domain of DOMAINS) {
      const stated = durabilitySemantics(backend, domain);
      const derived = derivedSemantics(backend, domain, seed);
      if (JSON.stringify(sorted(stated)) === JSON.stringify(sorted(derived))) continue;
      const shown = typeof derived === 'string' ? derived : JSON.stringify(derived);
      return `replicas with ${domain}: it states ${JSON.stringify(stated)}; its timing shows: ${shown}`;
    }
    return undefined;
  },
};

/** With its keys in order, so that two can be compared. */
const sorted = (one: DurabilitySemantics | string | null): unknown =>
  typeof one === 'object' && one !== null ? Object.entries(one).sort() : one;
