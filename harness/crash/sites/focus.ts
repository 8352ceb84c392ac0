/**
 * Where to crash a stream so that a site shows: around some of its turns, up to a few fences later, when
 * what it should have done is relied on; when the transaction is acknowledged; and at the end.
 */

import { isFence } from '../../../pm/op.ts';
import type { LeftOut, Stream, StreamOp } from './streams.ts';

/** Fences behind a turn that are crashed around, and operations up to the second of them, at most. */
const FENCES = 5;
const OPERATIONS = 8;

/**
 * The moments around up to `turns` of the operations that `isHere`, ascending. Fences of which nothing
 * is `left` do not count.
 */
export function momentsAround(
  stream: Stream,
  isHere: (op: StreamOp) => boolean,
  left: LeftOut,
  turns: number,
): number[] {
  const { ops } = stream;
  const here = ops.flatMap((op, i) => (isHere(op) ? [i] : []));
  const moments = new Set<number>([ops.length - 1]);
  for (const turn of spread(here, turns)) {
    const fences = fencesBehind(ops, turn, left);
    const near = range(turn, fences[1] ?? ops.length - 1);
    for (const i of spread(near, OPERATIONS)) moments.add(i);
    for (const fence of fences) moments.add(fence - 1).add(fence);
    const promise = stream.milestones.find(({ from, isPromise }) => isPromise && from > turn);
    if (promise !== undefined) moments.add(promise.from - 1);
  }
  return ascending(moments);
}

/** The first, the last, and evenly between, up to `count` of `list`. */
function spread(list: readonly number[], count: number): number[] {
  if (list.length <= count) return [...list];
  const step = (list.length - 1) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, i) => list[Math.round(i * step)]);
}

/** The next fences behind `index`, but for those left out. */
function fencesBehind(ops: readonly StreamOp[], index: number, left: LeftOut): number[] {
  const fences: number[] = [];
  for (let i = index + 1; i < ops.length && fences.length < FENCES; i++) {
    if (isFence(ops[i].op) && left(ops[i]) !== undefined) fences.push(i);
  }
  return fences;
}

/** Moments at up to `count` fences of the first transaction of each type that the program runs. */
export function momentsOfEachType(stream: Stream, count: number): number[] {
  const moments = new Set<number>();
  const seen = new Set<number>();
  for (const [i, { from, type }] of stream.begins.entries()) {
    if (seen.has(type) || stream.phaseAt(from) !== 'run') continue;
    seen.add(type);
    const to = stream.begins[i + 1]?.from ?? stream.ops.length;
    for (const moment of momentsAtFences(stream, count, { from, to })) moments.add(moment);
  }
  return ascending(moments);
}

/** Moments around every fence, in a part if it is said, or some if there are more than `count`. */
export function momentsAtFences(
  { ops }: Stream,
  count: number,
  { from, to } = { from: 0, to: ops.length },
): number[] {
  const fences = range(from, to - 1).filter((i) => isFence(ops[i].op));
  // What is formatted is formatted first: half of them without a gap.
  const dense = fences.slice(0, count / 2);
  const chosen = [...dense, ...spread(fences.slice(dense.length), count - dense.length)];
  const moments = new Set([to - 1]);
  for (const fence of chosen) moments.add(Math.max(0, fence - 1)).add(fence);
  return ascending(moments);
}

const ascending = (moments: ReadonlySet<number>): number[] =>
  [...moments].filter((i) => i >= 0).sort((x, y) => x - y);

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
