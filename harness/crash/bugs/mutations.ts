/**
 * Errors made in the stream of operations that a correct program issues: some left out, done too
 * early, or of another kind. Which operations is said by their kind and by what issued them
 * (`callPath`), so the libraries stay as they are, and an error in any of them is a line of a table.
 */

import { isFence, type OpCode, type PersistSink } from '../../../pm/op.ts';
import type { RecordedOp } from '../history/recording.ts';
import { callPath, namesIn } from './call-path.ts';

/** Operations of one kind that a part of a program issues. */
export interface Where {
  readonly op: OpCode;
  /** Of the names in its call path. */
  readonly path: RegExp;
  /** Only this one of each transaction's: 0 the first, -1 the last. All unless said. */
  readonly which?: number;
}

/** The transaction's operations with an error in them, or as they are if it has no place there. */
export type StreamError = (ops: readonly RecordedOp[]) => readonly RecordedOp[];

/** The operations at `place` are left out. */
export function without(place: Where): StreamError {
  return (ops) => {
    const left = new Set(indicesOf(ops, place));
    return ops.filter((_, i) => !left.has(i));
  };
}

/** The operations at `place` are of another kind. */
export function instead(place: Where, op: OpCode): StreamError {
  return (ops) => {
    const changed = new Set(indicesOf(ops, place));
    return ops.map((one, i) => (changed.has(i) ? { ...one, op } : one));
  };
}

/** As `without`, for operations on their way to `sink`; `which` does not count. */
export function withoutInto(sink: PersistSink, { op: left, path }: Where): PersistSink {
  return {
    op(op, a, b) {
      if (op !== left || !path.test(namesIn(callPath()))) sink.op(op, a, b);
    },
  };
}

/**
 * What is done from the operation at `what` up to the next fence is done before the operation at
 * `before`. The fences stay, of the same kinds in the same order, so that what comes between the two
 * places moves on by one fence.
 */
export function early(what: Where, before: Where): StreamError {
  return (ops) => {
    const [from = -1] = indicesOf(ops, what);
    const [to = -1] = indicesOf(ops, before);
    const end = ops.findIndex((one, i) => i >= from && isFence(one.op));
    if (to < 0 || from <= to || end < 0) return ops;
    const between = ops.slice(to, from);
    const fences = between.filter(({ op }) => isFence(op));
    const bodies = bodiesOf(between);
    const later = fences.flatMap((fence, i) => [fence, ...bodies[i]]);
    // What shares the epoch of the operation stays there.
    const rest = bodies[fences.length];
    return [...ops.slice(0, to), ...ops.slice(from, end), ...later, ...rest, ...ops.slice(end)];
  };
}

function indicesOf(ops: readonly RecordedOp[], { op, path, which }: Where): number[] {
  const all = ops.flatMap((one, i) =>
    one.op === op && path.test(namesIn(one.path ?? '')) ? [i] : [],
  );
  if (which === undefined) return all;
  const one = all.at(which);
  return one === undefined ? [] : [one];
}

/** What lies before, between and after the fences, which are left out. */
function bodiesOf(ops: readonly RecordedOp[]): RecordedOp[][] {
  const bodies: RecordedOp[][] = [[]];
  for (const one of ops) {
    if (isFence(one.op)) bodies.push([]);
    else bodies[bodies.length - 1].push(one);
  }
  return bodies;
}
