/**
 * Replays of recorded programs by mirrors. Locks are granted to who asks first without mirroring; every
 * design on the same machines repeats that order, so that they are compared on the same interleaving.
 */

import { Op } from '../../pm/op.ts';
import type { Trace } from '../../pm/trace.ts';
import {
  type GrantOrder,
  type HardwareProfile,
  type LockOrder,
  type MirrorRun,
  ONE_REPLICA,
  type System,
  UNMIRRORED,
} from '../../rdma/index.ts';
import type { Mirror, MirrorObserver } from '../../rdma/mirror.ts';
import { UsageError } from '../host/index.ts';
import { type MeasuredPart, untilFirstRunsOut } from './measured-part.ts';
import { RunObserver } from './stalls.ts';

/** What makes mirrors: `createMirror` of the timing model, or what a test has instead. */
export interface MirrorMaker {
  createMirror(system: System, run: MirrorRun): Mirror;
  /** Percentiles of the latency to find beside the usual, in per cent. */
  readonly percentiles?: readonly number[] | undefined;
}

/** A mirror with what observes it. */
export interface Timed {
  readonly system: System;
  readonly mirror: Mirror;
  readonly observer: RunObserver;
}

/** A mirror of `system` that is observed, for a run that has a MEASURE. */
export function setUp(system: System, run: MirrorRun, maker: MirrorMaker): Timed {
  const observer = new RunObserver(maker.percentiles);
  try {
    const mirror = maker.createMirror(system, { ...run, warmsUp: true, observer });
    return { system, mirror, observer };
  } catch (error) {
    // Values that are each possible may not go together, as a queue too short for so many cores.
    if (error instanceof RangeError) {
      throw new UsageError(`${system.profile.name}: ${error.message}`);
    }
    throw error;
  }
}

/** What is replayed, and of what seed. */
interface Recorded {
  readonly trace: Trace;
  readonly seed: number;
}

/** Replays of one trace on the machines of one profile. */
export class PairedReplays {
  readonly #recorded: Recorded;
  readonly #maker: MirrorMaker;
  /** The replay without mirroring, once it was made. */
  #first: Timed | undefined;
  #order: GrantOrder | undefined;

  constructor(recorded: Recorded, maker: MirrorMaker) {
    this.#recorded = recorded;
    this.#maker = maker;
  }

  /** A mirror of `system` that has replayed the trace. */
  replay(system: System): Timed {
    // Where nobody contends for a lock there is no order to repeat.
    if (!contends(this.#recorded.trace)) return this.#replayed(system, 'first-come');
    if (this.#order === undefined) {
      this.#first = this.#replayed(unmirrored(system.profile), 'first-come');
      this.#order = this.#first.mirror.grantOrder;
    }
    const first = this.#first;
    // One mirror's memory at a time, and a mirror reports once.
    this.#first = undefined;
    if (first !== undefined && isFirst(system)) return { ...first, system };
    return this.#replayed(system, this.#order);
  }

  #replayed(system: System, lockOrder: LockOrder): Timed {
    const { trace, seed } = this.#recorded;
    const run = { cores: trace.threads, heapBytes: trace.heapBytes, seed, lockOrder };
    const timed = setUp(system, run, this.#maker);
    timed.mirror.replay(trace);
    return timed;
  }
}

/** Traces that were looked at by {@link contends}: on each of many machines the same one is replayed. */
const contending = new WeakMap<Trace, boolean>();

/** Whether threads of `trace` may ask for a lock at the same time. */
function contends(trace: Trace): boolean {
  let known = contending.get(trace);
  if (known === undefined) {
    const threads = Array.from({ length: trace.threads }, (_, thread) => thread);
    known = threads.length > 1 && threads.some((thread) => takesLocks(trace, thread));
    contending.set(trace, known);
  }
  return known;
}

function takesLocks(trace: Trace, thread: number): boolean {
  for (let index = 0; index < trace.chunkCount(thread); index++) {
    const { op, length } = trace.chunk(thread, index);
    const at = op.indexOf(Op.LOCK);
    if (at >= 0 && at < length) return true;
  }
  return false;
}

/** The part of a trace that is measured on the machines of `profile`: see {@link untilFirstRunsOut}. */
export function measuredPart(
  trace: MeasuredPart,
  { profile, seed }: { readonly profile: HardwareProfile; readonly seed: number },
  maker: MirrorMaker,
): MeasuredPart {
  return untilFirstRunsOut(trace, (whole: Trace, observer: MirrorObserver) => {
    const run = { cores: whole.threads, heapBytes: whole.heapBytes, seed, observer };
    const order = { lockOrder: 'first-come' } as const;
    maker.createMirror(unmirrored(profile), { ...run, ...order }).replay(whole);
  });
}

/** Whether `system` is what {@link unmirrored} is: whose clients wait for each of their transactions, too. */
const isFirst = ({ backend, inflight = 1, group = 1 }: System): boolean =>
  backend === UNMIRRORED && inflight === 1 && group === 1;

function unmirrored(profile: HardwareProfile): System {
  return { backend: UNMIRRORED, profile, ...ONE_REPLICA };
}
