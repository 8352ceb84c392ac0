/**
 * Failover, from end to end: the primary dies and a replica takes over.
 *
 *   1. The replica resumes from what is readable there, durable or not. No fence of the dead primary
 *      will come, so it first writes back and fences all of that. Else what recovery reads, and
 *      builds on, could be lost at the next failure, since recovery itself writes back only what it
 *      stores.
 *   2. It recovers. A failure right then must leave the same contents, and does if what recovery
 *      stored, and step 1, is durable: what was not fenced by then may be lost, also later on.
 *   3. It is the primary. The other replicas, which may hold more or less than it, are brought level by
 *      copying the lines that differ, and a new one by copying all; copies are durable when done.
 *   4. The program resumes, mirrored to them by the same design.
 *   5. As soon as the last of these transactions is acknowledged, power fails everywhere, and each
 *      machine must recover what the oracle holds: with nothing, and with everything, that is not
 *      certain there.
 *
 * Modelled elsewhere: a failure in step 1 leaves what a power failure of that replica leaves, and
 * failures in the recovery of step 2 are interrupted recoveries; explore.ts looks at both.
 * Not modelled: a failure while replicas are brought level; lines that arrive after the takeover (see
 * explore.ts); requests between steps 1 and 4. What was wrong with replicas in the first run (faults)
 * ends with it.
 */

