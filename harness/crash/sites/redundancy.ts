/**
 * Whether what is left out of a stream does something that the operations around it do not do as well.
 * What it leaves undone must be done by another site before anything relies on it; that is looked up each
 * time, and the site that does it is named.
 */

import { LINE_SHIFT, lastLineOf } from '../../../pm/line.ts';
import { isFence, Op } from '../../../pm/op.ts';
import type { LeftOut, Stream, StreamOp } from './streams.ts';

/** Nothing is left to do: no line was dirty, or nothing sent since the fence before. */
export const NOTHING = 'nothing to do';

/**
 * Who does what is left out, each time; null: at least once nobody does. A write-back is redundant if its
 * lines were not stored to since they were last written back, or another one of them comes before the
 * next fence. A fence is if nothing was sent since the one before, or nothing is stored before the next
 * one. In both cases stores to the very line do no harm: those to one line become durable in order. Of a
 * durability fence, too, nothing may have been sent since the last of its kind, or another must come
 * before the program tells its user.
 */
export function coveringSites(stream: Stream, leftOut: LeftOut): ReadonlySet<string> | null {
  const covering = new Set<string>();
  const dirty = new Set<number>();
  // Lines sent since the last fence, and whether any was since the last durability fence.
  const unordered = new Set<number>();
  let isUnpromised = false;
  const note = (by: string | undefined): boolean => {
    if (by !== undefined) covering.add(by);
    return by !== undefined;
  };
  for (const [i, one] of stream.ops.entries()) {
    const rest = leftOut(one);
    const sent = one.op === Op.NT_STORE ? linesOf(one) : writtenBack(rest, dirty);
    if (one.op === Op.STORE) for (const line of linesOf(one)) dirty.add(line);
    if (one.op === Op.WRITE_BACK && rest !== one) {
      const done = new Set(sent);
      const gone = linesOf(one).filter((line) => dirty.has(line) && !done.has(line));
      if (gone.length === 0) note(NOTHING);
      for (const line of gone) {
        if (!note(writtenBackBy(stream, i + 1, line, leftOut))) return null;
      }
    }
    for (const line of sent) {
      dirty.delete(line);
      unordered.add(line);
      isUnpromised = true;
    }
    if (!isFence(one.op)) continue;
    if (rest !== undefined) {
      unordered.clear();
      if (one.op === Op.DURABILITY_FENCE) isUnpromised = false;
      continue;
    }
    if (unordered.size === 0) note(NOTHING);
    else if (!note(fenceBefore(stream, i + 1, leftOut, unordered))) return null;
    if (one.op === Op.DURABILITY_FENCE && isUnpromised) {
      if (!note(promisedBy(stream, i + 1, leftOut))) return null;
    }
  }
  return covering;
}

/** The dirty lines that a write-back sends. */
function writtenBack(op: StreamOp | undefined, dirty: ReadonlySet<number>): number[] {
  return op?.op === Op.WRITE_BACK ? linesOf(op).filter((line) => dirty.has(line)) : [];
}

/** The site that writes `line` back before a fence orders a store to another line behind it. */
function writtenBackBy(
  stream: Stream,
  from: number,
  line: number,
  leftOut: LeftOut,
): string | undefined {
  const end = promiseBehind(stream, from);
  let isFenced = false;
  for (let i = from; i < end; i++) {
    const one = leftOut(stream.ops[i]);
    if (one === undefined) continue;
    if (isFence(one.op)) isFenced = true;
    else if (one.op === Op.WRITE_BACK && linesOf(one).includes(line)) return one.site;
    else if (isFenced && one.bytes !== null && linesOf(one).some((other) => other !== line)) return;
  }
  return undefined;
}

/** The other fence that comes before any store that may overtake `unordered`, and before a promise. */
function fenceBefore(
  stream: Stream,
  from: number,
  leftOut: LeftOut,
  unordered: ReadonlySet<number>,
): string | undefined {
  const end = promiseBehind(stream, from);
  for (let i = from; i < end; i++) {
    const one = leftOut(stream.ops[i]);
    if (one === undefined) continue;
    if (isFence(one.op)) return one.site;
    const isSafe = unordered.size === 1 && linesOf(one).every((line) => unordered.has(line));
    if (one.bytes !== null && !isSafe) return undefined;
  }
  return undefined;
}

/** The other durability fence that comes before the program tells its user. */
function promisedBy(stream: Stream, from: number, leftOut: LeftOut): string | undefined {
  const end = promiseBehind(stream, from);
  for (let i = from; i < end; i++) {
    const one = leftOut(stream.ops[i]);
    if (one?.op === Op.DURABILITY_FENCE) return one.site;
  }
  return undefined;
}

/** How many operations are done when the program tells its user next. */
function promiseBehind({ ops, milestones }: Stream, from: number): number {
  return milestones.find((one) => one.isPromise && one.from >= from)?.from ?? ops.length;
}

/** The lines that an operation touches. */
export function linesOf({ a, b }: Pick<StreamOp, 'a' | 'b'>): number[] {
  const lines: number[] = [];
  if (b > 0) for (let line = a >>> LINE_SHIFT; line <= lastLineOf(a, b); line++) lines.push(line);
  return lines;
}
