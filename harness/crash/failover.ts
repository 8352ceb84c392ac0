/**
 * Failover, from end to end: the primary dies, a replica recovers from what is readable there and
 * becomes the primary; the other replicas, which may hold more or less than it, are brought level by
 * copying the lines that differ, and a new one by copying all; the program goes on, mirrored to them.
 * In the end power fails once more, everywhere, and each machine must recover what the oracle holds.
 *
 * Not modelled: a failure while replicas are brought level. What was wrong with replicas in the first
 * run (faults) ends with it.
 */

import assert from 'node:assert';
import { CrashSweep } from '../../pm/crash/crash-sweep.ts';
import { PmHeap } from '../../pm/heap.ts';
import { LINE_BYTES } from '../../pm/line.ts';
import type { Program } from '../../workloads/workload.ts';
import { FailureError } from '../errors.ts';
import { crashTrace } from './crash-trace.ts';
import { type Acknowledged, Oracle } from './oracle.ts';
import { digestOf, type Recording, record, recordFrom, type Subject } from './recording.ts';
import {
  acknowledgedAt,
  type FarSide,
  type Machine,
  type Timeline,
  timelineOf,
} from './timeline.ts';

/** What to do. */
export interface FailoverOptions {
  readonly subject: Subject;
  readonly far: FarSide;
  /** Which replica takes over. */
  readonly replica: number;
  /** Transactions that the new primary runs, over all clients; at most 16. */
  readonly goOnTransactions: number;
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
  /** How many transactions of each client were recovered, and the contents that makes. */
  readonly recovered: readonly number[];
  readonly recoveredDigest: string;
  readonly survivors: readonly Survivor[];
  /** Lines that are not all zero: what the new replica is sent. */
  readonly newReplicaLines: number;
  /** Virtual time that the new primary's transactions took, ps. */
  readonly goOnPs: number;
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

  /** Runs the program under the design. Throws FailureError if the design keeps no such replica. */
  constructor(options: FailoverOptions) {
    const { subject, far, replica } = options;
    const recording = record(subject);
    this.#options = options;
    this.#timeline = timelineOf(crashTrace(recording), far);
    this.#oracle = new Oracle(recording);
    this.#endPs = lastAcknowledgedPs(this.#timeline);
    if (this.#machine(replica) === undefined) {
      throw new FailureError(
        `${far.backend.name} keeps no replica ${replica} that could take over`,
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

  #failAt(crashPs: number): FailoverReport {
    const { replica } = this.#options;
    const own = this.#readable(replica, crashPs);
    const others = this.#timeline.machines.flatMap(({ name }) => {
      const number = takeoverNumber(name);
      if (number === undefined || number === replica) return [];
      const image = this.#readable(number, crashPs);
      return [{ number, image, differingLines: level(own, image, false) }];
    });
    const changedLines = level(own, this.#timeline.machines[0].history.initial, false);
    const heap = new PmHeap(own);
    const acknowledged = acknowledgedAt(this.#timeline, crashPs);
    return this.#using(`replica ${replica}`, heap, (program) => {
      const recoveredDigest = digestOf(program);
      const recovered = this.#oracle.matching(acknowledged, recoveredDigest);
      if (recovered === undefined) {
        throw new WrongContents(
          `replica ${replica} recovers contents ${recoveredDigest}: no oracle's`,
        );
      }
      const survivors = others.map(({ number, image, differingLines }): Survivor => {
        const copiedLines = level(heap.bytes, image, true);
        assert(Buffer.compare(heap.bytes, image) === 0, `replica ${number} is level`);
        return { replica: number, differingLines, copiedLines };
      });
      const fresh = new Uint8Array(heap.sizeBytes);
      const newReplicaLines = level(heap.bytes, fresh, true);
      const finish = this.#goOn(heap, program, recovered);
      const promised = { crashPs, acknowledged, changedLines, recovered, recoveredDigest };
      return { ...promised, survivors, newReplicaLines, ...finish };
    });
  }

  /** The new primary goes on; then power fails on all machines, which must hold what the oracle does. */
  #goOn(
    heap: PmHeap,
    program: Program,
    recovered: readonly number[],
  ): Pick<FailoverReport, 'goOnPs' | 'finalDigest' | 'machines'> {
    const { subject, far, goOnTransactions } = this.#options;
    // All replicas are level with the heap: what it holds is every machine's memory at the start.
    const further: Recording = attempt('the new primary, going on', () =>
      recordFrom({ ...subject, transactions: goOnTransactions }, heap, program),
    );
    const finalDigest = further.digests[goOnTransactions];
    const wanted = this.#oracle.digestGoneOn(recovered, goOnTransactions);
    if (wanted !== finalDigest) {
      throw new WrongContents(`new primary: contents ${finalDigest}, the oracle's are ${wanted}`);
    }
    const after = timelineOf(crashTrace(further), { ...far, faults: [] });
    for (const machine of after.machines) this.#failInTheEnd(machine, finalDigest);
    return { goOnPs: lastAcknowledgedPs(after), finalDigest, machines: after.machines.length };
  }

  /** Recovers what a failure in the end leaves at least, and at most. */
  #failInTheEnd({ name, history }: Machine, wanted: string): void {
    const sweep = new CrashSweep(history);
    sweep.advanceTo(Number.POSITIVE_INFINITY, () => {});
    for (const everything of sweep.openCount > 0 ? [false, true] : [false]) {
      const image = sweep.floor.slice();
      sweep.chooseCorner(everything);
      sweep.apply(image);
      const what = `${name}, after a second failure`;
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

  /** What is readable at `replica` at `ps`, in a copy. */
  #readable(replica: number, ps: number): Uint8Array {
    const machine = this.#machine(replica);
    assert(machine !== undefined);
    const sweep = new CrashSweep(machine.history);
    sweep.advanceTo(ps, () => {});
    return sweep.floor.slice();
  }

  #machine(replica: number): Machine | undefined {
    return this.#timeline.machines.find(({ name }) => takeoverNumber(name) === replica);
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

/** Lines in which the two differ; with `copy`, `to` then holds what `from` does. */
function level(from: Uint8Array, to: Uint8Array, copy: boolean): number {
  let lines = 0;
  for (let start = 0; start < from.length; start += LINE_BYTES) {
    const end = start + LINE_BYTES;
    let at = start;
    while (at < end && from[at] === to[at]) at++;
    if (at === end) continue;
    lines++;
    if (copy) to.set(from.subarray(start, end), start);
  }
  return lines;
}
