/**
 * Mutations of the stream of operations that a correct program issues: some left out, done too early,
 * or of another kind. Which operations is said by their kind and the step of the library's protocol
 * that they are, so a bug in any library is a line of a table.
 */

import type { PmHeap } from '../../../pm/heap.ts';
import { isFence, type OpCode, type PersistSink, persists } from '../../../pm/op.ts';
import type { Step } from '../../../pm/step.ts';

/** An operation by its kind, and the step that its program says it is. */
export interface Operation {
  readonly op: OpCode;
  readonly step?: Step | undefined;
}

/** Operations of one kind: those of a step of a library's protocol, or all. */
export interface Place {
  readonly op: OpCode;
  readonly step?: Step;
}

/** Operations of a transaction: all at a place, or one of them. */
export interface Where extends Place {
  /** 0 the first, -1 the last of the transaction's; all unless said. */
  readonly which?: number | undefined;
}

/** Operations of a transaction as a bug has them, or as they are if it has no place there. */
export type Mutation = <T extends Operation>(ops: readonly T[]) => readonly T[];

/** The operations at `place` are left out. */
export function without(place: Where): Mutation {
  return (ops) => {
    const left = new Set(indicesOf(ops, place));
    return ops.filter((_, i) => !left.has(i));
  };
}

/** Sends to `sink` what the program on `heap` does, but for stores, write-backs and fences at `place`. */
export function omitting(place: Place, heap: PmHeap, sink: PersistSink): PersistSink {
  return {
    op(op, a, b) {
      if (!persists(op) || !isAt({ op, step: heap.takeStep() }, place)) sink.op(op, a, b);
    },
  };
}

/** The operations at `place` are of another kind. */
export function instead(place: Where, op: OpCode): Mutation {
  return (ops) => {
    const changed = new Set(indicesOf(ops, place));
    return ops.map((one, i) => (changed.has(i) ? { ...one, op } : one));
  };
}

/**
 * What is done from the operation at `what` up to the next fence is done before the operation at
 * `before`. The fences stay, of the same kinds in the same order, so that what comes between the two
 * places moves on by one fence.
 */
export function early(what: Place, before: Place): Mutation {
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

function isAt({ op, step }: Operation, place: Place): boolean {
  return op === place.op && (place.step === undefined || step === place.step);
}

function indicesOf(ops: readonly Operation[], { which, ...place }: Where): number[] {
  const all = ops.flatMap((one, i) => (isAt(one, place) ? [i] : []));
  if (which === undefined) return all;
  const one = all.at(which);
  return one === undefined ? [] : [one];
}

/** What lies before, between and after the fences, which are left out. */
function bodiesOf<T extends Operation>(ops: readonly T[]): T[][] {
  const bodies: T[][] = [[]];
  for (const one of ops) {
    if (isFence(one.op)) bodies.push([]);
    else bodies[bodies.length - 1].push(one);
  }
  return bodies;
}
