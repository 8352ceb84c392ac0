/**
 * What a crash check would miss: each place in a program that writes a line back, or puts a fence, is
 * left out once, and crashes of the result are explored. A place that nobody misses is either not
 * needed, which often shows in the stream of operations, or it is a hole in the check, or
 * recovery makes good what is lost; the last two take a reader.
 *
 * Where a durability point is left out, a mirror is looked at too (`sm-ob`): the primary may do with
 * the ordering point before it. Else the primary alone. A mirror has no more than was written back,
 * and orders no less than fences ask, so a place that matters there matters on the primary too.
 * (Persistent caches are the exception: there nothing needs to be written back for the primary's
 * sake.)
 */

import { lastLineOf, lineOf } from '../../pm/line.ts';
import { isFence, isStore, OP_NAMES, Op, type OpCode } from '../../pm/op.ts';
import { backendNamed, ONE_REPLICA, profileNamed, UNMIRRORED } from '../../rdma/index.ts';
import { resolveWorkload } from '../../workloads/index.ts';
import { callSites } from './call-sites.ts';
import { Explorer, type Thoroughness } from './check/explore.ts';
import { crashTrace } from './history/recorded-trace.ts';
import { type RecordedOp, type RecordedTransaction, record } from './history/recording.ts';
import { timelineOf } from './history/timeline.ts';
import type { CrashSubject } from './job.ts';

/**
 * `caught`: a crash shows it. `redundant`: it does nothing that the operations around it do not do
 * too. `missed`: neither, so the program or the check may have a hole there.
 */
export type MutantVerdict = 'caught' | 'redundant' | 'missed';

/** A mutant: the program without one place, and what its crashes showed. */
export interface Mutant {
  /** Kind of operation, its step in the library's protocol if it has a name, and its call sites. */
  readonly place: string;
  /** How often the program comes to it. */
  readonly count: number;
  readonly verdict: MutantVerdict;
  /** Crash points up to the failure, or all. */
  readonly crashPoints: number;
  readonly problem: string | null;
}

/** Callers that tell a place from others: libraries' own helpers are up to three deep. */
const CALLERS = 3;

/** The place that an operation is, if it can be left out. */
function placeOf({ op, step, callSites }: RecordedOp): string | undefined {
  if (op !== Op.WRITE_BACK && !isFence(op)) return undefined;
  return [OP_NAMES[op], step, callSites].filter((part) => part !== undefined).join(' ');
}

/** Which places to leave out, and who listens to how many of how many are done. */
export interface SurveyOptions {
  readonly thoroughness: Thoroughness;
  /** Of the place; all unless said. */
  readonly wanted?: RegExp;
  readonly onProgress?: (done: number, of: number) => void;
}

/** Leaves out each place of the program once. */
export function surveyMutants(
  subject: CrashSubject,
  { thoroughness, wanted = /./, onProgress = () => {} }: SurveyOptions,
): Mutant[] {
  const workload = resolveWorkload(subject.workload);
  const [mirrored, profile] = [backendNamed('sm-ob'), profileNamed('optane-cx5')];
  if (workload === undefined) {
    throw new RangeError(`no workload '${subject.workload}'`);
  }
  const configured = workload.configure(subject.parameters);
  const recording = record({ ...subject, configured }, () => callSites(CALLERS));
  const { transactions } = recording;
  const byPlace = Map.groupBy(
    transactions.flatMap(({ ops }) => ops),
    placeOf,
  );
  const places = [...byPlace].flatMap(([place, ops]) =>
    place !== undefined && wanted.test(place) ? [{ place, count: ops.length }] : [],
  );
  return places.map(({ place, count }, i) => {
    const left = transactions.map((one) => ({
      ...one,
      ops: one.ops.filter((op) => placeOf(op) !== place),
    }));
    const backend = place.startsWith(OP_NAMES[Op.DURABILITY_FENCE]) ? mirrored : UNMIRRORED;
    const trace = crashTrace({ ...recording, transactions: left }, subject.isolation);
    const timeline = timelineOf(trace, { backend, profile, ...ONE_REPLICA });
    const { failure, crashPoints } = new Explorer(trace, thoroughness).explore(timeline);
    onProgress(i + 1, places.length);
    const verdict = failure !== null ? 'caught' : redundancy(transactions, place);
    return { place, count, verdict, crashPoints, problem: failure?.problem ?? null };
  });
}

/** Whether the place does something in any of the clients' streams. */
function redundancy(transactions: readonly RecordedTransaction[], place: string): MutantVerdict {
  const clients = [...Map.groupBy(transactions, ({ client }) => client).values()];
  const streams = clients.map((own) => own.flatMap(({ ops }) => ops));
  return streams.every((ops) => isRedundant(ops, place)) ? 'redundant' : 'missed';
}

/**
 * A write-back is redundant if the client has not stored to the line since it was last written back,
 * or another one of it comes before the next fence. An ordering point is if nothing was sent since the
 * fence before, or nothing is stored before the next one; a durability point if nothing was sent
 * since the one before, or the next one comes before the transaction ends.
 */
function isRedundant(ops: readonly RecordedOp[], place: string): boolean {
  const dirty = new Set<number>();
  // Whether anything was sent since the last fence, and since the last durability point.
  let [isUnordered, isUnpromised] = [false, false];
  return ops.every((one, i) => {
    const { op, a, b } = one;
    const isHere = placeOf(one) === place;
    if (op === Op.STORE) forEachLine(a, b, (line) => dirty.add(line));
    if (op === Op.NT_STORE) isUnordered = isUnpromised = true;
    if (op === Op.WRITE_BACK) {
      let needed = false;
      forEachLine(a, b, (line) => {
        if (!dirty.has(line)) return;
        if (isHere && !isWrittenBackSoon(ops, i + 1, line, place)) needed = true;
        if (!isHere) {
          dirty.delete(line);
          isUnordered = isUnpromised = true;
        }
      });
      return !needed;
    }
    if (!isFence(op)) return true;
    const isDurability = op === Op.DURABILITY_FENCE;
    if (!isHere) {
      isUnordered = false;
      isUnpromised &&= !isDurability;
      return true;
    }
    const orders = isUnordered && comesBefore(ops, i + 1, isStore, isFence);
    const isEnd = (next: OpCode): boolean => next === Op.TX_END;
    const isPromise = (next: OpCode): boolean => next === Op.DURABILITY_FENCE;
    const promises = isDurability && isUnpromised && comesBefore(ops, i + 1, isEnd, isPromise);
    return !orders && !promises;
  });
}

function forEachLine(a: number, b: number, visit: (line: number) => void): void {
  if (b === 0) return;
  const last = lastLineOf(a, b);
  for (let line = lineOf(a); line <= last; line++) visit(line);
}

function isWrittenBackSoon(
  ops: readonly RecordedOp[],
  from: number,
  line: number,
  place: string,
): boolean {
  for (let i = from; i < ops.length; i++) {
    const { op, a, b } = ops[i];
    if (isFence(op)) return false;
    if (op === Op.WRITE_BACK && lineOf(a) <= line && line <= lastLineOf(a, b)) {
      if (placeOf(ops[i]) !== place) return true;
    }
  }
  return false;
}

/** Whether one of `these` comes at `from` or later, before any of `those`. */
function comesBefore(
  ops: readonly RecordedOp[],
  from: number,
  these: (op: OpCode) => boolean,
  those: (op: OpCode) => boolean,
): boolean {
  const at = ops.findIndex(({ op }, i) => i >= from && (these(op) || those(op)));
  return at >= 0 && these(ops[at].op);
}
