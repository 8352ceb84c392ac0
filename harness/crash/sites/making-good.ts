/**
 * What makes good that a site was left out, where no crash shows it. For some of the site's turns an
 * image is recovered that only its absence allows: all of it is new but the lines that the site should
 * have seen to. Recovery begins set-up anew, or writes these lines back itself. If it does neither, its contents are
 * the same all the same (else a crash had shown it), and so are those of every image that was looked at
 * until another site sees to these lines.
 */

import { CrashState } from '../../../pm/crash/crash-state.ts';
import { PmHeap } from '../../../pm/heap.ts';
import { isFence, Op } from '../../../pm/op.ts';
import { NotSetUpError } from '../../../workloads/workload.ts';
import type { ConfiguredSubject } from '../history/recording.ts';
import { linesOf } from './redundancy.ts';
import {
  applyOp,
  type LeftOut,
  Recorder,
  type SiteOf,
  type Stream,
  type StreamOp,
} from './streams.ts';

/** Set-up had not come to its end, and begins anew. */
export const ANEW = 'set-up begins anew';
/** Nobody ever sees to the lines, and contents are the same: who knows why. */
export const UNEXPLAINED = 'nothing';

/** A turn of the site: the lines that it should have seen to, and when that shows most. */
interface Turn {
  readonly lines: ReadonlySet<number>;
  readonly moment: number;
  /** Who sees to them later. */
  readonly later: readonly string[];
}

/** What makes good each of up to `count` turns of what is left out of `stream`. */
export function makingGood(
  subject: ConfiguredSubject,
  stream: Stream,
  { leftOut, siteOf, count }: { leftOut: LeftOut; siteOf: SiteOf; count: number },
): ReadonlySet<string> {
  const found = new Set<string>();
  const turns = turnsOf(stream, leftOut);
  const step = Math.max(1, turns.length / count);
  const chosen = Array.from(
    { length: Math.min(count, turns.length) },
    (_, i) => turns[Math.floor(i * step)],
  );
  const live = stream.initial().slice();
  const state = new CrashState(live, stream.initial());
  let next = 0;
  for (let i = 0; i < stream.ops.length && next < chosen.length; i++) {
    const op = leftOut(stream.ops[i]);
    if (op !== undefined) applyOp(op, live, state);
    for (; next < chosen.length && chosen[next].moment === i; next++) {
      const { lines, later } = chosen[next];
      const sweep = state.images;
      sweep.chooseWithout(lines);
      const image = sweep.floor.slice();
      sweep.apply(image);
      const made = recoveredBy(subject, image, lines, siteOf);
      const until = later.map((site) => `until ${site}`);
      for (const by of made.length > 0 ? made : until) found.add(by);
      if (made.length + until.length === 0) found.add(UNEXPLAINED);
    }
  }
  return found;
}

/** Who writes `lines` back when `image` is recovered. */
function recoveredBy(
  { configured, threads, seed }: ConfiguredSubject,
  image: Uint8Array,
  lines: ReadonlySet<number>,
  siteOf: SiteOf,
): string[] {
  const heap = new PmHeap(image);
  const recorder = new Recorder(heap, siteOf);
  heap.attach([recorder]);
  try {
    configured.recover(heap, threads, seed).close?.();
  } catch (error) {
    if (error instanceof NotSetUpError) return [ANEW];
    throw error;
  }
  const isSeenTo = (op: StreamOp): boolean => linesOf(op).some((line) => lines.has(line));
  const sites = recorder.ops.flatMap((op) => {
    if (op.op === Op.NT_STORE && isSeenTo(op)) return ['a non-temporal store of recovery'];
    return op.op === Op.WRITE_BACK && op.site !== undefined && isSeenTo(op) ? [op.site] : [];
  });
  return [...new Set(sites)];
}

/** What is left undone each time, in order of the moments. */
function turnsOf({ ops }: Stream, leftOut: LeftOut): Turn[] {
  const turns: Turn[] = [];
  const dirty = new Set<number>();
  const sent = new Set<number>();
  for (const [i, one] of ops.entries()) {
    const rest = leftOut(one);
    if (one.op === Op.STORE) for (const line of linesOf(one)) dirty.add(line);
    if (one.op === Op.NT_STORE) for (const line of linesOf(one)) sent.add(line);
    if (one.op === Op.WRITE_BACK) {
      const done = new Set(rest === undefined ? [] : linesOf(rest));
      const gone = linesOf(one).filter((line) => dirty.has(line) && !done.has(line));
      if (gone.length > 0) {
        const later = gone.map((line) => sentBy(ops, i + 1, line, leftOut));
        const moment = behindFences(ops, i, 2, leftOut);
        turns.push({ lines: new Set(gone), moment, later: allOrNone(later) });
      }
      for (const line of done) if (dirty.delete(line)) sent.add(line);
    }
    if (!isFence(one.op)) continue;
    if (rest !== undefined) sent.clear();
    else if (sent.size > 0) {
      const next = ops.find((op, at) => at > i && isFence(op.op) && leftOut(op) !== undefined);
      const moment = behindFences(ops, i, 1, leftOut);
      turns.push({ lines: new Set(sent), moment, later: allOrNone([next?.site]) });
    }
  }
  return turns.sort((x, y) => x.moment - y.moment);
}

/** The last operation before so many other fences behind `index`. */
function behindFences(
  ops: readonly StreamOp[],
  index: number,
  count: number,
  leftOut: LeftOut,
): number {
  let left = count;
  for (let i = index + 1; i < ops.length; i++) {
    if (isFence(ops[i].op) && leftOut(ops[i]) !== undefined && --left === 0) return i - 1;
  }
  return ops.length - 1;
}

/** The site that sends `line` next; undefined: none does. */
function sentBy(
  ops: readonly StreamOp[],
  from: number,
  line: number,
  leftOut: LeftOut,
): string | undefined {
  for (let i = from; i < ops.length; i++) {
    const one = leftOut(ops[i]);
    if (one === undefined || (one.op !== Op.WRITE_BACK && one.op !== Op.NT_STORE)) continue;
    if (linesOf(one).includes(line)) return one.site ?? 'a non-temporal store';
  }
  return undefined;
}

/** The sites, once each; none if there is none for one of the lines. */
function allOrNone(sites: readonly (string | undefined)[]): string[] {
  const known = sites.filter((site) => site !== undefined);
  return known.length === sites.length ? [...new Set(known)] : [];
}