import assert from 'node:assert';
import { CrashState } from '../../../pm/crash/crash-state.ts';
import { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import { PmHeap } from '../../../pm/heap.ts';
import { differingLines, LINE_BYTES } from '../../../pm/line.ts';
import { Op } from '../../../pm/op.ts';
import type { System } from '../../../rdma/index.ts';
import type { Program } from '../../../workloads/workload.ts';
import { FailureError, refuseWithoutRoom } from '../../host/index.ts';
import { crashBytes } from '../history/memory.ts';
import { crashTrace } from '../history/recorded-trace.ts';
import {
  type ConfiguredSubject,
  digestOf,
  type Recording,
  record,
  recordFrom,
} from '../history/recording.ts';
import {
  type Acknowledged,
  acknowledgedAt,
  isBehind,
  isSpread,
  type Timeline,
  timelineOf,
} from '../history/timeline.ts';
import { Oracle } from './oracle.ts';

/** What to do. */
export interface FailoverOptions {
  readonly subject: ConfiguredSubject;
  readonly system: System;
  /** Which replica takes over. */
  readonly replica: number;
  /** Transactions that the new primary runs, over all clients; at most 16. */
  readonly resumedTransactions: number;
  /** A seeded bug: the new primary recovers without writing back what is readable. */
  readonly skipsWriteBack?: boolean | undefined;
}

/** A replica that is neither dead nor the new primary. */
export interface Survivor {
  readonly replica: number;
  /** Lines that differ from the new primary's when the old one dies. */
  readonly differingLines: number;
  /** Lines that differ once the new primary has recovered: what is copied. */
  readonly copiedLines: number;
}

/** What happened. */
export interface FailoverReport {
  readonly crashPs: number;
  readonly acknowledged: Acknowledged;
  /** Lines that differ from the start at the replica when the primary dies. */
  readonly changedLines: number;
  /** Lines that are readable there and not certain to be durable, which it writes back. */
  readonly writtenBackLines: number;
  /** How many transactions of each client were recovered, and the contents that makes. */
  readonly recovered: readonly number[];
  readonly recoveredDigest: string;
  readonly survivors: readonly Survivor[];
  /** Lines that are not all zero: what the new replica is sent. */
  readonly newReplicaLines: number;
  /** Virtual time that the new primary's transactions took, ps. */
  readonly resumedPs: number;
  /** Contents in the end: the oracle's, and what every machine recovers when power fails then. */
  readonly finalDigest: string;
  /** How many machines that is. */
  readonly machines: number;
}

/** One run, which may be cut short at any time. */
export class Failover {
  readonly #options: FailoverOptions;
  readonly #timeline: Timeline;
  readonly #oracle: Oracle;
  /** When the last transaction of the whole run is acknowledged. */
  readonly #endPs: number;

  /** Runs the program under the design. Throws FailureError if that takes too much memory, or keeps no such replica. */
  constructor(options: FailoverOptions) {
    const { subject, system, replica } = options;
    refuseWithoutRoom(crashBytes(subject, system.replicas), subject.configured.workload.name);
    const recording = record(subject);
    this.#options = options;
    this.#timeline = timelineOf(crashTrace(recording), system);
    this.#oracle = new Oracle(recording);
    this.#endPs = lastAcknowledgedPs(this.#timeline);
    if (!this.#timeline.machines.some(({ name }) => takeoverNumber(name) === replica)) {
      throw new FailureError(
        `${system.backend.name} keeps no replica ${replica} that could take over`,
      );
    }
  }

  /**
   * Lets the primary die after this share (0 to 1) of the run. Throws FailureError that says when
   * that was, and which machine does not hold what it must.
   */
  at(share: number): FailoverReport {
    const { replica } = this.#options;
    const crashPs = Math.round(this.#endPs * share);
    this.#refuseBehind(crashPs, share);
    try {
      return this.#failAt(crashPs);
    } catch (error) {
      if (!(error instanceof WrongContents)) throw error;
      throw new FailureError(
        `primary dead at ${crashPs / 1000} ns (--at ${share}), replica ${replica} takes over: ` +
          error.message,
      );
    }
  }

  /** Throws FailureError if the replica that is to take over is behind a quorum of the others. */
  #refuseBehind(crashPs: number, share: number): void {
    const { replica, system } = this.#options;
    const takeovers = this.#timeline.machines.flatMap((machine) => {
      const number = takeoverNumber(machine.name);
      return number === undefined ? [] : [{ number, lags: isBehind(machine, crashPs) }];
    });
    if (!takeovers.some(({ number, lags }) => number === replica && lags)) return;
    const whole = takeovers.filter(({ lags }) => !lags).map(({ number }) => number);
    throw new FailureError(
      `primary dead at ${crashPs / 1000} ns (--at ${share}): replica ${replica} has not answered all that ` +
        `was acknowledged, as a wait is for ${system.quorum} of ${system.replicas}; ` +
        (whole.length > 0
          ? `--replica ${whole.join(' or ')} has all of it`
          : 'nor has any other: what was acknowledged is spread over them, and none can take over alone'),
    );
  }

  #failAt(crashPs: number): FailoverReport {
    const { replica } = this.#options;
    const own = this.#floorOf(`takeover-${replica}`, crashPs);
    const others = this.#timeline.machines.flatMap(({ name }) => {
      const number = takeoverNumber(name);
      if (number === undefined || number === replica) return [];
      const image = this.#floorOf(name, crashPs);
      return [{ number, image, differingLines: differingLines(own, image).length }];
    });
    const { initial } = this.#timeline.machines[0].history;
    const changedLines = differingLines(own, initial).length;
    const certain = this.#floorOf(`replica-${replica}`, crashPs);
    const writtenBackLines = differingLines(own, certain).length;
    const heap = new PmHeap(own);
    const stored = this.#takeOver(heap, certain);
    const acknowledged = acknowledgedAt(this.#timeline, crashPs);
    return this.#using(`replica ${replica}`, heap, (program) => {
      heap.detach();
      const recoveredDigest = digestOf(program);
      const recovered = this.#oracle.matching(acknowledged, recoveredDigest);
      if (recovered === undefined) {
        throw new WrongContents(
          `replica ${replica} recovers contents ${recoveredDigest}: no oracle's`,
        );
      }
      const left = stored.images;
      const what = `replica ${replica}, at a failure as soon as it has recovered`;
      this.#recoverCorners(what, left, recoveredDigest);
      const survivors = others.map(({ number, image, differingLines }): Survivor => {
        return { replica: number, differingLines, copiedLines: level(heap.bytes, image) };
      });
      const newReplicaLines = level(heap.bytes, new Uint8Array(heap.sizeBytes));
      const finish = this.#resume(heap, program, { recovered, certain: left.floor });
      const promised = { crashPs, acknowledged, recovered, recoveredDigest };
      const lines = { changedLines, writtenBackLines, newReplicaLines };
      return { ...promised, ...lines, survivors, ...finish };
    });
  }

  /**
   * Writes back and fences what is readable in `heap` and not `certain`; follows what is stored from
   * there on, until `heap` is detached.
   */
  #takeOver(heap: PmHeap, certain: Uint8Array): CrashState {
    const stored = new CrashState(heap.bytes, certain);
    const lines = differingLines(heap.bytes, certain);
    for (const line of lines) stored.op(Op.STORE, line * LINE_BYTES, LINE_BYTES);
    if (!this.#options.skipsWriteBack) {
      for (const line of lines) stored.op(Op.WRITE_BACK, line * LINE_BYTES, LINE_BYTES);
      stored.op(Op.DURABILITY_FENCE, 0, 0);
    }
    heap.attach([stored]);
    return stored;
  }

  /** The new primary resumes; then power fails on all machines, which must hold what the oracle does. */
  #resume(
    heap: PmHeap,
    program: Program,
    { recovered, certain }: { readonly recovered: readonly number[]; readonly certain: Uint8Array },
  ): Pick<FailoverReport, 'resumedPs' | 'finalDigest' | 'machines'> {
    const { subject, system, resumedTransactions } = this.#options;
    // All replicas are level with the heap, and durable; of the primary itself so much is.
    const further: Recording = attempt('the new primary, resuming', () =>
      recordFrom({ ...subject, transactions: resumedTransactions }, heap, program, { certain }),
    );
    const finalDigest = further.digests[resumedTransactions];
    const wanted = this.#oracle.digestResumed(recovered, resumedTransactions);
    if (wanted !== finalDigest) {
      throw new WrongContents(`new primary: contents ${finalDigest}, the oracle's are ${wanted}`);
    }
    const after = timelineOf(crashTrace(further), { ...system, faults: [] });
    const resumedPs = lastAcknowledgedPs(after);
    // Of the replicas those that are not behind a quorum of the others.
    const whole = after.machines.filter((machine) => !isBehind(machine, resumedPs));
    if (isSpread(after, resumedPs)) {
      throw new WrongContents('after a second failure no replica holds all that was acknowledged');
    }
    for (const { name, history } of whole) {
      const sweep = new CrashSweep(history);
      sweep.advanceTo(resumedPs, () => {});
      this.#recoverCorners(`${name}, after a second failure`, sweep, finalDigest);
    }
    return { resumedPs, finalDigest, machines: whole.length };
  }

  /** Recovers what a failure leaves at least, and at most. */
  #recoverCorners(what: string, sweep: CrashSweep, wanted: string): void {
    for (const everything of sweep.openCount > 0 ? [false, true] : [false]) {
      const image = sweep.floor.slice();
      sweep.chooseCorner(everything);
      sweep.apply(image);
      const found = this.#using(what, new PmHeap(image), digestOf);
      if (found === wanted) continue;
      throw new WrongContents(`${what}: contents ${found}, the primary's are ${wanted}`);
    }
  }

  /** What `use` makes of the program that `machine` recovers on `heap`. */
  #using<T>(machine: string, heap: PmHeap, use: (program: Program) => T): T {
    const { configured, threads, seed } = this.#options.subject;
    const program = attempt(machine, () => configured.recover(heap, threads, seed));
    try {
      attempt(machine, () => program.verify());
      return use(program);
    } finally {
      program.close?.();
    }
  }

  /** What `machine` holds for certain at `ps`, in a copy; of a takeover, all that is readable. */
  #floorOf(machine: string, ps: number): Uint8Array {
    const found = this.#timeline.machines.find(({ name }) => name === machine);
    assert(found !== undefined, machine);
    const sweep = new CrashSweep(found.history);
    sweep.advanceTo(ps, () => {});
    return sweep.floor.slice();
  }
}

/** A machine does not hold what it must. */
class WrongContents extends Error {}

/** What `run` gives; whatever it throws, a failed assertion too, is found on that machine. */
function attempt<T>(machine: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new WrongContents(`${machine}: ${why.split('\n')[0]}`);
  }
}

/** Which replica the machine of this name, as timelines have it, is after a takeover. */
function takeoverNumber(name: string): number | undefined {
  const match = /^takeover-(\d+)$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

function lastAcknowledgedPs({ spans }: Timeline): number {
  return spans.flat().reduce((last, { acknowledgedPs }) => Math.max(last, acknowledgedPs), 0);
}

/** Copies the lines of `to` that differ from those of `from`; how many they are. */
function level(from: Uint8Array, to: Uint8Array): number {
  const lines = differingLines(from, to);
  for (const line of lines) {
    const start = line * LINE_BYTES;
    to.set(from.subarray(start, start + LINE_BYTES), start);
  }
  return lines.length;
}
