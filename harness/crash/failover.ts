/**
 * Failover, from end to end: the primary dies, a replica recovers from what is readable there and
 * becomes the primary, a new replica is brought up by copying, the program goes on mirrored to it,
 * and both hold what the oracle holds.
 */

import { CrashSweep } from '../../pm/crash/crash-sweep.ts';
import { PmHeap } from '../../pm/heap.ts';
import { LINE_BYTES } from '../../pm/line.ts';
import { FailureError } from '../errors.ts';
import { crashTrace } from './crash-trace.ts';
import { type Acknowledged, Oracle } from './oracle.ts';
import { digestOf, record, recordFrom, type Subject } from './recording.ts';
import { acknowledgedAt, type FarSide, type Timeline, timelineOf } from './timeline.ts';

/** What to do. */
export interface FailoverOptions {
  readonly subject: Subject;
  readonly far: FarSide;
  /** When the primary dies: as a share of the run, 0 to 1. */
  readonly crashShare: number;
  /** Which replica takes over. */
  readonly replica: number;
  /** Transactions that the new primary runs, over all clients; at most 16. */
  readonly goOnTransactions: number;
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
  /** Lines that are not all zero: what the new replica is sent. */
  readonly copiedLines: number;
  /** Virtual time that the new primary's transactions took, ps. */
  readonly goOnPs: number;
  /** Contents in the end, the same on the new primary, the new replica and the oracle. */
  readonly finalDigest: string;
}

/** Does it. Throws FailureError that says which of the contents is not what it must be. */
export function runFailover(options: FailoverOptions): FailoverReport {
  const { subject, far, replica, goOnTransactions } = options;
  const { configured, threads, seed } = subject;
  const recording = record(subject);
  const timeline = timelineOf(crashTrace(recording), far);
  const { crashPs, image, changedLines } = deathOf(timeline, options);
  const acknowledged = acknowledgedAt(timeline, crashPs);
  const heap = new PmHeap(image);
  const program = configured.recover(heap, threads, seed);
  program.verify();
  const recoveredDigest = digestOf(program);
  const oracle = new Oracle(recording);
  const recovered = oracle.matching(acknowledged, recoveredDigest);
  if (recovered === undefined) {
    throw new FailureError(`replica ${replica} recovers contents ${recoveredDigest}: no oracle's`);
  }
  const copiedLines = countLines(heap.bytes, new Uint8Array(heap.sizeBytes));
  // The copy is the new replica's memory at the start, as the recording has it.
  const further = recordFrom({ ...subject, transactions: goOnTransactions }, heap, program);
  const after = timelineOf(crashTrace(further), { ...far, faults: [] });
  const finalDigest = further.digests[goOnTransactions];
  const mirrored = recoverMirror(subject, after);
  if (mirrored !== finalDigest) {
    throw new FailureError(`new replica: contents ${mirrored}, the primary's are ${finalDigest}`);
  }
  const wanted = oracleAfter(oracle, recovered, options);
  if (wanted !== finalDigest) {
    throw new FailureError(`new primary: contents ${finalDigest}, the oracle's are ${wanted}`);
  }
  const goOnPs = Math.max(...after.spans.flat().map((span) => span.acknowledgedPs));
  return {
    crashPs,
    acknowledged,
    changedLines,
    recovered,
    recoveredDigest,
    copiedLines,
    goOnPs,
    finalDigest,
  };
}

/** The moment of the primary's death and what the replica that takes over can read then. */
function deathOf(timeline: Timeline, { crashShare, replica, far }: FailoverOptions) {
  const machine = timeline.machines.find(({ name }) => name === `takeover-${replica}`);
  if (machine === undefined) {
    throw new FailureError(`${far.backend.name} keeps no replica ${replica} that could take over`);
  }
  const end = Math.max(...timeline.spans.flat().map((span) => span.acknowledgedPs));
  const crashPs = Math.round(end * crashShare);
  const sweep = new CrashSweep(machine.history);
  sweep.advanceTo(crashPs, () => {});
  const image = sweep.floor.slice();
  return { crashPs, image, changedLines: countLines(image, machine.history.initial) };
}

/** What the new replica recovers if power fails there in the end. */
function recoverMirror({ configured, threads, seed }: Subject, timeline: Timeline): string {
  const mirror = timeline.machines.find(({ name }) => name === 'replica-0');
  if (mirror === undefined) throw new Error('a backend that had a replica has one again');
  const sweep = new CrashSweep(mirror.history);
  sweep.advanceTo(Number.POSITIVE_INFINITY, () => {});
  const program = configured.recover(new PmHeap(sweep.floor.slice()), threads, seed);
  program.verify();
  return digestOf(program);
}

/** The same failover without machines: run so many transactions, recover, go on. */
function oracleAfter(
  oracle: Oracle,
  recovered: readonly number[],
  { subject, goOnTransactions }: FailoverOptions,
): string {
  const { configured, threads, seed } = subject;
  const { heap } = oracle.run(recovered);
  const program = configured.recover(heap, threads, seed);
  for (let i = 0; i < goOnTransactions; i++) {
    heap.switchTo(i % threads);
    program.transaction(i % threads);
  }
  return digestOf(program);
}

/** Lines in which the two differ. */
function countLines(one: Uint8Array, other: Uint8Array): number {
  let lines = 0;
  for (let from = 0; from < one.length; from += LINE_BYTES) {
    for (let i = from; i < from + LINE_BYTES; i++) {
      if (one[i] === other[i]) continue;
      lines++;
      break;
    }
  }
  return lines;
}
